import { Interface, SigningKey, TypedDataEncoder, computeAddress, getBytes, hexlify, id, keccak256 } from "ethers";
import type { TypedDataDomain } from "ethers";
import type * as Secp256k1 from "secp256k1";

import { rpcCall } from "../client/rpc.js";
import type { ContractVoucher, KeyVoucher } from "../actions/calls.js";
import { decodeCardId } from "../contracts/cardId.js";
import type { EscrowClient } from "../client/client.js";
import { NodeUnreachableError } from "../client/errors.js";
import { typedDataDigest } from "../contracts/typedData.js";

/** Hashes bytes; the next call may overwrite the result. */
type Keccak = (bytes: Uint8Array) => Uint8Array;
/** The 20 bytes of the signer's address; `undefined` if no key can have made the signature. */
type Recover = (signature: Uint8Array, parity: 0 | 1, digest: Uint8Array) => Uint8Array | undefined;

/** Optional libraries that make a verifier fast. Without them, ethers checks signatures, and is slower. */
export interface VerifierOptions {
  /** Whether to look for the native libsecp256k1 (npm `secp256k1`). Default: true. */
  readonly native?: boolean;
  /**
   * Whether to use WebAssembly: keccak (npm `hash-wasm`), and libsecp256k1 (npm `@bitauth/libauth`) if there is no native one. Default:
   * true. A page whose content security policy lacks 'wasm-unsafe-eval' runs without WebAssembly.
   */
  readonly wasm?: boolean;
}

const TYPE_HASH = getBytes(id("Consumption(bytes32 cardId,uint88 cumulative,bytes32 receipt)"));
/** Half the order of the curve. The escrow refuses a signature whose `s` is above it (EIP-2). */
const HALF_ORDER = getBytes("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

/**
 * Checks the signatures of vouchers exactly as the escrow's `settle` does: compact `(r, vs)`, `s` in the lower half of the order, and
 * the recovered address equal to the holder in the card's id. A signature of a contract holder is never valid here.
 */
export class Verifier {
  /** type hash ‖ card ‖ cumulative ‖ receipt */
  readonly #struct = new Uint8Array(128);
  readonly #structTail = new DataView(this.#struct.buffer);
  /** 0x1901 ‖ domain separator ‖ hash of the struct */
  readonly #message = new Uint8Array(66);
  readonly #signature = new Uint8Array(64);

  private constructor(
    domain: TypedDataDomain,
    private readonly keccak: Keccak,
    private readonly recover: Recover,
    /** The library that checks signatures: libsecp256k1 as native code or as WebAssembly, or ethers in JavaScript. */
    readonly engine: "native" | "wasm" | "ethers",
  ) {
    this.#struct.set(TYPE_HASH);
    this.#message.set([0x19, 0x01]);
    this.#message.set(getBytes(TypedDataEncoder.hashDomain(domain)), 2);
  }

  /**
   * A verifier for the vouchers of one escrow.
   *
   * @param domain See `escrowDomain`.
   */
  static async create(domain: TypedDataDomain, options: VerifierOptions = {}): Promise<Verifier> {
    const keccak = (options.wasm === false ? undefined : await loadKeccak()) ?? slowKeccak;
    const native = options.native === false ? undefined : await loadNative(keccak);
    if (native !== undefined) return new Verifier(domain, keccak, native, "native");
    const wasm = options.wasm === false ? undefined : await loadWasm(keccak);
    return new Verifier(domain, keccak, wasm ?? slowRecover, wasm === undefined ? "ethers" : "wasm");
  }

  /** Whether signatures are checked by the native library. */
  get native(): boolean {
    return this.engine === "native";
  }

  /**
   * Whether a voucher is signed by the key of the card's holder.
   *
   * @param voucher Hexadecimal of 32 bytes each, and a cumulative of 88 bits; false for any other form.
   */
  verify({ cardId, cumulative, receipt, r, vs }: KeyVoucher): boolean {
    const struct = this.#struct;
    if (!write(cardId, struct, 32) || !write(receipt, struct, 96)) return false;
    if (cumulative < 0n || cumulative >> 88n !== 0n) return false;
    this.#structTail.setBigUint64(80, cumulative >> 64n);
    this.#structTail.setBigUint64(88, BigInt.asUintN(64, cumulative));
    const signature = this.#signature;
    if (!write(r, signature, 0) || !write(vs, signature, 32)) return false;
    const parity = at(signature, 32) >= 0x80 ? 1 : 0;
    signature[32] = at(signature, 32) & 0x7f;
    if (isAboveHalf(signature)) return false;

    this.#message.set(this.keccak(struct), 34);
    const signer = this.recover(signature, parity, this.keccak(this.#message));
    if (signer === undefined) return false;
    // The holder is the first 20 bytes of the card's id.
    for (let i = 0; i < 20; i += 1) if (signer[i] !== struct[32 + i]) return false;
    return true;
  }

  /** {@link verify} for many vouchers; the results are in their order. */
  verifyAll(vouchers: readonly KeyVoucher[]): boolean[] {
    return vouchers.map((voucher) => this.verify(voucher));
  }
}

const erc1271 = new Interface(["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"]);

/**
 * Whether the contract that holds a card accepts a signature now (ERC-1271). Its answer may differ when the escrow settles.
 *
 * @throws NodeUnreachableError if the node does not answer.
 */
export async function isSignedByContract(client: EscrowClient, voucher: ContractVoucher): Promise<boolean> {
  const { cardId, cumulative, receipt, signature } = voucher;
  const digest = typedDataDigest(client.domain, "Consumption", { cardId, cumulative, receipt });
  const data = erc1271.encodeFunctionData("isValidSignature", [digest, signature]);
  const to = decodeCardId(cardId).holder;
  try {
    const answer = await rpcCall(() => client.provider.call({ to, data, from: client.escrow }));
    return answer.slice(0, 10) === erc1271.getFunction("isValidSignature")?.selector && answer.length >= 66;
  } catch (error) {
    if (error instanceof NodeUnreachableError) throw error;
    return false;
  }
}

async function loadKeccak(): Promise<Keccak | undefined> {
  try {
    const { createKeccak } = await import("hash-wasm");
    const hasher = await createKeccak(256);
    return (bytes) => hasher.init().update(bytes).digest("binary");
  } catch {
    // No package, or a page that forbids WebAssembly.
    return undefined;
  }
}

async function loadNative(keccak: Keccak): Promise<Recover | undefined> {
  // The package falls back to npm `elliptic`, which is no faster than ethers. Import the native part alone.
  const bindings = "secp256k1/bindings.js";
  let secp256k1: typeof Secp256k1;
  try {
    ({ default: secp256k1 } = (await import(bindings)) as { default: typeof Secp256k1 });
  } catch {
    return undefined;
  }
  const publicKey = new Uint8Array(65);
  const coordinates = publicKey.subarray(1);
  return (signature, parity, digest) => {
    try {
      secp256k1.ecdsaRecover(signature, parity, digest, false, publicKey);
    } catch {
      return undefined;
    }
    return keccak(coordinates).subarray(12);
  };
}

async function loadWasm(keccak: Keccak): Promise<Recover | undefined> {
  try {
    // Import this file alone: the package's index also sets up hashes and random numbers.
    const { instantiateSecp256k1 } = await import("@bitauth/libauth/build/lib/crypto/secp256k1.js");
    const secp256k1 = await instantiateSecp256k1();
    return (signature, parity, digest) => {
      // libauth returns an error as a text.
      const publicKey = secp256k1.recoverPublicKeyUncompressed(signature, parity, digest);
      return typeof publicKey === "string" ? undefined : keccak(publicKey.subarray(1)).subarray(12);
    };
  } catch {
    // A page that forbids WebAssembly.
    return undefined;
  }
}

const slowKeccak: Keccak = (bytes) => getBytes(keccak256(bytes));

const slowRecover: Recover = (signature, parity, digest) => {
  try {
    const [r, s] = [hexlify(signature.subarray(0, 32)), hexlify(signature.subarray(32))];
    return getBytes(computeAddress(SigningKey.recoverPublicKey(digest, { r, s, v: 27 + parity })));
  } catch {
    return undefined;
  }
};

function isAboveHalf(signature: Uint8Array): boolean {
  for (let i = 0; i < 32; i += 1) {
    const difference = at(signature, 32 + i) - at(HALF_ORDER, i);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/** The value of each hexadecimal digit by its character code; 255 for any other character. */
const DIGITS = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Writes 32 bytes, given in hexadecimal, to a place of a buffer. Returns false if the text has another form. */
function write(hex: string, target: Uint8Array, offset: number): boolean {
  if (hex.length !== 66 || !hex.startsWith("0x")) return false;
  for (let i = 0; i < 32; i += 1) {
    const high = DIGITS[hex.charCodeAt(2 + 2 * i)] ?? 255;
    const low = DIGITS[hex.charCodeAt(3 + 2 * i)] ?? 255;
    if ((high | low) > 15) return false;
    target[offset + i] = high * 16 + low;
  }
  return true;
}
