import { expect } from "chai";
import { AbiCoder } from "ethers";

import { plain } from "../../src/utils/results.js";

const coder = AbiCoder.defaultAbiCoder();

/** What `plain` makes of a value that a contract answers. */
function answered(type: string, value: unknown): unknown {
  const [result] = coder.decode([type], coder.encode([type], [value])) as unknown as [unknown];
  return plain(result);
}

describe("Answers of contracts as plain values", () => {
  const struct = "tuple(uint256 a, uint256 b)";

  it("make objects of structs, with what is inside them", () => {
    expect(answered(struct, [1, 2])).to.deep.equal({ a: 1n, b: 2n });
    expect(answered(`tuple(${struct} inner, uint256[] list, bool yes)`, [[1, 2], [3, 4], true])).to.deep.equal({
      inner: { a: 1n, b: 2n },
      list: [3n, 4n],
      yes: true,
    });
    expect(answered("tuple(uint256 length, uint256 map)", [1, 2])).to.deep.equal({ length: 1n, map: 2n });
  });

  it("make lists of lists, whether of no struct, of one or of many", () => {
    for (const count of [0, 1, 2, 3]) {
      const structs = Array.from({ length: count }, (_, i) => ({ a: BigInt(i), b: 7n }));
      expect(answered(`${struct}[]`, structs)).to.deep.equal(structs);
      expect(answered(`${struct}[][]`, [structs, structs])).to.deep.equal([structs, structs]);
      expect(answered("uint256[]", Array(count).fill(5))).to.deep.equal(Array(count).fill(5n));
      expect(answered(`tuple(${struct}[] list, uint256 x)`, [structs, 1])).to.deep.equal({ list: structs, x: 1n });
    }
  });

  it("leave values without names in a list, and do not hide text that cannot be read", () => {
    expect(answered("tuple(uint256 a, uint256)", [1, 2])).to.deep.equal([1n, 2n]);
    const broken = coder.encode(["tuple(bytes a)"], [["0xff"]]);
    const [result] = coder.decode(["tuple(string a)"], broken) as unknown as [unknown];
    expect(() => plain(result)).to.throw(/deferred error/);
  });
});
