import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { expect } from "chai";
import { HDNodeWallet, Wallet, id, keccak256 } from "ethers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { commandAfter } from "../../scripts/commands/hints.js";
import { commands } from "../../scripts/commands/tasks.js";
import { warningTasks } from "../../scripts/commands/warnings/tasks.js";
import { NodeUnreachableError } from "../../src/client/errors.js";
import { networkHelpers, provider } from "../helpers/chain.js";
import { commandRunner, good, refusal } from "../helpers/commands.js";
import type { Output } from "../helpers/commands.js";
import { DAY } from "../helpers/fixture.js";
import { ROOT } from "../helpers/markdown.js";

/** The key of an account of the test chain. */
const keyOf = (index: number): string =>
  HDNodeWallet.fromPhrase(`${"test ".repeat(11)}junk`, undefined, `m/44'/60'/0'/0/${index}`).privateKey;
const HOLDER = 7;

/** Runs a command line as a person does, in a process of its own, on a network of which it knows one key. */
async function spawn(url: string, key: string, words: readonly string[]): Promise<Output> {
  const cli = path.join(ROOT, "node_modules/hardhat/dist/src/cli.js");
  const config = path.join(ROOT, "test/tools/anyNetwork.config.ts");
  const env = { ...process.env, RPC_URL: url, ACCOUNT_KEY: key, NO_COLOR: "1" };
  return await new Promise((resolve) => {
    const args = [cli, "--config", config, ...words, "--network", "any"];
    execFile(process.execPath, args, { cwd: ROOT, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe("What goes wrong, in one sentence", () => {
  const runner = commandRunner();

  it("is a wrong network", async () => {
    const key = `0x${"1".repeat(64)}`;
    const cli = path.join(ROOT, "node_modules/hardhat/dist/src/cli.js");
    const env = { ...process.env, SEPOLIA_RPC_URL: runner.url(), DEPLOYER_PRIVATE_KEY: key, NO_COLOR: "1" };
    const { stderr, code } = await new Promise<Output>((resolve) => {
      const args = [cli, "policy", "show", "1", "--network", "sepolia"];
      execFile(process.execPath, args, { cwd: ROOT, env }, (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), stdout: out, stderr: err });
      });
    });
    expect([code, stderr]).to.deep.equal([
      1,
      "Error: The node is of chain 31337; expected: 11155111. Next: switch the wallet or the node to chain 11155111.\n",
    ]);
  });

  it("is a wrong address: no code, another contract, another escrow's register, a checksum", async () => {
    const { token, register, address, registerAddress, stranger } = await runner.prepare();
    const show = async (escrow: string, more: object = {}) =>
      refusal(await runner.run("pool show", { escrow, from: stranger.address, merchant: 1n, json: true, ...more }));
    for (const wrong of [stranger.address, await token.getAddress(), await register.getAddress()]) {
      expect(await show(wrong)).to.include({ code: 1, error: "WrongContractError" });
    }
    const lower = address.toLowerCase();
    const flipped = address.replace(/[a-f]/, (letter) => letter.toUpperCase());
    const mistyped = flipped === address ? address.replace(/[A-F]/, (letter) => letter.toLowerCase()) : flipped;
    expect(await show(mistyped)).to.include({ code: 1, error: "InvalidInputError" });
    expect((await runner.run("pool show", { escrow: lower, merchant: 1n })).code).to.equal(0);
    for (const wrong of [stranger.address, address]) {
      expect(await show(address, { register: wrong })).to.include({ code: 1, error: "WrongContractError" });
    }
    expect((await runner.run("pool show", { escrow: address, register: registerAddress, merchant: 1n })).code).to.equal(
      0,
    );
    expect(await show(address, { from: "0x12" })).to.include({ code: 1, error: "InvalidInputError" });
  });

  it("is a missing role, with its name and who has it", async () => {
    const { as, stranger, regulator, association, cardId, escrow, holder } = await runner.prepare();
    const suspend = await as(stranger)("supervision suspend", { merchant: 1n, evidence: id("why") });
    expect(suspend.code).to.equal(2);
    expect(suspend.stderr).to.equal(
      `Error: ${stranger.address} does not have the role REGULATOR, which this function asks for; ` +
        `it is held by ${regulator.address}. Next: send it from an account with the role, or have the administrator grant it. ` +
        `Command: the same with --from ${regulator.address}.\n`,
    );
    await networkHelpers.time.increase(7n * DAY);
    await escrow.connect(holder).complain(cardId, id("closed"));
    await networkHelpers.time.increase(6n * DAY);
    const ruling = await as(regulator)("dispute resolve", { card: cardId, dismiss: true, decision: id("no") });
    expect(ruling.stderr).to.include("the role ASSOCIATION").and.to.include(association.address);
  });

  it("names the command that helps", async () => {
    const { as, stranger, owner, cardId } = await runner.prepare();
    const after = async (name: string, args: object): Promise<unknown> =>
      refusal(await as(stranger)(name, { ...args, json: true })).command;
    expect(await after("merchant show", { merchant: 9n })).to.equal("merchant list");
    expect(await after("program show", { program: 99n })).to.equal("program list");
    expect(await after("policy show", { policy: 99n })).to.equal("policy list");
    expect(await after("program retire", { program: 3n })).to.equal(`the same with --from ${owner.address}`);
    expect(await after("card refund", { card: cardId })).to.equal(
      `merchant operator 1 ${stranger.address}, as the owner`,
    );
    expect(refusal(await runner.run("merchant list", { json: true })).command).to.equal(
      "the same with --escrow ADDRESS, or npm run deploy:local",
    );
    expect(await after("card show", { card: `${cardId.slice(0, -2)}99` })).to.equal(undefined);
  });

  it("is no network, where a chain inside the process would be asked", async () => {
    const config = { plugins: [hardhatToolbox], tasks: [...commands, ...warningTasks] };
    const hre = await createHardhatRuntimeEnvironment(config, {}, ROOT);
    for (const name of [
      ["merchant", "list"],
      ["warnings", "watch"],
    ]) {
      const written = process.stderr.write.bind(process.stderr);
      let stderr = "";
      process.stderr.write = (text) => Boolean((stderr += String(text)));
      try {
        await hre.tasks.getTask(name).run({});
      } finally {
        process.stderr.write = written;
      }
      expect(stderr).to.equal(
        "Error: --network is default, an empty chain inside this process; allowed: one that the contracts are deployed to. " +
          "Next: add --network localhost.\n",
      );
    }
  });

  it("is a number too large, a folder in place of a file, and a visit that is not there", async () => {
    const { as, holder, operator, cardId } = await runner.prepare();
    const said = async (person: typeof holder, name: string, args: object): Promise<unknown> => {
      const { code, error, message } = refusal(await as(person)(name, { ...args, json: true }));
      expect([code, error]).to.deep.equal([1, "InvalidInputError"]);
      return message;
    };
    for (const [name, argument] of [
      ["merchant show", "merchant"],
      ["program show", "program"],
      ["policy show", "policy"],
    ]) {
      expect(await said(holder, name!, { [argument!]: 2n ** 32n })).to.include("4294967296; allowed: 0 to 4294967295.");
    }
    const far = String(2n ** 88n);
    expect(await said(holder, "voucher sign", { card: cardId, cumulative: far })).to.include(`cumulative is ${far};`);
    expect(await said(holder, "dispute complain", { card: cardId, evidence: ROOT })).to.include("(EISDIR)");
    expect(await said(operator, "voucher settle", { merchant: 1n, vouchers: [ROOT] })).to.include("(EISDIR)");
    const receipts = runner.file("visits.json");
    const rows = runner.file("voucher.txt");
    good(await as(holder)("voucher sign", { card: cardId, cumulative: "2", item: "cut", receipts, out: rows }));
    good(await as(operator)("voucher settle", { merchant: 1n, vouchers: [rows] }));
    for (const visit of [0n, 2n]) {
      expect(await said(holder, "proof show", { receipts, visit })).to.include(`visit is ${visit}; allowed: 1 to 1.`);
    }
    writeFileSync(rows, "{}");
    expect(await said(operator, "voucher settle", { merchant: 1n, vouchers: [rows] })).to.include(
      `vouchers of ${rows}`,
    );
  });

  it("is an allowance that is short, with what is missing and what to do", async () => {
    const { as, holder, token, address, symbol } = await runner.prepare();
    await token.connect(holder).approve(address, 200_000_000n);
    const { code, stderr } = await as(holder)("card buy", { program: 3n });
    expect([code, stderr]).to.deep.equal([
      2,
      `Error: ${address} may take 200.00 ${symbol} of ${holder.address}; needed: 1200.00 ${symbol}, 1000.00 ${symbol} more. ` +
        `Next: approve it for 1200.00 ${symbol}, or sign a permit where the token has them. ` +
        `Command: token approve MERCHANT 1200.00, with that merchant's number.\n`,
    ]);
    expect((await as(holder)("token approve", { merchant: 1n, amount: "1200" })).code).to.equal(0);
    expect((await as(holder)("card buy", { program: 3n })).code).to.equal(0);
  });

  it("is a refusal of the contract's own, even where money is short as well", async () => {
    const { as, stranger, escrow, owner } = await runner.prepare();
    await escrow.connect(owner).retireProgram(3n);
    const refused = refusal(await as(stranger)("card buy", { program: 3n, json: true }));
    expect([refused.code, refused.revert]).to.not.deep.equal([2, "ERC20InsufficientBalance"]);
    expect(refused.code).to.equal(2);
  });

  it("is too little ether for gas, with how much is missing", async () => {
    const { address, registerAddress, shop } = await runner.prepare();
    const poor = new Wallet(keccak256("0x01"));
    const words = ["card", "recovery", "set", shop.other.address, "--escrow", address, "--register", registerAddress];
    const dry = await spawn(runner.url(), poor.privateKey, [...words, "--dry-run"]);
    expect([dry.code, dry.stdout.includes("The account has 0 ether, which is too little.")]).to.deep.equal([0, true]);
    const short = refusal(await spawn(runner.url(), poor.privateKey, [...words, "--json"]));
    expect(short).to.include({ code: 3, error: "GasMoneyShortError" });
    expect(short.message).to.match(/it has 0, up to 0\.\d+ is needed, 0\.\d+ is missing/);
  });

  it("is a transaction that its node drops, with its hash", async () => {
    const { as, holder, other } = await runner.prepare();
    const pending = async (): Promise<string | undefined> => {
      const [waiting] = (await provider.request({ method: "eth_pendingTransactions" })) as { hash: string }[];
      return waiting?.hash;
    };
    await provider.request({ method: "evm_setAutomine", params: [false] });
    const looks = (): number => runner.answers("eth_getTransactionByHash");
    const before = looks();
    try {
      const ended = as(holder)("card recovery set", { to: other.address, json: true });
      let hash: string | undefined;
      while ((hash = await pending()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      // The second look begins when the command has seen in the first that the node knows it.
      while (looks() < before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
      await networkHelpers.dropTransaction(hash);
      const dropped = refusal(await ended);
      expect(dropped).to.include({ code: 3, error: "TransactionDroppedError" });
      expect(dropped.message).to.include(hash).and.to.include("nothing has happened");
    } finally {
      await provider.request({ method: "evm_setAutomine", params: [true] });
    }
  });

  it("is a node that does not answer", async () => {
    const { code, stderr } = await spawn("http://127.0.0.1:9", keyOf(HOLDER), ["card", "find"]);
    expect([code, stderr]).to.deep.equal([
      3,
      "Error: The node does not answer. Next: check its address and the connection, then repeat; nothing was lost.\n",
    ]);
    const error = new NodeUnreachableError({});
    expect(commandAfter(error, undefined, "localhost")).to.equal("npm run node, in a terminal of its own");
    expect(commandAfter(error, undefined, "sepolia")).to.equal(undefined);
  });
});

describe("A stranger with only the deployed addresses and a holder's wallet", () => {
  const runner = commandRunner();

  it("finds the cards, reads the quote and leaves", async () => {
    const { address, cardId, token, symbol, holder } = await runner.prepare();
    const at = ["--escrow", address];
    const run = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await spawn(runner.url(), keyOf(HOLDER), [...words, ...at]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      return stdout.replace(/\s+/g, " ");
    };
    const cards = JSON.parse(await run("card", "find", "--json")) as { cardId: string; state: string }[];
    expect(cards.map((each) => [each.cardId, each.state])).to.deep.equal([[cardId, "Open"]]);
    expect(await run("card", "show", cardId)).to.include(`you get 1200.00 ${symbol}`);
    expect(await run("card", "leave", cardId)).to.include("Anyone can execute it from 20");
    await networkHelpers.time.increase(5n * DAY);
    const before = await token.balanceOf(holder);
    expect(await run("card", "leave", cardId)).to.include(`1200.00 ${symbol} paid to ${holder.address}`);
    expect((await token.balanceOf(holder)) - before).to.equal(1_200_000_000n);
    expect(JSON.parse(await run("card", "find", "--json"))).to.have.nested.property("[0].state", "Closed");
  });
});
