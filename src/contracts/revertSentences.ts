import { escrowSentences } from "./escrowSentences.js";
import { foreignSentences } from "./foreignSentences.js";
import { registerSentences } from "./registerSentences.js";
import type { RevertFields, RevertName } from "./revertFields.js";
import type { Sentences } from "./revertWords.js";

/** The problem and the next step of each error. */
export const sentences: Sentences<RevertFields> = { ...escrowSentences, ...registerSentences, ...foreignSentences };

/** The message of an error. */
export function explain<Name extends RevertName>(name: Name, fields: RevertFields[Name]): string {
  const [problem, next] = sentences[name](fields);
  return `${problem}. Next: ${next}.`;
}
