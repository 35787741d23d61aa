import { getAddress } from "ethers";
import { InvalidInputError, claimList } from "prepaid-escrow";
import type { ClaimList, Token } from "prepaid-escrow";

/**
 * Reads claims, an address and an amount a line.
 *
 * @throws InvalidInputError if a line is not of this form.
 */
export function readClaims(text: string, token: Token): ClaimList {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [account = "", amount = ""] = line.split(/[\s,;]+/);
      try {
        return { account: getAddress(account), amount: token.parse(amount) };
      } catch {
        throw new InvalidInputError("line", line, "an address and an amount", "write one claim a line");
      }
    });
  return claimList(lines);
}
