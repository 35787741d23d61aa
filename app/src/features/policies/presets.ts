/** The package's presets. Their validator compiles functions by default, which the page's security policy forbids. */
export async function loadPresets() {
  Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
  return await import("prepaid-escrow/presets");
}
