import { z } from "zod";

import bundled from "../../data/deployments.json" with { type: "json" };

/** Where the contracts are on a chain. */
export interface Deployment {
  readonly escrow: string;
  readonly register: string;
  /** The role manager of both. */
  readonly manager: string;
  /** The block the escrow was deployed in; its first event is not older. */
  readonly deployBlock: number;
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const deploymentsSchema = z.record(
  z.string().regex(/^\d+$/),
  z.strictObject({ escrow: address, register: address, manager: address, deployBlock: z.int().nonnegative() }),
);

/** The deployments that come with the package, by chain id. Local networks are not among them; they are read where they were deployed. */
export const deployments: ReadonlyMap<bigint, Deployment> = new Map(
  Object.entries(deploymentsSchema.parse(bundled)).map(([chainId, deployment]) => [BigInt(chainId), deployment]),
);

/** Thrown when the package knows no deployment on a chain. */
export class DeploymentUnknownError extends Error {
  override readonly name = "DeploymentUnknownError";

  constructor(readonly chainId: bigint) {
    super(`No deployment on chain ${chainId} is known. Next: give the escrow's address yourself, or deploy it there.`);
  }
}

/**
 * The deployment on a chain.
 *
 * @param chainId The chain.
 * @param known Where to look; what comes with the package unless told otherwise.
 * @throws DeploymentUnknownError if there is none.
 */
export function findDeployment(chainId: bigint, known: ReadonlyMap<bigint, Deployment> = deployments): Deployment {
  const deployment = known.get(chainId);
  if (deployment === undefined) throw new DeploymentUnknownError(chainId);
  return deployment;
}
