import { AllowanceShortError, NodeUnreachableError, RoleMissingError } from "../../src/client/errors.js";
import { DeploymentUnknownError } from "../../src/contracts/deployments.js";
import { RevertError, isRevert } from "../../src/contracts/reverts.js";
import type { RevertName } from "../../src/contracts/reverts.js";
import { formatAmount } from "../../src/utils/units.js";

/** The chain of `npm run node`. */
const LOCAL = 31_337n;

const lists: Partial<Record<RevertName, string>> = {
  MerchantUnknown: "merchant list",
  ProgramUnknown: "program list",
  PolicyUnknown: "policy list",
};

/**
 * The command that helps after an error, without `npm run hh --` and `--network`; `undefined` if there is none.
 *
 * @param register The deposit register, if it is known.
 * @param network The network's name.
 */
export function commandAfter(
  error: Error,
  register: string | undefined,
  network: string | undefined,
): string | undefined {
  if (error instanceof RoleMissingError) {
    const [holder] = error.holders;
    return holder === undefined ? undefined : `the same with --from ${holder}`;
  }
  if (error instanceof AllowanceShortError) {
    const { token, fields } = error;
    const taker = fields.spender === register ? " --for-register" : "";
    return `token approve MERCHANT ${formatAmount(fields.needed, token.decimals, 2)}${taker}, with that merchant's number`;
  }
  if (error instanceof NodeUnreachableError) {
    return network === "localhost" ? "npm run node, in a terminal of its own" : undefined;
  }
  if (error instanceof DeploymentUnknownError) {
    return `the same with --escrow ADDRESS${error.chainId === LOCAL ? ", or npm run deploy:local" : ""}`;
  }
  if (isRevert(error, "MerchantOwnerOnly")) return `the same with --from ${error.fields.owner}`;
  if (isRevert(error, "MerchantOperatorOnly")) {
    return `merchant operator ${error.fields.merchantId} ${error.fields.account}, as the owner`;
  }
  return error instanceof RevertError ? lists[error.revert as RevertName] : undefined;
}
