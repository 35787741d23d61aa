/** The state of an action. */
export type ActionState =
  | { readonly step: "idle" }
  | { readonly step: "asking" }
  | { readonly step: "sent"; readonly hash: string }
  | { readonly step: "done"; readonly hash?: string }
  | { readonly step: "failed"; readonly error: unknown };
