import type { EscrowEventArgs } from "../contracts/events.js";
import { lastingWarnings } from "../contracts/warnings.js";
import { accountOf, changeAccount, changeMerchant, merchantOf } from "./state.js";
import type { LedgerTables, StandingLevels } from "./state.js";

/* Lasting warnings, which both contracts raise and clear with the same two events. */

export function warningRaised(state: LedgerTables, args: EscrowEventArgs<"WarningRaised">): void {
  changeWarnings(state, args, (warnings) => new Map(warnings).set(args.kind, args.level));
}

export function warningCleared(state: LedgerTables, args: EscrowEventArgs<"WarningCleared">): void {
  changeWarnings(state, args, (warnings) => new Map([...warnings].filter(([kind]) => kind !== args.kind)));
}

function changeWarnings(
  state: LedgerTables,
  { merchantId, kind }: EscrowEventArgs<"WarningCleared">,
  change: (warnings: StandingLevels) => StandingLevels,
): void {
  if (!lastingWarnings[kind]) return;
  const ofEscrow = kind === "OutstandingCap" || kind === "Complaints";
  if (ofEscrow) changeMerchant(state, merchantId, { warnings: change(merchantOf(state, merchantId).warnings) });
  else changeAccount(state, merchantId, { warnings: change(accountOf(state, merchantId).warnings) });
}
