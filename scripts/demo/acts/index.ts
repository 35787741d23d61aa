import type { PlannedStep } from "../model.js";
import type { StepName } from "../scenario.js";
import type { World } from "../world.js";
import type { Action, Progress } from "./action.js";
import { buy, crowdBuys } from "./buying.js";
import { claimAll, paySurplus, publishClaims } from "./claiming.js";
import { accrue, crowdVisits, payOut, settle, visit } from "./consuming.js";
import { complain, contestExit, endComplaint, executeDispute, resolve, resolveByExtension } from "./disputing.js";
import { cancelExit, executeExit, extendPass, refundCard, requestExit } from "./leaving.js";
import { cancelMove, consentMove, executeMove, requestMove, setRecovery } from "./moving.js";
import {
  deposit,
  nameSurety,
  placeSurety,
  refreshWarnings,
  reportOutstanding,
  setDepositRule,
  takeBackSurety,
  withdraw,
} from "./register.js";
import { closeMerchant, flagDefault, refundAll, resume, startRunOff, suspend, withdrawDefault } from "./supervision.js";

/** The action of each kind of step. */
const actions: { readonly [Name in StepName]: Action<Name> } = {
  buy,
  crowdBuys,
  visit,
  crowdVisits,
  settle,
  payOut,
  accrue,
  extendPass,
  requestExit,
  cancelExit,
  executeExit,
  refundCard,
  complain,
  contestExit,
  resolve,
  resolveByExtension,
  executeDispute,
  endComplaint,
  setRecovery,
  requestMove,
  consentMove,
  cancelMove,
  executeMove,
  suspend,
  resume,
  flagDefault,
  withdrawDefault,
  startRunOff,
  refundAll,
  closeMerchant,
  setDepositRule,
  reportOutstanding,
  deposit,
  withdraw,
  nameSurety,
  placeSurety,
  takeBackSurety,
  refreshWarnings,
  publishClaims,
  claimAll,
  paySurplus,
};

/** The attempt of a step, as a sentence. */
export function attemptOf<Name extends StepName>(world: World, { step }: PlannedStep<Name>): string {
  return actionOf<Name>(step.do).attempt(world, step);
}

/** Plays a step and returns its result as a sentence. */
export async function playStep<Name extends StepName>(
  world: World,
  planned: PlannedStep<Name>,
  progress: Progress,
): Promise<string> {
  return await actionOf<Name>(planned.step.do).play(world, planned, progress);
}

function actionOf<Name extends StepName>(name: StepName): Action<Name> {
  // The field `do` of a step is the name of its kind.
  return actions[name] as unknown as Action<Name>;
}
