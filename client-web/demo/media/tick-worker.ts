/** As much of Trusted Types (W3C) as is used here; TypeScript has no declaration of it yet. */
interface TrustedTypeFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

// The server's content security policy admits this policy, and no other source of scripts' addresses.
const policy = (globalThis as { trustedTypes?: TrustedTypeFactory }).trustedTypes?.createPolicy(
  "parley-tick",
  { createScriptURL: () => new URL("tick.js", import.meta.url).href },
);

/** Starts the worker that keeps the drawn picture moving. */
export function startTicks(): Worker {
  const url = policy?.createScriptURL("") ?? new URL("tick.js", import.meta.url);
  return new Worker(url, { type: "module" });
}
