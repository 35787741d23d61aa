import { expect } from "chai";
import type { BaseContract } from "ethers";
import { Signature, Wallet, ZeroHash, id, toBeHex, zeroPadBytes } from "ethers";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { SkipReason } from "../../../../src/contracts/enums.js";
import type { ContractVoucherStruct } from "../../../../types/ethers-contracts/contracts/PrepaidEscrow.js";
import { now, signVoucher } from "../../../helpers/actions.js";
import { ethers, networkHelpers, provider } from "../../../helpers/chain.js";
import { rejectionOf } from "../../../helpers/errors.js";
import { TOKEN } from "../../../helpers/fixture.js";
import {
  asContractVoucher,
  consumption,
  contractVoucher,
  deployTill,
  keyVoucher,
  logsOf,
  moneyOf,
} from "../../../helpers/settling.js";
import type { Log, Till } from "../../../helpers/settling.js";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MAGIC = "0x1626ba7e";
/** What the contract must have left to ask a wallet: 64/63 of 400 000 and something to go on with. */
const GAS_NEEDED = 416_349n;
const PLENTY = { gasLimit: 5_000_000n };
/** Less than it takes to ask a contract: where it is enough, none is asked. */
const TOO_LITTLE = { gasLimit: 410_000n };

/** The till, a wallet of a key of its own with a count card, and what makes more of them. */
async function deployWallets() {
  const till = await deployTill();
  const key = new Wallet(id("the wallet's key"));
  const wallet = await ethers.deployContract("KeyWallet", [key.address]);
  const cardId = await buyFor(till, wallet);
  return { ...till, key, wallet, cardId };
}

/** A count card for any address, paid by somebody else. */
async function buyFor({ escrow, payer, programs }: Till, holder: BaseContract | { readonly address: string }) {
  const address = "address" in holder ? holder.address : await holder.getAddress();
  await escrow.connect(payer).buy(programs.count, address, 1_200n * TOKEN, 0n);
  return encodeCardId({ holder: address, programId: programs.count, serial: 0n });
}

describe("settleContractHolders", () => {
  const load = () => networkHelpers.loadFixture(deployWallets);
  type Wallets = Awaited<ReturnType<typeof load>>;

  const settle = (
    { escrow, operator, merchantId }: Wallets,
    vouchers: readonly ContractVoucherStruct[],
    overrides = PLENTY,
  ) => escrow.connect(operator).settleContractHolders(merchantId, [...vouchers], overrides);
  const settled = ({ merchantId }: Wallets, voucher: ContractVoucherStruct, visits: bigint): Log => [
    "ConsumptionSettled",
    merchantId,
    voucher.cardId,
    visits * 60n * TOKEN,
    voucher.cumulative,
    voucher.receipt,
  ];
  const skipped = (cardId: unknown, reason: bigint): Log => ["ConsumptionSkipped", cardId, reason];

  it("books what a wallet agrees to, and closes with the pool", async () => {
    const shop = await load();
    const { escrow, key, cardId, merchantId } = shop;
    const { outstanding, balance } = await moneyOf(shop);
    const voucher = await contractVoucher(escrow, key, cardId, 3n);
    expect(await logsOf(escrow, settle(shop, [voucher]))).to.deep.equal([
      settled(shop, voucher, 3n),
      ["PoolUpdated", merchantId, outstanding - 180n * TOKEN, balance],
    ]);
    expect((await escrow.card(cardId)).consumed).to.equal(3n);
    expect(await escrow.releasable(merchantId)).to.equal(180n * TOKEN);
  });

  it("books wallets and keys in one batch, each voucher once", async () => {
    const shop = await load();
    const { escrow, key, holder, cardId, cards, merchantId } = shop;
    const { outstanding, balance } = await moneyOf(shop);
    const first = await contractVoucher(escrow, key, cardId, 1n);
    const keyed = await contractVoucher(escrow, holder, cards.count, 2n);
    const last = await contractVoucher(escrow, key, cardId, 3n);
    expect(await logsOf(escrow, settle(shop, [first, keyed, first, last, first]))).to.deep.equal([
      settled(shop, first, 1n),
      settled(shop, keyed, 2n),
      skipped(cardId, SkipReason.Stale),
      settled(shop, last, 2n),
      skipped(cardId, SkipReason.Stale),
      ["PoolUpdated", merchantId, outstanding - 300n * TOKEN, balance],
    ]);
    expect((await logsOf(escrow, settle(shop, [first, keyed, last]))).slice(0, 3)).to.deep.equal([
      skipped(cardId, SkipReason.Stale),
      skipped(cards.count, SkipReason.Stale),
      skipped(cardId, SkipReason.Stale),
    ]);
  });

  it("is the only way for a wallet: a key is not its holder", async () => {
    const shop = await load();
    const { escrow, operator, merchantId, key, cardId } = shop;
    await expect(escrow.connect(operator).settle(merchantId, [await keyVoucher(escrow, key, cardId, 1n)]))
      .to.emit(escrow, "ConsumptionSkipped")
      .withArgs(cardId, SkipReason.BadSignature);
  });

  describe("passes over a voucher of a key", () => {
    const bad: Readonly<Record<string, (till: Wallets) => Promise<ContractVoucherStruct>>> = {
      "somebody else has signed": ({ escrow, other, cards }) => contractVoucher(escrow, other, cards.count, 1n),
      "whose count was changed": async ({ escrow, holder, cards }) => ({
        ...(await contractVoucher(escrow, holder, cards.count, 1n)),
        cumulative: 2n,
      }),
      "without a signature": ({ cards }) => Promise.resolve({ ...consumption(cards.count, 1n), signature: "0x" }),
      "with a signature of zeros": ({ cards }) =>
        Promise.resolve({ ...consumption(cards.count, 1n), signature: `0x${"00".repeat(65)}` }),
      "with a compact signature": async ({ escrow, holder, cards }) => {
        const { signature, ...message } = await contractVoucher(escrow, holder, cards.count, 1n);
        return { ...message, signature: Signature.from(signature).compactSerialized };
      },
      "with a byte more": async ({ escrow, holder, cards }) => {
        const { signature, ...message } = await contractVoucher(escrow, holder, cards.count, 1n);
        return { ...message, signature: `${signature}00` };
      },
      "with the upper one of the two signatures a key has for it": async ({ escrow, holder, cards }) => {
        const { signature, ...message } = await contractVoucher(escrow, holder, cards.count, 1n);
        const { r, s, v } = Signature.from(signature);
        const upper = toBeHex(CURVE_ORDER - BigInt(s), 32).slice(2);
        return { ...message, signature: `${r}${upper}${v === 27 ? "1c" : "1b"}` };
      },
    };
    for (const [name, make] of Object.entries(bad)) {
      it(`${name}, and asks nobody`, async () => {
        const shop = await load();
        const { escrow, cards, merchantId } = shop;
        const before = await moneyOf(shop);
        const voucher = await make(shop);
        expect(await logsOf(escrow, settle(shop, [voucher], TOO_LITTLE))).to.deep.equal([
          skipped(cards.count, SkipReason.BadSignature),
          ["PoolUpdated", merchantId, before.outstanding, before.balance],
        ]);
        expect(await moneyOf(shop)).to.deep.equal(before);
      });
    }
  });

  it("passes over what is wrong with a voucher before it asks the wallet", async () => {
    const shop = await load();
    const { escrow, programs, operator, secondProgram, payer } = shop;
    const burner = await ethers.deployContract("GasBurnerWallet");
    const address = await burner.getAddress();
    const idOf = (programId: bigint, serial = 0n) => encodeCardId({ holder: address, programId, serial });
    const cardId = await buyFor(shop, burner);
    await escrow.connect(payer).buy(programs.count, address, 1_200n * TOKEN, 1n);
    await escrow.connect(operator).refundCard(idOf(programs.count, 1n));
    await escrow.connect(payer).buy(secondProgram, address, 1_200n * TOKEN, 0n);
    const faults = [
      [idOf(secondProgram), 1n, SkipReason.OtherMerchant],
      [idOf(99n), 1n, SkipReason.OtherMerchant],
      [idOf(programs.pass), 1n, SkipReason.Pass],
      [idOf(programs.count, 1n), 1n, SkipReason.CardNotOpen],
      [idOf(programs.count, 2n), 1n, SkipReason.CardNotOpen],
      [cardId, 0n, SkipReason.Stale],
      [cardId, 21n, SkipReason.OverFace],
    ] as const;
    const vouchers = faults.map(([card, cumulative]) => ({ ...consumption(card, cumulative), signature: "0x" }));
    const { outstanding, balance } = await moneyOf(shop);
    expect(await logsOf(escrow, settle(shop, vouchers, TOO_LITTLE))).to.deep.equal([
      ...faults.map(([card, , reason]) => skipped(card, reason)),
      ["PoolUpdated", shop.merchantId, outstanding, balance],
    ]);
  });

  describe("passes over a voucher of a hostile wallet, and books the others", () => {
    const hostile: Readonly<Record<string, () => Promise<BaseContract>>> = {
      "that rejects": () => ethers.deployContract("AnsweringWallet", [zeroPadBytes("0xffffffff", 32)]),
      "that answers zero": () => ethers.deployContract("AnsweringWallet", [ZeroHash]),
      "that answers the word of an older standard": () =>
        ethers.deployContract("AnsweringWallet", [zeroPadBytes("0x20c13b0b", 32)]),
      "that answers true": () => ethers.deployContract("AnsweringWallet", [toBeHex(1, 32)]),
      "that answers the right word at the wrong end": () =>
        ethers.deployContract("AnsweringWallet", [toBeHex(MAGIC, 32)]),
      "that answers more than the right word": () =>
        ethers.deployContract("AnsweringWallet", [`${MAGIC}${"00".repeat(27)}01`]),
      "that answers nothing": () => ethers.deployContract("ShortAnswerWallet", [0]),
      "that answers the four bytes alone": () => ethers.deployContract("ShortAnswerWallet", [4]),
      "that answers 31 bytes": () => ethers.deployContract("ShortAnswerWallet", [31]),
      "that reverts with the right word": () => ethers.deployContract("RevertingWallet"),
      "that burns all its gas": () => ethers.deployContract("GasBurnerWallet"),
      "that reverts with 400 000 bytes": () => ethers.deployContract("ReturnBombWallet", [false]),
      "that needs more gas than it gets": () => ethers.deployContract("HungryWallet", [405_000]),
      "that is no wallet": () => ethers.deployContract("TestToken"),
    };
    for (const [name, deploy] of Object.entries(hostile)) {
      it(name, async () => {
        const shop = await load();
        const { escrow, key, holder, cardId, cards, merchantId } = shop;
        const bad = await buyFor(shop, await deploy());
        const { outstanding, balance } = await moneyOf(shop);
        // The good wallet's answer lies where the next one would be read, had that answered.
        const first = await contractVoucher(escrow, key, cardId, 1n);
        const voucher = await contractVoucher(escrow, key, bad, 1n);
        const second = await contractVoucher(escrow, key, cardId, 2n);
        const keyed = await contractVoucher(escrow, holder, cards.count, 1n);
        const sent = settle(shop, [first, voucher, second, keyed]);
        expect(await logsOf(escrow, sent)).to.deep.equal([
          settled(shop, first, 1n),
          skipped(bad, SkipReason.BadSignature),
          settled(shop, second, 1n),
          settled(shop, keyed, 1n),
          ["PoolUpdated", merchantId, outstanding - 180n * TOKEN, balance],
        ]);
        expect((await escrow.card(bad)).consumed).to.equal(0n);
        // The hostile wallet's 400 000 and what the rest costs; copying a bomb would cost as much again.
        expect((await (await sent).wait())!.gasUsed).to.be.below(600_000n);
      });
    }

    it("that answers too few bytes, whatever was in memory before", async () => {
      const shop = await load();
      const { escrow } = shop;
      for (const length of [0, 4, 31]) {
        const bad = await buyFor(shop, await ethers.deployContract("ShortAnswerWallet", [length]));
        // Without a signature no key is recovered on the way, which leaves its trace where the answer is read.
        const voucher = { ...consumption(bad, 1n), signature: "0x" };
        expect((await logsOf(escrow, settle(shop, [voucher])))[0], `${length} bytes`).to.deep.equal(
          skipped(bad, SkipReason.BadSignature),
        );
      }
    });

    it("that does not exist yet", async () => {
      const shop = await load();
      const { escrow, key, merchantId } = shop;
      const bad = await buyFor(shop, { address: "0x00000000000000000000000000000000000000aa" });
      const { outstanding, balance } = await moneyOf(shop);
      const voucher = await contractVoucher(escrow, key, bad, 1n);
      expect(await logsOf(escrow, settle(shop, [voucher], TOO_LITTLE))).to.deep.equal([
        skipped(bad, SkipReason.BadSignature),
        ["PoolUpdated", merchantId, outstanding, balance],
      ]);
    });
  });

  it("reads no more than 32 bytes of a wallet that agrees with 400 000", async () => {
    const shop = await load();
    const { escrow, key } = shop;
    const bomb = await buyFor(shop, await ethers.deployContract("ReturnBombWallet", [true]));
    const voucher = await contractVoucher(escrow, key, bomb, 1n);
    const sent = settle(shop, [voucher]);
    expect((await logsOf(escrow, sent))[0]).to.deep.equal(settled(shop, voucher, 1n));
    expect((await (await sent).wait())!.gasUsed).to.be.below(500_000n);
  });

  it("lets a wallet that calls back change nothing, and see its card not booked yet", async () => {
    const shop = await load();
    const { escrow, merchantId, operator, holder, cards } = shop;
    // Something is releasable, or a payout called back would fail for another reason.
    await escrow.connect(operator).settle(merchantId, [await signVoucher(escrow, holder, cards.count, 1n)]);
    const wallet = await ethers.deployContract("ReenteringWallet", [await escrow.getAddress()]);
    await escrow.connect(shop.owner).setOperator(merchantId, wallet, true);
    const cardId = await buyFor(shop, wallet);
    await wallet.watch(cardId);
    const before = await moneyOf(shop);
    const voucher = { ...consumption(cardId, 2n), signature: "0x" };
    expect(await logsOf(escrow, settle(shop, [voucher]))).to.deep.equal([
      settled(shop, voucher, 2n),
      ["PoolUpdated", merchantId, before.outstanding - 120n * TOKEN, before.balance],
    ]);
    expect((await escrow.card(cardId)).exitRequestedAt).to.equal(0n);
    expect((await moneyOf(shop)).held).to.equal(before.held);
  });

  describe("gives a wallet 400 000 gas", () => {
    for (const gasLimit of [600_000n, 1_000_000n, 10_000_000n]) {
      it(`of a transaction with ${gasLimit}`, async () => {
        const shop = await load();
        const { escrow, key } = shop;
        const card = await buyFor(shop, await ethers.deployContract("MeteringWallet", [399_000, 400_000]));
        const voucher = await contractVoucher(escrow, key, card, 1n);
        expect((await logsOf(escrow, settle(shop, [voucher], { gasLimit })))[0]).to.deep.equal(
          settled(shop, voucher, 1n),
        );
      });
    }

    it("or refuses the batch, with how much is missing", async () => {
      const shop = await load();
      const { escrow, key, cardId } = shop;
      const voucher = await contractVoucher(escrow, key, cardId, 1n);
      await expect(settle(shop, [voucher], { gasLimit: 440_000n }))
        .to.be.revertedWithCustomError(escrow, "GasInsufficient")
        .withArgs((available: bigint) => available > 300_000n && available < GAS_NEEDED, GAS_NEEDED);
      expect((await escrow.card(cardId)).consumed).to.equal(0n);
    });

    it("or refuses the batch, if one unit is missing and not if none is", async () => {
      const shop = await load();
      const { escrow, operator, merchantId, key, cardId } = shop;
      const vouchers = [await contractVoucher(escrow, key, cardId, 1n)];
      /** What was left of it to ask the wallet, if it was refused because that was too little. */
      const leftOf = async (gasLimit: bigint): Promise<bigint | undefined> => {
        const call = escrow.connect(operator).settleContractHolders.staticCall(merchantId, vouchers, { gasLimit });
        const data = ((await rejectionOf(call)) as { readonly data?: string } | undefined)?.data;
        if (!data?.startsWith(escrow.interface.getError("GasInsufficient")!.selector)) return undefined;
        return escrow.interface.decodeErrorResult("GasInsufficient", data)[0] as bigint;
      };
      let gasLimit = 400_000n;
      while ((await leftOf(gasLimit)) === undefined && gasLimit < 800_000n) gasLimit += 10_000n;
      let most = 0n;
      for (let left = await leftOf(gasLimit); left !== undefined; left = await leftOf(gasLimit)) {
        most = left;
        gasLimit += left < GAS_NEEDED - 1n ? GAS_NEEDED - 1n - left : 1n;
      }
      expect(most).to.equal(GAS_NEEDED - 1n);
    });

    it("or refuses the batch after a wallet that has burnt too much of it, rather than pass the next one over", async () => {
      const shop = await load();
      const { escrow, key, cardId } = shop;
      const burner = await buyFor(shop, await ethers.deployContract("GasBurnerWallet"));
      const vouchers = [await contractVoucher(escrow, key, burner, 1n), await contractVoucher(escrow, key, cardId, 1n)];
      await expect(settle(shop, vouchers, { gasLimit: 850_000n }))
        .to.be.revertedWithCustomError(escrow, "GasInsufficient")
        .withArgs((available: bigint) => available > 300_000n && available < GAS_NEEDED, GAS_NEEDED);
      const logs = await logsOf(escrow, settle(shop, vouchers, { gasLimit: 1_000_000n }));
      expect(logs.slice(0, 2)).to.deep.equal([
        skipped(burner, SkipReason.BadSignature),
        settled(shop, vouchers[1]!, 1n),
      ]);
    });

    it("so that no sender can pass over a wallet that needs almost all of it", async () => {
      const shop = await load();
      const { escrow, key } = shop;
      const card = await buyFor(shop, await ethers.deployContract("HungryWallet", [396_000]));
      const outcomes = new Map<string, number>();
      let visit = 1n;
      for (let gasLimit = 430_000n; gasLimit <= 560_000n; gasLimit += 5_000n) {
        const voucher = await contractVoucher(escrow, key, card, visit);
        const logs = await logsOf(escrow, settle(shop, [voucher], { gasLimit })).catch(() => [["refused"]]);
        const outcome = String(logs[0]?.[0]);
        if (outcome === "ConsumptionSettled") visit += 1n;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect([...outcomes.keys()]).to.deep.equal(["refused", "ConsumptionSettled"]);
    });
  });

  describe("takes an account with code by its key (EIP-7702)", () => {
    /** Gives a key's address the code of a contract; both are what a chain after EIP-7702 answers. */
    const placings: Readonly<Record<string, (account: Wallet, code: BaseContract) => Promise<void>>> = {
      "code placed at the address": async (account, code) => {
        await networkHelpers.setCode(account.address, await ethers.provider.getCode(code));
      },
      "a delegation signed by the key": async (account, code) => {
        const { chainId } = await ethers.provider.getNetwork();
        const sponsor = new Wallet(id(`sponsor ${await now()}`));
        await networkHelpers.setBalance(sponsor.address, 10n ** 18n);
        const address = await code.getAddress();
        const authorization = account.authorizeSync({ address, nonce: 0n, chainId });
        const transaction = await sponsor.signTransaction({
          type: 4,
          chainId,
          nonce: 0,
          to: sponsor.address,
          gasLimit: 100_000n,
          maxFeePerGas: 10n ** 12n,
          maxPriorityFeePerGas: 1n,
          authorizationList: [authorization],
        });
        await provider.request({ method: "eth_sendRawTransaction", params: [transaction] });
        expect(await ethers.provider.getCode(account.address)).to.equal(`0xef0100${address.slice(2).toLowerCase()}`);
      },
    };
    for (const [name, place] of Object.entries(placings)) {
      const prepare = async (deploy: (shop: Wallets) => Promise<BaseContract>) => {
        const shop = await load();
        const account = new Wallet(id("an account with code"));
        const card = await buyFor(shop, account);
        await place(account, await deploy(shop));
        expect(await ethers.provider.getCode(account.address)).not.to.equal("0x");
        return { shop, account, card };
      };
      const refusing = () => ethers.deployContract("AnsweringWallet", [ZeroHash]);
      const agreeing = ({ key }: Wallets) => ethers.deployContract("KeyWallet", [key.address]);

      it(`${name}: though the code rejects`, async () => {
        const { shop, account, card } = await prepare(refusing);
        const voucher = await contractVoucher(shop.escrow, account, card, 1n);
        // The code is not even asked.
        const logs = await logsOf(shop.escrow, settle(shop, [voucher], TOO_LITTLE));
        expect(logs[0]).to.deep.equal(settled(shop, voucher, 1n));
      });

      it(`${name}: in the usual way of settling too`, async () => {
        const { shop, account, card } = await prepare(refusing);
        const { escrow, operator, merchantId } = shop;
        const voucher = await keyVoucher(escrow, account, card, 1n);
        const logs = await logsOf(escrow, escrow.connect(operator).settle(merchantId, [voucher]));
        expect(logs[0]).to.deep.equal(settled(shop, asContractVoucher(voucher), 1n));
      });

      it(`${name}: and by its code, if that agrees`, async () => {
        const { shop, card } = await prepare(agreeing);
        const voucher = await contractVoucher(shop.escrow, shop.key, card, 1n);
        expect((await logsOf(shop.escrow, settle(shop, [voucher])))[0]).to.deep.equal(settled(shop, voucher, 1n));
      });

      it(`${name}: but by nobody else`, async () => {
        const { shop, card } = await prepare(agreeing);
        const voucher = await contractVoucher(shop.escrow, shop.other, card, 1n);
        const logs = await logsOf(shop.escrow, settle(shop, [voucher]));
        expect(logs[0]).to.deep.equal(skipped(card, SkipReason.BadSignature));
      });
    }
  });
});
