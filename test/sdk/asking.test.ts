import { expect } from "chai";
import { BrowserProvider } from "ethers";

import { rpcCall, isUnreachable } from "../../src/client/rpc.js";
import { NodeUnreachableError } from "../../src/client/errors.js";
import { rejectionOf } from "../helpers/errors.js";

/** The messages of browsers when a node does not answer; none of them gives a code. */
const IN_BROWSERS = {
  Chromium: "Failed to fetch",
  "Chromium with the host": "Failed to fetch (node.example)",
  Firefox: "NetworkError when attempting to fetch resource.",
  Safari: "Load failed",
  "Safari with the host": "Load failed (node.example)",
};

describe("A node that does not answer", () => {
  for (const [browser, message] of Object.entries(IN_BROWSERS)) {
    it(`is known by what ${browser} says`, async () => {
      const error = new TypeError(message);
      expect(isUnreachable(error)).to.be.true;
      expect(isUnreachable(new Error("no answer", { cause: error }))).to.be.true;
      expect(await rejectionOf(rpcCall(() => Promise.reject(error)))).to.be.instanceOf(NodeUnreachableError);
    });

    it(`is known by what a wallet in ${browser} passes on`, async () => {
      const refused = Object.assign(new Error(message), { code: -32603 });
      const request = ({ method }: { readonly method: string }): Promise<unknown> =>
        method === "eth_chainId" ? Promise.resolve("0x1") : Promise.reject(refused);
      const wallet = new BrowserProvider({ request }, 1);
      const error = await rejectionOf(rpcCall(() => wallet.send("eth_gasPrice", [])));
      wallet.destroy();
      expect(error).to.be.instanceOf(NodeUnreachableError);
    });
  }

  it("is known by its code, however deep it lies", () => {
    const codes = ["ECONNREFUSED", "NETWORK_ERROR", "UND_ERR_SOCKET"];
    for (const code of codes) {
      expect(isUnreachable(Object.assign(new Error("x"), { code }))).to.be.true;
      const deep = new Error("fetch failed", { cause: new Error("y", { cause: { code } }) });
      expect(isUnreachable(deep)).to.be.true;
    }
  });

  it("is not taken for one that answers something else", () => {
    for (const error of [
      new Error("the token says: Failed to fetch"),
      new Error("Load failed: no such program"),
      Object.assign(new Error("x"), { code: -32000 }),
      Object.assign(new Error("x"), { code: "CALL_EXCEPTION" }),
      undefined,
      "Failed to fetch",
    ]) {
      expect(isUnreachable(error)).to.be.false;
    }
  });
});
