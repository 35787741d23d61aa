import { seedOfRun } from "../helpers/random.js";
import { Tally, playLife } from "./life.js";

describe("random lives", () => {
  const seed = seedOfRun();
  it(`life (SEED=${seed})`, async function () {
    this.timeout(0);
    const tally = new Tally();
    const t = Date.now();
    for (let n = 0n; Date.now() - t < Number(process.env.SECS ?? 10) * 1000; n++) {
      try { await playLife(seed + n, { calls: 250, every: 50, tally }); } catch (e) { console.log((e as Error).message.slice(0, 6000)); break; }
    }
    console.log(tally.lives, tally.sent, tally.accepted, Date.now() - t);
    console.table([...tally.calls].map(([n, {sent, accepted}]) => ({n, sent, accepted, share: Math.round(100*accepted/sent)})));
    console.table([...tally.statuses].map(([n, {sent, accepted}]) => ({n, sent, accepted, share: Math.round(100*accepted/sent)})));
    console.table([...tally.refusals].sort((a, b) => b[1] - a[1]));
  });
});
