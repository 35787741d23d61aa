import { longestPassTerm } from "../../src/contracts/policy.js";
import type { Policy } from "../../src/contracts/policy.js";
import { findPreset, policyFromPreset, presetsOf } from "../../src/presets/presets.js";
import { isEvent } from "../../src/contracts/events.js";
import { formatBps, formatDuration } from "../../src/utils/units.js";
import { given, reading, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { list, sheet } from "./layout.js";
import { warningsOf } from "./preset/warnings.js";

/** The names of the presets that a policy was made of. */
const namesOf = (rules: Policy, decimals: number): string =>
  presetsOf(rules, decimals)
    .map(({ name }) => name)
    .join(" or ");

const share = (bps: bigint, whole: string): string => (bps === 0n ? "none" : `${formatBps(bps)} of ${whole}`);

const period = (value: bigint): string => (value === 0n ? "none" : formatDuration(value));

/** `policy show`: shows the rules of a policy. */
export const policy = reading(async (client, { policy: policyId }: CommonArguments & { readonly policy: bigint }) => {
  const rules = await client.policy(policyId);
  const token = await client.token(rules.token);
  const amount = (value: bigint): string => (value === 0n ? "none" : token.format(value));
  const yes = (value: boolean): string => (value ? "yes" : "no");
  const text = sheet(`Policy ${policyId}`, [
    ["Token", `${token.symbol}, ${token.address}`],
    ["Preset", namesOf(rules, token.decimals) || "of its own"],
    ["Exit delay", period(rules.exitDelay)],
    ["Cooling-off", period(rules.coolingOff)],
    ["Cooling-off only unused", yes(rules.coolingOffRequiresUnused)],
    ["Cooling-off of a pass", share(rules.coolingOffTermBps, "its term, if longer; 60 d at most")],
    ["Days of a pass in cooling-off", rules.coolingOffInFull ? "not counted" : "counted"],
    ["Fee in cooling-off", share(rules.coolingOffFeeBps, "the price")],
    ["Leaving cannot be contested", yes(rules.unilateralExit)],
    ["Fee for leaving, unused", amount(rules.feeFlat)],
    ["Fee for leaving, of the price", share(rules.feePriceBps, "the price")],
    ["Fee for leaving, of the rest", share(rules.feeRestBps, "what remains at the list price")],
    ["Largest fee", rules.feeMax === 0n ? "half the price" : token.format(rules.feeMax)],
    ["Card limit, named", amount(rules.maxNamed)],
    ["Card limit, bearer", amount(rules.maxBearer)],
    ["Over the card limit", rules.rejectOverLimit ? "rejected" : "warned"],
    ["Over the merchant's cap", rules.rejectOverCap ? "rejected" : "warned"],
    ["Limit of a holder", amount(rules.maxHolderExposure)],
    ["Longest pass", formatDuration(longestPassTerm(rules))],
    ["Most visits on a card", rules.maxCount === 0n ? "none" : String(rules.maxCount)],
    ["Highest list price", formatBps(rules.maxListBps)],
    ["Accrual delay", period(rules.accrualDelay)],
    ["Ruling timeout", period(rules.rulingTimeout)],
    ["Notice of a run-off", period(rules.runOffNotice)],
    ["Final settlement window", period(rules.finalSettlement)],
    ["Complaints that warn", `${rules.complaintCount}, over ${formatBps(rules.complaintBps)} of what is outstanding`],
    ["Passes start within", period(rules.maxAdvance)],
  ]);
  return { text, data: { policyId, ...rules } };
});

/** `policy list`: lists all policies. */
export const listAll = reading(async (client) => {
  const policies = await client.history.policies();
  const rows = await Promise.all(
    policies.map(async (rules) => {
      const { symbol, decimals } = await client.token(rules.token);
      const { policyId, exitDelay, coolingOff, unilateralExit } = rules;
      const contested = unilateralExit ? "no" : "yes";
      return [
        String(policyId),
        symbol,
        formatDuration(exitDelay),
        period(coolingOff),
        contested,
        namesOf(rules, decimals),
      ];
    }),
  );
  const titles = ["Policy>", "Token", "Exit delay", "Cooling-off", "Exits can be contested", "Preset"];
  return { text: list(titles, rows, "No policy was added."), data: policies };
});

/** `policy add`: adds a policy made of a preset, as the regulator. It warns of a preset that is not in force today. */
export const add = writing(
  async (client, { preset, token }: WriteArguments & { preset: readonly string[]; token: string | undefined }) => {
    const found = findPreset(preset.join(" "));
    const { address, symbol, decimals } = await client.token(given("token", token));
    return {
      intent: `Add a policy after ${found.name}, in ${symbol}`,
      warnings: warningsOf(found),
      call: client.call("addPolicy", { policy: policyFromPreset(found, address, decimals) }),
      result: ({ events }) => {
        const added = events.find((event) => isEvent(event, "PolicyAdded"));
        return added === undefined ? "Done" : `It is policy ${added.args.policyId}`;
      },
    };
  },
);
