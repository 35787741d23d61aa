import { expect } from "chai";

import { dayOnChain, warningsOnChain } from "./chain.js";
import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

/** The demo of `npm start`, played by clicking: a holder in one browser, the other party in another. */
for (const [name, viewport] of [
  ["desktop", DESKTOP],
  ["phone", PHONE],
] as const) {
  describe(`Demo on a ${name}`, () => {
    let site: Site;
    let holder: Person;
    let other: Person;

    before(async () => {
      site = await openSite();
      holder = await Person.enter(site, viewport);
      other = await Person.enter(site, viewport);
      await holder.connect();
      await other.connect();
    });
    after(async () => {
      await site.close();
    });
    afterEach(() => {
      expect(holder.complaints, "what the holder's page complained of").to.deep.equal([]);
      expect(other.complaints, "what the other page complained of").to.deep.equal([]);
    });

    it("shows a program's rights and sells a card with a permit", async () => {
      await holder.become("Li Na");
      await holder.goTo("/buy/2/3");
      await holder.panel("Your rights").getByText("7 days to change your mind").waitFor();
      await holder.button(/^Buy for 1,200.00/).click();
      // The wallet shows what is signed: a permit, then the purchase.
      const dialog = holder.page.locator("dialog");
      await dialog.getByText("Permit", { exact: true }).waitFor();
      await dialog.getByRole("button", { name: "Sign", exact: true }).click();
      await dialog.getByText("buyWithPermit").waitFor();
      await dialog.getByRole("button", { name: "Send", exact: true }).click();
      await holder.page.locator("a.card-face", { hasText: "20 of 20 visits left" }).waitFor();
    });

    it("serves a visit: asked at the till, signed by the holder, taken, and kept over a reload", async () => {
      await other.become("Glow Hair Studio", "operator");
      await other.goTo("/shop/2/till");
      await other.page.getByLabel(/The card's code/).fill("Li Na");
      await other.page.getByRole("button", { name: /^Li Na · 20 cuts/ }).click();
      await other.page.getByLabel("Visits").fill("2");
      await other.page.getByLabel("What is consumed").fill("two cuts");
      await other.button("Ask for the signature").click();
      const link = await other.page.locator("[data-link=visit]").innerText();

      await holder.goTo(new URL(link).hash.slice(1));
      await holder.page.getByText("two cuts", { exact: true }).waitFor();
      await holder.page.getByText("18 visits").waitFor();
      expect(await holder.act(holder.button("Sign this visit"))).to.equal("done");
      const reply = await holder.page.locator("[data-link=signature]").innerText();
      expect(await holder.page.locator("main .alert.bad").count(), "alarms over what was signed").to.equal(0);
      await holder.page.reload();
      expect(await holder.page.locator("[data-link=signature]").innerText(), "after a reload").to.equal(reply);

      await other.page.getByLabel("Link with the holder's signature").fill(reply);
      await other.button("Take it").click();
      await other.page.locator("[data-till=accepted]").waitFor();
      await other.goTo("/shop/2/book");
      await other.page.reload();
      await other.page.locator("[data-voucher]", { hasText: "Li Na" }).getByText("2 visits").waitFor();
    });

    it("settles the book beside its price of gas, and the holder's receipt is proved", async () => {
      await other.page.getByText(/ETH/).waitFor();
      expect(await other.act(other.button("Settle and be paid"))).to.equal("done");
      await other.page.getByText("Everything signed here is settled.").waitFor();

      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "18 of 20 visits left" }).click();
      await holder.panel("Receipts").getByText("settled and proved").waitFor();
    });

    it("lets the holder leave: quote, countdown, money", async () => {
      await holder
        .panel("Leave")
        .getByText(/^You are within the cooling-off period/)
        .waitFor();
      const leave = holder.panel("Leave");
      expect(await holder.act(holder.button("Ask to leave"), { where: leave })).to.equal("done");
      await leave.locator(".countdown").waitFor();
      await holder.pass(6);
      expect(await holder.act(holder.button(/^Have it paid: 1,080.00/), { where: leave })).to.equal("done");
      await holder.page.getByText("This card is closed; nothing is left on it.").first().waitFor();
    });

    it("moves a card with the shop's consent", async () => {
      await other.become("Zhou Jun");
      await other.goTo("/cards");
      await other.page.locator("a.card-face").first().click();
      const moving = other.panel(/^Moving|^Give the card/);
      await moving.waitFor();
      // Asked for seven days ago and not executed, the request of the scenario is due.
      expect(await other.act(other.button("Move it now"), { where: moving })).to.equal("done");
      await holder.become("Zhou Li");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "17 of 20 visits left" }).click();
      const mine = holder.panel("Give the card to somebody else");
      await mine.locator("summary").click();
      const back = site.stage.people.find(({ name: who }) => who === "Zhou Jun")?.address ?? "";
      await mine.getByLabel("Their address").fill(back);
      expect(await holder.act(holder.button("Move the card"), { where: mine })).to.equal("done");
      await other.become("Glow Hair Studio", "operator");
      await other.goTo("/shop/2/waiting");
      const waiting = other.panel(/^Zhou Li/);
      expect(await other.act(waiting.getByRole("button", { name: "Agree to the move" }), { where: waiting })).to.equal(
        "done",
      );
      await holder.button("Move it now").waitFor();
    });

    it("names who may move the cards should the phone be lost", async () => {
      await holder.goTo("/account");
      const friend = site.stage.people.find(({ name: who }) => who === "Li Na")?.address ?? "";
      await holder.page.getByLabel("Address of whom you trust").fill(friend);
      expect(await holder.act(holder.page.getByRole("button", { name: "Name this address" }))).to.equal("done");
      await holder.page.getByText("You have named").waitFor();
    });

    it("takes a complaint with evidence, and the association rules on both sides' evidence", async () => {
      await other.become("Consumer association", "association");
      await other.goTo("/watch/disputes");
      const dispute = other.panel(/^He Ping/);
      await dispute.getByText("closed on four evenings of seven").waitFor();
      await dispute.getByText("Rule", { exact: true }).click();
      await dispute.getByLabel("Decision and reasons").fill("opening hours cut by half");
      await dispute.getByLabel(/^Award/).fill("500");
      await other.act(dispute.getByRole("button", { name: "For the holder" }), { where: dispute });
      await dispute.waitFor({ state: "detached" });
      const second = other.panel(/^Gao Min/);
      await second.getByText("Rule", { exact: true }).click();
      await second.getByLabel("Decision and reasons").fill("taste is no defect");
      await other.act(second.getByRole("button", { name: "For the shop" }), { where: second });
      await second.waitFor({ state: "detached" });

      await holder.become("Li Na");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Pay 3,000" }).click();
      const complaint = holder.panel("Complain about the shop");
      await complaint.locator("summary").first().click();
      await complaint.getByLabel("What is wrong?").fill("the kitchen closes at six");
      expect(
        await holder.act(complaint.getByRole("button", { name: "Complain", exact: true }), {
          where: holder.page.locator("main"),
        }),
      ).to.equal("done");
      await other.panel(/^Li Na/).waitFor();
    });

    it("lets a shop contest an exit, which then waits for a ruling", async () => {
      await holder.become("Lin Yue");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "tea evenings" }).click();
      await holder.page.getByText(/The association can rule/).waitFor();
      expect(await holder.act(holder.button("Ask to leave"), { where: holder.panel("Leave") })).to.equal("done");
      await other.become("Moonlight Tea Garden", "operator");
      await other.goTo("/shop/4/waiting");
      const waiting = other.panel(/^Lin Yue/);
      await waiting.getByRole("button", { name: "Object" }).click();
      await waiting.getByLabel("Why do you object?").fill("sold as not refundable");
      await other.act(waiting.getByRole("button", { name: "Object before the association" }), { where: waiting });
      await waiting.getByText("contested").waitFor();
    });

    it("suspends a shop, whose payout is then refused with a reason, and lets it go on", async () => {
      await other.become("Regulator", "regulator");
      await other.goTo("/watch/merchant/2");
      const suspend = other.panel("Suspend");
      await suspend.locator("summary").click();
      await suspend.getByLabel("Grounds").fill("two complaints a day");
      await other.act(suspend.getByRole("button", { name: "Suspend" }), { where: other.page.locator("main") });
      await other.page.getByText(/^Suspended until/).waitFor();
      await holder.become("Li Na");
      await holder.goTo("/buy/2/3");
      await holder.page.getByText("not on sale").waitFor();
      await other.act(other.button("Let it go on"));
      await other.page.getByText("active", { exact: true }).first().waitFor();
    });

    it("flags a default, and refunds every card of the shop that ran away, in batches", async () => {
      await other.goTo("/watch/merchant/3");
      await other.page.locator("figcaption").waitFor();
      await other.button("Refund 122 cards").click();
      await other.page.getByText(/122 of 122 cards, 2\d\d,\d\d\d\.\d\d TCNY refunded/).waitFor({ timeout: 60_000 });
      await other.goTo("/watch/merchant/5");
      const flag = other.panel("Flag a default");
      await flag.locator("summary").click();
      await flag.getByLabel(/^No service since/).fill(new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
      await flag.getByLabel("Grounds").fill("boiler sold, owner abroad");
      await other.act(flag.getByRole("button", { name: "Flag the default" }), { where: other.page.locator("main") });
      await other.page.getByText(/^Flagged. Signed visits/).waitFor();
    });

    it("publishes claims on a deposit and has them paid at one rate", async () => {
      const people = site.stage.people.filter(({ role }) => role === "consumer").slice(0, 3);
      await other.become("Consumer association", "association");
      await other.goTo("/watch/deposit/5");
      const list = people.map(({ address }, i) => `${address} ${90_000 + i}`).join("\n");
      const claims = other.panel("Claims after a default");
      await claims.getByLabel(/^List/).fill(list);
      expect(await other.act(claims.getByRole("button", { name: "Publish" }), { where: claims })).to.equal("done");
      await other.pass(15);
      await other.button("Have the claims paid").and(other.page.locator(":enabled")).waitFor();
      await other.act(other.button("Have the claims paid"), { where: claims });
      await claims
        .getByText(/^1[45]\d,\d\d\d\.\d\d TCNY$/)
        .first()
        .waitFor();
    });

    it("closes a shop in order", async () => {
      await other.become("Harbour Noodle House", "owner");
      await other.goTo("/shop/1");
      const ending = other.panel("Close the shop in order");
      await ending.locator("summary").click();
      await ending.getByLabel("Last day of service").fill(await dayOnChain(site, 5));
      await other.act(ending.getByRole("button", { name: "Begin to close" }), { where: other.page.locator("main") });
      await other.panel("Closing in order").waitFor();
    });

    it("shows every warning on chain in the feed, once and in order", async () => {
      await other.goTo("/watch");
      await other.page.locator("[data-feed=live]").waitFor();
      const shown = await other.page
        .locator("[data-warning]")
        .evaluateAll((entries) => entries.map((entry) => entry.getAttribute("data-warning") ?? ""));
      const logs = await warningsOnChain(site);
      expect(shown).to.deep.equal(logs.reverse());
    });
  });
}
