import { expect } from "chai";
import { JsonRpcProvider, MaxUint256, Wallet, ZeroAddress, ZeroHash, getAddress, id, recoverAddress } from "ethers";
import type { Provider, Signer } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import {
  GasMoneyShortError,
  NodeUnreachableError,
  OutcomeUnknownError,
  RejectedByUserError,
  SignerMissingError,
  TransactionFailedError,
  TransactionReplacedError,
  WrongContractError,
  WrongNetworkError,
  WrongSignerError,
} from "../../src/client/errors.js";
import { encodeCardId } from "../../src/contracts/cardId.js";
import { CardStatus } from "../../src/contracts/enums.js";
import { RevertError } from "../../src/contracts/reverts.js";
import type { RevertName } from "../../src/contracts/reverts.js";
import { countIds } from "../../src/client/findCards.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import {
  advance,
  anotherMerchant,
  anotherPolicy,
  anotherProgram,
  buyCard,
  now,
  signVoucher,
} from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, testPolicy } from "../helpers/fixture.js";
import type { Shop } from "../helpers/fixture.js";
import { COOLING_OFF } from "../helpers/leaving.js";
import { loadShop } from "../helpers/shop.js";

const EVIDENCE = id("evidence");

async function clients() {
  const shop = await loadShop();
  const escrow = await shop.escrow.getAddress();
  const register = await shop.register.getAddress();
  const of = async (runner: Signer | Provider) => await EscrowClient.connect(runner, { escrow, register });
  return {
    shop,
    escrow,
    register,
    of,
    reader: await of(ethers.provider),
    consumer: await of(shop.holder),
    till: await of(shop.operator),
    relayer: await of(shop.relayer),
  };
}

type Thrown<E> = abstract new (...args: never[]) => E;

/** What a promise is refused with, which must be of this class. */
async function thrown<E extends Error>(kind: Thrown<E>, work: Promise<unknown>): Promise<E> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(kind);
  return error as E;
}

async function expectRevert(name: RevertName, fields: object, work: Promise<unknown>): Promise<void> {
  const error = await thrown(RevertError, work);
  expect([error.revert, error.fields]).to.deep.equal([name, fields]);
  expect(error.message).to.match(/ Next: .+\.$/);
}

/** A signer that behaves as another one, except for what is given. */
function variant<T extends object>(base: T, changes: Partial<T>): T {
  return new Proxy(base, {
    get(target, key) {
      if (key in changes) return Reflect.get(changes, key) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    has: (target, key) => key in changes || key in target,
  });
}

function failure(code: string, more: object = {}): Error {
  return Object.assign(new Error(code), { code, ...more });
}

describe("EscrowClient", () => {
  describe("connects", () => {
    it("to an escrow by any provider or signer", async () => {
      const { reader, consumer, shop, escrow } = await networkHelpers.loadFixture(clients);
      expect([reader.escrow, reader.chainId, reader.signer]).to.deep.equal([escrow, 31337n, undefined]);
      expect(await consumer.account()).to.equal(shop.holder.address);
    });

    it("to no other chain than the one meant", async () => {
      const { escrow } = await networkHelpers.loadFixture(clients);
      const error = await thrown(WrongNetworkError, EscrowClient.connect(ethers.provider, { escrow, chainId: 1n }));
      expect([error.chainId, error.expected]).to.deep.equal([31337n, 1n]);
    });

    for (const [what, address] of [
      ["an address without code", async () => await Promise.resolve(Wallet.createRandom().address)],
      ["a token", async (shop: Shop) => await shop.token.getAddress()],
      ["the deposit register", async (shop: Shop) => await shop.register.getAddress()],
    ] as const) {
      it(`not to ${what}`, async () => {
        const { shop } = await networkHelpers.loadFixture(clients);
        const escrow = await address(shop);
        const error = await thrown(WrongContractError, EscrowClient.connect(ethers.provider, { escrow }));
        expect([error.address, error.expected]).to.deep.equal([escrow, "PrepaidEscrow"]);
      });
    }

    it("not to a register without code", async () => {
      const { escrow, shop } = await networkHelpers.loadFixture(clients);
      const register = shop.stranger.address;
      const error = await thrown(WrongContractError, EscrowClient.connect(ethers.provider, { escrow, register }));
      expect([error.address, error.expected]).to.deep.equal([register, "DepositRegister"]);
    });

    it("not to what is no address", async () => {
      const error = await thrown(InvalidInputError, EscrowClient.connect(ethers.provider, { escrow: "0x12" }));
      expect([error.field, error.value]).to.deep.equal(["escrow", "0x12"]);
    });

    it("not to a node that does not answer", async () => {
      const { escrow } = await networkHelpers.loadFixture(clients);
      const provider = new JsonRpcProvider("http://127.0.0.1:9");
      await thrown(NodeUnreachableError, EscrowClient.connect(provider, { escrow }));
      provider.destroy();
    });

    it("not with a signer that has no provider", async () => {
      const { escrow } = await networkHelpers.loadFixture(clients);
      const error = await thrown(InvalidInputError, EscrowClient.connect(Wallet.createRandom(), { escrow }));
      expect(error.field).to.equal("runner");
    });
  });

  describe("reads", () => {
    it("a merchant, its pool, program and policy as plain objects", async () => {
      const { reader, shop } = await networkHelpers.loadFixture(clients);
      const token = await shop.token.getAddress();
      await buyCard(shop, { program: shop.programs.count });
      const merchant = await reader.merchant(1n);
      expect(merchant).to.include({ status: "Active", owner: shop.owner.address, payout: shop.payout.address });
      expect(merchant).to.include({ vault: shop.vault, token, policyId: shop.policyId, complaintCount: 0n });
      expect(Object.keys(merchant)).to.have.length(19);
      const amounts = { outstanding: 1_200n * TOKEN, balance: 1_200n * TOKEN, releasable: 0n, outstandingCap: 0n };
      expect(await reader.pool(1n)).to.deep.equal(amounts);
      expect(await reader.program(shop.programs.count)).to.deep.equal({
        ...{ merchantId: 1n, policyId: shop.policyId, kind: "Count", bearer: false, retired: false },
        ...{ price: 1_200n * TOKEN, units: 20n, listPrice: 1_600n * TOKEN, feeFree: true },
      });
      expect(await reader.policy(shop.policyId)).to.deep.equal(testPolicy(token));
      expect(await reader.isOperator(1n, shop.operator.address)).to.be.true;
      expect(await reader.isOperator(1n, shop.stranger.address)).to.be.false;
      expect(await reader.programCount()).to.equal(4n);
    });

    it("a card, its dispute and its pending move", async () => {
      const { reader, consumer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const openedAt = await now();
      const card = { status: "Open", principal: 1_200n * TOKEN, consumed: 0n, openedAt, exitRequestedAt: 0n };
      const flags = { disputed: false, moving: false, coolingOffOver: false };
      expect(await reader.card(cardId)).to.deep.equal({ ...card, nonce: 0n, ...flags });
      expect(await reader.remaining(cardId)).to.equal(1_200n * TOKEN);
      await consumer.execute("requestMove", { cardId, to: shop.other.address });
      expect((await reader.pendingMove(cardId)).to).to.equal(shop.other.address);
      await consumer.execute("cancelMove", { cardId });
      expect((await reader.pendingMove(cardId)).to).to.equal(ZeroAddress);
      await advance(COOLING_OFF);
      await consumer.execute("complain", { cardId, evidence: EVIDENCE });
      expect(await reader.dispute(cardId)).to.include({ kind: "Complaint", value: 1_200n * TOKEN });
      await consumer.execute("setRecovery", { recovery: shop.other.address });
      expect(await reader.recoveryOf(shop.holder.address)).to.equal(shop.other.address);
    });

    it("warnings that are up, by name", async () => {
      const { reader, shop, of } = await networkHelpers.loadFixture(clients);
      expect(await reader.warnings(1n)).to.deep.equal([]);
      await (await of(shop.regulator)).execute("setOutstandingCap", { merchantId: 1n, outstandingCap: 1_200n });
      await buyCard(shop, { program: shop.programs.count });
      expect(await reader.warnings(1n)).to.deep.equal([{ kind: "OutstandingCap", level: "Notice" }]);
    });

    it("tokens, and amounts as people write them", async () => {
      const { reader, shop } = await networkHelpers.loadFixture(clients);
      const token = await reader.tokenOf(1n);
      expect([token.address, token.decimals]).to.deep.equal([await shop.token.getAddress(), 6]);
      expect(token.parse("12.5")).to.equal(12_500_000n);
      expect(token.format(12_500_000n)).to.equal(`12.50 ${await shop.token.symbol()}`);
      expect(await reader.allowance(token.address, shop.holder.address)).to.equal(MaxUint256);
      expect(await reader.balance(token.address, shop.holder.address)).to.equal(1_000_000n * TOKEN);
    });

    it("nothing of a merchant, a program or a policy that does not exist", async () => {
      const { reader } = await networkHelpers.loadFixture(clients);
      await expectRevert("MerchantUnknown", { merchantId: 9n }, reader.merchant(9n));
      await expectRevert("ProgramUnknown", { programId: 9n }, reader.program(9n));
      await expectRevert("PolicyUnknown", { policyId: 99n }, reader.policy(99n));
    });

    it("nothing of an id that is too large for any, with an error that names it", async () => {
      const { reader } = await networkHelpers.loadFixture(clients);
      const questions = [
        [2n ** 32n, "merchantId", () => reader.merchant(2n ** 32n)],
        [2n ** 32n, "programId", () => reader.program(2n ** 32n)],
        [-1n, "policyId", () => reader.policy(-1n)],
        [2n ** 32n, "merchantId", () => reader.deposits.depositOf(2n ** 32n)],
      ] as const;
      for (const [value, field, ask] of questions) {
        const error = await thrown(InvalidInputError, ask());
        const next = "give the id of one that exists";
        expect(error.message).to.equal(`${field} is ${value}; allowed: 0 to 4294967295. Next: ${next}.`);
      }
      await expectRevert("MerchantUnknown", { merchantId: 2n ** 32n - 1n }, reader.merchant(2n ** 32n - 1n));
    });

    it("no token where there is none", async () => {
      const { reader, shop, escrow } = await networkHelpers.loadFixture(clients);
      for (const address of [shop.holder.address, escrow]) {
        const error = await thrown(InvalidInputError, reader.token(address));
        expect([error.field, error.value]).to.deep.equal(["token", address]);
      }
    });
  });

  describe("writes", () => {
    it("what happened, from the receipt", async () => {
      const { consumer, shop } = await networkHelpers.loadFixture(clients);
      const outcome = await consumer.buy({ programId: shop.programs.count });
      const cardId = encodeCardId({ holder: shop.holder.address, programId: 3n, serial: 0n });
      expect(outcome.events.map(({ name }) => name)).to.deep.equal(["CardOpened"]);
      expect(outcome.events[0]!.args).to.include({ cardId, principal: 1_200n * TOKEN, payer: shop.holder.address });
      const receipt = await ethers.provider.getTransactionReceipt(outcome.transactionHash);
      expect(outcome).to.include({ blockNumber: receipt!.blockNumber, gasUsed: receipt!.gasUsed, fee: receipt!.fee });
    });

    it("cards of the lowest free serial, at their price, and passes with a start", async () => {
      const { consumer, shop } = await networkHelpers.loadFixture(clients);
      const { count, pass, open } = shop.programs;
      for (const serial of [0n, 1n, 3n]) await buyCard(shop, { program: count, serial });
      const usual = { programId: count, holder: shop.holder.address, principal: 1_200n * TOKEN, startsAt: 0n };
      expect(await consumer.purchase({ programId: count })).to.deep.equal({ ...usual, serial: 2n });
      const startsAt = (await now()) + DAY;
      const { events } = await consumer.buy({ programId: pass, holder: shop.other.address, startsAt });
      expect(events[0]!.args).to.include({ holder: shop.other.address, startsAt });
      const error = await thrown(InvalidInputError, consumer.buy({ programId: open }));
      expect([error.field, error.value]).to.deep.equal(["principal", 0n]);
      expect((await consumer.buy({ programId: open, principal: 5n })).events[0]!.args).to.include({ principal: 5n });
    });

    it("nothing that the contract refuses: a missing role, allowance or time is found before sending", async () => {
      const { consumer, till, shop, escrow } = await networkHelpers.loadFixture(clients);
      const { holder, programs, token } = shop;
      const cardId = await buyCard(shop, { program: programs.count });
      const sent = await ethers.provider.getTransactionCount(holder);
      await token.connect(shop.other).approve(escrow, 7n);
      const caller = holder.address;
      const suspension = consumer.execute("suspend", { merchantId: 1n, evidence: EVIDENCE });
      await expectRevert("AccessManagedUnauthorized", { caller }, suspension);
      const owner = { merchantId: 1n, caller, owner: shop.owner.address };
      await expectRevert("MerchantOwnerOnly", owner, consumer.execute("setPayout", { merchantId: 1n, payout: caller }));
      await expectRevert("CardExitNotRequested", { cardId }, till.execute("executeExit", { cardId }));
      await expectRevert("PoolNothingReleasable", { merchantId: 1n }, till.execute("payOut", { merchantId: 1n }));
      const short = { spender: escrow, allowance: 7n, needed: 1_200n * TOKEN };
      const purchase = await consumer.purchase({ programId: programs.count });
      const attempt = consumer.simulateCall(consumer.buyCall(purchase), shop.other.address);
      await expectRevert("ERC20InsufficientAllowance", short, attempt);
      expect(await ethers.provider.getTransactionCount(holder)).to.equal(sent);
    });

    it("an approval that a purchase then uses up", async () => {
      const { of, shop, escrow } = await networkHelpers.loadFixture(clients);
      const client = await of(shop.other);
      const token = await shop.token.getAddress();
      await client.approve(token, 1_200n * TOKEN);
      await client.buy({ programId: shop.programs.count });
      expect(await client.allowance(token, shop.other.address)).to.equal(0n);
      expect(await shop.token.allowance(shop.other, escrow)).to.equal(0n);
    });

    it("a deposit into the register, by the same names", async () => {
      const { of, shop, register, escrow } = await networkHelpers.loadFixture(clients);
      const client = await of(shop.holder);
      await client.approve(await shop.token.getAddress(), 10n, register);
      const { events } = await client.execute("deposit", { merchantId: 1n, amount: 10n });
      expect(events.find(({ name }) => name === "Deposited")!.args).to.include({ amount: 10n, deposit: 10n });
      const without = await EscrowClient.connect(shop.holder, { escrow });
      expect(() => without.call("deposit", { merchantId: 1n, amount: 1n })).to.throw(InvalidInputError);
    });

    it("nothing at all where it can only read", async () => {
      const { reader } = await networkHelpers.loadFixture(clients);
      await thrown(SignerMissingError, reader.execute("payOut", { merchantId: 1n }));
    });

    it("a price before anything is sent", async () => {
      const { consumer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const { from, gas, fee, call } = await consumer.simulate("requestExit", { cardId });
      expect(from).to.equal(shop.holder.address);
      expect(call).to.deep.equal(consumer.call("requestExit", { cardId }));
      expect((await consumer.card(cardId)).exitRequestedAt).to.equal(0n);
      const outcome = await consumer.execute("requestExit", { cardId });
      expect(gas).to.equal(outcome.gasUsed);
      expect(fee > 0n).to.be.true;
    });

    it("what a transaction has done, by its hash", async () => {
      const { consumer, reader, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const sent = await consumer.execute("requestExit", { cardId });
      const found = await reader.outcome(sent.transactionHash);
      expect({ ...found }).to.deep.equal({ ...sent });
      expect(found.events.map(({ name }) => name)).to.deep.equal(["ExitRequested"]);
    });

    it("that nothing is known of a transaction that is in no block", async () => {
      const { reader } = await networkHelpers.loadFixture(clients);
      await thrown(OutcomeUnknownError, reader.outcome(ZeroHash));
    });

    it("that a transaction was reverted, by its hash", async () => {
      const { consumer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await ethers.provider.send("evm_setAutomine", [false]);
      const { hash } = await consumer.submit(consumer.call("executeExit", { cardId }), { gasLimit: 1_000_000n });
      await ethers.provider.send("evm_mine", []);
      await ethers.provider.send("evm_setAutomine", [true]);
      const error = await thrown(TransactionFailedError, consumer.outcome(hash));
      expect(error.transactionHash).to.equal(hash);
    });

    it("the transaction's hash as soon as there is one", async () => {
      const { consumer, shop } = await networkHelpers.loadFixture(clients);
      const hashes: string[] = [];
      const call = consumer.buyCall(await consumer.purchase({ programId: shop.programs.count }));
      const { transactionHash } = await consumer.send(call, { onSent: (hash) => hashes.push(hash) });
      expect(hashes).to.deep.equal([transactionHash]);
    });
  });

  describe("says in a sentence that", () => {
    async function faulty(send: Signer["sendTransaction"]) {
      const { shop, escrow } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const signer = variant<Signer>(shop.holder, { sendTransaction: send });
      const client = await EscrowClient.connect(signer, { escrow, interval: 1 });
      return client.execute("requestExit", { cardId });
    }
    /** A transaction that is sent, and of which waiting ends so. */
    const waiting = (error: Error) => async () =>
      await Promise.resolve({
        hash: ZeroHash,
        from: ZeroAddress,
        nonce: -1,
        wait: () => Promise.reject(error),
      } as never);

    it("the user declined", async () => {
      await thrown(
        RejectedByUserError,
        faulty(() => Promise.reject(failure("ACTION_REJECTED"))),
      );
    });
    it("there is no ether for gas", async () => {
      const error = await thrown(
        GasMoneyShortError,
        faulty(() => Promise.reject(failure("INSUFFICIENT_FUNDS"))),
      );
      expect(error.account).to.be.properAddress;
    });
    it("the node went away before sending", async () => {
      await thrown(
        NodeUnreachableError,
        faulty(() => Promise.reject(new Error("fetch failed", { cause: failure("ECONNREFUSED") }))),
      );
    });
    for (const code of ["ECONNRESET", "TIMEOUT", "SERVER_ERROR"]) {
      it(`the node went away while it was handed the transaction, which may have arrived (${code})`, async () => {
        const error = await thrown(
          OutcomeUnknownError,
          faulty(() => Promise.reject(failure(code))),
        );
        expect(error.transactionHash).to.equal(undefined);
        expect(error.message).to.include("it may have arrived").and.include("before sending again");
      });
    }
    it("the node went away after sending, with the hash to look up", async () => {
      const error = await thrown(OutcomeUnknownError, faulty(waiting(failure("TIMEOUT"))));
      expect(error.transactionHash).to.equal(ZeroHash);
    });
    it("the wallet sent something else", async () => {
      const replaced = failure("TRANSACTION_REPLACED", { cancelled: true, receipt: { hash: EVIDENCE } });
      const error = await thrown(TransactionReplacedError, faulty(waiting(replaced)));
      expect([error.transactionHash, error.replacement]).to.deep.equal([ZeroHash, EVIDENCE]);
    });
    it("the chain changed between the trial and the transaction, and how", async () => {
      const { shop, of, consumer } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const late: Signer["sendTransaction"] = async (call) => {
        await consumer.execute("requestExit", { cardId });
        return await shop.holder.sendTransaction({ ...call, gasLimit: 200_000n });
      };
      const client = await of(variant<Signer>(shop.holder, { sendTransaction: late }));
      const error = await thrown(RevertError, client.execute("requestExit", { cardId }));
      expect(error.revert).to.equal("CardExitPending");
    });
  });

  describe("without gas for holders and payers", () => {
    it("a visit is signed by the holder and settled by the till, or relayed under the till's signature", async () => {
      const { consumer, till, relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const voucher = await consumer.sign(consumer.consumptionRequest({ cardId, cumulative: 1n, receipt: EVIDENCE }));
      const settled = await till.execute("settle", { merchantId: 1n, vouchers: [voucher] });
      expect(settled.events[0]).to.deep.include({ name: "ConsumptionSettled" });
      const second = await consumer.sign(till.consumptionRequest({ cardId, cumulative: 3n, receipt: ZeroHash }));
      const signed = await till.sign(await till.settlementRequest(1n, [second]));
      await relayer.execute("settleWithSignature", signed);
      expect((await relayer.card(cardId)).consumed).to.equal(3n);
    });

    it("nothing is asked for that does not fit into the message", async () => {
      const { till, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const ask = (cumulative: bigint) => till.consumptionRequest({ cardId, cumulative, receipt: EVIDENCE });
      expect(ask(2n ** 88n - 1n).signer).to.equal(shop.holder.address);
      for (const cumulative of [2n ** 88n, -1n]) {
        expect(() => ask(cumulative)).to.throw(
          InvalidInputError,
          `cumulative is ${cumulative}; allowed: 0 to ${2n ** 88n - 1n}.`,
        );
      }
    });

    it("a holder leaves and complains by signature", async () => {
      const { consumer, relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await advance(COOLING_OFF);
      await relayer.execute(
        "complainWithSignature",
        await consumer.sign(await relayer.complaintRequest(cardId, EVIDENCE)),
      );
      expect((await relayer.dispute(cardId)).kind).to.equal("Complaint");
      const signed = await consumer.sign(await relayer.exitRequest(cardId));
      expect(signed.deadline).to.equal((await now()) + DAY);
      await relayer.execute("requestExitWithSignature", signed);
      expect((await relayer.card(cardId)).exitRequestedAt).to.equal(await now());
      // The nonce it was signed with is used up.
      const signer = shop.holder.address;
      await expectRevert("SignatureInvalid", { signer }, relayer.execute("requestExitWithSignature", signed));
    });

    it("a request to leave that is asked for in cooling-off is good no longer than that", async () => {
      const { consumer, relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const end = (await now()) + COOLING_OFF;
      const deadlineAskedAt = async (time: bigint) => {
        await networkHelpers.time.increaseTo(time);
        return (await consumer.sign(await relayer.exitRequest(cardId))).deadline;
      };
      expect(await deadlineAskedAt(end - 1n - DAY)).to.equal(end - 1n);
      expect(await deadlineAskedAt(end - 1n - DAY / 2n)).to.equal(end - 1n);
      expect(await deadlineAskedAt(end - 1n)).to.equal(end - 1n);
      expect(await deadlineAskedAt(end)).to.equal(end + DAY);
    });

    it("the same where a withdrawn flag has prolonged cooling-off, and a share of a pass's term is longer", async () => {
      const { consumer, relayer, shop } = await networkHelpers.loadFixture(clients);
      const policyId = await anotherPolicy(shop, { coolingOff: DAY, coolingOffTermBps: 1_000n });
      const merchantId = await anotherMerchant(shop, { policyId });
      const terms = { kind: 2n, price: 100n * TOKEN, units: 100n * DAY, listPrice: 100n * TOKEN };
      const program = await anotherProgram(shop, terms, merchantId);
      const cardId = await buyCard(shop, { program });
      const openedAt = await now();
      const supervised = shop.escrow.connect(shop.regulator);
      await supervised.flagDefault(merchantId, openedAt, EVIDENCE);
      const flaggedAt = await now();
      await advance(2n * DAY);
      await supervised.withdrawDefault(merchantId);
      const end = openedAt + 10n * DAY + (await now()) - flaggedAt;
      const deadlineAskedAt = async (time: bigint) => {
        await networkHelpers.time.increaseTo(time);
        return (await consumer.sign(await relayer.exitRequest(cardId))).deadline;
      };
      expect(await deadlineAskedAt(end - DAY)).to.equal(end - 1n);
      expect(await deadlineAskedAt(end - 1n)).to.equal(end - 1n);
      await shop.escrow.connect(shop.holder).requestExit(cardId);
      const { rule } = await relayer.quote(cardId);
      expect(await deadlineAskedAt(end + 1n)).to.equal(end + 1n + DAY);
      // The request came at the end itself.
      expect(rule).to.equal("NoObjection");
    });

    it("a request to leave a pass that was extended after cooling-off is good for a day", async () => {
      const { consumer, relayer, till, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.pass });
      await advance(COOLING_OFF);
      await till.execute("extendPasses", { cardIds: [cardId], extension: 30n * DAY });
      const { deadline } = await consumer.sign(await relayer.exitRequest(cardId));
      expect(deadline).to.equal((await now()) + DAY);
    });

    it("a card is paid with an authorization that a relayer sends", async () => {
      const { of, relayer, shop } = await networkHelpers.loadFixture(clients);
      const payer = await of(shop.payer);
      const order = { programId: shop.programs.count, holder: shop.holder.address };
      const { events } = await relayer.execute(
        "buyWithAuthorization",
        await payer.sign(await payer.authorizationRequest(order)),
      );
      expect(events[0]!.args).to.include({ holder: shop.holder.address, payer: shop.payer.address });
    });

    it("a card is paid with a permit, without an approval before it", async () => {
      const { of, shop, escrow } = await networkHelpers.loadFixture(clients);
      const payer = await of(shop.payer);
      await shop.token.connect(shop.payer).approve(escrow, 0n);
      const signed = await payer.sign(await payer.permitRequest({ programId: shop.programs.plan }));
      const { events } = await payer.execute("buyWithPermit", signed);
      expect(events[0]!.args).to.include({ holder: shop.payer.address, principal: 3_000n * TOKEN });
    });

    it("a wallet behind JSON-RPC gets the same message", async () => {
      const { consumer, relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const request = await relayer.exitRequest(cardId, (await now()) + 30n * DAY);
      const params = [shop.holder.address.toLowerCase(), JSON.stringify(request.payload)];
      const signature = (await ethers.provider.send("eth_signTypedData_v4", params)) as string;
      expect(request.complete(signature)).to.deep.equal(await consumer.sign(request));
    });

    it("a key that signs hashes gets the same message", async () => {
      const { consumer, relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const request = await relayer.exitRequest(cardId, (await now()) + 30n * DAY);
      const { signature } = await consumer.sign(request);
      expect(recoverAddress(request.digest, signature)).to.equal(shop.holder.address);
    });

    it("only the account that is asked signs", async () => {
      const { relayer, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const error = await thrown(WrongSignerError, relayer.sign(await relayer.exitRequest(cardId)));
      expect([error.account, error.expected]).to.deep.equal([shop.relayer.address, shop.holder.address]);
    });
  });

  describe("quotes", () => {
    it("a leaving in cooling-off, and after it at the list price, with the rule's name", async () => {
      const { reader, consumer, till, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      const voucher = await signVoucher(shop.escrow, shop.holder, cardId, 3n);
      await till.execute("settle", { merchantId: 1n, vouchers: [voucher] });
      const early = await reader.quote(cardId);
      expect(early).to.include({
        rule: "CoolingOff",
        refund: 1_020n * TOKEN,
        forfeited: 0n,
        consumed: 3n,
        released: 0n,
      });
      expect(early.sentence).to.match(
        /^You are within the cooling-off period: you get 1020\.00 .+ It can be had from .+\.$/,
      );
      await advance(7n * DAY);
      const late = await reader.quote(cardId);
      expect(late).to.include({ rule: "NoObjection", refund: 960n * TOKEN, forfeited: 60n * TOKEN });
      expect(late.sentence).to.include("60.00");
      await consumer.execute("requestExit", { cardId });
      const { executableAt, lapsesAt } = await reader.quote(cardId);
      expect([executableAt, lapsesAt]).to.deep.equal([(await now()) + 5n * DAY, (await now()) + 10n * DAY]);
    });

    it("nothing for a closed card", async () => {
      const { reader, till, shop } = await networkHelpers.loadFixture(clients);
      const cardId = await buyCard(shop, { program: shop.programs.count });
      await till.execute("refundCard", { cardId });
      const { rule, refund, sentence } = await reader.quote(cardId);
      expect([rule, refund, sentence]).to.deep.equal(["None", 0n, "The card is not open; nothing is left on it."]);
    });
  });

  describe("finds", () => {
    it("all cards of a holder in every program, closed and moved ones as such", async () => {
      const { reader, consumer, till, shop } = await networkHelpers.loadFixture(clients);
      const { count, open } = shop.programs;
      const [kept, closed, moved] = [
        await buyCard(shop, { program: count }),
        await buyCard(shop, { program: count }),
        await buyCard(shop, { program: open }),
      ];
      await buyCard(shop, { program: open, holder: shop.payer });
      await till.execute("refundCard", { cardId: closed });
      await consumer.execute("requestMove", { cardId: moved, to: shop.other.address });
      await till.execute("consentMove", { cardId: moved, nonce: 1n });
      await consumer.execute("executeMove", { cardId: moved, serial: 0n });
      const movedTo = encodeCardId({ holder: shop.other.address, programId: open, serial: 0n });
      const short = (cards: Awaited<ReturnType<typeof reader.findCards>>) =>
        cards.map((each) => [each.cardId, each.state, each.movedTo, each.card.status]);
      expect(short(await reader.findCards(shop.holder.address))).to.deep.equal([
        [moved, "Moved", movedTo, "Closed"],
        [kept, "Open", undefined, "Open"],
        [closed, "Closed", undefined, "Closed"],
      ]);
      expect(short(await reader.findCards(shop.other.address.toLowerCase()))).to.deep.equal([
        [movedTo, "Open", undefined, "Open"],
      ]);
      expect(await reader.findCards(shop.stranger.address)).to.deep.equal([]);
    });

    it("cards behind a hole smaller than the gap, and none behind one as large", async () => {
      const { reader, shop } = await networkHelpers.loadFixture(clients);
      const program = shop.programs.count;
      for (const serial of [0n, 20n, 41n]) await buyCard(shop, { program, serial });
      const serials = async (gap?: number) =>
        (await reader.findCards(shop.holder.address, gap === undefined ? {} : { gap })).map(({ serial }) => serial);
      // Between 0 and 20 lie 19 unused ones, between 20 and 41 lie 20.
      expect(await serials()).to.deep.equal([0n, 20n]);
      expect(await serials(21)).to.deep.equal([0n, 20n, 41n]);
      expect(await serials(19)).to.deep.equal([0n]);
      for (const gap of [0, 10_001, 1e30]) {
        const error = await thrown(InvalidInputError, reader.findCards(shop.holder.address, { gap }));
        expect([error.field, error.allowed]).to.deep.equal(["gap", "a whole number from 1 to 10000"]);
      }
    });

    it("cards without old logs, but not where closed ones went", async () => {
      const { shop, escrow, till } = await networkHelpers.loadFixture(clients);
      await till.execute("refundCard", { cardId: await buyCard(shop, { program: shop.programs.count }) });
      const provider = variant<Provider>(ethers.provider, {
        getLogs: () => Promise.reject(new Error("range too large")),
      });
      const client = await EscrowClient.connect(provider, { escrow });
      const found = await client.findCards(shop.holder.address);
      expect(found.map(({ state }) => state)).to.deep.equal(["ClosedOrMoved"]);
    });

    it("every program, however many there are", async () => {
      const { reader, shop } = await networkHelpers.loadFixture(clients);
      const terms = { kind: 1n, price: TOKEN, units: 1n, listPrice: TOKEN };
      for (const count of [5n, 6n, 7n, 8n, 9n]) {
        await anotherProgram(shop, terms);
        expect(await reader.programCount()).to.equal(count);
      }
      for (const count of [0n, 1n, 2n, 3n, 4n, 1_000n]) {
        expect(await countIds((each) => Promise.resolve(each <= count))).to.equal(count);
      }
    });
  });

  it("lets a stranger with the addresses and a holder's wallet find the cards, read the quote and leave", async () => {
    const { shop, escrow } = await networkHelpers.loadFixture(clients);
    await buyCard(shop, { program: shop.programs.plan });
    const before = await shop.token.balanceOf(shop.holder);

    const client = await EscrowClient.connect(shop.holder, { escrow });
    const [found] = await client.findCards(await client.account());
    const { refund } = await client.quote(found!.cardId);
    await client.execute("requestExit", { cardId: found!.cardId });
    await networkHelpers.time.increaseTo((await client.quote(found!.cardId)).executableAt);
    await client.execute("executeExit", { cardId: found!.cardId });

    expect((await shop.token.balanceOf(shop.holder)) - before).to.equal(refund);
    expect((await shop.escrow.card(found!.cardId)).status).to.equal(CardStatus.Closed);
    expect(getAddress(found!.cardId.slice(0, 42))).to.equal(shop.holder.address);
  });
});
