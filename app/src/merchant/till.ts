import { EMPTY_RECEIPT, decodeCardId, hashItem, nextReceipt } from "prepaid-escrow";
import type { EscrowClient, SignedConsumption } from "prepaid-escrow";
import { Signature, hexlify, randomBytes, verifyTypedData } from "ethers";

import type { ReceiptEntry } from "../consumer/receipts";
import type { Database } from "../lib/database";
import type { VisitRequest } from "../lib/links";
import { settledReceipt } from "../lib/settled";
import { isOpen } from "../lib/units";

/** A visit that was signed and is not settled: the newest of its card stands for those before it. */
export interface Voucher extends SignedConsumption {
  readonly merchantId: string;
  /** Milliseconds. */
  readonly at: number;
}

/** Why a till does not take a card or a signature. */
export type TillRefusal =
  | "cardUnknown"
  | "cardClosed"
  | "otherMerchant"
  | "pass"
  | "tooMuch"
  | "nothing"
  | "notAsked"
  | "otherContent"
  | "badSignature";

/** Thrown when a till refuses; nothing was changed. */
export class TillError extends Error {
  override readonly name = "TillError";

  constructor(
    readonly refusal: TillRefusal,
    readonly left?: bigint,
  ) {
    super(refusal);
  }
}

/** A merchant's till: asks holders to sign visits, checks what comes back, and keeps it until it is settled. */
export class Till {
  constructor(
    private readonly client: EscrowClient,
    private readonly database: Database,
    private readonly merchantId: bigint,
    private readonly chainId: number,
  ) {}

  /** A card as it stands at this till: on chain, and with what was signed here since. */
  async look(cardId: string) {
    const { client, merchantId } = this;
    const [card, program] = await Promise.all([client.card(cardId), client.program(decodeCardId(cardId).programId)]);
    if (card.status === "None") throw new TillError("cardUnknown");
    if (card.status === "Closed") throw new TillError("cardClosed");
    if (program.merchantId !== merchantId) throw new TillError("otherMerchant");
    if (program.kind === "Term") throw new TillError("pass");
    const voucher = await this.database.get("vouchers", cardId);
    const settled = await settledReceipt(client, cardId);
    const newer = voucher !== undefined && voucher.cumulative > card.consumed;
    const consumed = newer ? voucher.cumulative : card.consumed;
    const receipt = newer ? voucher.receipt : settled.cumulative === card.consumed ? settled.receipt : EMPTY_RECEIPT;
    const face = isOpen(program) ? card.principal : program.units;
    return { card, program, consumed, receipt, face };
  }

  /**
   * A visit for the holder to sign.
   *
   * @param units Units of the card's program.
   * @throws TillError
   */
  async ask(cardId: string, units: bigint, item: string): Promise<VisitRequest> {
    const { consumed, receipt: previous, face } = await this.look(cardId);
    if (units <= 0n) throw new TillError("nothing");
    if (consumed + units > face) throw new TillError("tooMuch", face - consumed);
    const { client, merchantId, chainId } = this;
    const salt = hexlify(randomBytes(32));
    const cumulative = consumed + units;
    const itemHash = hashItem(salt, item);
    const receipt = nextReceipt(previous, cardId, { cumulative, itemHash });
    const entry: ReceiptEntry = {
      cardId,
      from: consumed,
      cumulative,
      previous,
      receipt,
      item,
      salt,
      itemHash,
      at: Date.now(),
    };
    await this.database.put("asked", { ...entry, merchantId: merchantId.toString() });
    return { chainId, escrow: client.escrow, merchantId, cardId, from: consumed, cumulative, previous, salt, item };
  }

  /**
   * Takes what a holder has signed, and keeps it before it answers.
   *
   * @throws TillError if it is not what was asked, or not the holder's.
   */
  async take(row: SignedConsumption): Promise<Voucher> {
    const { cardId, cumulative, receipt, r, vs } = row;
    const kept = await this.database.get("vouchers", cardId);
    if (kept?.receipt === receipt) return kept;
    const asked = await this.database.get("asked", cardId);
    if (asked?.merchantId !== this.merchantId.toString()) throw new TillError("notAsked");
    if (asked.cumulative !== cumulative || asked.receipt !== receipt) throw new TillError("otherContent");
    const { card } = await this.look(cardId);
    if (card.consumed > asked.from) throw new TillError("otherContent");
    const { domain, types, message, signer } = this.client.askConsumption({ cardId, cumulative, receipt });
    const signed = verifyTypedData(domain, types, message, Signature.from({ r, yParityAndS: vs }));
    if (signed !== signer) throw new TillError("badSignature");
    const voucher: Voucher = {
      cardId,
      cumulative,
      receipt,
      r,
      vs,
      merchantId: this.merchantId.toString(),
      at: Date.now(),
    };
    const { merchantId: _merchant, ...entry } = asked;
    const change = this.database.transaction(["vouchers", "receipts", "asked"], "readwrite", { durability: "strict" });
    await Promise.all([
      change.objectStore("vouchers").put(voucher),
      change.objectStore("receipts").put({ ...entry, at: Date.now() }),
      change.objectStore("asked").delete(cardId),
      change.done,
    ]);
    return voucher;
  }

  /** Takes vouchers of another till over, unless a newer one is here. */
  async adopt(rows: readonly SignedConsumption[]): Promise<number> {
    let taken = 0;
    for (const row of rows) {
      const { domain, types, message, signer } = this.client.askConsumption(row);
      const { cardId, cumulative, receipt, r, vs } = row;
      if (verifyTypedData(domain, types, message, Signature.from({ r, yParityAndS: vs })) !== signer) continue;
      const kept = await this.database.get("vouchers", cardId);
      if (kept !== undefined && kept.cumulative >= cumulative) continue;
      await this.database.put("vouchers", {
        cardId,
        cumulative,
        receipt,
        r,
        vs,
        merchantId: this.merchantId.toString(),
        at: Date.now(),
      });
      taken += 1;
    }
    return taken;
  }

  /** What is signed and not settled, oldest first. */
  async unsettled(): Promise<Voucher[]> {
    const all = await this.database.getAllFromIndex("vouchers", "merchant", this.merchantId.toString());
    return all.sort((a, b) => a.at - b.at);
  }

  /** Drops vouchers that the chain has booked, or that nothing can book any more. */
  async forget(vouchers: readonly Pick<Voucher, "cardId" | "cumulative">[]): Promise<void> {
    for (const { cardId, cumulative } of vouchers) {
      const kept = await this.database.get("vouchers", cardId);
      if (kept !== undefined && kept.cumulative <= cumulative) await this.database.delete("vouchers", cardId);
    }
  }
}
