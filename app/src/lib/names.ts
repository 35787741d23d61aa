const DATA_URI = "data:application/json,";

/** A metadata URI that carries a name in itself, so that no server is needed to read it. */
export function nameUri(name: string): string {
  return DATA_URI + encodeURIComponent(JSON.stringify({ name }));
}

/** The name that a metadata URI carries in itself. */
export function nameIn(uri: string | undefined): string | undefined {
  if (uri?.startsWith(DATA_URI) !== true) return undefined;
  try {
    const { name } = JSON.parse(decodeURIComponent(uri.slice(DATA_URI.length))) as { readonly name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
