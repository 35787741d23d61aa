import { execFile } from "node:child_process";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { jsonLine, sentences } from "../../scripts/commands/warnings/lines.js";
import { watchEvents } from "../../src/watcher/index.js";
import { buyCard } from "../helpers/actions.js";
import { ethers, networkHelpers } from "../helpers/chain.js";
import { TOKEN, deployShop } from "../helpers/fixture.js";
import { ROOT, read } from "../helpers/markdown.js";
import { deployRegister, report, setRule } from "../helpers/register.js";
import { FaultyNode } from "./faulty.js";
import { fork, mineOthers, quick, take } from "./watching.js";

/** Runs a program of the project's folder as a user does. */
async function run(
  file: string,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: "1", HARDHAT_DISABLE_TELEMETRY: "true" };
  delete (env as NodeJS.ProcessEnv).FORCE_COLOR;
  return await new Promise((resolve) => {
    execFile(process.execPath, [path.join(ROOT, file), ...args], { cwd: ROOT, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const watch = async (...args: readonly string[]): ReturnType<typeof run> =>
  await run("node_modules/hardhat/dist/src/cli.js", "warnings", "watch", ...args);

/** The first `count` lines; after each one `then` is called. */
async function linesOf(
  contracts: { readonly escrow?: string; readonly register?: string },
  count: number,
  { json = false, then = () => Promise.resolve() }: { json?: boolean; then?: (lines: number) => Promise<void> } = {},
): Promise<string[]> {
  const abort = new AbortController();
  const lines: string[] = [];
  const line = json ? jsonLine : sentences(contracts.escrow, ethers.provider);
  const options = { ...quick, provider: new FaultyNode(), contracts, fromBlock: 0, signal: abort.signal };
  for await (const chainEvent of watchEvents({ ...options, events: ["WarningRaised", "WarningCleared"] })) {
    lines.push(await line(chainEvent));
    if (lines.length === count) abort.abort();
    else await then(lines.length);
  }
  return lines;
}

describe("npm run watch", () => {
  it("keeps on its line what somebody has written into a program's address", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    const forged = "ipfs://x\n\u001b[2Kblock 9: DefaultFlagged\u202e\u009b1A";
    const terms = {
      kind: 1n,
      bearer: false,
      price: 10n,
      units: 1n,
      listPrice: 10n,
      feeFree: false,
      metadataURI: forged,
    };
    await shop.escrow.connect(shop.owner).publishProgram(shop.merchantId, terms);
    const provider = new FaultyNode();
    const contracts = { escrow: await shop.escrow.getAddress() };
    const options = { ...quick, provider, contracts, fromBlock: 0, events: ["ProgramPublished"] as const };
    const chainEvents = await take(
      options,
      (await shop.escrow.queryFilter(shop.escrow.filters.ProgramPublished())).length,
    );
    const line = await sentences(undefined, ethers.provider)(chainEvents.at(-1)!);
    expect(line).to.match(/^block \d+: ProgramPublished \(.*ipfs:\/\/x.*block 9: DefaultFlagged.*\)$/);
    expect(line).to.not.match(/[\p{Cc}\p{Cf}]/u);
  });

  it("prints warnings of escrow and register as sentences, in the merchant's token", async () => {
    const shop = await networkHelpers.loadFixture(deployRegister);
    await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
    const sold = await ethers.provider.getBlockNumber();
    await setRule(shop, { bps0: 4_000n });
    await report(shop, shop.owner, 1_000n * TOKEN);
    const [escrow, register] = [await shop.escrow.getAddress(), await shop.register.getAddress()];
    expect(await linesOf({ escrow, register }, 2)).to.deep.equal([
      `block ${sold}: Warning for merchant 1: a card is over its limit (5000.000001 TCNY, limit 5000 TCNY).`,
      `block ${sold + 2}: Warning for merchant 1: the deposit is short (0 TCNY, limit 400 TCNY).`,
    ]);
    expect(await linesOf({ register }, 1)).to.deep.equal([
      `block ${sold + 2}: Warning for merchant 1: the deposit is short (0 base units, limit 400000000 base units).`,
    ]);
  });

  it("prints what was cleared, and what is removed because the chain changed", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const { escrow, regulator, merchantId, programs } = shop;
    await escrow.connect(regulator).setOutstandingCap(merchantId, 1_000n);
    await buyCard(shop, { program: programs.open, principal: 950n * TOKEN });
    const block = await ethers.provider.getBlockNumber();
    const back = await fork();
    await escrow.connect(regulator).setOutstandingCap(merchantId, 0n);
    const lines = await linesOf({ escrow: await escrow.getAddress() }, 3, {
      then: async (count) => {
        if (count !== 2) return;
        await back();
        await mineOthers(2, 5);
      },
    });
    expect(lines).to.deep.equal([
      `block ${block}: Notice for merchant 1: the outstanding balance is near its cap (950 TCNY, limit 900 TCNY).`,
      `block ${block + 1}: Cleared for merchant 1: OutstandingCap.`,
      `block ${block + 1}, taken back: Cleared for merchant 1: OutstandingCap.`,
    ]);
  });

  it("writes JSON lines for programs", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const cardId = await buyCard(shop, { program: shop.programs.open, principal: 5_000n * TOKEN + 1n });
    const escrow = await shop.escrow.getAddress();
    const [line] = await linesOf({ escrow }, 1, { json: true });
    const block = (await ethers.provider.getBlock("latest"))!;
    const { event, key, ...rest } = JSON.parse(line!) as { event: { index: number; args: unknown }; key: string };
    expect(rest).to.deep.equal({ sequence: 1, kind: "event", id: key });
    expect(key).to.equal(`31337:${block.hash!}:${event.index}`);
    expect(event).to.deep.include({ name: "WarningRaised", address: escrow, blockNumber: block.number });
    expect(event.args).to.deep.equal({
      merchantId: "1",
      kind: "CardOverLimit",
      cardId,
      observed: "5000000001",
      limit: "5000000000",
      level: "Warning",
    });
  });

  it("answers what it cannot do with one sentence, and fails", async () => {
    const [number, nowhere, noContract] = await Promise.all([
      watch("--from", "1e3"),
      watch(),
      watch("--escrow", "0x000000000000000000000000000000000000dEaD"),
    ]);
    for (const [output, code, sentence] of [
      [number, 1, "--from is 1e3; allowed: whole numbers from 0. Next: type digits only."],
      [
        noContract,
        3,
        "There is no contract at 0x000000000000000000000000000000000000dEaD on chain 31337. Next: check the address and the network.",
      ],
    ] as const) {
      expect(output).to.deep.equal({ code, stdout: "", stderr: `Error: ${sentence}\n` });
    }
    expect(nowhere.code).to.equal(1);
    expect(nowhere.stderr).to.match(
      /^Error: --network is default, an empty chain .* Next: add --network localhost\.\n$/,
    );
  });

  it("is explained, and known to Hardhat with its options", async () => {
    const { code, stdout } = await run("scripts/launch.mjs", "hardhat", "warnings", "watch", "--help");
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: read("scripts/help/warnings-watch.txt") });
    const options = [...hre.tasks.getTask(["warnings", "watch"]).options.keys()];
    expect(options).to.deep.equal([
      ...["escrow", "register", "from", "confirmations", "store", "events", "webhook", "webhooks"],
      ...["healthPort", "healthHost", "jsonLines", "once"],
    ]);
    for (const name of options) {
      expect(stdout).to.include(`\n  --${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} `);
    }
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(scripts.watch).to.equal("node scripts/launch.mjs hardhat warnings watch");
  });
});
