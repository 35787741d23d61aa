import { network } from "hardhat";

const connection = await network.create();

/** A fixture and the state it left, on top of those before it. */
interface Loaded {
  readonly fixture: () => Promise<unknown>;
  readonly data: unknown;
  readonly snapshot: { readonly restore: () => Promise<void> };
}
const loaded: Loaded[] = [];

/**
 * Hardhat's `loadFixture`, except that a fixture may load another one first. Going back to a state ends all snapshots taken
 * after it; Hardhat's own forgets that when it happens inside a fixture, and later goes back to one that is gone.
 */
async function loadFixture<T>(fixture: () => Promise<T>): Promise<T> {
  const place = loaded.findIndex((one) => one.fixture === fixture);
  if (place >= 0) {
    const { data, snapshot } = loaded[place]!;
    loaded.length = place + 1;
    await snapshot.restore();
    return data as T;
  }
  const data = await fixture();
  const snapshot = await connection.networkHelpers.takeSnapshot();
  loaded.push({ fixture, data, snapshot });
  return data;
}

/** The one chain a test process talks to. Fixtures bring it back to a known state, so tests do not disturb each other. */
export const { ethers, ignition, provider } = connection;
export const networkHelpers = Object.assign(connection.networkHelpers, { loadFixture });
