import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import Local from "../../deploy/modules/Local.js";
import { readDeployment, readDeployments } from "../../scripts/commands/deployments/read.js";
import { EscrowClient } from "../../src/client/client.js";
import { DeploymentUnknownError, deployments, findDeployment } from "../../src/contracts/deployments.js";
import { ethers } from "../helpers/chain.js";
import { serveChain } from "../helpers/http.js";
import { ROOT } from "../helpers/markdown.js";

describe("Deployments", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "deployments-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("are read from what Ignition wrote, with the block the escrow is of", async () => {
    const node = await serveChain();
    const networks = { local: { type: "http", chainType: "l1", url: node.url } } as const;
    const config = { plugins: [hardhatToolbox], paths: { ignition: folder }, networks };
    const hre = await createHardhatRuntimeEnvironment(config, { network: "local" }, ROOT);
    const { ignition } = await hre.network.getOrCreate();
    const { escrow, register, manager } = await ignition.deploy(Local, { deploymentId: "chain-31337" });
    await node.close();

    const found = readDeployments(path.join(folder, "deployments"));
    const deployment = findDeployment(31337n, found);
    expect(deployment).to.include({ escrow: await escrow.getAddress(), register: await register.getAddress() });
    expect(deployment.manager).to.equal(await manager.getAddress());
    expect(await ethers.provider.getCode(deployment.escrow, deployment.deployBlock - 1)).to.equal("0x");
    expect(await ethers.provider.getCode(deployment.escrow, deployment.deployBlock)).to.not.equal("0x");
    expect((await EscrowClient.connect(ethers.provider, deployment)).deployBlock).to.equal(deployment.deployBlock);
  });

  it("are none where nothing was deployed", () => {
    expect(readDeployment(path.join(folder, "nowhere"))).to.be.undefined;
    expect(readDeployments(path.join(folder, "nowhere")).size).to.equal(0);
  });

  it("that are unknown are named as unknown", () => {
    expect(() => findDeployment(5n))
      .to.throw(DeploymentUnknownError)
      .with.property("chainId", 5n);
  });

  it("that come with the package are of public networks", () => {
    for (const chainId of deployments.keys()) expect(chainId).to.not.be.oneOf([1337n, 31337n]);
  });
});
