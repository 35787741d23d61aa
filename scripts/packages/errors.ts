/** A package of a folder could not be installed: printed as one sentence. */
export class InstallError extends Error {
  override readonly name = "InstallError";
}
