import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { SigningKey, getBytes, hexlify, randomBytes } from "ethers";
import secp256k1 from "secp256k1";

import { EMPTY_RECEIPT, hashItem, nextReceipt } from "../../../src/actions/receipts.js";
import { Verifier } from "../../../src/till/index.js";
import { openPostgresTillStore, openSqliteTillStore } from "../../../src/node/index.js";
import type { ConsumptionRequest, Till, TillStore } from "../../../src/till/index.js";
import { typedDataDigest } from "../../../src/contracts/typedData.js";
import { buyCard } from "../../../test/helpers/actions.js";
import { TOKEN } from "../../../test/helpers/fixture.js";
import type { Shop } from "../../../test/helpers/fixture.js";
import { startPostgres } from "../../../test/helpers/postgres.js";
import { loadShop } from "../../../test/helpers/shop.js";
import { openCounter } from "../../../test/till/counter.js";
import { walletOf } from "../../../test/till/wallets.js";
import type { Benchmark, Figure } from "./figure.js";

const HOLDER = 7;
/** Number of cards that are served at once; and of consumptions of each. */
const CARDS = 64;
const VISITS = 20;
/** Number of rounds in which consumptions are accepted one by one. */
const ONE_BY_ONE = 5;

/** Measures how fast a till checks vouchers, and how fast it books them. */
const measureTill: Benchmark = async (note) => {
  note("till: selling cards and signing visits ...");
  const shop = await loadShop();
  const [signed, digests] = await signConsumptions(shop);
  const folder = mkdtempSync(path.join(tmpdir(), "prepaid-escrow-bench-"));
  try {
    const figures = await measureVerifying(signed, digests, note);
    note("till: syncing the disk ...");
    const syncs = { what: "syncs of the disk", value: syncRate(folder) };
    note("till: accepting into SQLite ...");
    const sqlite = await openSqliteTillStore(path.join(folder, "book.db"));
    figures.push(...(await measureAccepting("SQLite", shop, sqlite, signed, syncs, recoverLimit(figures))));
    const server = await startServer();
    if (server === undefined) return figures;
    try {
      note("till: accepting into PostgreSQL ...");
      const postgres = await openPostgresTillStore(await server.createDatabase());
      figures.push(...(await measureAccepting("PostgreSQL", shop, postgres, signed, syncs, recoverLimit(figures))));
    } finally {
      await server.stop();
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export default measureTill;

type Limit = NonNullable<Figure["limit"]>;
type SignedRequest = readonly [ConsumptionRequest, signature: string];

/** Signed rounds of one consumption of every card, and the digests that were signed. */
async function signConsumptions(shop: Shop): Promise<[SignedRequest[][], Uint8Array[]]> {
  const cards: string[] = [];
  for (let i = 0; i < CARDS; i += 1) {
    cards.push(await buyCard(shop, { program: shop.programs.open, principal: TOKEN }));
  }
  const { till } = await openCounter(shop);
  const { signingKey } = walletOf(HOLDER);
  const digests: Uint8Array[] = [];
  const heads = new Map<string, string>();
  const templates = new Map<string, ConsumptionRequest>();
  for (const cardId of cards)
    templates.set(cardId, await till.requestConsumption({ cardId, units: 1n, item: "a crumb" }));
  const rounds = Array.from({ length: VISITS }, (_, round) =>
    cards.map((cardId): SignedRequest => {
      const template = templates.get(cardId);
      if (template === undefined) throw new Error("Every card was charged.");
      const [cumulative, previous, salt] = [
        BigInt(round) + 1n,
        heads.get(cardId) ?? EMPTY_RECEIPT,
        hexlify(randomBytes(32)),
      ];
      const receipt = nextReceipt(previous, cardId, { cumulative, itemHash: hashItem(salt, template.item) });
      heads.set(cardId, receipt);
      const digest = typedDataDigest(template.toSign.domain, "Consumption", { cardId, cumulative, receipt });
      digests.push(getBytes(digest));
      const before = cumulative - 1n;
      const request = { ...template, consumed: before, after: before, cumulative, previous, receipt, salt };
      return [request, signingKey.sign(digest).serialized];
    }),
  );
  return [rounds, digests];
}

/**
 * Items a second for each work, which handles `count` items. The works run in turns, and the best round of each counts, so that other load
 * on the machine does not matter.
 */
function ratesOf(count: number, ...works: readonly (() => void)[]): number[] {
  const best = works.map(() => Infinity);
  for (let turn = 0; turn < 6; turn += 1) {
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      work();
      best[i] = Math.min(best[i] ?? Infinity, performance.now() - start);
    }
  }
  return best.map((time) => (count / time) * 1_000);
}

async function measureVerifying(
  rounds: readonly SignedRequest[][],
  digests: readonly Uint8Array[],
  note: (line: string) => void,
): Promise<Figure[]> {
  const requests = rounds.flat();
  const domain = requests[0]?.[0].toSign.domain ?? {};
  const vouchers = requests.map(([{ cardId, cumulative, receipt }, signature]) => {
    const bytes = getBytes(signature);
    const parity = (bytes[64] ?? 27) - 27;
    const compact = bytes.slice(0, 64);
    const vs = compact.slice(32);
    vs[0] = (vs[0] ?? 0) | (parity << 7);
    return { cardId, cumulative, receipt, r: hexlify(compact.slice(0, 32)), vs: hexlify(vs), compact, parity };
  });
  const all = (verifier: Verifier, some: typeof vouchers) => () => {
    if (verifier.verifyAll(some).includes(false)) throw new Error("A good voucher was refused.");
  };

  note("till: checking signatures natively ...");
  const publicKey = new Uint8Array(65);
  const native = await Verifier.create(domain);
  const recoverAll = (): void => {
    for (const [i, { compact, parity }] of vouchers.entries()) {
      secp256k1.ecdsaRecover(compact, parity, digests[i] ?? compact, false, publicKey);
    }
  };
  const figures: Figure[] = [];
  if (native.native) {
    const hashedByEthers = await Verifier.create(domain, { wasm: false });
    const [value = 0, slower = 0, bare = 0] = ratesOf(
      vouchers.length,
      all(native, vouchers),
      all(hashedByEthers, vouchers),
      recoverAll,
    );
    const limit = { what: "libsecp256k1's recover alone", value: bare };
    figures.push({
      what: "vouchers verified, one core",
      value,
      unit: "per second",
      limit,
    });
    figures.push({ what: "the same, hashed by ethers", value: slower, unit: "per second", limit });
  }

  note("till: checking signatures in WebAssembly and in JavaScript ...");
  const some = vouchers.slice(0, 100);
  const wasm = await Verifier.create(domain, { native: false });
  const slow = await Verifier.create(domain, { native: false, wasm: false });
  const recoverSome = (): void => {
    for (const [i, { r, vs, parity }] of some.entries()) {
      const s = hexlify(getBytes(vs).map((byte, place) => (place === 0 ? byte & 0x7f : byte)));
      SigningKey.recoverPublicKey(digests[i] ?? "0x", { r, s, v: 27 + parity });
    }
  };
  const [quick = 0, slowly = 0, slowBare = 0] = ratesOf(some.length, all(wasm, some), all(slow, some), recoverSome);
  figures.push({ what: "the same in WebAssembly, as in browsers", value: quick, unit: "per second" });
  const limit = { what: "ethers' recover alone", value: slowBare };
  figures.push({
    what: "the same in JavaScript alone",
    value: slowly,
    unit: "per second",
    limit,
  });
  return figures;
}

/** The limit of signature arithmetic, measured with the first figure. */
function recoverLimit(figures: readonly Figure[]): Limit {
  const limit = figures[0]?.limit;
  if (limit === undefined) throw new Error("Verifying is measured first.");
  return limit;
}

async function measureAccepting(
  name: string,
  shop: Shop,
  store: TillStore,
  rounds: readonly SignedRequest[][],
  syncs: Limit,
  arithmetic: Limit,
): Promise<Figure[]> {
  const { till } = await openCounter(shop, { store });
  for (const [{ cardId }] of rounds[0] ?? []) await till.refresh(cardId);
  const accept = ([request, signature]: SignedRequest): ReturnType<Till["accept"]> => till.accept(request, signature);

  const single = rounds.slice(0, ONE_BY_ONE).flat();
  let start = performance.now();
  for (const round of single) await accept(round);
  const oneByOne = (single.length / (performance.now() - start)) * 1_000;

  const rest = rounds.slice(ONE_BY_ONE);
  start = performance.now();
  for (const round of rest) await Promise.all(round.map(accept));
  const atOnce = ((rest.length * CARDS) / (performance.now() - start)) * 1_000;
  await store.close();
  return [
    { what: `accepted durably into ${name}, one by one`, value: oneByOne, unit: "per second", limit: syncs },
    { what: `the same, ${CARDS} at once`, value: atOnce, unit: "per second", limit: arithmetic },
  ];
}

/** Small writes a second that reach the disk. */
function syncRate(folder: string): number {
  const file = openSync(path.join(folder, "sync"), "a");
  const page = Buffer.alloc(4_096, 1);
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < 1_000) {
    writeSync(file, page);
    fsyncSync(file);
    count += 1;
  }
  closeSync(file);
  return (count / (performance.now() - start)) * 1_000;
}

/** Starts a PostgreSQL server; `undefined` if none is installed. */
async function startServer() {
  const missing = new Error("PostgreSQL is not installed.");
  const context = {
    skip: (): never => {
      throw missing;
    },
  };
  try {
    // All it asks of the context is to skip.
    return await startPostgres(context as unknown as Mocha.Context);
  } catch (error) {
    if (error === missing) return undefined;
    throw error;
  }
}
