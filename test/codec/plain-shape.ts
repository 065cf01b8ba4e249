/** A message of protobuf-es without what only protobuf-es knows: the name of its type, and unknown fields. */
export function plainShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainShape);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "$typeName" && name !== "$unknown");
  return Object.fromEntries(kept.map(([name, inner]) => [name, plainShape(inner)]));
}
