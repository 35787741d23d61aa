import type { EscrowClient } from "../client/client.js";
import type { Token } from "../utils/token.js";
import { decode, encode } from "../utils/json.js";
import { readCard, readMerchant } from "./cardState.js";
import type { KnownCard, KnownMerchant } from "./cardState.js";
import type { TillStore } from "./store.js";

/** The last readings of the cards and the merchant, kept in the book so that the till can serve offline. */
export class KnownState {
  constructor(
    private readonly client: EscrowClient,
    private readonly store: TillStore,
    readonly merchantId: bigint,
    readonly token: Token,
    /** The time by the till's clock, in Unix seconds. */
    readonly now: () => bigint,
  ) {}

  /** The last readings of a card and of the merchant; each is `undefined` if it was never read. */
  async both(cardId: string): Promise<[KnownCard | undefined, KnownMerchant | undefined]> {
    const [card, merchant] = await this.store.recall([`card ${cardId}`, "merchant"]);
    return [
      card === undefined ? undefined : (decode(card) as KnownCard),
      merchant === undefined ? undefined : (decode(merchant) as KnownMerchant),
    ];
  }

  /** The last reading of a card; `undefined` if it was never read. */
  async card(cardId: string): Promise<KnownCard | undefined> {
    return (await this.both(cardId.toLowerCase()))[0];
  }

  /** The last readings of cards, by card id. Cards that were never read are missing. */
  async cards(cardIds: readonly string[]): Promise<Map<string, KnownCard>> {
    const texts = await this.store.recall(cardIds.map((cardId) => `card ${cardId}`));
    const known = texts.flatMap((text) => (text === undefined ? [] : [decode(text) as KnownCard]));
    return new Map(known.map((card) => [card.cardId, card]));
  }

  /** The last reading of the merchant; `undefined` if it was never read. */
  async merchant(): Promise<KnownMerchant | undefined> {
    const [merchant] = await this.store.recall(["merchant"]);
    return merchant === undefined ? undefined : (decode(merchant) as KnownMerchant);
  }

  /**
   * Reads a card from the chain and keeps the reading in the book.
   *
   * @throws NodeUnreachableError if the node does not answer, RevertError if the card has no program, BookFailedError.
   */
  async refresh(cardId: string): Promise<KnownCard> {
    const id = cardId.toLowerCase();
    const [known, newest] = await Promise.all([this.card(id), this.store.newest(id)]);
    const card = await readCard(this.client, id, known, newest?.cumulative ?? 0n, this.now());
    await this.store.remember({ [`card ${id}`]: encode(card) });
    return card;
  }

  /**
   * Reads the merchant from the chain and keeps the reading in the book.
   *
   * @throws NodeUnreachableError if the node does not answer, BookFailedError.
   */
  async refreshMerchant(): Promise<KnownMerchant> {
    const merchant = await readMerchant(this.client, this.merchantId, this.now());
    await this.store.remember({ merchant: encode(merchant) });
    return merchant;
  }
}
