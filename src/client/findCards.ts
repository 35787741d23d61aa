import { rpcEach } from "./rpc.js";
import { encodeCardId } from "../contracts/cardId.js";
import type { CardView } from "../contracts/views.js";

/** Where a card has gone. `ClosedOrMoved`: it is closed, and the node did not let us see whether it was moved. */
export type CardState = "Open" | "Closed" | "Moved" | "ClosedOrMoved";

/** A card of a holder. */
export interface FoundCard {
  readonly cardId: string;
  readonly programId: bigint;
  readonly serial: bigint;
  readonly state: CardState;
  /** The card's new id, where it was moved. */
  readonly movedTo?: string;
  readonly card: CardView;
}

/** What the search reads. */
export interface CardReader {
  /** How many programs there are; their ids count from 1. */
  readonly programCount: () => Promise<bigint>;
  readonly card: (cardId: string) => Promise<CardView>;
  /** New ids of those that were moved, by old id; `undefined` if the node does not say. */
  readonly moves: (cardIds: readonly string[]) => Promise<ReadonlyMap<string, string> | undefined>;
}

/**
 * All cards of a holder, without an indexer: each program's serials are counted up until `gap` of them in a row were never used.
 *
 * @param holder The holder's address.
 * @param gap How many unused serials end the search. Clients take the lowest free serial, but cards refunded after a default leave holes.
 * @returns By program and serial.
 */
export async function searchCards(reader: CardReader, holder: string, gap: number): Promise<FoundCard[]> {
  const programs = await reader.programCount();
  const found: Omit<FoundCard, "state" | "movedTo">[] = [];
  // Each program with the first serial not looked at and the first at which the search of it may end.
  let open = Array.from({ length: Number(programs) }, (_, i) => ({
    programId: BigInt(i) + 1n,
    next: 0n,
    end: BigInt(gap),
  }));
  while (open.length > 0) {
    const wanted = open.flatMap(({ programId, next, end }) =>
      Array.from({ length: Number(end - next) }, (_, i) => ({ programId, serial: next + BigInt(i) })),
    );
    const cards = await rpcEach(wanted, async ({ programId, serial }) => {
      const cardId = encodeCardId({ holder, programId, serial });
      return { cardId, programId, serial, card: await reader.card(cardId) };
    });
    const used = cards.filter(({ card }) => card.status !== "None");
    found.push(...used);
    const last = new Map(used.map(({ programId, serial }) => [programId, serial]));
    open = open.flatMap(({ programId, end }) => {
      const serial = last.get(programId);
      return serial === undefined ? [] : [{ programId, next: end, end: serial + 1n + BigInt(gap) }];
    });
  }
  found.sort((a, b) => Number(a.programId - b.programId) || Number(a.serial - b.serial));
  const closed = found.filter(({ card }) => card.status === "Closed").map(({ cardId }) => cardId);
  const moves = closed.length === 0 ? new Map<string, string>() : await reader.moves(closed);
  return found.map((each) => {
    if (each.card.status === "Open") return { ...each, state: "Open" };
    if (moves === undefined) return { ...each, state: "ClosedOrMoved" };
    const movedTo = moves.get(each.cardId);
    return movedTo === undefined ? { ...each, state: "Closed" } : { ...each, state: "Moved", movedTo };
  });
}

/**
 * How many things there are whose ids count from 1, where only single ones can be asked for: doubling until one is missing,
 * then halving.
 *
 * @param exists Whether there is one of this id.
 */
export async function countIds(exists: (id: bigint) => Promise<boolean>): Promise<bigint> {
  let missing = 1n;
  while (await exists(missing)) missing *= 2n;
  let present = missing / 2n;
  while (missing - present > 1n) {
    const middle = (missing + present) / 2n;
    if (await exists(middle)) present = middle;
    else missing = middle;
  }
  return present;
}
