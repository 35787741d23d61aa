import { expect } from "chai";
import { dataSlice, getAddress, id } from "ethers";
import hre from "hardhat";

import { networkHelpers } from "../../helpers/chain.js";
import { DAY } from "../../helpers/fixture.js";
import { distribute, listOf, pay, placeSurety, withRegister } from "../../helpers/register.js";
import { randomOf } from "../../helpers/random.js";
import type { Random } from "../../helpers/random.js";
import { deployShopUnder } from "../../helpers/tokens.js";

const CLAIMANTS = 10_000;
const BLOCKED = 100;
// Code that counts what it reaches costs more.
const BATCH = hre.globalOptions.coverage ? 60 : 220;
/** What one transaction may use at most. */
const GAS = { gasLimit: 16_777_216n };
const SEED = 20_260_611n;

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Number(random.below(BigInt(i + 1)));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

async function deployBlocking() {
  return await withRegister(await deployShopUnder("BlockingToken"));
}

describe("DepositRegister: a distribution to 10 000 claimants", () => {
  it(`pays all at one rate to one base unit, in any order, with money coming later and some blocked (seed ${SEED})`, async () => {
    const shop = await networkHelpers.loadFixture(deployBlocking);
    const { register, token, mock, owner, bank, liquidator, payout, merchantId } = shop;
    const random = randomOf(SEED);
    const lines = Array.from({ length: CLAIMANTS }, (_, i) => ({
      account: getAddress(id(`claimant ${i}`).slice(0, 42)),
      // From dust to 4 294 tokens.
      amount: (random.below(2n ** 32n) >> random.below(32n)) + 1n,
    }));
    const list = listOf(lines);
    const claims = list.total;
    for (const person of [owner, bank, liquidator]) await token.mint(person, claims);

    // 63 % are there: 43 % from the deposit, 20 % from the surety.
    const [deposit, surety] = [(claims * 43n) / 100n, (claims * 63n) / 100n - (claims * 43n) / 100n];
    await pay(shop, deposit);
    await placeSurety(shop, surety, 100n * DAY);
    await distribute(shop, list);
    const blocked = new Set(shuffled(CLAIMANTS, random).slice(0, BLOCKED));
    for (const index of blocked) await mock.setBlocked(lines[index]!.account, true);

    const paid = new Map<number, bigint>();
    let skipped = 0;
    const claimPaid = register.interface.getEvent("ClaimPaid").topicHash;
    const claimSkipped = register.interface.getEvent("ClaimSkipped").topicHash;
    const claimAll = async (order: readonly number[]) => {
      for (let i = 0; i < order.length; i += BATCH) {
        const rows = order.slice(i, i + BATCH).map(list.claim);
        const receipt = await (await register.claimMany(merchantId, rows, GAS)).wait();
        for (const { topics, data } of receipt?.logs ?? []) {
          // The third word of a `ClaimPaid` is what the claim has had so far.
          if (topics[0] === claimPaid) paid.set(Number(topics[2]), BigInt(dataSlice(data, 64, 96)));
          if (topics[0] === claimSkipped) skipped += 1;
        }
      }
    };
    const expectRate = async (indices: readonly number[], funded: bigint) => {
      expect((await register.distribution(merchantId)).funded).to.equal(funded);
      for (const index of indices) {
        const { amount } = lines[index]!;
        const had = paid.get(index) ?? 0n;
        // Less than one base unit below amount × funded ÷ claims, and never above.
        expect(had * claims <= amount * funded && (had + 1n) * claims > amount * funded, `claim ${index}`).to.equal(
          true,
        );
      }
    };

    const order = shuffled(CLAIMANTS, random);
    const [early, late] = [order.slice(0, CLAIMANTS / 2), order.slice(CLAIMANTS / 2)];
    const free = (indices: readonly number[]) => indices.filter((index) => !blocked.has(index));
    await claimAll(early);
    await expectRate(free(early), deposit + surety);
    expect(skipped).to.be.at.least(early.length - free(early).length);

    // A liquidator brings 17 % more.
    const more = (claims * 80n) / 100n - deposit - surety;
    await register.connect(liquidator).deposit(merchantId, more);
    await claimAll(late);
    await expectRate(free(late), deposit + surety + more);

    // Some of those paid at first come again, and the blocked when the token lets them; the others are still owed the difference.
    for (const index of blocked) await mock.setBlocked(lines[index]!.account, false);
    const again = free(early).slice(0, 500);
    const waiting = free(early).slice(500);
    await claimAll([...blocked, ...again]);
    const funded = deposit + surety + more;
    await expectRate([...free(late), ...blocked, ...again], funded);
    const owed = new Map(waiting.map((i) => [i, (lines[i]!.amount * funded) / claims - (paid.get(i) ?? 0n)]));
    for (const index of waiting.slice(0, 50)) {
      const { account, amount } = lines[index]!;
      const quote = await register.quoteClaim(merchantId, index, account, amount);
      expect(quote).to.deep.equal([paid.get(index) ?? 0n, owed.get(index)]);
    }

    const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, amount) => total + amount, 0n);
    const left = funded - sum(paid.values());
    const dust = left - sum(owed.values());
    expect(dust >= 0n && dust < BigInt(CLAIMANTS)).to.equal(true);
    expect((await register.depositOf(merchantId)).deposit).to.equal(left);
    expect(await token.balanceOf(await register.depositVaultOf(merchantId))).to.equal(left);
    for (const index of order.slice(0, 300)) {
      expect(await token.balanceOf(lines[index]!.account)).to.equal(paid.get(index) ?? 0n);
    }

    // At last there is more than enough: a sample is paid in full, and the surety gets back what was drawn before the merchant.
    const rest = claims - funded;
    await register.connect(liquidator).deposit(merchantId, rest + surety + 5n);
    const sample = order.slice(0, 300);
    await claimAll(sample);
    for (const index of sample) expect(paid.get(index)).to.equal(lines[index]!.amount);
    const before = await token.balanceOf(bank);
    await register.paySurplus(merchantId);
    expect((await token.balanceOf(bank)) - before).to.equal(surety);
    expect(await token.balanceOf(payout)).to.equal(5n);
    expect((await register.depositOf(merchantId)).deposit).to.equal(claims - sum(paid.values()));
  }).timeout(600_000);
});
