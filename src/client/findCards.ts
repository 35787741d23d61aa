import { rpcEach } from "./rpc.js";
import { encodeCardId } from "../contracts/cardId.js";
import type { CardView } from "../contracts/views.js";

/** The state of a found card. `ClosedOrMoved`: the card is closed, and the node gives no logs that show whether it was moved. */
export type CardState = "Open" | "Closed" | "Moved" | "ClosedOrMoved";

/** A card of a holder. */
export interface FoundCard {
  readonly cardId: string;
  readonly programId: bigint;
  readonly serial: bigint;
  readonly state: CardState;
  /** The card's new id, if it was moved. */
  readonly movedTo?: string;
  readonly card: CardView;
}

/** The readings that the search needs. */
export interface CardReader {
  /** The number of programs; their ids count from 1. */
  readonly programCount: () => Promise<bigint>;
  readonly card: (cardId: string) => Promise<CardView>;
  /** The new ids of moved cards, by old id; `undefined` if the node gives no old logs. */
  readonly moves: (cardIds: readonly string[]) => Promise<ReadonlyMap<string, string> | undefined>;
}

/**
 * All cards of a holder, without an indexer: the search reads each program's serials until `gap` of them in a row were never used.
 *
 * @param holder The holder's address.
 * @param gap Number of unused serials that end the search of a program. Clients use the lowest free serial, but cards refunded after a
 * default leave holes.
 * @returns The cards, ordered by program and serial.
 * @throws NodeUnreachableError if the node does not answer.
 */
export async function searchCards(reader: CardReader, holder: string, gap: number): Promise<FoundCard[]> {
  const programs = await reader.programCount();
  const found: Omit<FoundCard, "state" | "movedTo">[] = [];
  // Each program with the first serial that is not read yet, and the first at which its search may end.
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
 * The number of things whose ids count from 1, if only single ids can be looked up: a search that doubles until an id is missing, then
 * halves.
 *
 * @param exists Whether an id is in use.
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
