import { Contract, TypedDataEncoder } from "ethers";
import type { TypedDataDomain } from "ethers";

import { runnerOf } from "./ethersLike.js";
import type { ProviderLike } from "./ethersLike.js";
import { TokenDomainUnknownError } from "./errors.js";

const tokenAbi = [
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
] as const;

/**
 * The EIP-712 domain that a token's permits and authorizations are signed in.
 *
 * Tokens publish it in different ways: by ERC-5267, by `version()`, or only by its hash `DOMAIN_SEPARATOR()`. The domain returned has
 * that hash.
 *
 * @throws TokenDomainUnknownError if none of the usual domains has that hash.
 */
export async function tokenDomain(provider: ProviderLike, token: string): Promise<TypedDataDomain> {
  const contract = new Contract(token, tokenAbi, runnerOf(provider));
  const ask = async <T>(name: string): Promise<T | undefined> => {
    try {
      return (await contract.getFunction(name).staticCall()) as T;
    } catch {
      // The token does not have this function.
      return undefined;
    }
  };
  const [{ chainId }, separator, self, name, version] = await Promise.all([
    provider.getNetwork(),
    ask<string>("DOMAIN_SEPARATOR"),
    ask<{ readonly name: string; readonly version: string }>("eip712Domain"),
    ask<string>("name"),
    ask<string>("version"),
  ]);
  const candidates = [self, ...[version, "1", "2"].map((each) => ({ name, version: each }))];
  for (const candidate of candidates) {
    if (candidate?.name === undefined || candidate.version === undefined) continue;
    const domain = { name: candidate.name, version: candidate.version, chainId, verifyingContract: token };
    if (TypedDataEncoder.hashDomain(domain) === separator) return domain;
  }
  throw new TokenDomainUnknownError(token);
}
