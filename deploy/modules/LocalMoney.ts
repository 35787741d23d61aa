import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Local from "./Local.js";

/** How many of the node's accounts get test tokens, and how much each: a million, of six decimals. */
const ACCOUNTS = 10;
const POCKET = 1_000_000n * 10n ** 6n;

/** What `npm run deploy:local` deploys: {@link Local}, and test tokens for accounts 0 to 9, so that each can buy. */
export default buildModule("LocalMoney", (m) => {
  const deployed = m.useModule(Local);
  for (let i = 0; i < ACCOUNTS; i++) m.call(deployed.token, "mint", [m.getAccount(i), POCKET], { id: `Mint${i}` });
  return deployed;
});
