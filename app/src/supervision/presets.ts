/** The package's rule sets. Its validator would compile functions, which the page's security policy forbids; it works without. */
export async function loadPresets() {
  Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
  return await import("prepaid-escrow/presets");
}
