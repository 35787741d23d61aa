/** What the user of `npm run docs` can do something about: printed as one sentence. */
export class SiteError extends Error {
  override readonly name = "SiteError";
}
