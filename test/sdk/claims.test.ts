import { expect } from "chai";
import { ZeroHash, concat, getAddress, id, keccak256 } from "ethers";

import { claimLeaf, claimList } from "../../src/actions/claims.js";
import { networkHelpers } from "../helpers/chain.js";
import { TOKEN } from "../helpers/fixture.js";
import { deployRegister, distribute, listOf, pay } from "../helpers/register.js";

const person = (name: string) => getAddress(id(name).slice(0, 42));
const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    account: person(`claimant ${String(i)}`),
    amount: BigInt(i + 1) * TOKEN,
  }));

/** The root a proof leads to. */
function rootOf(leaf: string, proof: readonly string[]): string {
  return proof.reduce(
    (hash, sibling) => keccak256(hash < sibling ? concat([hash, sibling]) : concat([sibling, hash])),
    leaf,
  );
}

describe("a list of claims", () => {
  for (const count of [1, 2, 3, 7, 8, 100]) {
    it(`of ${String(count)} has a proof for every line, and the sum of all`, () => {
      const list = claimList(lines(count));
      expect(list.lines).to.have.length(count);
      for (const { index, account, amount, proof } of list.lines) {
        expect(rootOf(claimLeaf(index, { account, amount }), proof)).to.equal(list.root);
      }
      expect(list.claims).to.equal((BigInt(count * (count + 1)) / 2n) * TOKEN);
    });
  }

  it("has the root of OpenZeppelin's standard tree", () => {
    expect(claimList(lines(100)).root).to.equal(listOf(lines(100)).root);
  });

  it("without lines means that nobody has a claim", () => {
    expect(claimList([])).to.deep.equal({ root: ZeroHash, claims: 0n, lines: [] });
  });

  it("keeps two lines of the same account and amount apart by their index", () => {
    const [line] = lines(1);
    const list = claimList([line!, line!]);
    expect(list.lines.map(({ index }) => index)).to.deep.equal([0n, 1n]);
    expect(list.lines[0]!.proof).not.to.deep.equal(list.lines[1]!.proof);
  });

  it("is paid by the register as it is", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const list = claimList(lines(5));
    await pay(shop, list.claims);
    await distribute(shop, { ...listOf([]), root: list.root, total: list.claims });
    await shop.register.claimMany(shop.merchantId, [...list.lines]);
    for (const { account, amount } of list.lines) expect(await shop.token.balanceOf(account)).to.equal(amount);
  });

  it("takes no account that is not an address", () => {
    expect(() => claimList([{ account: "0x1234", amount: 1n }])).to.throw(TypeError);
  });
});
