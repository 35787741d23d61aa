import { expect } from "chai";
import { id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { encodeCardId } from "../../../../src/contracts/cardId.js";
import { CardStatus, DisputeKind, ExitRule, MerchantStatus } from "../../../../src/contracts/enums.js";
import type { PrepaidEscrow } from "../../../../types/ethers-contracts/index.js";
import { advance, at, buyCard, now, signComplaint } from "../../../helpers/actions.js";
import { ethers } from "../../../helpers/chain.js";
import { ISSUERS_CAUSE, RULING_TIMEOUT, complain, complaintsOf, loadCustomers } from "../../../helpers/disputes.js";
import { DAY, TOKEN } from "../../../helpers/fixture.js";
import { COOLING_OFF, EVIDENCE, EXIT_DELAY, around, askToLeave, flagDefault } from "../../../helpers/leaving.js";
import { expectRefusal } from "../../../helpers/refusals.js";
import { loadShop } from "../../../helpers/shop.js";

const MAX_AGE = 30n * DAY;

/** A card past its cooling-off whose holder is a contract that accepts what `holder` signs. */
async function loadContractHolder() {
  const shop = await loadShop();
  const wallet = await ethers.deployContract("KeyWallet", [shop.holder]);
  const address = await wallet.getAddress();
  await shop.escrow.connect(shop.payer).buy(shop.programs.count, address, 1_200n * TOKEN, 0n);
  const cardId = encodeCardId({ holder: address, programId: shop.programs.count, serial: 0n });
  await advance(COOLING_OFF);
  return { ...shop, address, cardId };
}

/** A signed complaint with its evidence. Default: the usual evidence, the card's nonce, a deadline one day from now. */
async function sign(
  escrow: PrepaidEscrow,
  signer: HardhatEthersSigner,
  cardId: string,
  options: { readonly evidence?: string; readonly nonce?: bigint; readonly deadline?: bigint } = {},
) {
  const { evidence = EVIDENCE, ...rest } = options;
  return { evidence, ...(await signComplaint(escrow, signer, cardId, evidence, rest)) };
}

type Loaded = Pick<Awaited<ReturnType<typeof loadCustomers>>, "escrow" | "relayer">;

/** The relayer brings what was signed. */
async function bringIn(
  { escrow, relayer }: Loaded,
  cardId: string,
  { evidence, deadline, signature }: Awaited<ReturnType<typeof sign>>,
) {
  return await escrow.connect(relayer).complainWithSignature(cardId, evidence, deadline, signature);
}

describe("complainWithSignature", () => {
  it("is the holder's complaint, whoever brings it", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, merchantId, cardId } = shop;
    const evidence = id("photographs");
    const signed = await sign(escrow, holder, cardId, { evidence });
    const openedAt = (await now()) + 50n;
    await at(openedAt);
    await expect(bringIn(shop, cardId, signed))
      .to.emit(escrow, "ComplaintOpened")
      .withArgs(
        merchantId,
        cardId,
        holder,
        ISSUERS_CAUSE,
        openedAt + EXIT_DELAY,
        openedAt + RULING_TIMEOUT,
        1n,
        evidence,
      );
    const card = await escrow.card(cardId);
    expect([card.disputed, card.nonce]).to.deep.equal([true, 1n]);
    expect(await complaintsOf(shop)).to.deep.equal([1n, ISSUERS_CAUSE]);
  });

  it("is good once", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    const signed = await sign(escrow, holder, cardId);
    await bringIn(shop, cardId, signed);
    await askToLeave(shop, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    await expectRefusal(bringIn(shop, cardId, signed), escrow, "SignatureInvalid", holder.address);
  });

  for (const nonce of [3n, 5n]) {
    it(`is refused with nonce ${nonce} when the card's is 4`, async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      for (let i = 0; i < 4; i++) await escrow.connect(holder).cancelExit(cardId);
      const signed = await sign(escrow, holder, cardId, { nonce });
      await expectRefusal(bringIn(shop, cardId, signed), escrow, "SignatureInvalid", holder.address);
    });
  }

  for (const role of ["other", "operator", "owner", "regulator", "association", "relayer"] as const) {
    it(`is refused with the ${role}'s signature`, async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const signed = await sign(escrow, shop[role], cardId);
      await expectRefusal(bringIn(shop, cardId, signed), escrow, "SignatureInvalid", holder.address);
    });
  }

  it("is refused with anything changed after it was signed", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId, pass } = shop;
    const signed = await sign(escrow, holder, cardId);
    for (const [target, changed] of [
      [pass, signed],
      [cardId, { ...signed, evidence: id("something else") }],
      [cardId, { ...signed, deadline: signed.deadline + 1n }],
      [cardId, { ...signed, signature: signed.signature.slice(0, -2) }],
      [cardId, { ...signed, signature: "0x" }],
    ] as const) {
      await expectRefusal(bringIn(shop, target, changed), escrow, "SignatureInvalid", holder.address);
    }
  });

  for (const { when, offset } of around) {
    it(`is ${offset > 0n ? "refused" : "accepted"} ${when} its deadline`, async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const signed = await sign(escrow, holder, cardId);
      const { deadline } = signed;
      await at(deadline + offset);
      const complained = bringIn(shop, cardId, signed);
      if (offset > 0n) await expectRefusal(complained, escrow, "SignatureExpired", deadline + 1n, deadline);
      else await expect(complained).to.emit(escrow, "ComplaintOpened");
    });

    it(`is ${offset > 0n ? "refused" : "accepted"} with a deadline ${when} 30 days ahead`, async () => {
      const shop = await loadCustomers();
      const { escrow, holder, cardId } = shop;
      const time = (await now()) + 10n;
      const deadline = time + MAX_AGE + offset;
      const signed = await sign(escrow, holder, cardId, { deadline });
      await at(time);
      const complained = bringIn(shop, cardId, signed);
      if (offset > 0n) {
        await expectRefusal(complained, escrow, "SignatureDeadlineTooFar", deadline, time + MAX_AGE);
      } else {
        await expect(complained).to.emit(escrow, "ComplaintOpened");
      }
    });
  }

  it("is refused for what a complaint sent by the holder is refused for", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, programs, cardId, pass } = shop;
    const { executableAt } = await askToLeave(shop, pass);
    const overExit = bringIn(shop, pass, await sign(escrow, holder, pass));
    await expectRefusal(overExit, escrow, "CardExitPending", pass, executableAt);
    await complain(shop, cardId);
    const again = bringIn(shop, cardId, await sign(escrow, holder, cardId));
    await expectRefusal(again, escrow, "CardInDispute", cardId, DisputeKind.Complaint);
    const fresh = await buyCard(shop, { program: programs.count });
    const end = (await now()) + COOLING_OFF;
    const signed = await sign(escrow, holder, fresh);
    const time = (await now()) + 50n;
    await at(time);
    await expectRefusal(bringIn(shop, fresh, signed), escrow, "CardInCoolingOff", fresh, time, end);
  });

  it("waits like one sent by the holder where the last was taken back", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, cardId } = shop;
    await complain(shop, cardId);
    const { requestedAt } = await askToLeave(shop, cardId);
    await escrow.connect(holder).cancelExit(cardId);
    const complaintFrom = requestedAt + RULING_TIMEOUT;
    await at(complaintFrom - 100n);
    const signed = await sign(escrow, holder, cardId, { deadline: complaintFrom + DAY });
    await at(complaintFrom - 1n);
    const early = bringIn(shop, cardId, signed);
    await expectRefusal(early, escrow, "CardComplaintTooEarly", cardId, complaintFrom - 1n, complaintFrom);
    await at(complaintFrom);
    await expect(bringIn(shop, cardId, signed)).to.emit(escrow, "ComplaintOpened");
  });

  it("is refused for a closed card, and for one that was never sold", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, operator, programs, cardId } = shop;
    const unknown = encodeCardId({ holder: holder.address, programId: programs.count, serial: 1n });
    const onUnknown = bringIn(shop, unknown, await sign(escrow, holder, unknown));
    await expectRefusal(onUnknown, escrow, "CardNotOpen", unknown, CardStatus.None);
    const signed = await sign(escrow, holder, cardId);
    await escrow.connect(operator).refundCard(cardId);
    await expectRefusal(bringIn(shop, cardId, signed), escrow, "CardNotOpen", cardId, CardStatus.Closed);
  });

  it("is refused after a flag", async () => {
    const shop = await loadCustomers();
    const { escrow, holder, merchantId, cardId } = shop;
    const signed = await sign(escrow, holder, cardId);
    await flagDefault(shop);
    const complained = bringIn(shop, cardId, signed);
    await expectRefusal(complained, escrow, "MerchantStatusForbids", merchantId, MerchantStatus.Defaulted);
  });

  describe("of a contract holder", () => {
    it("is accepted when the contract accepts the signature", async () => {
      const shop = await loadContractHolder();
      const { escrow, holder, merchantId, address, cardId } = shop;
      const signed = await sign(escrow, holder, cardId);
      const openedAt = (await now()) + 5n;
      await at(openedAt);
      const dates = [openedAt + EXIT_DELAY, openedAt + RULING_TIMEOUT];
      await expect(bringIn(shop, cardId, signed))
        .to.emit(escrow, "ComplaintOpened")
        .withArgs(merchantId, cardId, address, 1_200n * TOKEN, ...dates, 1n, EVIDENCE);
    });

    it("is refused when it does not", async () => {
      const shop = await loadContractHolder();
      const { escrow, other, address, cardId } = shop;
      const signed = await sign(escrow, other, cardId);
      await expectRefusal(bringIn(shop, cardId, signed), escrow, "SignatureInvalid", address);
    });

    it("pays the contract", async () => {
      const shop = await loadContractHolder();
      const { escrow, token, holder, stranger, merchantId, address, cardId } = shop;
      await bringIn(shop, cardId, await sign(escrow, holder, cardId));
      await at((await now()) + RULING_TIMEOUT);
      await expect(escrow.connect(stranger).executeDispute(cardId))
        .to.emit(escrow, "CardRefunded")
        .withArgs(merchantId, cardId, address, ExitRule.RulingTimeout, 0n, 1_200n * TOKEN);
      expect(await token.balanceOf(address)).to.equal(1_200n * TOKEN);
    });
  });
});
