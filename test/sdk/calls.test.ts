import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import type { Interface } from "ethers";

import { approveCall, escrowCall, registerCall } from "../../src/actions/calls.js";
import type { Claim, EscrowInputs, Purchase, RegisterInputs } from "../../src/actions/calls.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { NO_THRESHOLD } from "../../src/contracts/depositRule.js";
import { ProgramKind } from "../../src/contracts/enums.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import type { Policy } from "../../src/contracts/policy.js";
import {
  IDepositRegister__factory,
  IPrepaidEscrow__factory,
  TestToken__factory,
} from "../../types/ethers-contracts/index.js";
import { testPolicy } from "../helpers/fixture.js";

const at = (n: number): string => `0x${String(n).repeat(40)}`;
const ESCROW = at(1);
const [holder, other, token] = [at(2), at(3), at(4)];
const merchantId = 7n;
const cardId = encodeCardId({ holder, programId: 3n, serial: 5n });
const [evidence, decision, receipt, salt, r, s] = ["evidence", "decision", "receipt", "salt", "r", "s"].map(id) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const signature = `0x${"ab".repeat(65)}`;
const policy = testPolicy(token) as Policy;
const terms = {
  kind: "Pass",
  bearer: true,
  price: 1n,
  units: 2n,
  listPrice: 3n,
  feeFree: true,
  metadataURI: "ipfs://x",
} as const;
const purchase: Purchase = { programId: 3n, holder, principal: 4n, serial: 5n, startsAt: 6n };
const voucher = { cardId, cumulative: 9n, receipt, r, vs: s };
const claim: Claim = { index: 1n, account: holder, amount: 2n, proof: [r, s] };
const rule = { bps0: 1n, threshold1: 2n, bps1: 3n, threshold2: NO_THRESHOLD, bps2: 4n, reportDays: 5n };

/** Every operation of the escrow with an input, and the arguments the contract should be called with. */
const escrow: { readonly [Name in keyof EscrowInputs]: readonly [EscrowInputs[Name], readonly unknown[]] } = {
  addPolicy: [{ policy }, [policy]],
  registerMerchant: [
    { owner: holder, payout: other, policyId: 1n, outstandingCap: 2n, metadataURI: "m" },
    [holder, other, 1n, 2n, "m"],
  ],
  setMerchantPolicy: [{ merchantId, policyId: 2n }, [merchantId, 2n]],
  setOutstandingCap: [{ merchantId, outstandingCap: 2n }, [merchantId, 2n]],
  setOperator: [{ merchantId, operator: other, enabled: true }, [merchantId, other, true]],
  setPayout: [{ merchantId, payout: other }, [merchantId, other]],
  cancelPayout: [{ merchantId }, [merchantId]],
  transferOwnership: [{ merchantId, newOwner: other }, [merchantId, other]],
  cancelOwnershipTransfer: [{ merchantId }, [merchantId]],
  acceptOwnership: [{ merchantId }, [merchantId]],
  publishProgram: [{ merchantId, terms }, [merchantId, { ...terms, kind: ProgramKind.Pass }]],
  retireProgram: [{ programId: 3n }, [3n]],
  buy: [{ programId: 3n, holder, principal: 4n, serial: 5n }, [3n, holder, 4n, 5n]],
  buyPass: [purchase, [3n, holder, 4n, 5n, 6n]],
  buyWithPermit: [{ purchase, deadline: 8n, v: 27n, r, s }, [purchase, 8n, 27n, r, s]],
  buyWithAuthorization: [
    { purchase, payer: other, validAfter: 1n, validBefore: 2n, salt, v: 28n, r, s },
    [purchase, other, 1n, 2n, salt, 28n, r, s],
  ],
  settle: [{ merchantId, vouchers: [voucher, voucher] }, [merchantId, [voucher, voucher]]],
  settleAndPayOut: [{ merchantId, vouchers: [voucher] }, [merchantId, [voucher]]],
  settleWithSignature: [
    { merchantId, vouchers: [voucher], deadline: 8n, operator: other, signature },
    [merchantId, [voucher], 8n, other, signature],
  ],
  settleContractHolders: [
    { merchantId, vouchers: [{ cardId, cumulative: 9n, receipt, signature }] },
    [merchantId, [{ cardId, cumulative: 9n, receipt, signature }]],
  ],
  accrue: [{ cardIds: [cardId] }, [[cardId]]],
  extendPasses: [{ cardIds: [cardId, cardId], extension: 86_400n }, [[cardId, cardId], 86_400n]],
  payOut: [{ merchantId }, [merchantId]],
  requestExit: [{ cardId }, [cardId]],
  requestExitWithSignature: [{ cardId, deadline: 8n, signature }, [cardId, 8n, signature]],
  cancelExit: [{ cardId }, [cardId]],
  executeExit: [{ cardId }, [cardId]],
  executeExitTo: [{ cardId, recipient: other }, [cardId, other]],
  refundCard: [{ cardId }, [cardId]],
  complain: [{ cardId, evidence }, [cardId, evidence]],
  complainWithSignature: [{ cardId, evidence, deadline: 8n, signature }, [cardId, evidence, 8n, signature]],
  contestExit: [{ cardId, evidence }, [cardId, evidence]],
  resolve: [{ cardId, upheld: true, awarded: 3n, decision }, [cardId, true, 3n, decision]],
  resolveByExtension: [{ cardId, extension: 86_400n, decision }, [cardId, 86_400n, decision]],
  executeDispute: [{ cardId }, [cardId]],
  endComplaint: [{ cardId }, [cardId]],
  requestMove: [{ cardId, to: other }, [cardId, other]],
  consentMove: [{ cardId, nonce: 255n }, [cardId, 255n]],
  cancelMove: [{ cardId }, [cardId]],
  executeMove: [{ cardId, serial: 1n }, [cardId, 1n]],
  setRecovery: [{ recovery: ZeroAddress }, [ZeroAddress]],
  suspend: [{ merchantId, evidence }, [merchantId, evidence]],
  resume: [{ merchantId }, [merchantId]],
  startRunOff: [{ merchantId, lastServiceAt: 9n }, [merchantId, 9n]],
  closeMerchant: [{ merchantId }, [merchantId]],
  flagDefault: [{ merchantId, serviceStoppedAt: 9n, evidence }, [merchantId, 9n, evidence]],
  withdrawDefault: [{ merchantId }, [merchantId]],
  refundCards: [{ merchantId, cardIds: [cardId, cardId] }, [merchantId, [cardId, cardId]]],
  reportHolderExposure: [{ merchantId, cardIds: [] }, [merchantId, []]],
  reviewWarnings: [{ merchantId }, [merchantId]],
};

/** The same of the deposit register. */
const register: { readonly [Name in keyof RegisterInputs]: readonly [RegisterInputs[Name], readonly unknown[]] } = {
  setRule: [{ merchantId, rule, cureBy: 9n }, [merchantId, rule, 9n]],
  reportOutstanding: [{ merchantId, amount: 1n, asOf: 2n, evidence }, [merchantId, 1n, 2n, evidence]],
  refreshWarnings: [{ merchantId }, [merchantId]],
  deposit: [{ merchantId, amount: 1n }, [merchantId, 1n]],
  bookDeposit: [{ merchantId }, [merchantId]],
  withdraw: [{ merchantId, amount: 1n }, [merchantId, 1n]],
  nameSurety: [{ merchantId, surety: other }, [merchantId, other]],
  placeSurety: [{ merchantId, amount: 1n, endsAt: 2n }, [merchantId, 1n, 2n]],
  takeBackSurety: [{ merchantId, recipient: other }, [merchantId, other]],
  publishClaims: [{ merchantId, root: r, claims: 2n, evidence }, [merchantId, r, 2n, evidence]],
  objectToClaims: [{ merchantId, root: r, evidence }, [merchantId, r, evidence]],
  openClaims: [{ merchantId }, [merchantId]],
  claim: [{ merchantId, claim }, [merchantId, claim]],
  claimTo: [{ merchantId, claim, recipient: other }, [merchantId, claim, other]],
  claimMany: [{ merchantId, claims: [claim, claim] }, [merchantId, [claim, claim]]],
  paySurplus: [{ merchantId }, [merchantId]],
};

function operationsOf(abi: Interface): string[] {
  return abi.fragments.flatMap((fragment) => {
    if (fragment.type !== "function") return [];
    const { name, stateMutability } = abi.getFunction(fragment.format())!;
    return stateMutability === "nonpayable" ? [name] : [];
  });
}

function refusalOf(call: () => unknown): InvalidInputError {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error("not refused");
}

describe("Calls", () => {
  it("exist for every operation of the escrow and of the register, and no other", () => {
    expect(Object.keys(escrow)).to.have.members(operationsOf(IPrepaidEscrow__factory.createInterface()));
    expect(Object.keys(register)).to.have.members(operationsOf(IDepositRegister__factory.createInterface()));
  });

  for (const name of Object.keys(escrow) as (keyof EscrowInputs)[]) {
    it(`of ${name} are what the escrow decodes`, () => {
      const [input, args] = escrow[name];
      const abi: Interface = IPrepaidEscrow__factory.createInterface();
      const data = abi.encodeFunctionData(name, [...args]);
      expect(escrowCall(ESCROW, name, input)).to.deep.equal({ to: ESCROW, data });
    });
  }

  for (const name of Object.keys(register) as (keyof RegisterInputs)[]) {
    it(`of ${name} are what the register decodes`, () => {
      const [input, args] = register[name];
      const abi: Interface = IDepositRegister__factory.createInterface();
      const data = abi.encodeFunctionData(name, [...args]);
      expect(registerCall(ESCROW, name, input)).to.deep.equal({ to: ESCROW, data });
    });
  }

  it("of approve are what a token decodes", () => {
    const data = TestToken__factory.createInterface().encodeFunctionData("approve", [ESCROW, 12n]);
    expect(approveCall(token, { spender: ESCROW, value: 12n })).to.deep.equal({ to: token, data });
  });

  it("cannot be changed once built, and go to a checksummed address", () => {
    const mixed = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const call = escrowCall(mixed.toLowerCase(), "payOut", { merchantId });
    expect(call.to).to.equal(mixed);
    expect(Object.isFrozen(call)).to.be.true;
  });

  for (const [what, call, field, value] of [
    ["a wrong escrow", () => escrowCall("0x12", "payOut", { merchantId }), "to", "0x12"],
    ["a wrong address", () => escrowCall(ESCROW, "setRecovery", { recovery: "me" }), "recovery", "me"],
    [
      "a wrong checksum",
      () => escrowCall(ESCROW, "setRecovery", { recovery: "0x5fbDB2315678afecb367f032d93F642f64180aa3" }),
      "recovery",
      "0x5fbDB2315678afecb367f032d93F642f64180aa3",
    ],
    ["a negative number", () => escrowCall(ESCROW, "payOut", { merchantId: -1n }), "merchantId", "-1"],
    [
      "a number above its width",
      () => escrowCall(ESCROW, "payOut", { merchantId: 2n ** 32n }),
      "merchantId",
      "4294967296",
    ],
    ["a short id", () => escrowCall(ESCROW, "requestExit", { cardId: "0xab" }), "cardId", "0xab"],
    [
      "half a byte",
      () => escrowCall(ESCROW, "requestExitWithSignature", { cardId, deadline: 1n, signature: "0xabc" }),
      "signature",
      "0xabc",
    ],
    [
      "a wrong field of a struct",
      () =>
        escrowCall(ESCROW, "buyWithPermit", {
          purchase: { ...purchase, principal: 2n ** 88n },
          deadline: 1n,
          v: 27n,
          r,
          s,
        }),
      "purchase.principal",
      String(2n ** 88n),
    ],
    [
      "a wrong voucher of a list",
      () => escrowCall(ESCROW, "settle", { merchantId, vouchers: [voucher, { ...voucher, receipt: "0x" }] }),
      "vouchers[1].receipt",
      "0x",
    ],
    [
      "a wrong field of the register",
      () => registerCall(ESCROW, "claim", { merchantId, claim: { ...claim, proof: [ZeroHash, "no"] } }),
      "claim.proof[1]",
      "no",
    ],
  ] as const) {
    it(`refuse ${what} and name it`, () => {
      const refusal = refusalOf(call);
      expect([refusal.field, refusal.value]).to.deep.equal([field, value]);
    });
  }

  it("take the largest number of a width", () => {
    const call = escrowCall(ESCROW, "payOut", { merchantId: 2n ** 32n - 1n });
    expect(BigInt(`0x${call.data.slice(10)}`)).to.equal(2n ** 32n - 1n);
  });
});
