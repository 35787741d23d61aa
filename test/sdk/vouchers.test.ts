import { expect } from "chai";
import { Wallet, ZeroHash } from "ethers";

import { encodeCardId } from "../../src/contracts/cardId.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { consumptionRequest } from "../../src/actions/signing.js";
import { escrowDomain } from "../../src/contracts/typedData.js";
import { checkVoucher, parseVoucher, printVoucher } from "../../src/actions/vouchers.js";
import type { Voucher, VoucherState } from "../../src/actions/vouchers.js";

const holder = Wallet.createRandom();
const [chainId, escrow] = [31337n, `0x${"5".repeat(40)}`];
const cardId = encodeCardId({ holder: holder.address, programId: 3n, serial: 0n });
const card = {
  status: "Open",
  principal: 1_200n,
  consumed: 4n,
  openedAt: 1n,
  exitRequestedAt: 0n,
  nonce: 0n,
  disputed: false,
  moving: false,
  coolingOffOver: false,
} as const;
const program = {
  merchantId: 1n,
  policyId: 1n,
  kind: "Count",
  bearer: false,
  retired: false,
  price: 1_200n,
  units: 20n,
  listPrice: 1_600n,
  feeFree: true,
} as const;
const state: VoucherState = { chainId, escrow, card, program, status: "Active" };

async function voucherOf(cumulative: bigint, signer = holder): Promise<Voucher> {
  const message = { cardId, cumulative, receipt: ZeroHash };
  const { domain, types, complete } = consumptionRequest(escrowDomain(chainId, escrow), holder.address, message);
  return { chainId, escrow, ...complete(await signer.signTypedData(domain, types, message)) };
}

const reasons = (voucher: Voucher, changes: Partial<VoucherState> = {}): string[] =>
  checkVoucher(voucher, { ...state, ...changes }).map(({ reason }) => reason);

describe("Vouchers", () => {
  it("are one line of text, and come back as they were", async () => {
    const voucher = await voucherOf(5n);
    expect(printVoucher(voucher)).to.match(/^voucher:31337:0x5{40}:0x\w{64}:5:0x0{64}:0x\w{64}:0x\w{64}$/);
    expect(parseVoucher(` ${printVoucher(voucher)}\n`)).to.deep.equal(voucher);
    const line = printVoucher(voucher);
    for (const text of [
      "",
      line.slice(0, -1),
      line.replace("31337", ""),
      line.replace("voucher", "consumption"),
      line.replace("voucher", "Voucher"),
      line.replace("0x", "0X"),
    ]) {
      expect(() => parseVoucher(text), text).to.throw(InvalidInputError);
    }
  });

  it("are good from one unit above what is booked up to the face", async () => {
    for (const cumulative of [5n, 19n, 20n]) expect(reasons(await voucherOf(cumulative))).to.deep.equal([]);
    for (const cumulative of [0n, 3n, 4n]) expect(reasons(await voucherOf(cumulative))).to.deep.equal(["Stale"]);
    for (const cumulative of [21n, 22n]) expect(reasons(await voucherOf(cumulative))).to.deep.equal(["OverFace"]);
  });

  it("are up to the principal where any amount was sold", async () => {
    const open = { ...program, kind: "StoredValue", price: 0n, units: 0n } as const;
    expect(reasons(await voucherOf(1_200n), { program: open })).to.deep.equal([]);
    expect(reasons(await voucherOf(1_201n), { program: open })).to.deep.equal(["OverFace"]);
  });

  it("are refused for a card that is none or closed, a pass, and a closed merchant", async () => {
    const voucher = await voucherOf(5n);
    expect(reasons(voucher, { card: { ...card, status: "Closed" } })).to.deep.equal(["CardNotOpen"]);
    expect(reasons(voucher, { card: { ...card, status: "None" } })).to.deep.equal(["CardNotOpen"]);
    expect(reasons(voucher, { program: { ...program, kind: "Pass" } })).to.deep.equal(["Pass"]);
    for (const status of ["Suspended", "RunOff", "Defaulted"] as const) {
      expect(reasons(voucher, { status })).to.deep.equal([]);
    }
    expect(reasons(voucher, { status: "Closed" })).to.deep.equal(["MerchantClosed"]);
  });

  it("of a pass are good for one second, where cooling-off asks that it is unused", async () => {
    const pass = { card: { ...card, consumed: 0n }, program: { ...program, kind: "Pass", units: 86_400n } } as const;
    const policy = { coolingOffRequiresUnused: true };
    expect(reasons(await voucherOf(1n), { ...pass, policy })).to.deep.equal([]);
    expect(reasons(await voucherOf(2n), { ...pass, policy })).to.deep.equal(["Pass"]);
    expect(reasons(await voucherOf(0n), { ...pass, policy })).to.deep.equal(["Pass", "Stale"]);
    expect(reasons(await voucherOf(1n), { ...pass, policy: { coolingOffRequiresUnused: false } })).to.deep.equal([
      "Pass",
    ]);
    expect(reasons(await voucherOf(1n), pass)).to.deep.equal(["Pass"]);
  });

  it("are refused, and nothing breaks, with figures that nobody can have signed", async () => {
    const voucher = await voucherOf(5n);
    for (const cumulative of [2n ** 88n, 10n ** 100n]) {
      expect(reasons({ ...voucher, cumulative })).to.deep.equal(["OverFace", "BadSignature"]);
    }
    expect(reasons({ ...voucher, chainId: 2n ** 256n })).to.deep.equal(["OtherEscrow", "BadSignature"]);
    const mixed = "0xABcdEFABcdEFabcdEfAbCdefabcdeFABcDEFabCE";
    expect(reasons({ ...voucher, escrow: mixed }, { escrow: mixed.toLowerCase() })).to.deep.equal(["BadSignature"]);
  });

  it("are refused under another's signature, another escrow or chain, and with a changed figure", async () => {
    const voucher = await voucherOf(5n);
    expect(reasons(await voucherOf(5n, Wallet.createRandom()))).to.deep.equal(["BadSignature"]);
    expect(reasons({ ...voucher, cumulative: 6n })).to.deep.equal(["BadSignature"]);
    expect(reasons({ ...voucher, r: ZeroHash })).to.deep.equal(["BadSignature"]);
    expect(reasons(voucher, { chainId: 1n })).to.deep.equal(["OtherEscrow"]);
    expect(reasons(voucher, { escrow: `0x${"6".repeat(40)}` })).to.deep.equal(["OtherEscrow"]);
  });
});
