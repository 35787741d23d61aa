import { Contract, isError } from "ethers";

import { IPrepaidEscrow__factory } from "../contracts/abi.js";
import type { IPrepaidEscrow } from "../contracts/abi.js";
import { runnerOf } from "./ethersLike.js";
import type { ProviderLike } from "./ethersLike.js";
import { rpcCall, rpcView, checksummed } from "./rpc.js";
import { decodeCardId, encodeCardId } from "../contracts/cardId.js";
import {
  CardStatus,
  DisputeKind,
  ExitRule,
  MerchantStatus,
  ProgramKind,
  WarningKind,
  WarningLevel,
  nameOf,
} from "../contracts/enums.js";
import { UnknownRevertError, isRevert } from "../contracts/reverts.js";
import type { RevertName } from "../contracts/reverts.js";
import { decodeEvents, isEvent, topicOf } from "../contracts/events.js";
import { countIds, searchCards } from "./findCards.js";
import type { FoundCard } from "./findCards.js";
import { InvalidInputError } from "../utils/invalidInput.js";
import type { Policy } from "../contracts/policy.js";
import { explainQuote } from "../format/quotes.js";
import { Token } from "../utils/token.js";
import type {
  CardView,
  DisputeView,
  ExitQuote,
  MerchantView,
  MoveView,
  PoolView,
  ProgramView,
  WarningView,
} from "../contracts/views.js";

/** The refund of leaving now, and the rule that decides it. */
export interface Quote extends ExitQuote {
  readonly token: Token;
  /** The quote in sentences. */
  readonly sentence: string;
}

const tokenAbi = [
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
  "function nonces(address owner) view returns (uint256)",
];

/** Largest gap of a search for cards: each program costs as many requests. */
const MAX_GAP = 10_000;

/**
 * Reads the escrow and its tokens. Amounts in token base units, times in Unix seconds.
 *
 * Every method throws NodeUnreachableError if the node does not answer, and RevertError if the escrow does not know the id.
 */
export abstract class EscrowReader {
  readonly #escrow: IPrepaidEscrow;
  readonly #tokens = new Map<string, Token>();

  protected constructor(
    readonly provider: ProviderLike,
    readonly escrow: string,
    readonly deployBlock: number,
  ) {
    this.#escrow = IPrepaidEscrow__factory.connect(escrow, runnerOf(provider));
  }

  /** A merchant in its present state. */
  async merchant(merchantId: bigint): Promise<MerchantView> {
    return await rpcView(() => this.#escrow.merchant(merchantId), { status: MerchantStatus });
  }

  /** A merchant's pool, with the amount that can be paid out. */
  async pool(merchantId: bigint): Promise<PoolView> {
    const [pool, releasable] = await Promise.all([
      rpcView<Omit<PoolView, "releasable">>(() => this.#escrow.pool(merchantId)),
      rpcCall(() => this.#escrow.releasable(merchantId)),
    ]);
    return { ...pool, releasable };
  }

  /** A program. */
  async program(programId: bigint): Promise<ProgramView> {
    return await rpcView(() => this.#escrow.program(programId), { kind: ProgramKind });
  }

  /** The number of programs of all merchants together; their ids count from 1. */
  async programCount(): Promise<bigint> {
    return await countIds(async (programId) => await exists(this.program(programId), "ProgramUnknown"));
  }

  /** The number of merchants; their ids count from 1. */
  async merchantCount(): Promise<bigint> {
    return await countIds(async (merchantId) => await exists(this.merchant(merchantId), "MerchantUnknown"));
  }

  /** The number of policies; their ids count from 1. */
  async policyCount(): Promise<bigint> {
    return await countIds(async (policyId) => await exists(this.policy(policyId), "PolicyUnknown"));
  }

  /** The rules of a policy. */
  async policy(policyId: bigint): Promise<Policy> {
    return await rpcView(() => this.#escrow.policy(policyId));
  }

  /**
   * A card as booked; `status` is `None` for a card that was never bought.
   *
   * @param blockTag Read the state after this block. Default: the newest block.
   * @throws InvalidInputError if the card id has another form.
   */
  async card(cardId: string, blockTag: number | "latest" = "latest"): Promise<CardView> {
    decodeCardId(cardId);
    return await rpcView(() => this.#escrow.card(cardId, { blockTag }), { status: CardStatus });
  }

  /** A card's remaining principal, as booked. */
  async remaining(cardId: string): Promise<bigint> {
    return await rpcCall(() => this.#escrow.remaining(cardId));
  }

  /** Whether there is code at an address: a contract, or an EIP-7702 account. */
  async hasCode(address: string): Promise<boolean> {
    return (await rpcCall(() => this.provider.getCode(address))) !== "0x";
  }

  /** A card's dispute. */
  async dispute(cardId: string): Promise<DisputeView> {
    return await rpcView(() => this.#escrow.dispute(cardId), { kind: DisputeKind });
  }

  /** A card's pending move. */
  async pendingMove(cardId: string): Promise<MoveView> {
    return await rpcView(() => this.#escrow.pendingMove(cardId));
  }

  /** The escrow's warnings about a merchant that stand. */
  async warnings(merchantId: bigint): Promise<readonly WarningView[]> {
    const standing = await rpcCall(() => this.#escrow.warnings(merchantId));
    return standing.map(({ kind, level }) => ({ kind: nameOf(WarningKind, kind), level: nameOf(WarningLevel, level) }));
  }

  /** Whether an account is an operator of a merchant. */
  async isOperator(merchantId: bigint, account: string): Promise<boolean> {
    return await rpcCall(() => this.#escrow.isOperator(merchantId, account));
  }

  /** The recovery address of a holder, which may ask to move the cards; the zero address for none. */
  async recoveryOf(holder: string): Promise<string> {
    return await rpcCall(() => this.#escrow.recoveryOf(holder));
  }

  /**
   * A token's symbol and decimals.
   *
   * @throws InvalidInputError if there is no token at the address.
   */
  async token(address: string): Promise<Token> {
    const known = this.#tokens.get(address);
    if (known !== undefined) return known;
    const contract = new Contract(address, tokenAbi, runnerOf(this.provider));
    const [symbol, decimals] = await rpcCall(() =>
      Promise.all([
        contract.getFunction("symbol").staticCall() as Promise<string>,
        contract.getFunction("decimals").staticCall() as Promise<bigint>,
      ]),
    ).catch((error: unknown) => {
      if (!isError(error, "BAD_DATA") && !(error instanceof UnknownRevertError)) throw error;
      throw new InvalidInputError("token", address, "a contract with symbol and decimals", "check address and network");
    });
    const token = new Token(address, symbol, Number(decimals));
    this.#tokens.set(address, token);
    return token;
  }

  /** The token of a merchant's policy. */
  async tokenOf(merchantId: bigint): Promise<Token> {
    return await this.token((await this.merchant(merchantId)).token);
  }

  /** The token that a card was paid in. */
  async tokenOfCard(cardId: string): Promise<Token> {
    const { merchantId } = await this.program(decodeCardId(cardId).programId);
    return await this.tokenOf(merchantId);
  }

  /** The amount that the escrow, or another spender, may take from an account, in base units. */
  async allowance(token: string, owner: string, spender: string = this.escrow): Promise<bigint> {
    return await this.#askToken(token, "allowance", owner, spender);
  }

  /** An account's balance of a token, in base units. */
  async balance(token: string, account: string): Promise<bigint> {
    return await this.#askToken(token, "balanceOf", account);
  }

  /**
   * Time of the chain's newest block, in Unix seconds.
   *
   * @param blockTag Another block; the result is zero if the node does not have it.
   */
  async now(blockTag: number | "latest" = "latest"): Promise<bigint> {
    const block = await rpcCall(() => this.provider.getBlock(blockTag));
    return BigInt(block?.timestamp ?? 0);
  }

  /**
   * The refund of leaving now: the amounts, the rule's name, and a sentence.
   *
   * @param cardId The card. The rule is `None` if it is not open.
   */
  async quote(cardId: string): Promise<Quote> {
    const [quote, token] = await Promise.all([
      rpcView<ExitQuote>(() => this.#escrow.quoteExit(cardId), { rule: ExitRule }),
      this.tokenOfCard(cardId),
    ]);
    return { ...quote, token, sentence: explainQuote(quote, token) };
  }

  /**
   * All cards of a holder, found without an indexer. Closed and moved cards are included; cards refunded after a default or at the end
   * of a run-off are deleted on chain and cannot be found.
   *
   * @param holder The holder's address.
   * @param options `gap`: number of unused serials in a row that end the search of a program. Default: 20.
   * @throws InvalidInputError if the address or the gap cannot be used.
   */
  async findCards(holder: string, options: { readonly gap?: number } = {}): Promise<FoundCard[]> {
    const gap = options.gap ?? 20;
    if (!Number.isInteger(gap) || gap < 1 || gap > MAX_GAP) {
      throw new InvalidInputError("gap", gap, `a whole number from 1 to ${MAX_GAP}`, "use 20");
    }
    const reader = {
      programCount: () => this.programCount(),
      card: (cardId: string) => this.card(cardId),
      moves: (cardIds: readonly string[]) => this.#moves(cardIds),
    };
    return await searchCards(reader, checksummed("holder", holder), gap);
  }

  /** The lowest serial that a holder has not used in a program. */
  async freeSerial(holder: string, programId: bigint): Promise<bigint> {
    let serial = 0n;
    while ((await this.card(encodeCardId({ holder, programId, serial }))).status !== "None") serial += 1n;
    return serial;
  }

  /** The nonce of an account's next permit at a token. */
  protected async permitNonce(token: string, owner: string): Promise<bigint> {
    return await this.#askToken(token, "nonces", owner);
  }

  async #askToken(token: string, name: string, ...args: readonly string[]): Promise<bigint> {
    const contract = new Contract(token, tokenAbi, runnerOf(this.provider));
    return await rpcCall(async () => (await contract.getFunction(name).staticCall(...args)) as bigint);
  }

  async #moves(cardIds: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> {
    const filter = {
      address: this.escrow,
      topics: [topicOf("CardMoved"), null, [...cardIds]],
      fromBlock: this.deployBlock,
    };
    let logs;
    try {
      logs = await this.provider.getLogs(filter);
    } catch {
      // Many nodes refuse old or long ranges of logs; the cards themselves are known without them.
      return undefined;
    }
    return new Map(
      decodeEvents(logs)
        .filter((e) => isEvent(e, "CardMoved"))
        .map(({ args }) => [args.cardId, args.newCardId]),
    );
  }
}

/** Whether a view finds its id; false if it reverts with the error `unknown`. */
async function exists(question: Promise<unknown>, unknown: RevertName): Promise<boolean> {
  try {
    await question;
    return true;
  } catch (error) {
    if (isRevert(error, unknown)) return false;
    throw error;
  }
}
