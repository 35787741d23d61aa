/** Thrown when the packages of a folder cannot be installed: printed as one sentence. */
export class InstallError extends Error {
  override readonly name = "InstallError";
}
