import { expect } from "chai";
import { SigningKey, toBeHex } from "ethers";

import type { KeyVoucher } from "../../src/actions/calls.js";
import { parseSignature } from "../../src/till/consumptionRequest.js";
import { SignatureMalleableError, Verifier } from "../../src/till/index.js";
import type { VerifierOptions } from "../../src/till/index.js";
import { compactSignature, escrowDomain, typedDataDigest } from "../../src/contracts/typedData.js";
import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { errorOf } from "../helpers/errors.js";
import { TOKEN } from "../helpers/fixture.js";
import { randomOf, seedOfRun } from "../helpers/random.js";
import type { Random } from "../helpers/random.js";
import { deployTill, domainOf, logsOf } from "../helpers/settling.js";
import type { Till as Cards } from "../helpers/settling.js";
import { walletOf } from "./wallets.js";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const PARITY = 1n << 255n;
const HOLDER = 7;

const word = (value: bigint): string => toBeHex(BigInt.asUintN(256, value), 32);

/** Ways to spoil a good row. */
const mangles: readonly ((voucher: KeyVoucher, random: Random) => KeyVoucher)[] = [
  (voucher) => voucher,
  (voucher) => voucher,
  (voucher, random) => ({ ...voucher, r: word(BigInt(voucher.r) ^ (1n << random.below(256n))) }),
  (voucher, random) => ({ ...voucher, vs: word(BigInt(voucher.vs) ^ (1n << random.below(256n))) }),
  (voucher, random) => ({ ...voucher, receipt: word(BigInt(voucher.receipt) ^ (1n << random.below(256n))) }),
  (voucher) => ({ ...voucher, vs: word(BigInt(voucher.vs) ^ PARITY) }),
  // The twin with the larger s and the other parity, as far as it fits: the place of its highest bit is the parity's.
  (voucher) => {
    const vs = BigInt(voucher.vs);
    const twin = ORDER - (vs & (PARITY - 1n));
    return { ...voucher, vs: word(((vs & PARITY) ^ PARITY) | (twin & (PARITY - 1n))) };
  },
  (voucher, random) => ({
    ...voucher,
    r: word(random.pick([0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, FIELD - 1n, FIELD, 2n ** 256n - 1n])),
  }),
  (voucher, random) => ({
    ...voucher,
    vs: word((BigInt(voucher.vs) & PARITY) | random.pick([0n, 1n, ORDER / 2n, ORDER / 2n + 1n, PARITY - 1n])),
  }),
  (voucher) => ({ ...voucher, r: voucher.vs, vs: voucher.r }),
  (voucher) => ({ ...voucher, r: word(0n), vs: word(0n) }),
];

describe("Verifying vouchers", () => {
  let shop: Cards;
  const seed = seedOfRun();

  beforeEach(async () => {
    shop = await networkHelpers.loadFixture(deployTill);
  });

  it("uses the native library, which is installed here", async () => {
    expect((await Verifier.create(escrowDomain(1n, shop.vault))).native).to.be.true;
    expect((await Verifier.create(escrowDomain(1n, shop.vault), { native: false })).native).to.be.false;
  });

  it("uses WebAssembly where there is no native library, and ethers where that is refused too", async () => {
    const domain = escrowDomain(1n, shop.vault);
    const engine = async (options: VerifierOptions): Promise<string> => (await Verifier.create(domain, options)).engine;
    expect(await engine({})).to.equal("native");
    expect(await engine({ native: false })).to.equal("wasm");
    expect(await engine({ native: false, wasm: false })).to.equal("ethers");
    // As a content security policy without 'wasm-unsafe-eval' refuses it.
    const { WebAssembly } = globalThis as unknown as { WebAssembly: Record<"instantiate" | "compile", unknown> };
    const { instantiate, compile } = WebAssembly;
    const refuse = (): never => {
      throw new EvalError("blocked by CSP");
    };
    Object.assign(WebAssembly, { instantiate: refuse, compile: refuse });
    try {
      expect(await engine({ native: false })).to.equal("ethers");
    } finally {
      Object.assign(WebAssembly, { instantiate, compile });
    }
  });

  it("checks several times as many signatures in WebAssembly as in ethers", async () => {
    const domain = await domainOf(shop.escrow);
    const message = { cardId: shop.cards.count, cumulative: 1n, receipt: word(1n) };
    const signature = walletOf(HOLDER).signingKey.sign(typedDataDigest(domain, "Consumption", message));
    const voucher = { ...message, ...compactSignature(signature.serialized) };
    const verifiers = await Promise.all(
      [true, false].map(async (wasm) => await Verifier.create(domain, { native: false, wasm })),
    );
    // The least of several rounds: a round may pay for a compiler or a garbage collector that runs beside it.
    const least = verifiers.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < 8; round += 1) {
      for (const [i, verifier] of verifiers.entries()) {
        const before = process.cpuUsage();
        expect(verifier.verifyAll(Array.from({ length: 30 }, () => voucher))).to.not.include(false);
        const { user, system } = process.cpuUsage(before);
        least[i] = Math.min(least[i]!, user + system);
      }
    }
    expect(least[1]! / least[0]!).to.be.greaterThan(3);
  });

  it("answers as the escrow does, natively and without, on good and spoiled signatures", async function () {
    this.timeout(60_000);
    const cardId = await buyCard(shop, { program: shop.programs.open, principal: 1_000n * TOKEN });
    const random = randomOf(seed);
    const domain = await domainOf(shop.escrow);
    const { signingKey } = walletOf(HOLDER);
    const vouchers = Array.from({ length: 360 }, (_, i) => {
      const receipt = word(random.below(2n ** 64n));
      const message = { cardId, cumulative: BigInt(i) + 1n, receipt };
      const signature = signingKey.sign(typedDataDigest(domain, "Consumption", message));
      return mangles[i % mangles.length]!({ ...message, ...compactSignature(signature.serialized) }, random);
    });
    const logs = await logsOf(shop.escrow, shop.escrow.connect(shop.operator).settle(shop.merchantId, vouchers));
    // One event a row, in their order.
    const escrow = vouchers.map((_, i) => logs[i]![0] === "ConsumptionSettled");
    expect(escrow.filter((good) => good).length).to.be.within(60, 300);
    for (const options of [{}, { native: false }, { wasm: false }, { native: false, wasm: false }]) {
      const verifier = await Verifier.create(domain, options);
      const answers = verifier.verifyAll(vouchers);
      const differ = answers.flatMap((good, i) => (good === escrow[i] ? [] : [i]));
      expect(differ, `seed ${seed}, rows that differ with ${JSON.stringify(options)}`).to.deep.equal([]);
    }
  });

  it("is of one escrow on one chain", async () => {
    const domain = await domainOf(shop.escrow);
    const message = { cardId: shop.cards.count, cumulative: 1n, receipt: word(1n) };
    const signature = walletOf(HOLDER).signingKey.sign(typedDataDigest(domain, "Consumption", message));
    const voucher = { ...message, ...compactSignature(signature.serialized) };
    expect((await Verifier.create(domain)).verify(voucher)).to.be.true;
    expect((await Verifier.create({ ...domain, chainId: 1n })).verify(voucher)).to.be.false;
    expect((await Verifier.create({ ...domain, verifyingContract: shop.vault })).verify(voucher)).to.be.false;
  });

  it("counts all 88 bits of the consumption, and no more", async () => {
    const domain = await domainOf(shop.escrow);
    const verifier = await Verifier.create(domain);
    const key = new SigningKey(walletOf(HOLDER).privateKey);
    for (const cumulative of [2n ** 64n - 1n, 2n ** 64n, 2n ** 87n + 5n, 2n ** 88n - 1n]) {
      const message = { cardId: shop.cards.count, cumulative, receipt: word(1n) };
      const voucher = {
        ...message,
        ...compactSignature(key.sign(typedDataDigest(domain, "Consumption", message)).serialized),
      };
      expect(verifier.verify(voucher), String(cumulative)).to.be.true;
      expect(verifier.verify({ ...voucher, cumulative: cumulative + 2n ** 88n })).to.be.false;
      expect(verifier.verify({ ...voucher, cumulative: cumulative - 2n ** 64n })).to.be.false;
      expect(verifier.verify({ ...voucher, cumulative: -cumulative })).to.be.false;
    }
  });

  it("rejects what is no hexadecimal of 32 bytes, and takes both cases", async () => {
    const domain = await domainOf(shop.escrow);
    const verifier = await Verifier.create(domain);
    const message = { cardId: shop.cards.count, cumulative: 1n, receipt: word(0xabcdefn) };
    const signature = walletOf(HOLDER).signingKey.sign(typedDataDigest(domain, "Consumption", message));
    const voucher = { ...message, ...compactSignature(signature.serialized) };
    const upper = (hex: string): string => `0x${hex.slice(2).toUpperCase()}`;
    expect(
      verifier.verify({
        ...voucher,
        cardId: upper(voucher.cardId),
        receipt: upper(voucher.receipt),
        r: upper(voucher.r),
      }),
    ).to.be.true;
    for (const field of ["cardId", "receipt", "r", "vs"] as const) {
      for (const value of [
        "",
        "0x",
        voucher[field].slice(0, -1),
        `${voucher[field]}0`,
        voucher[field].replace(/.$/, "g"),
        voucher[field].replace(/.$/, "é"),
        voucher[field].slice(2).padStart(66, "0"),
      ]) {
        expect(verifier.verify({ ...voucher, [field]: value }), `${field} ${value}`).to.be.false;
      }
    }
  });

  it("draws the line between a signature and its twin at half the order", () => {
    const of = (s: bigint): string => `${word(1n)}${word(s).slice(2)}1b`;
    expect(parseSignature(of(ORDER / 2n)).vs).to.equal(word(ORDER / 2n));
    for (const s of [ORDER / 2n + 1n, ORDER - 1n, 2n ** 256n - 1n]) {
      expect(errorOf(() => parseSignature(of(s)))).to.be.instanceOf(SignatureMalleableError);
    }
    const compact = (s: bigint): string => `${word(1n)}${word(PARITY | s).slice(2)}`;
    expect(parseSignature(compact(ORDER / 2n)).vs).to.equal(word(PARITY | (ORDER / 2n)));
    expect(errorOf(() => parseSignature(compact(ORDER / 2n + 1n)))).to.be.instanceOf(SignatureMalleableError);
  });
});
