import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A command failed; the message holds what it printed. */
class CommandError extends Error {
  override readonly name = "CommandError";
}

const execute = promisify(execFile);

function tarball(name: string): string {
  return join(root, "dist", "packages", `${name}.tgz`);
}

/** A folder outside of the repository, for projects that use the packages. */
export class Workshop implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-packages-"));
  /** What `npm run build` has packed. */
  readonly tarballs = {
    contract: tarball("contract"),
    "client-web": tarball("client-web"),
    server: tarball("server"),
  };

  /** An empty folder of this name. */
  room(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** A new Vite app of this name; returns its folder. */
  async createVite(name: string, template: string): Promise<string> {
    const options = ["--template", template, "--no-interactive"];
    await this.run(this.folder, "npm", ["create", "-y", "vite@latest", name, "--", ...options]);
    return join(this.folder, name);
  }

  /** Installs the client from its tarballs, with these packages beside it. */
  async installClient(folder: string, ...packages: readonly string[]): Promise<void> {
    const { contract, "client-web": client } = this.tarballs;
    await this.run(folder, "npm", ["install", contract, client, ...packages]);
  }

  /** Runs a command as a person would, with the runtime of the repository and nothing else of it. */
  async run(folder: string, command: string, args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await execute(command, args, { cwd: folder, env: environment, timeout: 300_000 });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      throw new CommandError(`$ ${command} ${args.join(" ")}\n${stdout}${stderr}${message}`, {
        cause: error,
      });
    }
  }

  write(folder: string, file: string, content: string): void {
    writeFileSync(join(folder, file), content);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Without what `npm run` adds: an outsider has none of it. */
export const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"))),
  PATH: `${join(root, "node_modules", "node", "bin")}:${process.env["PATH"]}`,
  npm_config_fund: "false",
  npm_config_audit: "false",
  npm_config_update_notifier: "false",
};
