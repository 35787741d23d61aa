/** A failure that the user of `npm run app` can act on: printed as one sentence. */
export class AppError extends Error {
  override readonly name = "AppError";
}
