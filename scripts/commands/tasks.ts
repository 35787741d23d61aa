import { cards } from "./tasks/cards.js";
import { consumption } from "./tasks/consumption.js";
import { deposits } from "./tasks/deposits.js";
import { merchants } from "./tasks/merchants.js";

/** The commands over the package. */
export const commands = [...cards, ...consumption, ...merchants, ...deposits];
