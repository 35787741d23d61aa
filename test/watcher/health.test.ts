import type { Server } from "node:http";

import { expect } from "chai";

import { HealthPortError, HealthServer } from "../../src/node/index.js";
import { MemoryStore, Subscription } from "../../src/watcher/index.js";
import type { Health } from "../../src/node/index.js";
import { buyCard } from "../helpers/actions.js";
import { networkHelpers } from "../helpers/chain.js";
import { deployShop } from "../helpers/fixture.js";
import { rowsOf, page, section } from "../helpers/markdown.js";
import { FaultyNode } from "./faulty.js";
import { Receiver, SECRET } from "./receiver.js";
import { fork, mineOthers, quick, truth } from "./watching.js";

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("The condition did not hold in time.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("Health and metrics of a subscription", () => {
  it("outlive connections that cannot be taken, of which there are too many for the system", async () => {
    const health = await HealthServer.open({ port: 0 });
    const { server } = health as unknown as { readonly server: Server };
    for (let i = 0; i < 3; i += 1) server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect((await fetch(`http://127.0.0.1:${health.port}/health`)).status).to.equal(503);
    await health.close();
  });

  it("have the position, the fault, and the count of deliveries", async () => {
    const shop = await networkHelpers.loadFixture(deployShop);
    const keys = await truth(shop, 0);
    const node = new FaultyNode();
    const receiver = await Receiver.start();
    receiver.reply = (_, count) => ({ status: count === 1 ? 500 : 204 });
    const health = await HealthServer.open({ port: 0 });
    const url = `http://127.0.0.1:${health.port}`;
    const ask = async (): Promise<{ status: number; body: Health }> => {
      const answer = await fetch(`${url}/health`);
      return { status: answer.status, body: (await answer.json()) as Health };
    };
    expect(await ask()).to.deep.equal({
      status: 503,
      body: { healthy: false, problems: ["Watching has not begun."] },
    });

    const abort = new AbortController();
    const subscription = await Subscription.open({
      ...quick,
      provider: node,
      contracts: { escrow: await shop.escrow.getAddress() },
      fromBlock: 0,
      store: new MemoryStore(),
      endpoints: [{ name: "desk", url: receiver.url, secret: SECRET, firstWait: 1, longestWait: 2 }],
      signal: abort.signal,
      onDelivery: health.onDelivery,
    });
    health.attach(subscription);
    const running = subscription.run();
    try {
      await until(async () => receiver.taken.size === keys.length && (await ask()).body.readers[0]?.waiting === 0);
      const head = await networkHelpers.time.latestBlock();
      const { status, body } = await ask();
      expect(status).to.equal(200);
      expect(body).to.deep.include({ healthy: true, problems: [], chainId: "31337", head, position: head, lag: 0 });
      expect(body).to.deep.include({ readers: [{ name: "webhook desk", waiting: 0 }], deadLetters: 0 });

      const metrics = await fetch(`${url}/metrics`);
      expect(metrics.headers.get("content-type")).to.match(/^text\/plain; version=/);
      const text = await metrics.text();
      const valueOf = (name: string): number =>
        Number(new RegExp(`^prepaid_escrow_watch_${name} (\\S+)$`, "m").exec(text)![1]);
      expect(valueOf("position_block")).to.equal(head);
      expect(valueOf("events")).to.equal(keys.length);
      expect(valueOf("requests_total")).to.be.above(10);
      expect(valueOf("request_failures_total")).to.equal(0);
      expect(valueOf('deliveries_total{endpoint="desk",outcome="delivered"}')).to.equal(keys.length);
      expect(valueOf('deliveries_total{endpoint="desk",outcome="failed"}')).to.equal(1);
      expect(valueOf('delivery_seconds_count{endpoint="desk"}')).to.equal(keys.length + 1);
      expect(valueOf('reader_waiting{reader="webhook desk"}')).to.equal(0);

      // What the page about watching lists is what there is.
      const listed = rowsOf(section(page("docs/watching.md"), "Metrics")).map(([name]) => name!.replaceAll("`", ""));
      const served = [...text.matchAll(/^# HELP (\S+) /gm)].map(([, name]) => name!);
      expect(listed).to.have.members(served);

      node.fault = () => Promise.reject(new Error("connection refused"));
      await until(async () => (await ask()).status === 503);
      expect((await ask()).body.problems).to.deep.equal(["The node fails (connection refused)."]);
      node.fault = (undefined as FaultyNode["fault"])!;
      await until(async () => (await ask()).status === 200);

      const back = await fork();
      await buyCard(shop, { program: shop.programs.count });
      const delivered = receiver.taken.size + (await truth(shop, 0)).length - keys.length;
      await until(() => receiver.taken.size === delivered);
      await back();
      await mineOthers(2, 1);
      await until(() => receiver.taken.size === 2 * delivered - keys.length);
      const after = await (await fetch(`${url}/metrics`)).text();
      expect(after).to.match(/^prepaid_escrow_watch_reorgs_total 1$/m);
      expect(after).to.match(new RegExp(`^prepaid_escrow_watch_removed_total ${delivered - keys.length}$`, "m"));
      expect(Number(/^prepaid_escrow_watch_request_failures_total (\d+)$/m.exec(after)![1])).to.be.above(0);

      expect((await fetch(`${url}/`)).status).to.equal(404);
      expect((await fetch(`${url}/health`, { method: "POST" })).status).to.equal(405);
    } finally {
      abort.abort();
      await running;
      await health.close();
      await receiver.close();
    }
  });

  it("cannot be served at a port that is taken, with an error that names it", async () => {
    const first = await HealthServer.open({ port: 0 });
    const failure: unknown = await HealthServer.open({ port: first.port }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(HealthPortError);
    expect(failure).to.deep.include({ host: "127.0.0.1", port: first.port });
    await first.close();
  });
});
