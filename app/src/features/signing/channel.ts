/** Carries signatures to a till in another window of this browser. */
export const TILL_CHANNEL = "console till";
