import type { Policy } from "../contracts/policy.js";
import type { ProgramView } from "../contracts/views.js";
import type { Catalogue, RightName, RightParts } from "./catalogue.js";
import { english } from "./english.js";
import type { Writer } from "./formatter.js";

/** One right of the buyer of a card, in plain words. */
export interface Right {
  readonly right: RightName;
  /** A few words. */
  readonly title: string;
  /** A sentence or two. */
  readonly text: string;
}

/**
 * The rights of the buyer of a card, from the rules on chain.
 *
 * @param program The program.
 * @param policy The policy under which the program was published.
 * @param writer Writes amounts and periods.
 * @param words The language. Default: English.
 */
export function describeRights(
  program: ProgramView,
  policy: Policy,
  writer: Writer,
  words: Catalogue = english,
): readonly Right[] {
  const parts = partsOf(program, policy, writer);
  return (Object.keys(words.rights) as RightName[]).map((right) => {
    const [title, text] = words.rights[right](parts);
    return { right, title, text };
  });
}

function partsOf({ kind, price, listPrice }: ProgramView, policy: Policy, writer: Writer): RightParts {
  const openAmount = kind === "StoredValue" && price === 0n;
  const discounted = !openAmount && listPrice > price;
  const period = (seconds: bigint): string => writer.duration(seconds);
  return {
    isPass: kind === "Pass",
    listPrice: discounted ? writer.amount(listPrice) : undefined,
    accrualDelay: period(policy.accrualDelay),
    coolingOff: policy.coolingOff === 0n ? undefined : period(policy.coolingOff),
    coolingOffRequiresUnused: policy.coolingOffRequiresUnused,
    unilateralExit: policy.unilateralExit,
    exitDelay: period(policy.exitDelay),
    rulingTimeout: period(policy.rulingTimeout),
    runOffNotice: period(policy.runOffNotice),
    finalSettlement: period(policy.finalSettlement),
  };
}
