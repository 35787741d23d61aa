import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import { commands } from "../../scripts/commands/tasks.js";
import { buyCard } from "./actions.js";
import { networkHelpers } from "./chain.js";
import type { Shop } from "./fixture.js";
import { serveChain } from "./http.js";
import { ROOT } from "./markdown.js";
import { withRegister } from "./register.js";
import { loadShop } from "./shop.js";
import { deployShopUnder } from "./tokens.js";

/** What a command wrote, and the code the process would end with. */
export interface Output {
  /** 0 for success, else the code the command asks for. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Arguments by their names in the task. */
export type Arguments = Readonly<Record<string, string | bigint | boolean | readonly string[]>>;

/** The test shop with a deposit register, in which the holder has one card of 20 visits. */
async function prepareShop(base: Shop) {
  const shop = await withRegister(base);
  return { shop, cardId: await buyCard(shop, { program: shop.programs.count }) };
}

async function usualShop() {
  return await prepareShop(await loadShop());
}

/** Runs commands as Hardhat would, over HTTP against the chain of the tests; call it in a `describe`. */
export function commandRunner() {
  let folder: string;
  let node: Awaited<ReturnType<typeof serveChain>>;
  let hre: Awaited<ReturnType<typeof createHardhatRuntimeEnvironment>>;
  /** What the node has answered, by method. */
  const answered = new Map<string, number>();

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "commands-"));
    node = await serveChain(async (ask, method, params) => {
      const answer = await ask(method, params);
      answered.set(method, (answered.get(method) ?? 0) + 1);
      return answer;
    });
    const networks = { local: { type: "http", chainType: "l1", url: node.url } } as const;
    const config = { plugins: [hardhatToolbox], tasks: commands, paths: { ignition: folder }, networks };
    hre = await createHardhatRuntimeEnvironment(config, { network: "local" }, ROOT);
  });
  after(async () => {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command and answers what it wrote. */
  async function run(name: string, args: Arguments): Promise<Output> {
    const written = { stdout: "", stderr: "" };
    const originals = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)] as const;
    process.stdout.write = (text) => Boolean((written.stdout += String(text)));
    process.stderr.write = (text) => Boolean((written.stderr += String(text)));
    try {
      const result: unknown = await hre.tasks.getTask(name.split(" ")).run(args);
      const { success, error } = result as { success: boolean; error?: number };
      return { code: success ? 0 : error!, ...written };
    } finally {
      process.stdout.write = originals[0];
      process.stderr.write = originals[1];
    }
  }

  /** A fresh shop, and for each of its people a way to run commands with the addresses. */
  async function prepare() {
    return await peopleOf(await networkHelpers.loadFixture(usualShop));
  }

  /** The same under another token. */
  async function prepareUnder(token: Parameters<typeof deployShopUnder>[0]) {
    return await peopleOf(await prepareShop(await deployShopUnder(token)));
  }

  async function peopleOf({ shop, cardId }: Awaited<ReturnType<typeof prepareShop>>) {
    const escrow = await shop.escrow.getAddress();
    const register = await shop.register.getAddress();
    const as =
      (person: { readonly address: string }) =>
      async (name: string, args: Arguments): Promise<Output> =>
        await run(name, { escrow, register, from: person.address, ...args });
    return { ...shop, shop, address: escrow, registerAddress: register, cardId, as, symbol: await shop.token.symbol() };
  }

  return {
    run,
    prepare,
    prepareUnder,
    file: (name: string) => path.join(folder, name),
    url: () => node.url,
    /** How often the node has answered a method. */
    answers: (method: string) => answered.get(method) ?? 0,
  };
}

/** What a command that must succeed wrote, with its spaces put together. */
export function good({ code, stdout, stderr }: Output): string {
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  return stdout.replace(/ +/g, " ");
}

/** The same of a command with `--json`. */
export function json(output: Output): Record<string, unknown> {
  return JSON.parse(good(output)) as Record<string, unknown>;
}

/** The output for programs of a command that must fail. */
export function refusal({
  code,
  stderr,
}: Output): { readonly code: number; readonly error: string } & Record<string, unknown> {
  expect(code).to.be.greaterThan(0);
  return { code, ...(JSON.parse(stderr) as { error: string }) };
}

/** A time as commands take it. */
export function iso(time: bigint): string {
  return new Date(Number(time) * 1_000).toISOString().replace(".000Z", "Z");
}
