import { coolingOffOf } from "../contracts/policy.js";
import type { Policy } from "../contracts/policy.js";
import type { ProgramView } from "../contracts/views.js";
import { formatBps } from "../utils/units.js";
import type { Catalogue, FeeParts, RightName, RightParts } from "./catalogue.js";
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

function partsOf(program: ProgramView, policy: Policy, writer: Writer): RightParts {
  const { kind, price, listPrice, feeFree } = program;
  const openAmount = kind === "StoredValue" && price === 0n;
  const discounted = !openAmount && listPrice > price;
  const period = (seconds: bigint): string => writer.duration(seconds);
  const coolingOff = coolingOffOf(policy, program);
  const { coolingOffFeeBps } = policy;
  return {
    isPass: kind === "Pass",
    listPrice: discounted ? writer.amount(listPrice) : undefined,
    accrualDelay: period(policy.accrualDelay),
    coolingOff: coolingOff === 0n ? undefined : period(coolingOff),
    coolingOffRequiresUnused: policy.coolingOffRequiresUnused,
    coolingOffInFull: policy.coolingOffInFull,
    coolingOffFee: feeFree || coolingOffFeeBps === 0n ? undefined : formatBps(coolingOffFeeBps),
    fee: feeFree ? undefined : feeOf(policy, kind === "Pass", writer),
    unilateralExit: policy.unilateralExit,
    exitDelay: period(policy.exitDelay),
    rulingTimeout: period(policy.rulingTimeout),
    runOffNotice: period(policy.runOffNotice),
    finalSettlement: period(policy.finalSettlement),
  };
}

function feeOf(policy: Policy, isPass: boolean, writer: Writer): FeeParts | undefined {
  const { feeFlat, feePriceBps, feeRestBps, feeMax } = policy;
  const share = (bps: bigint): string | undefined => (bps === 0n ? undefined : formatBps(bps));
  const amount = (value: bigint): string | undefined => (value === 0n ? undefined : writer.amount(value));
  const flat = isPass ? undefined : amount(feeFlat);
  const [ofPrice, ofRest] = [share(feePriceBps), share(feeRestBps)];
  if (flat === undefined && ofPrice === undefined && ofRest === undefined) return undefined;
  return { flat, ofPrice, ofRest, most: amount(feeMax) };
}
