/** A failure that the user of `npm run docs` can act on: printed as one sentence. */
export class SiteError extends Error {
  override readonly name = "SiteError";
}
