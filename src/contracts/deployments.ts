import { z } from "zod";

import bundled from "../../data/deployments.json" with { type: "json" };

/** The addresses of the contracts on a chain. */
export interface Deployment {
  readonly escrow: string;
  readonly register: string;
  /** The role manager of both contracts. */
  readonly manager: string;
  /** The block of the deployment of the escrow. */
  readonly deployBlock: number;
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const deploymentsSchema = z.record(
  z.string().regex(/^\d+$/),
  z.strictObject({ escrow: address, register: address, manager: address, deployBlock: z.int().nonnegative() }),
);

/** The deployments on public networks that come with the package, by chain id. */
export const deployments: ReadonlyMap<bigint, Deployment> = new Map(
  Object.entries(deploymentsSchema.parse(bundled)).map(([chainId, deployment]) => [BigInt(chainId), deployment]),
);

/** Thrown when there is no known deployment on a chain. */
export class DeploymentUnknownError extends Error {
  override readonly name = "DeploymentUnknownError";

  constructor(readonly chainId: bigint) {
    super(`No deployment on chain ${chainId} is known. Next: give the escrow's address yourself, or deploy it there.`);
  }
}

/**
 * The deployment on a chain.
 *
 * @param known The known deployments. Default: those that come with the package.
 * @throws DeploymentUnknownError if there is none.
 */
export function findDeployment(chainId: bigint, known: ReadonlyMap<bigint, Deployment> = deployments): Deployment {
  const deployment = known.get(chainId);
  if (deployment === undefined) throw new DeploymentUnknownError(chainId);
  return deployment;
}
