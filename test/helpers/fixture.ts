import { MaxUint256 } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import Local from "../../deploy/modules/Local.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import type { AccessManager, DepositRegister, PrepaidEscrow, TestToken } from "../../types/ethers-contracts/index.js";
import type { PolicyStruct } from "../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { ethers, ignition } from "./chain.js";

export const DAY = 86_400n;

/** One whole token of the test token, in base units. */
export const TOKEN = 10n ** 6n;

/** What each account of the chain is in every fixture, in the order of the accounts. */
const cast = [
  "admin",
  "regulator",
  "association",
  "reporter",
  "owner",
  "operator",
  "payout",
  "holder",
  "other",
  "payer",
  "relayer",
  "stranger",
] as const;

/** The system as `deploy/modules/Local.ts` leaves it, and everybody who takes part. */
export async function deploySystem() {
  const deployed = await ignition.deploy(Local);
  const escrow: PrepaidEscrow = await ethers.getContractAt("PrepaidEscrow", await deployed.escrow.getAddress());
  const register: DepositRegister = await ethers.getContractAt("DepositRegister", await deployed.register.getAddress());
  const manager: AccessManager = await ethers.getContractAt("AccessManager", await deployed.manager.getAddress());
  const token: TestToken = await ethers.getContractAt("TestToken", await deployed.token.getAddress());
  const signers = await ethers.getSigners();
  const people = Object.fromEntries(cast.map((name, i) => [name, signers[i]!]));
  return { escrow, register, manager, token, ...(people as Record<(typeof cast)[number], HardhatEthersSigner>) };
}

/** The rules of the test merchant; `overrides` replaces single fields. */
export function testPolicy(token: string, overrides: Partial<PolicyStruct> = {}): PolicyStruct {
  return {
    token,
    exitDelay: 5n * DAY,
    coolingOff: 7n * DAY,
    coolingOffRequiresUnused: false,
    unilateralExit: false,
    rejectOverLimit: false,
    rejectOverCap: false,
    maxNamed: 5_000n * TOKEN,
    maxBearer: 1_000n * TOKEN,
    maxPassTerm: 730n * DAY,
    maxCount: 100n,
    maxListBps: 20_000n,
    maxHolderExposure: 20_000n * TOKEN,
    accrualDelay: 7n * DAY,
    rulingTimeout: 30n * DAY,
    runOffNotice: 30n * DAY,
    finalSettlement: 7n * DAY,
    complaintCount: 3n,
    complaintBps: 2_000n,
    maxAdvance: 30n * DAY,
    feeFlat: 0n,
    feeMax: 0n,
    feePriceBps: 0n,
    feeRestBps: 0n,
    coolingOffFeeBps: 0n,
    coolingOffTermBps: 0n,
    coolingOffInFull: false,
    ...overrides,
  };
}

/** The programs of the test merchant, ids 1 to 4. */
const terms = [
  // Any amount, spent one for one.
  { kind: ProgramKind.StoredValue, price: 0n, units: 0n, listPrice: 0n, metadataURI: "ipfs://open" },
  // Pay 3 000, spend 4 000.
  {
    kind: ProgramKind.StoredValue,
    price: 3_000n * TOKEN,
    units: 4_000n * TOKEN,
    listPrice: 4_000n * TOKEN,
    metadataURI: "ipfs://plan",
  },
  // 20 visits for 1 200, 80 a visit without discount.
  {
    kind: ProgramKind.Count,
    price: 1_200n * TOKEN,
    units: 20n,
    listPrice: 1_600n * TOKEN,
    metadataURI: "ipfs://count",
  },
  // A year for 3 600.
  {
    kind: ProgramKind.Pass,
    price: 3_600n * TOKEN,
    units: 365n * DAY,
    listPrice: 3_600n * TOKEN,
    metadataURI: "ipfs://pass",
  },
];

/** The system with one merchant that sells, and three people with money who have approved the escrow. */
export async function deployShop() {
  const system = await deploySystem();
  const { escrow, token, regulator, owner, operator, payout, holder, other, payer } = system;

  const policyId = await escrow.connect(regulator).addPolicy.staticCall(testPolicy(await token.getAddress()));
  await escrow.connect(regulator).addPolicy(testPolicy(await token.getAddress()));
  const merchantId = 1n;
  await escrow.connect(regulator).registerMerchant(owner, payout, policyId, 0n, "ipfs://merchant");
  await escrow.connect(owner).setOperator(merchantId, operator, true);
  for (const offer of terms)
    await escrow.connect(owner).publishProgram(merchantId, { bearer: false, feeFree: false, ...offer });

  for (const person of [holder, other, payer]) {
    await token.mint(person, 1_000_000n * TOKEN);
    await token.connect(person).approve(escrow, MaxUint256);
  }
  return {
    ...system,
    policyId,
    merchantId,
    programs: { open: 1n, plan: 2n, count: 3n, pass: 4n },
    vault: await escrow.vaultOf(merchantId),
  };
}

/** What {@link deploySystem} answers. */
export type System = Awaited<ReturnType<typeof deploySystem>>;
/** What {@link deployShop} answers. */
export type Shop = Awaited<ReturnType<typeof deployShop>>;
