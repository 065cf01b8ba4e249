/** A pattern that makes readers stumble. */
export interface ProseRule {
  readonly pattern: RegExp;
  /** What to write, for the person who reads the report. */
  readonly instead: string;
  /** Uses that are right: text around a match that makes it one. */
  readonly except?: RegExp;
}

const units = "(?:µs|ms|[kKM]i?B|bytes|CPU|scripts|signals|writes|rounds)";
const things = "(?:call|peer|node|room|session|connection|signal|stream|client|message|batch)";

/** What the house style rules out, as far as a pattern can tell. All of it is matched without regard to case. */
export const rules: readonly ProseRule[] = [
  {
    pattern: /\b(?:tells?|told|telling)\b/gi,
    instead: "notify, report, return, show or learn",
    except: /\b(?:can|cannot|could|to) tell\b|\btell\w*\b[^.]{0,40}\b(?:apart|from)\b|\bbe told from\b/i,
  },
  { pattern: /\bword of (?!a line\b)/gi, instead: "notice of, or a clause with a verb" },
  {
    pattern: /\bby (?:gRPC|gRPC-Web|TLS|HTTP\S*|TCP|UDP|WebSockets?|IPv[46]|Connect)(?![\w'-])/gi,
    instead: "over",
  },
  { pattern: new RegExp(`(?<!\\w)${units} (?:of (?:the )?\\w+ )?an? ${things}\\b`, "gi"), instead: "per" },
  { pattern: /\b(?:absent|undefined|empty|null|throws|fails|0|-1) where\b/gi, instead: "if or when" },
  { pattern: /\bwhere (?:it|they|there|nothing|none|no one) (?:is|are|has|have)\b/gi, instead: "if or when" },
  { pattern: /\bwhoever\b/gi, instead: "a noun: the client, the caller, anything that" },
  { pattern: /\bsomebody\b/gi, instead: "a noun, or someone" },
  { pattern: /\b(?:anew|afresh)\b/gi, instead: "again" },
  { pattern: /\bfor ever\b/gi, instead: "forever, or without end" },
  { pattern: /\bin place of\b/gi, instead: "instead of" },
  { pattern: /\bdearer\b/gi, instead: "more expensive, costs more" },
  { pattern: /\bb(?:ears?|earing|ore) (?:\w+ )?names?\b/gi, instead: "is named, is called" },
  { pattern: /\bst(?:ands?|anding|ood) in (?!front\b|its own way\b)/gi, instead: "is in, is at" },
  {
    pattern: /(?:^|[.!?:] |\| |^[-*\d.]+ )There (?:is|are|was|were)\b/g,
    instead: "a sentence that begins with its subject",
  },
];
