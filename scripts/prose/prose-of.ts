import ts from "typescript-6";

/** A piece of prose, such as a comment, on one line of its file. */
export interface ProseLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** The prose of a file: what people read of it. Empty if its kind is not known. */
export function proseOf(path: string, source: string): ProseLine[] {
  if (path.endsWith(".md")) return markdownProse(source);
  if (/\.[cm]?[jt]sx?$/.test(path)) return typeScriptProse(source);
  if (path.endsWith(".html")) return htmlProse(source);
  if (path.endsWith(".lua")) return commentLines(source, /--\s?(.*)$/);
  if (/\.(?:proto|go|rs|java|kt|cs)$/.test(path)) return commentLines(source, /(?:^|\s)\/\/\s?(.*)$/);
  if (/\.(?:ya?ml|py|rb|sh|toml|conf|cfg)$|(?:^|\/)(?:Dockerfile|Caddyfile)$/.test(path)) {
    return commentLines(source, /(?:^|\s)#\s?(.*)$/);
  }
  return [];
}

/** Keeps the lines of what is not prose, so that those behind it keep their numbers. */
function blank(code: string): string {
  return code.replaceAll(/[^\n]/g, "");
}

/** The text between the tags. */
function htmlProse(source: string): ProseLine[] {
  const text = source.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, blank).replaceAll(/<[^>]*>/g, blank);
  return linesFrom(1, text);
}

/** Everything but code, HTML comments and the targets of links. */
function markdownProse(source: string): ProseLine[] {
  const text = source
    .replaceAll(/^( *)```[\s\S]*?^\1```/gm, blank)
    .replaceAll(/<!--[\s\S]*?-->/g, blank)
    .replaceAll(/`[^`\n]+`/g, "`…`")
    .replaceAll(/\]\([^)\s]*\)/g, "]");
  return linesFrom(1, text);
}

function commentLines(source: string, comment: RegExp): ProseLine[] {
  return linesFrom(1, source).flatMap(({ line, text }) => {
    const found = comment.exec(text)?.[1];
    return found === undefined ? [] : [{ line, text: found }];
  });
}

/** Comments, and strings of several words: errors, help, logs, names of tests. */
function typeScriptProse(source: string): ProseLine[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.JSX, source);
  const prose: ProseLine[] = [];
  let line = 1;
  let counted = 0;
  const add = (start: number, text: string) => {
    for (; counted < start; counted++) if (source[counted] === "\n") line++;
    prose.push(...linesFrom(line, text));
  };
  /** Of each template that is open: how many braces are open in its expression. */
  const templates: number[] = [];
  let mayDivide = false;
  for (
    let kind: ts.SyntaxKind = scanner.scan();
    kind !== ts.SyntaxKind.EndOfFileToken;
    kind = scanner.scan()
  ) {
    let token: ts.SyntaxKind = kind;
    if (token === ts.SyntaxKind.SlashToken && !mayDivide) token = scanner.reScanSlashToken();
    if (token === ts.SyntaxKind.OpenBraceToken && templates.length > 0)
      templates.push((templates.pop() ?? 0) + 1);
    if (token === ts.SyntaxKind.CloseBraceToken && templates.length > 0) {
      const open = templates.pop() ?? 0;
      if (open > 0) templates.push(open - 1);
      else {
        token = scanner.reScanTemplateToken(false);
        if (token === ts.SyntaxKind.TemplateMiddle) templates.push(0);
      }
    }
    if (token === ts.SyntaxKind.TemplateHead) templates.push(0);
    if (isComment(token)) add(scanner.getTokenStart(), withoutMarks(scanner.getTokenText()));
    else if (isProseString(token, scanner.getTokenValue())) {
      add(scanner.getTokenStart(), scanner.getTokenText().replaceAll(/^["'`}]|["'`]$/g, ""));
    }
    if (!isTrivia(token)) mayDivide = endsExpression(token);
  }
  return prose;
}

function isComment(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
}

function isTrivia(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstTriviaToken && kind <= ts.SyntaxKind.LastTriviaToken;
}

/** Whether a string, or a part of a template, has several words. */
function isProseString(kind: ts.SyntaxKind, value: string): boolean {
  switch (kind) {
    case ts.SyntaxKind.StringLiteral:
    case ts.SyntaxKind.NoSubstitutionTemplateLiteral:
      return /\S\s+\S/.test(value);
    case ts.SyntaxKind.TemplateHead:
    case ts.SyntaxKind.TemplateMiddle:
    case ts.SyntaxKind.TemplateTail:
      return /\s/.test(value);
    default:
      return false;
  }
}

/** Whether a slash after this token divides, and does not begin a regular expression. */
function endsExpression(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.CloseParenToken:
    case ts.SyntaxKind.CloseBracketToken:
    case ts.SyntaxKind.CloseBraceToken:
    case ts.SyntaxKind.ThisKeyword:
      return true;
    default:
      return (
        kind === ts.SyntaxKind.Identifier ||
        (kind >= ts.SyntaxKind.FirstLiteralToken && kind <= ts.SyntaxKind.LastLiteralToken)
      );
  }
}

function withoutMarks(comment: string): string {
  return comment
    .replaceAll(/^\/\*+\s?|\s*\*+\/$/g, "")
    .replaceAll(/^\s*(?:\*|\/\/)\s?/gm, "")
    .replaceAll(/`[^`\n]+`/g, "`…`");
}

function linesFrom(line: number, text: string): ProseLine[] {
  return text.split("\n").map((one, index) => ({ line: line + index, text: one.trim() }));
}
