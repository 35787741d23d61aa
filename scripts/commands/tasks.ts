import { cards } from "./tasks/cards.js";
import { vouchers } from "./tasks/vouchers.js";
import { deposits } from "./tasks/deposits.js";
import { merchants } from "./tasks/merchants.js";

/** The commands that use the package. */
export const commands = [...cards, ...merchants, ...vouchers, ...deposits];
