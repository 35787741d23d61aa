import { networkHelpers } from "./chain.js";
import { deployShop } from "./fixture.js";
import type { Shop } from "./fixture.js";

/** The test shop as deployed once for all tests: a fixture that builds on it need not deploy it again. */
export async function loadShop(): Promise<Shop> {
  return await networkHelpers.loadFixture(deployShop);
}
