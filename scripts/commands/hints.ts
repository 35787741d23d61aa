import { AllowanceShortError, RoleMissingError } from "../../src/clientErrors.js";
import { DeploymentUnknownError } from "../../src/deployments.js";
import { RevertError, isRevert } from "../../src/errors.js";
import type { RevertName } from "../../src/errors.js";
import { formatAmount } from "../../src/units.js";

/** The chain of `npm run node`. */
const LOCAL = 31_337n;

const lists: Partial<Record<RevertName, string>> = {
  MerchantUnknown: "merchant list",
  ProgramUnknown: "program list",
  PolicyUnknown: "policy list",
};

/** The command that helps after an error, where there is one; without `npm run hh --` before it and `--network` behind it. */
export function commandAfter(error: Error): string | undefined {
  if (error instanceof RoleMissingError) {
    const [holder] = error.holders;
    return holder === undefined ? undefined : `the same with --from ${holder}`;
  }
  if (error instanceof AllowanceShortError)
    return `token approve MERCHANT ${formatAmount(error.fields.needed, error.token.decimals, 2)}, with that merchant's number`;
  if (error instanceof DeploymentUnknownError) {
    return `the same with --escrow ADDRESS${error.chainId === LOCAL ? ", or npm run deploy:local" : ""}`;
  }
  if (isRevert(error, "MerchantOwnerOnly")) return `the same with --from ${error.fields.owner}`;
  if (isRevert(error, "MerchantOperatorOnly")) {
    return `merchant operator ${error.fields.merchantId} ${error.fields.account}, as the owner`;
  }
  return error instanceof RevertError ? lists[error.revert as RevertName] : undefined;
}
