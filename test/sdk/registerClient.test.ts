import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash, isAddress } from "ethers";

import { EscrowClient } from "../../src/client/client.js";
import { WrongContractError } from "../../src/client/errors.js";
import { claimList } from "../../src/actions/claims.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import { now } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { DAY, TOKEN, deploySystem } from "../helpers/fixture.js";
import { deployRegister, distribute, listOf, pay, placeSurety, report, ruleOf, setRule } from "../helpers/register.js";

async function deposits() {
  const shop = await deployRegister();
  const [escrow, register] = [await shop.escrow.getAddress(), await shop.register.getAddress()];
  const client = await EscrowClient.connect(ethers.provider, { escrow, register });
  return { shop, escrow, register, client };
}

/** What a promise is refused with. */
async function reasonOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe("RegisterClient", () => {
  it("reads the rule in force and the one that waits", async () => {
    const { shop, client } = await networkHelpers.loadFixture(deposits);
    await setRule(shop, { bps0: 4_000n, reportDays: 90n });
    const since = await now();
    await setRule(shop, { bps0: 1_000n, threshold1: 5n * TOKEN, bps1: 2_000n });
    const view = await client.deposits.rule(1n);
    expect(view.rule).to.deep.equal(ruleOf({ bps0: 4_000n, reportDays: 90n }));
    expect(view.nextRule).to.deep.equal(ruleOf({ bps0: 1_000n, threshold1: 5n * TOKEN, bps1: 2_000n }));
    expect([view.since, view.nextRuleAt]).to.deep.equal([since, (await now()) + 30n * DAY]);
  });

  it("reads deposit, report, surety and warnings", async () => {
    const { shop, client } = await networkHelpers.loadFixture(deposits);
    await setRule(shop, { bps0: 4_000n, reportDays: 90n });
    await report(shop, shop.owner, 1_000n * TOKEN);
    const asOf = (await client.deposits.depositOf(1n)).reportedAsOf;
    expect(await client.deposits.warnings(1n)).to.deep.equal([{ kind: "DepositShort", level: "Warning" }]);
    await pay(shop, 100n * TOKEN);
    const endsAt = await placeSurety(shop, 250n * TOKEN);
    const deposit = await client.deposits.depositOf(1n);
    expect(deposit).to.include({
      deposit: 100n * TOKEN,
      required: 150n * TOKEN,
      reported: 1_000n * TOKEN,
      reportDueAt: asOf + 90n * DAY,
      nextActsAt: 0n,
    });
    expect(isAddress(deposit.vault)).to.be.true;
    expect(await client.deposits.required(1n)).to.equal(150n * TOKEN);
    const surety = await client.deposits.surety(1n);
    const { vault, ...rest } = surety;
    expect(isAddress(vault)).to.be.true;
    expect(rest).to.deep.equal({
      named: shop.bank.address,
      party: shop.bank.address,
      amount: 250n * TOKEN,
      counted: 250n * TOKEN,
      endsAt,
      bound: false,
    });
  });

  it("reads a distribution and what a claim is paid", async () => {
    const { shop, client } = await networkHelpers.loadFixture(deposits);
    expect((await client.deposits.distribution(1n)).root).to.equal(ZeroHash);
    await pay(shop, 100n * TOKEN);
    const lines = [
      { account: shop.holder.address, amount: 150n * TOKEN },
      { account: shop.other.address, amount: 50n * TOKEN },
    ];
    await distribute(shop, listOf(lines));
    const { root, lines: listed } = claimList(lines);
    const view = await client.deposits.distribution(1n);
    expect(view).to.include({ root, claims: 200n * TOKEN, funded: 100n * TOKEN, objections: 0n, paid: 0n });
    expect(await client.deposits.quoteClaim(1n, listed[0]!)).to.deep.equal({ paid: 0n, due: 75n * TOKEN });
    await shop.register.claim(1n, listed[0]!);
    expect(await client.deposits.quoteClaim(1n, listed[0]!)).to.deep.equal({ paid: 75n * TOKEN, due: 0n });
  });

  it("has in its views the fields of the contract, and no others", async () => {
    const { shop, client } = await networkHelpers.loadFixture(deposits);
    for (const [name, view] of [
      ["rule", await client.deposits.rule(1n)],
      ["depositOf", await client.deposits.depositOf(1n)],
      ["surety", await client.deposits.surety(1n)],
      ["distribution", await client.deposits.distribution(1n)],
    ] as const) {
      const fields = shop.register.interface.getFunction(name).outputs[0]!.components!.map((each) => each.name);
      expect(Object.keys(view), name).to.deep.equal(fields);
    }
    expect((await client.deposits.surety(1n)).named).to.equal(ZeroAddress);
  });

  it("is not connected to a register of another escrow, or to what is none", async () => {
    const { shop, escrow, register } = await networkHelpers.loadFixture(deposits);
    const another = await (await deploySystem()).register.getAddress();
    expect(another).to.not.equal(register);
    const wrong = [Wallet.createRandom().address, escrow, await shop.token.getAddress(), another];
    for (const address of wrong) {
      const error = await reasonOf(EscrowClient.connect(ethers.provider, { escrow, register: address }));
      expect(error).to.be.instanceOf(WrongContractError);
      expect((error as WrongContractError).address).to.equal(address);
    }
  });

  it("is missed where a client was connected without it", async () => {
    const { escrow } = await networkHelpers.loadFixture(deposits);
    const client = await EscrowClient.connect(ethers.provider, { escrow });
    expect(client.register).to.equal(undefined);
    expect(() => client.deposits).to.throw(InvalidInputError);
  });
});
