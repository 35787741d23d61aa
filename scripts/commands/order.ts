import type { Purchase } from "../../src/actions/calls.js";
import type { EscrowClient } from "../../src/client/client.js";
import type { Token } from "../../src/utils/token.js";
import { parseTime } from "../../src/utils/units.js";
import { wholeNumber } from "./command.js";
import type { CommonArguments } from "./command.js";

/** The options of a command that buys a card or signs for its price. */
export interface OrderArguments extends CommonArguments {
  readonly program: bigint;
  readonly holder: string | undefined;
  readonly amount: string | undefined;
  readonly serial: string | undefined;
  readonly startsAt: string | undefined;
}

/** The purchase by these options, with its merchant and token. */
export async function ordered(
  client: EscrowClient,
  args: OrderArguments,
): Promise<{ readonly purchase: Purchase; readonly merchantId: bigint; readonly token: Token }> {
  const { merchantId } = await client.program(args.program);
  const token = await client.tokenOf(merchantId);
  const purchase = await client.purchase({
    programId: args.program,
    ...(args.holder === undefined ? {} : { holder: args.holder }),
    ...(args.amount === undefined ? {} : { principal: token.parse(args.amount) }),
    ...(args.serial === undefined ? {} : { serial: wholeNumber("serial", args.serial) }),
    ...(args.startsAt === undefined ? {} : { startsAt: parseTime(args.startsAt) }),
  });
  return { purchase, merchantId, token };
}
