import { expect } from "chai";
import { BrowserProvider } from "ethers";
import type { Locator } from "playwright-core";

import { EscrowClient } from "../../src/client/client.js";
import { contracts, dayOnChain } from "./chain.js";
import { DESKTOP, PHONE, Person, openSite } from "./site.js";
import type { Site } from "./site.js";

/** What the demo leaves out: every other page and action, in the order in which time passes. */
describe("Pages", () => {
  let site: Site;
  let holder: Person;
  let other: Person;
  /** Where the card of a lost wallet is looked at. */
  let lost: string;

  before(async () => {
    site = await openSite();
    holder = await Person.enter(site, PHONE);
    other = await Person.enter(site, DESKTOP);
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

  const addressOf = (name: string): string => site.stage.people.find((person) => person.name === name)?.address ?? "";
  /** A figure of the page by its name. */
  const figure = (person: Person, name: string): Locator =>
    person.page.locator("main .figures > div").filter({ has: person.page.getByText(name, { exact: true }) });
  /** Opens a folded form of the page. */
  const open = async (person: Person, title: string): Promise<Locator> => {
    const form = person.panel(title);
    await form.waitFor();
    if ((await form.getAttribute("open")) === null) await form.locator("summary").first().click();
    return form;
  };
  /** Number of a policy with a fee, which a page adds. */
  let withFees = 0;
  const press = (form: Locator, name: string): Locator => form.getByRole("button", { name, exact: true });

  describe("Deposit register", () => {
    it("takes an owner's report of a higher balance at once", async () => {
      await other.become("Jade Spring Baths", "owner");
      await other.goTo("/watch/deposit/5");
      await figure(other, "Reported balance").getByText("610,000.00 TCNY").waitFor();
      const form = await open(other, "Report the balance");
      await form.getByLabel("Balance of cards sold outside the escrow").fill("700000");
      await form.getByLabel("What it is based on").fill("the books of November");
      expect(await other.act(press(form, "Report"), { where: form })).to.equal("done");
      await figure(other, "Reported balance").getByText("700,000.00 TCNY").waitFor();
    });

    it("shows from when a lower balance of the owner's acts, and that the auditor's ends it", async () => {
      const form = await open(other, "Report the balance");
      const report = async (amount: string): Promise<void> => {
        await form.getByLabel("Balance of cards sold outside the escrow").fill(amount);
        await form.getByLabel("What it is based on").fill(`counted: ${amount}`);
        expect(await other.act(press(form, "Report"), { where: form })).to.equal("done");
      };
      await report("650000");
      const lower = other.page.getByText(/^The owner's lower balance of 650,000.00 TCNY acts from/);
      await lower.waitFor();
      await other.become("Auditor", "reporter");
      await report("700000");
      await lower.waitFor({ state: "detached" });
      await figure(other, "Reported balance").getByText("700,000.00 TCNY").waitFor();
      await other.become("Jade Spring Baths", "owner");
    });

    it("takes what the owner pays in", async () => {
      await figure(other, "Deposit").getByText("110,000.00 TCNY").waitFor();
      const form = await open(other, "Pay into the deposit");
      await form.getByLabel("Amount").fill("5,000");
      expect(await other.act(press(form, "Pay in"), { where: form })).to.equal("failed");
      await form.getByLabel("Amount").fill("5000");
      expect(await other.act(press(form, "Pay in"), { where: form })).to.equal("done");
      await figure(other, "Deposit").getByText("115,000.00 TCNY").waitFor();
      const out = await open(other, "Take out what is not required");
      await out.getByLabel("Amount").fill("1");
      expect(await other.act(press(out, "Take out"), { where: out })).to.equal("failed");
      await out.getByText(/would be left of the deposit/).waitFor();
    });

    it("lets the named surety add to what it stands for, and not take it back before its end", async () => {
      await other.become("Harbour Bank", "surety");
      const form = await open(other, "Stand surety");
      await form.getByLabel(/^Amount/).fill("1000");
      await form.getByLabel("Until").fill(await dayOnChain(site, 400));
      expect(await other.act(press(form, "Place"), { where: form })).to.equal("done");
      await figure(other, "Surety counted").getByText("41,000.00 TCNY").waitFor();
      const back = await open(other, "Take the surety back");
      await back.getByLabel("To").fill(addressOf("Harbour Bank"));
      expect(await other.act(press(back, "Take back"), { where: back })).to.equal("failed");
      await back
        .getByText(/surety/i)
        .last()
        .waitFor();
    });

    it("takes the regulator's rule, and lists who is short of it", async () => {
      await other.become("Regulator", "regulator");
      const form = await open(other, "Set the rule");
      await form.getByLabel(/^Share in basis points/).fill("5000");
      await form.getByLabel(/^Days between two reports/).fill("90");
      await form.getByLabel("Deposit complete by").fill(await dayOnChain(site, 30));
      expect(await other.act(press(form, "Set"), { where: form })).to.equal("done");
      await figure(other, "Required").getByText("309,000.00 TCNY").waitFor();
      await form.getByLabel(/^Share in basis points/).fill("4500");
      expect(await other.act(press(form, "Set"), { where: form })).to.equal("done");
      await other.page.getByText(/^A rule that asks less somewhere acts from .* 45 % of the whole balance/).waitFor();
      await other.goTo("/watch/deposits");
      const row = other.page.locator(".grid-row").filter({ hasText: "Jade Spring Baths" });
      await row.getByText("309,000.00 TCNY").waitFor();
      await row.getByText("short", { exact: true }).waitFor();
      await other.goTo("/watch/merchants");
      const merchant = other.page.locator(".grid-row").filter({ hasText: "Jade Spring Baths" });
      await merchant.getByText("short", { exact: true }).waitFor();
      await other.goTo("/watch/deposits");
      const [file] = await Promise.all([
        other.page.waitForEvent("download"),
        other.page.getByRole("button", { name: "Save as CSV" }).click(),
      ]);
      expect(file.suggestedFilename()).to.equal("deposits.csv");
      await other.page.getByRole("searchbox").fill("nobody of this name");
      await row.waitFor({ state: "detached" });
      await other.page.getByRole("searchbox").fill("jade");
      await row.getByRole("link").click();
      await figure(other, "Deposit complete by").waitFor();
    });
  });

  describe("Shop", () => {
    it("settles alone and pays out alone", async () => {
      await other.become("Harbour Noodle House", "operator");
      await other.goTo("/shop/1/book");
      await other.page.locator("[data-voucher]").getByText("310.00 TCNY").first().waitFor();
      expect(await other.act(other.button("Settle all"))).to.equal("done");
      await other.page.getByText("Everything signed here is settled.").waitFor();
      await other.goTo("/shop/1");
      await figure(other, "To be paid out").getByText("310.00 TCNY").waitFor();
      expect(await other.act(other.button("Pay out 310.00 TCNY"))).to.equal("done");
      await figure(other, "To be paid out").getByText("0.00 TCNY", { exact: true }).waitFor();
    });

    it("publishes a pass, which a holder buys", async () => {
      await other.become("Glow Hair Studio", "owner");
      await other.goTo("/shop/2/programs");
      const form = await open(other, "Publish a program");
      await form.getByLabel("Kind").selectOption("Pass");
      await form.getByLabel("Name").fill("Forty days of washing");
      await form.getByLabel("Price", { exact: true }).fill("400");
      await form.getByLabel("Days").fill("40");
      expect(await other.act(press(form, "Publish"), { where: form })).to.equal("done");
      await other.page.getByText("Forty days of washing").waitFor();
      await holder.become("Sun Lei");
      await holder.goTo("/buy/2");
      await holder.page.getByRole("link", { name: /^Forty days of washing/ }).click();
      expect(await holder.act(holder.button(/^Buy for 400.00/))).to.equal("done");
      await holder.page.locator("a.card-face", { hasText: "Forty days of washing" }).waitFor();
    });

    it("names what was published from the page on pages that follow no events, too", async () => {
      await holder.page.reload();
      await holder.page.locator("a.card-face", { hasText: "Forty days of washing" }).waitFor();
    });

    it("enables a till and disables it", async () => {
      await other.goTo("/shop/2");
      const tills = other.panel("Tills");
      await tills.getByLabel("Address of a till's wallet").fill(addressOf("Chen Jie"));
      expect(await other.act(press(tills, "Enable"), { where: tills })).to.equal("done");
      const till = tills.locator("li").filter({ hasText: "Chen Jie" });
      await till.waitFor();
      expect(await other.act(press(till, "Disable"), { where: tills })).to.equal("done");
      await till.waitFor({ state: "detached" });
    });
  });

  describe("Policies", () => {
    it("adds one from those the package knows, with numbers changed", async () => {
      await other.become("Regulator", "regulator");
      await other.goTo("/watch/policies");
      await other.page.locator("[data-policy]").first().waitFor();
      const before = await other.page.locator("[data-policy]").count();
      const form = await open(other, "Add a policy");
      await form.getByLabel("Begin with").selectOption("CN-WEIHAI-2021");
      await form.getByLabel("And over it").selectOption("CN-SH-2019");
      await form.getByText("In force from 2021-09-28 to 2024-04-30").waitFor();
      await form.getByText("CN-SH-2019 is no longer in force: it ended on 2024-04-30.").waitFor();
      await form.getByLabel("And over it").selectOption("CN-SPC-2025");
      await form.getByText("In force from 2025-05-01").waitFor();
      expect(await form.locator("[data-force]").count()).to.equal(0);
      await form.getByLabel("Days until a request to leave is paid").fill("0");
      expect(await other.act(press(form, "Add the policy"), { where: form })).to.equal("failed");
      await form
        .locator("[data-error=PresetFieldError]")
        .getByText(/allowed: 1 to 30 days/)
        .waitFor();
      await form.getByLabel("Days until a request to leave is paid").fill("3");
      await form.getByLabel(/^Most on a named card in CNY/).fill("6000.50");
      await form.getByLabel("Fee for leaving, in basis points of the price").fill("1000");
      await form.getByLabel(/^Largest fee for leaving in CNY/).fill("12.50");
      expect(await other.act(press(form, "Add the policy"), { where: form })).to.equal("done");
      await form.getByText(`It is policy ${before + 1}.`).waitFor();
      const added = other.page.locator(`[data-policy="${before + 1}"]`);
      await added.getByText(/paid 3 days after asking · 7 days to change one's mind/).waitFor();
      const client = await EscrowClient.connect(new BrowserProvider(site.stage.connection.provider), {
        escrow: contracts(site).escrow,
      });
      const policy = await client.policy(BigInt(before + 1));
      expect([policy.maxNamed, policy.maxBearer]).to.deep.equal([6_000_500_000n, 1_000_000_000n]);
      expect([policy.feePriceBps, policy.feeMax]).to.deep.equal([1_000n, 12_500_000n]);
      withFees = before + 1;
      await added.locator("summary").click();
      await added.getByText("Largest fee for leaving").waitFor();
      await added.getByText("12.50 TCNY").waitFor();
    });

    it("is what a merchant is registered under, and put under later", async () => {
      await other.goTo("/watch/merchants");
      const form = await open(other, "Register a merchant");
      await form.getByLabel("Name").fill("Quay Laundry");
      await form.getByLabel("Owner's address").fill(addressOf("Chen Jie"));
      await form.getByLabel("Payout address").fill(addressOf("Chen Jie"));
      await form.getByLabel("Policy number").fill("1");
      await form.getByLabel(/^Ceiling in whole tokens/).fill("50000");
      expect(await other.act(press(form, "Register"), { where: form })).to.equal("done");
      await other.page.getByRole("searchbox").fill("laundry");
      await other.page.getByRole("link", { name: "Quay Laundry" }).click();
      const moving = await open(other, "Put under another policy");
      await moving.getByLabel("Policy number").fill("2");
      expect(await other.act(press(moving, "Put under it"), { where: moving })).to.equal("done");
      await other.panel("Who and what").getByRole("link", { name: "2", exact: true }).click();
      await other.page.locator("[data-policy]").first().waitFor();
    });

    it("with a fee shows it to who buys and to who leaves, unless the shop takes none", async () => {
      await other.goTo("/watch/merchants");
      await other.page.getByRole("searchbox").fill("laundry");
      await other.page.getByRole("link", { name: "Quay Laundry" }).click();
      const moving = await open(other, "Put under another policy");
      await moving.getByLabel("Policy number").fill(String(withFees));
      expect(await other.act(press(moving, "Put under it"), { where: moving })).to.equal("done");
      await other.become("Chen Jie");
      await other.goTo("/shop/7/programs");
      for (const [name, free] of [
        ["Ten washes", false],
        ["Ten washes without a fee", true],
      ] as const) {
        const form = await open(other, "Publish a program");
        await form.getByLabel("Name").fill(name);
        await form.getByLabel("Price", { exact: true }).fill("100");
        await form.getByLabel("Number of visits").fill("10");
        if (free) await form.getByLabel(/^Take no fee for leaving/).check();
        expect(await other.act(press(form, "Publish"), { where: form })).to.equal("done");
        await other.page.getByText(name, { exact: true }).waitFor();
      }
      await holder.become("Sun Lei");
      const fee = holder.page.getByText(/The shop keeps a fee: 10 % of the price, at most 12.50 TCNY/);
      for (const [name, shown] of [
        ["Ten washes", 1],
        ["Ten washes without a fee", 0],
      ] as const) {
        await holder.goTo("/buy/7");
        await holder.page
          .getByRole("link", { name: new RegExp(`^${name}`) })
          .first()
          .click();
        await holder.panel("Your rights").waitFor();
        expect(await fee.count()).to.equal(shown);
      }
      await holder.goTo("/buy/7");
      await holder.page
        .getByRole("link", { name: /^Ten washes/ })
        .first()
        .click();
      expect(await holder.act(holder.button(/^Buy for 100.00/))).to.equal("done");
      await holder.page.locator("a.card-face", { hasText: "Ten washes" }).click();
      await holder.page.getByText(/^You can change your mind until/).waitFor();
      const complaint = await open(holder, "Complain about the shop");
      await complaint.getByText(/leaving pays as much as a complaint could/).waitFor();
      expect(await complaint.getByLabel("What is wrong?").count()).to.equal(0);
    });

    it("lets the regulator look at a merchant's warnings anew", async () => {
      await other.become("Regulator", "regulator");
      await other.goTo("/watch/merchant/2");
      const warnings = other.panel("Warnings that are up");
      expect(await other.act(press(warnings, "Look at the figures anew"), { where: warnings })).to.equal("done");
      await other.goTo("/watch/policies");
    });

    it("shows who may add one", async () => {
      await other.become("Li Na");
      await other.page.reload();
      const form = await open(other, "Add a policy");
      expect(await other.act(press(form, "Add the policy"), { where: form })).to.equal("failed");
      await form.getByText("REGULATOR").waitFor();
    });
  });

  describe("A holder without money for fees", () => {
    const poor: string[] = [];
    const emptied = async (name: string): Promise<void> => {
      poor.push(name);
      await fees(name, "0x0");
      await holder.become(name);
    };
    const fees = async (name: string, wei: string): Promise<void> => {
      const params = [addressOf(name), wei];
      await site.stage.connection.provider.request({ method: "hardhat_setBalance", params });
    };
    after(async () => {
      for (const name of poor) await fees(name, "0xde0b6b3a7640000");
    });
    /** Signs for somebody else to send; answers the link's place in the page. */
    const signed = async (form: Locator, button: string): Promise<string> => {
      const relay = form.locator("details").filter({ hasText: /^No money for fees/ });
      await relay.locator("summary").click();
      expect(await holder.act(press(relay, button), { where: relay })).to.equal("done");
      return new URL(await relay.locator("[data-link=relay]").innerText()).hash.slice(1);
    };

    it("signs a request to leave, which somebody else sends once", async () => {
      await emptied("Sun Lei");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Pay 3,000" }).click();
      const leave = holder.panel("Leave");
      expect(await holder.act(press(leave, "Ask to leave"), { where: leave })).to.equal("failed");
      await leave.locator("[data-error=GasMoneyShortError]").waitFor();
      const link = await signed(leave, "Sign the request to leave");
      await other.become("Chen Jie");
      await other.goTo(link);
      const request = other.panel("A request to leave");
      await request.getByText("Sun Lei").waitFor();
      expect(await other.act(press(request, "Send it"), { where: request })).to.equal("done");
      await press(leave, "Stay after all").waitFor();
      await other.goTo("/cards");
      await other.goTo(link);
      expect(await other.act(press(request, "Send it"), { where: request })).to.equal("failed");
      await request.locator("[data-error=RevertError]").waitFor();
    });

    it("signs a complaint with its evidence", async () => {
      await emptied("Qian Rui");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "10 baths" }).click();
      const complaint = await open(holder, "Complain about the shop");
      await complaint.getByLabel("What is wrong?").fill("the water is cold");
      const link = await signed(complaint, "Sign the complaint");
      await other.goTo(link);
      const request = other.panel("A complaint");
      await request.getByText("Qian Rui").waitFor();
      await request.getByText("hash").waitFor();
      expect(await other.act(press(request, "Send it"), { where: request })).to.equal("done");
      await holder
        .panel("Complaint")
        .getByText(/^The association decides by/)
        .waitFor();
      await other.goTo("/watch/disputes");
      await other.panel(/^Qian Rui/).waitFor();
    });

    it("signs the payment for a card", async () => {
      await emptied("Gao Min");
      await holder.goTo("/buy/2/3");
      const buying = holder.panel(/^Buy$/);
      const link = await signed(buying, "Sign the payment");
      await other.goTo(link);
      const purchase = other.panel("A purchase");
      await purchase.getByText("1,200.00 TCNY").waitFor();
      await purchase.getByText("Glow Hair Studio").waitFor();
      expect(await other.act(press(purchase, "Send it"), { where: purchase })).to.equal("done");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "20 of 20 visits left" }).waitFor();
    });

    it("sees that a link was cut, or changed", async () => {
      await other.goTo("/send/1~31337");
      await other.page.locator("main [data-error=InvalidInputError]").waitFor();
      await other.goTo(`/send/1~1~0x${"11".repeat(20)}~requestExitWithSignature~0x${"22".repeat(32)}~5~0x33`);
      await other.page.locator("main [data-error=WrongNetworkError]").waitFor();
    });
  });

  describe("A lost wallet", () => {
    it("is named somebody, who asks for its card to be moved", async () => {
      await holder.become("Li Na");
      await holder.goTo("/account");
      await holder.page.getByLabel("Address of whom you trust").fill(addressOf("Wang Fang"));
      expect(await holder.act(holder.page.getByRole("button", { name: "Name this address" }))).to.equal("done");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Pay 3,000" }).click();
      await holder.page.getByText("Show the card at the till").click();
      const card = await holder.page.evaluate(() => location.href);
      lost = new URL(card).hash.slice(1);
      await other.become("Wang Fang");
      await other.goTo("/account");
      await other.page.getByLabel("Card, its id or link").fill(card);
      await other.page.getByLabel("New address").fill(addressOf("Qian Rui"));
      expect(await other.act(other.button("Ask for the move"))).to.equal("done");
      const moving = holder.panel("Moving");
      await moving.getByText("Qian Rui").waitFor();
      await moving.getByText("Keep the card if your key is not lost.").waitFor();
    });
  });

  describe("After ten days", () => {
    it("counts the time of passes, which the shop is then paid for", async () => {
      await other.pass(10);
      await other.become("Glow Hair Studio", "operator");
      await other.goTo("/shop/2/cards");
      expect(await other.act(other.button("Count the time of 1 pass"))).to.equal("done");
      await other.page.getByRole("searchbox").fill("forty days");
      // Ten days less the seven that the shop waits, of forty for 400.
      await other.page
        .locator(".grid-row")
        .getByText(/^(29\.9|30\.0)\d TCNY$/)
        .waitFor();
    });

    it("extends passes at the shop's hands, and takes a complaint about one", async () => {
      const form = await open(other, "Extend all passes");
      await form.getByLabel("Days").fill("30");
      expect(await other.act(press(form, "Extend"), { where: form })).to.equal("done");
      await holder.become("Sun Lei");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Forty days of washing" }).click();
      await holder.page.getByText(/^Bought for 400.00 TCNY; it runs from/).waitFor();
      expect(await holder.page.getByText(/^You can change your mind until/).count()).to.equal(0);
      const complaint = await open(holder, "Complain about the shop");
      await complaint.getByLabel("What is wrong?").fill("the machines are broken");
      expect(await holder.act(press(complaint, "Complain"), { where: holder.page.locator("main") })).to.equal("done");
    });

    it("shows the fee that leaving costs after cooling-off", async () => {
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Ten washes" }).click();
      await holder.page.getByText(/a fee of 10.00 TCNY stays with the merchant/).waitFor();
      await holder.page.locator("dl.legend").getByText("Fee for leaving").waitFor();
    });
  });

  describe("After thirty-one days", () => {
    before(async () => {
      await other.pass(21);
    });

    it("pays an exit that was contested and not ruled on, whoever asks", async () => {
      await other.become("Sun Lei");
      await other.goTo("/watch/disputes");
      const dispute = other.panel(/^Tang Wei/);
      await dispute.getByText("Not ruled on in time; anyone may execute it.").waitFor();
      expect(await other.act(press(dispute, "Execute"), { where: dispute })).to.equal("done");
      await dispute.waitFor({ state: "detached" });
      await holder.become("Tang Wei");
      await holder.goTo("/cards");
      await holder.page
        .getByText(/closed/i)
        .first()
        .waitFor();
    });

    it("pays a complaint that nobody ruled on to its holder, and lets the shop end one that is not carried out", async () => {
      await holder.become("He Ping");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "tea evenings" }).click();
      const leave = holder.panel("Leave");
      expect(await holder.act(holder.button("Nobody has ruled: have it paid"), { where: leave })).to.equal("done");
      await holder.page.getByText("This card is closed; nothing is left on it.").first().waitFor();
      await other.become("Moonlight Tea Garden", "operator");
      await other.goTo("/shop/4/waiting");
      const waiting = other.panel(/^Gao Min/);
      // It would take the discount from the holder, so that nobody else can execute it.
      await press(waiting, "End the complaint without effect").waitFor();
      expect(await press(waiting, "Nobody has ruled: execute").count()).to.equal(0);
      expect(await other.act(press(waiting, "End the complaint without effect"), { where: waiting })).to.equal("done");
      await waiting.waitFor({ state: "detached" });
    });

    it("rules on a complaint about a pass by extending it", async () => {
      await other.become("Consumer association", "association");
      await other.goTo("/watch/disputes");
      const dispute = other.panel(/^Sun Lei/);
      await dispute.getByText("Rule", { exact: true }).click();
      await dispute.getByLabel("Decision and reasons").fill("ten days without a machine");
      await dispute.getByLabel("Days to extend the pass by, instead of an award").fill("10");
      await other.act(press(dispute, "Extend the pass"), { where: dispute });
      await dispute.waitFor({ state: "detached" });
    });

    it("moves the card of a lost wallet at the hands of whom its holder trusted", async () => {
      await other.become("Wang Fang");
      await other.goTo(lost);
      const moving = other.panel("Moving");
      expect(await moving.getByRole("button", { name: "Keep it" }).count()).to.equal(0);
      expect(await other.act(press(moving, "Move it now"), { where: moving })).to.equal("done");
      await holder.become("Qian Rui");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Pay 3,000" }).waitFor();
    });

    it("refunds everybody at the end of a run-off, and closes the shop", async () => {
      await holder.become("Qian Rui");
      await holder.goTo("/cards");
      await holder.page.locator("a.card-face", { hasText: "Old Quay Bakery" }).click();
      const leave = holder.panel("Leave");
      expect(await holder.act(leave.getByRole("button", { name: /^Have it paid: 500.00/ }), { where: leave })).to.equal(
        "done",
      );
      await holder.page.getByText(/everything was paid back/).waitFor();
      await other.become("Old Quay Bakery", "owner");
      await other.goTo("/shop/6");
      const ending = other.panel("Closing in order");
      expect(await press(ending, "Close the shop").isDisabled()).to.equal(true);
      expect(await other.act(press(ending, "Refund 1 card"), { where: ending })).to.equal("done");
      await ending.getByText("1 of 1 cards, 300.00 TCNY refunded").waitFor();
      expect(await other.act(press(ending, "Close the shop"), { where: ending })).to.equal("done");
      await figure(other, "Status").getByText("closed").waitFor();
    });
  });

  describe("A deposit after a default", () => {
    const publish = async (amounts: readonly string[]): Promise<Locator> => {
      await other.become("Consumer association", "association");
      const claims = other.panel("Claims after a default");
      const people = ["Li Na", "Wang Fang", "Zhao Min"];
      const list = amounts.map((amount, i) => `${addressOf(people[i] ?? "")} ${amount}`).join("\n");
      await claims.getByLabel(/^List/).fill(list);
      expect(await other.act(press(claims, "Publish"), { where: claims })).to.equal("done");
      return claims;
    };
    const object = async (name: string, role: string, why: string): Promise<void> => {
      await other.become(name, role);
      const form = await open(other, "Object to the list");
      await form.getByLabel("What is wrong with it?").fill(why);
      expect(await other.act(press(form, "Object"))).to.equal("done");
      await form.waitFor({ state: "detached" });
      await other.panel("Objections").getByText(why).waitFor();
    };

    it("takes objections of surety and owner to the list, once each", async () => {
      await other.become("Regulator", "regulator");
      await other.goTo("/watch/merchant/5");
      const flag = await open(other, "Flag a default");
      await flag.getByLabel(/^No service since/).fill(await dayOnChain(site, -1));
      await flag.getByLabel("Grounds").fill("boiler sold, owner abroad");
      expect(await other.act(press(flag, "Flag the default"))).to.equal("done");
      await other.goTo("/watch/deposit/5");
      await publish(["500000"]);
      await object("Harbour Bank", "surety", "one line for everybody");
      await publish(["90000", "90000"]);
      await object("Jade Spring Baths", "owner", "two were paid before");
      await publish(["90000", "40000"]);
      const again = await open(other, "Object to the list");
      await other.become("Jade Spring Baths", "owner");
      await again.getByLabel("What is wrong with it?").fill("still");
      expect(await other.act(press(again, "Object"), { where: again })).to.equal("failed");
      await again.locator("[data-error=RevertError]").waitFor();
    });

    it("draws what is missing from the surety, and gives the rest back at its end", async () => {
      await figure(other, "Deposit").getByText("115,000.00 TCNY").waitFor();
      await other.pass(15);
      const claims = other.panel("Claims after a default");
      await claims.getByRole("button", { name: "Have the claims paid" }).and(other.page.locator(":enabled")).waitFor();
      expect(await other.act(press(claims, "Have the claims paid"), { where: claims })).to.equal("done");
      await figure(other, "Paid").getByText("130,000.00 TCNY").waitFor();
      await figure(other, "Deposit")
        .getByText(/^0.00 TCNY/)
        .waitFor();
      await other.page.getByText("Harbour Bank · 26,000.00 TCNY").waitFor();
      await other.pass(400);
      await other.become("Harbour Bank", "surety");
      const back = await open(other, "Take the surety back");
      await back.getByLabel("To").fill(addressOf("Harbour Bank"));
      expect(await other.act(press(back, "Take back"), { where: back })).to.equal("done");
      await other.page.getByText("Harbour Bank · 0.00 TCNY").waitFor();
    });
  });
});
