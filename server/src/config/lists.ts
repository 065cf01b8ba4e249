import { isIPv6 } from "node:net";
import { TrustedProxies } from "../net/trusted-proxies.ts";
import { readAuthority } from "../wire/authority.ts";
import { normalOrigin } from "../wire/origin.ts";
import { Setting } from "./setting.ts";

const describedList = { default: [] as readonly string[], defaultText: "none" };

/** A list of any texts, comma-separated. */
export function list(name: string, placeholder: string, about: string): Setting<readonly string[]> {
  return listOf(name, placeholder, about, "", (item) => item);
}

export function origins(name: string, about: string): Setting<readonly string[]> {
  const bounds = "a list of origins, such as https://app.example, or null, or *";
  return listOf(name, "origins", about, bounds, (item) => (item === "*" ? item : normalOrigin(item)));
}

export function hostNames(name: string, about: string): Setting<readonly string[]> {
  return listOf(name, "names", about, "a list of host names without scheme and port, or *", (item) => {
    const { host, port } = readAuthority(isIPv6(item) ? `[${item}]` : item) ?? {};
    return port === "" ? host : undefined;
  });
}

export function networks(name: string, about: string): Setting<readonly string[]> {
  const bounds = "a list of addresses and networks, such as 10.0.0.0/8";
  return listOf(name, "networks", about, bounds, (item) => (isNetwork(item) ? item : undefined));
}

/** A list of URLs that begin with one of these schemes. */
export function urls(name: string, schemes: readonly string[], about: string): Setting<readonly string[]> {
  const bounds = `a list of URLs that begin with ${schemes.join(" or ")}`;
  return listOf(name, "urls", about, bounds, (item) =>
    schemes.some((scheme) => item.startsWith(scheme)) ? item : undefined,
  );
}

/** A list of secrets, comma-separated; each has at least 32 bytes, as HS256 requires (RFC 7518 section 3.2). */
export function secrets(name: string, about: string): Setting<readonly string[]> {
  const setting = listOf(name, "secrets", about, "a list of secrets of at least 32 bytes", (item) =>
    Buffer.byteLength(item) >= 32 ? item : undefined,
  );
  const mask = (values: readonly string[]) => values.map(() => "***");
  return new Setting(name, { ...describedList, about }, { ...setting.format, mask });
}

/** A list, comma-separated; `read` returns undefined for what may not be in it. */
function listOf(
  name: string,
  placeholder: string,
  about: string,
  bounds: string,
  read: (item: string) => string | undefined,
): Setting<readonly string[]> {
  return new Setting<readonly string[]>(
    name,
    { ...describedList, about },
    {
      placeholder: `<${placeholder}>`,
      bounds,
      read: (text) => {
        const items = text
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== "")
          .map(read);
        const valid = items.filter((item) => item !== undefined);
        return valid.length === items.length ? valid : undefined;
      },
    },
  );
}

function isNetwork(item: string): boolean {
  try {
    new TrustedProxies([item]);
    return true;
  } catch {
    return false;
  }
}
