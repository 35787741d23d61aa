import { AbiCoder, ZeroHash, concat, getAddress, keccak256 } from "ethers";

/** One line of a list of claims on a deposit: an account, and the amount owed to it in token base units. */
export interface ClaimLine {
  readonly account: string;
  readonly amount: bigint;
}

/** A claim in the form of the deposit register. */
export interface ListedClaim extends ClaimLine {
  /** Number of the line. */
  readonly index: bigint;
  /** Siblings from the leaf to the root. */
  readonly proof: string[];
}

/** A list of claims, as the consumer association publishes it. */
export interface ClaimList {
  /** Merkle root; 32 zero bytes for a list without lines. */
  readonly root: string;
  /** Sum of the lines, in token base units. */
  readonly claims: bigint;
  /** Every line with its proof, in the order of the list. */
  readonly lines: readonly ListedClaim[];
}

/**
 * The leaf of one line: keccak256(keccak256(abi.encode(index, account, amount))).
 *
 * @throws TypeError if `account` is no address.
 */
export function claimLeaf(index: bigint, { account, amount }: ClaimLine): string {
  const types = ["uint256", "address", "uint256"];
  return keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(types, [index, account, amount])));
}

/**
 * Builds the Merkle tree of a list of claims, in the form of OpenZeppelin's standard tree of (uint256, address, uint256).
 *
 * @param lines The list. The index of a line is its place in it.
 * @throws TypeError if an account is no address.
 */
export function claimList(lines: readonly ClaimLine[]): ClaimList {
  const leaves = lines.map((line, index) => ({ index, hash: claimLeaf(BigInt(index), line) }));
  leaves.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  // A full binary tree in one list: the children of node i are 2i + 1 and 2i + 2; the leaves are at the end, in descending order.
  const size = Math.max(0, 2 * leaves.length - 1);
  const tree = new Array<string>(size).fill(ZeroHash);
  const places = new Array<number>(lines.length).fill(0);
  leaves.forEach(({ index, hash }, i) => {
    tree[size - 1 - i] = hash;
    places[index] = size - 1 - i;
  });
  for (let i = size - 1 - leaves.length; i >= 0; i--) tree[i] = pair(at(tree, 2 * i + 1), at(tree, 2 * i + 2));
  return {
    root: tree[0] ?? ZeroHash,
    claims: lines.reduce((sum, { amount }) => sum + amount, 0n),
    lines: lines.map(({ account, amount }, index) => ({
      index: BigInt(index),
      account: getAddress(account),
      amount,
      proof: proofOf(tree, places[index] ?? 0),
    })),
  };
}

function proofOf(tree: readonly string[], place: number): string[] {
  const proof: string[] = [];
  for (let i = place; i > 0; i = (i - 1) >> 1) proof.push(at(tree, i % 2 === 0 ? i - 1 : i + 1));
  return proof;
}

function pair(a: string, b: string): string {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}

function at(tree: readonly string[], place: number): string {
  return tree[place] ?? ZeroHash;
}
