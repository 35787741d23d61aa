/** What a contract says of a call it does not accept: the name of its error and the values. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly error: string,
    readonly fields: Readonly<Record<string, unknown>>,
  ) {
    super(error);
  }
}

/** Refuses, unless what has to be so is so. */
export function require(holds: boolean, error: string, fields: Readonly<Record<string, unknown>> = {}): asserts holds {
  if (!holds) throw new Refusal(error, fields);
}

/** An event as both the model and the decoder of the package write it: enumerations by name. */
export interface Said {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Whose key made a signature, and what was signed. */
export interface Signed {
  readonly signer: string;
  /** The nonce that was signed, of a holder's request. */
  readonly nonce?: bigint;
  /** The card and evidence that were signed. */
  readonly cardId?: string;
  readonly evidence?: string;
}

/** One transaction: who sends it, when it is mined, and what it has said so far. */
export class Transaction {
  readonly said: Said[] = [];

  constructor(
    readonly sender: string,
    readonly now: bigint,
    /** The signature it carries, if any. */
    readonly signed?: Signed,
  ) {}

  emit(name: string, args: Readonly<Record<string, unknown>>): void {
    this.said.push({ name, args });
  }
}
