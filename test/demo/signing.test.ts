import { expect } from "chai";
import { Wallet, id } from "ethers";

import { signDigest } from "../../scripts/demo/signing.js";

describe("Signatures of the demo", () => {
  it("are those that ethers makes, of both parities", () => {
    const parities = new Set<string>();
    for (let i = 0; i < 100; i += 1) {
      const wallet = new Wallet(id(`key ${i}`));
      const digest = id(`digest ${i}`);
      const signature = signDigest(wallet, digest);
      expect(signature).to.equal(wallet.signingKey.sign(digest).serialized);
      parities.add(signature.slice(-2));
    }
    expect([...parities].sort()).to.deep.equal(["1b", "1c"]);
  });
});
