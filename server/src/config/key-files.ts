import { type Combination, ConfigError, combination, type Setting } from "./setting.ts";

/** A certificate chain and its private key, in files of PEM. */
export interface KeyFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

type FileSetting = Setting<string | undefined>;

/** Two files that are of no use alone. */
export function keyFiles(cert: FileSetting, key: FileSetting): Combination<KeyFiles | undefined> {
  return combination({ certFile: cert, keyFile: key }, ({ certFile, keyFile }) => {
    if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
    if (certFile === keyFile) return undefined;
    throw new ConfigError(`${cert.flag} and ${key.flag} go together`);
  });
}
