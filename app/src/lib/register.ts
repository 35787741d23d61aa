import type { EscrowClient } from "prepaid-escrow";
import type { Interface } from "ethers";
import { Contract } from "ethers";

import { IDepositRegister__factory } from "../../../src/abi";

/** What the register says of a merchant; amounts in token base units, times in Unix seconds. */
export interface DepositPicture {
  readonly merchantId: bigint;
  readonly deposit: bigint;
  readonly required: bigint;
  readonly reported: bigint;
  readonly reportedAsOf: bigint;
  readonly reportDueAt: bigint;
  readonly counted: bigint;
  readonly surety: bigint;
  readonly suretyEndsAt: bigint;
  readonly suretyParty: string;
  readonly suretyNamed: string;
  readonly cureBy: bigint;
  readonly root: string;
  readonly claims: bigint;
  readonly opensAt: bigint;
  readonly paid: bigint;
  readonly funded: bigint;
}

const abi: Interface = IDepositRegister__factory.createInterface();

/** Reads a merchant's deposit, surety, rule and distribution. */
export async function readDeposit(client: EscrowClient, merchantId: bigint): Promise<DepositPicture> {
  if (client.register === undefined) throw new RangeError("No deposit register belongs to this deployment.");
  const register = new Contract(client.register, abi, client.provider);
  const ask = (name: string) =>
    register.getFunction(name).staticCall(merchantId) as Promise<Record<string, bigint & string>>;
  const [deposit, surety, rule, distribution] = await Promise.all([
    ask("depositOf"),
    ask("surety"),
    ask("rule"),
    ask("distribution"),
  ]);
  const of = (view: Record<string, bigint & string>, field: string) => view[field] as bigint & string;
  return {
    merchantId,
    deposit: of(deposit, "deposit"),
    required: of(deposit, "required"),
    reported: of(deposit, "reported"),
    reportedAsOf: of(deposit, "reportedAsOf"),
    reportDueAt: of(deposit, "reportDueAt"),
    counted: of(surety, "counted"),
    surety: of(surety, "amount"),
    suretyEndsAt: of(surety, "endsAt"),
    suretyParty: of(surety, "party"),
    suretyNamed: of(surety, "named"),
    cureBy: of(rule, "cureBy"),
    root: of(distribution, "root"),
    claims: of(distribution, "claims"),
    opensAt: of(distribution, "opensAt"),
    paid: of(distribution, "paid"),
    funded: of(distribution, "funded"),
  };
}
