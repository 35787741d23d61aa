/** What the user of `npm run app` can do something about: printed as one sentence. */
export class AppError extends Error {
  override readonly name = "AppError";
}
