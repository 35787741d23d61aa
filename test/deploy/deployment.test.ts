import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { DeploymentResultType, deploy } from "@nomicfoundation/ignition-core";
import type { ArtifactResolver, EIP1193Provider } from "@nomicfoundation/ignition-core";
import { expect } from "chai";
import { dataLength } from "ethers";
import type { FunctionFragment, ParamType } from "ethers";
import hre, { artifacts } from "hardhat";

import HandoverModule from "../../deploy/modules/Handover.js";
import LocalModule from "../../deploy/modules/Local.js";
import PoliciesModule from "../../deploy/modules/Policies.js";
import PublicModule from "../../deploy/modules/Public.js";
import policies from "../../deploy/parameters/policies.json" with { type: "json" };
import { findRevert, isRevert } from "../../src/contracts/reverts.js";
import type { Policy } from "../../src/contracts/policy.js";
import { findPreset, policyFromPreset } from "../../src/presets/presets.js";
import { RoleId, roleLabels, supervisedFunctions } from "../../src/contracts/roles.js";
import type { PrepaidEscrow } from "../../types/ethers-contracts/index.js";
import { ethers, ignition, networkHelpers, provider } from "../helpers/chain.js";
import { rejectionOf } from "../helpers/errors.js";
import { deploySystem } from "../helpers/fixture.js";

/** The limits of EIP-170 and EIP-3860, in bytes. */
const MAX_CODE = 24_576;
const MAX_INIT_CODE = 49_152;

/** An argument that passes the ABI and means nothing. */
function blank(input: ParamType): unknown {
  if (input.isArray()) return [];
  if (input.isTuple()) return input.components.map(blank);
  if (input.type === "address") return ethers.ZeroAddress;
  if (input.type === "string") return "";
  if (input.type === "bytes") return "0x";
  if (input.type === "bool") return false;
  return input.type.startsWith("bytes") ? ethers.ZeroHash : 0n;
}

function calldata(escrow: PrepaidEscrow, fragment: FunctionFragment): string {
  return escrow.interface.encodeFunctionData(fragment.name as never, fragment.inputs.map(blank) as never);
}

/** Whether the manager keeps this caller from this function. */
async function isKeptOut(escrow: PrepaidEscrow, from: string, fragment: FunctionFragment): Promise<boolean> {
  const call = { from, to: await escrow.getAddress(), data: calldata(escrow, fragment) };
  const revert = findRevert(await rejectionOf(ethers.provider.call(call)));
  return isRevert(revert, "AccessManagedUnauthorized") && revert.fields.caller === from;
}

async function expectPolicies(escrow: PrepaidEscrow, token: string, firstId: bigint, names: readonly string[]) {
  for (const [i, name] of names.entries()) {
    const expected = policyFromPreset(findPreset(name), token, 6);
    const read = await escrow.policy(firstId + BigInt(i));
    for (const field of Object.keys(expected) as (keyof Policy)[]) {
      expect(read[field], `${name} ${field}`).to.equal(expected[field]);
    }
  }
}

describe("deployment", () => {
  it("keeps the escrow within the size of a contract", async function () {
    // Code that counts what it reaches is larger.
    if (hre.globalOptions.coverage) this.skip();
    const { escrow } = await networkHelpers.loadFixture(deploySystem);
    expect(dataLength(await ethers.provider.getCode(escrow))).to.be.at.most(MAX_CODE);
    const { bytecode } = await artifacts.readArtifact("PrepaidEscrow");
    const constructorArgument = 32;
    expect((bytecode.length - 2) / 2 + constructorArgument).to.be.at.most(MAX_INIT_CODE);
  });

  it("puts the escrow under the manager", async () => {
    const { escrow, manager } = await networkHelpers.loadFixture(deploySystem);
    expect(await escrow.authority()).to.equal(await manager.getAddress());
  });

  describe("of roles", () => {
    it("labels each", async () => {
      const { manager } = await networkHelpers.loadFixture(deploySystem);
      const labels = await manager.queryFilter(manager.filters.RoleLabel());
      expect(Object.fromEntries(labels.map(({ args }) => [args.label, args.roleId]))).to.deep.equal({
        [roleLabels.Regulator]: RoleId.Regulator,
        [roleLabels.Association]: RoleId.Association,
        [roleLabels.Reporter]: RoleId.Reporter,
      });
      expect(Object.values(roleLabels)).to.deep.equal(["REGULATOR", "ASSOCIATION", "REPORTER"]);
    });

    it("grants each to one account, at once and without delay", async () => {
      const system = await networkHelpers.loadFixture(deploySystem);
      const { manager, admin, regulator, association, reporter } = system;
      const holders = [
        [RoleId.Admin, admin],
        [RoleId.Regulator, regulator],
        [RoleId.Association, association],
        [RoleId.Reporter, reporter],
      ] as const;
      const granted = await manager.queryFilter(manager.filters.RoleGranted());
      expect(granted.map(({ args }) => [args.roleId, args.account, args.delay])).to.have.deep.members(
        holders.map(([id, account]) => [id, account.address, 0n]),
      );
      for (const [id, account] of holders) {
        expect([...(await manager.hasRole(id, account))]).to.deep.equal([true, 0n]);
      }
    });

    it("grants them to the addresses of the parameters", async () => {
      const [, , , , first, second, third] = await ethers.getSigners();
      const Public = { regulator: first!.address, association: second!.address, reporter: third!.address };
      const { manager } = await ignition.deploy(PublicModule, { parameters: { Public } });
      const typed = await ethers.getContractAt("AccessManager", await manager.getAddress());
      for (const [id, account] of [
        [RoleId.Regulator, first!],
        [RoleId.Association, second!],
        [RoleId.Reporter, third!],
      ] as const) {
        expect((await typed.hasRole(id, account)).isMember).to.be.true;
      }
      expect(await typed.queryFilter(typed.filters.RoleGranted())).to.have.length(4);
    });

    for (const role of ["Regulator", "Association", "Reporter"] as const) {
      for (const name of supervisedFunctions[role]) {
        it(`lets the ${role.toLowerCase()} call ${name}, and nobody else`, async () => {
          const system = await networkHelpers.loadFixture(deploySystem);
          const { escrow, manager, regulator, admin, association, reporter, owner, stranger } = system;
          const fragment = escrow.interface.getFunction(name);
          expect(await manager.getTargetFunctionRole(escrow, fragment.selector)).to.equal(RoleId[role]);

          const permitted = { Regulator: regulator, Association: association, Reporter: reporter }[role];
          expect(await isKeptOut(escrow, permitted.address, fragment)).to.be.false;
          for (const person of [regulator, association, reporter, admin, owner, stranger]) {
            if (person !== permitted) expect(await isKeptOut(escrow, person.address, fragment)).to.be.true;
          }
        });
      }
    }

    it("keeps nobody from any other function, but for the replacement of the manager", async () => {
      const { escrow, stranger } = await networkHelpers.loadFixture(deploySystem);
      const supervised = new Set<string>([...Object.values(supervisedFunctions).flat(), "setAuthority"]);
      const others: FunctionFragment[] = [];
      escrow.interface.forEachFunction((fragment) => others.push(fragment));
      const open = others.filter((fragment) => !fragment.constant && !supervised.has(fragment.name));
      expect(open.map((fragment) => fragment.name)).to.include.members(["buy", "settle", "requestExit", "refundCards"]);
      for (const fragment of open) {
        expect(await isKeptOut(escrow, stranger.address, fragment), fragment.name).to.be.false;
      }
    });

    it("hands their administration over for good", async () => {
      const { manager, admin, other, stranger } = await networkHelpers.loadFixture(deploySystem);
      const Handover = { manager: await manager.getAddress(), admin: other.address, retiring: admin.address };
      await ignition.deploy(HandoverModule, { parameters: { Handover } });

      expect((await manager.hasRole(RoleId.Admin, admin)).isMember).to.be.false;
      expect((await manager.hasRole(RoleId.Admin, other)).isMember).to.be.true;
      await expect(manager.connect(admin).grantRole(RoleId.Regulator, stranger, 0n))
        .to.be.revertedWithCustomError(manager, "AccessManagerUnauthorizedAccount")
        .withArgs(admin.address, RoleId.Admin);
      await manager.connect(other).grantRole(RoleId.Regulator, stranger, 0n);
    });

    it("does not hand over when the deploying account is not named to confirm", async () => {
      const { manager, admin, other, stranger } = await networkHelpers.loadFixture(deploySystem);
      const Handover = { manager: await manager.getAddress(), admin: other.address, retiring: stranger.address };
      const failure = await rejectionOf(ignition.deploy(HandoverModule, { parameters: { Handover } }));
      expect(String(failure)).to.include("AccessManagerBadConfirmation");
      expect((await manager.hasRole(RoleId.Admin, admin)).isMember).to.be.true;
    });
  });

  describe("of policies", () => {
    it("adds the presets of a local network in their order", async () => {
      const { escrow, token } = await networkHelpers.loadFixture(deploySystem);
      await expectPolicies(escrow, await token.getAddress(), 1n, policies.Local.presets);
      const next = BigInt(policies.Local.presets.length + 1);
      await expect(escrow.policy(next)).to.be.revertedWithCustomError(escrow, "PolicyUnknown").withArgs(next);
      expect(policies.Local.tokenDecimals).to.equal(Number(await token.decimals()));
    });

    it("adds presets to an escrow that exists, sent by a regulator", async () => {
      const { escrow, token, regulator } = await networkHelpers.loadFixture(deploySystem);
      const Policies = { escrow: await escrow.getAddress(), token: await token.getAddress() };
      await ignition.deploy(PoliciesModule, { parameters: { Policies }, defaultSender: regulator.address });
      await expectPolicies(
        escrow,
        Policies.token,
        BigInt(policies.Local.presets.length + 1),
        policies.Policies.presets,
      );
    });

    it("adds none that is sent by anyone else", async () => {
      const { escrow, token, stranger } = await networkHelpers.loadFixture(deploySystem);
      const Policies = { escrow: await escrow.getAddress(), token: await token.getAddress() };
      const options = { parameters: { Policies }, defaultSender: stranger.address };
      const failure = await rejectionOf(ignition.deploy(PoliciesModule, options));
      expect(String(failure)).to.include("AccessManagedUnauthorized");
    });
  });

  describe("that is interrupted", () => {
    const artifactResolver: ArtifactResolver = {
      loadArtifact: async (name) => await artifacts.readArtifact(name),
      getBuildInfo: async () => {
        await Promise.resolve(undefined);
      },
    };
    let deploymentDir: string;

    beforeEach(async () => {
      await networkHelpers.loadFixture(emptyChain);
      deploymentDir = await mkdtemp(path.join(tmpdir(), "prepaid-escrow-"));
    });
    afterEach(async () => {
      await rm(deploymentDir, { recursive: true });
    });

    /** Before any deployment. */
    async function emptyChain(): Promise<void> {
      await networkHelpers.mine();
    }

    /** Deploys everything over a connection that breaks when `lastsFor` transactions are sent, and counts them. */
    async function run(lastsFor = Infinity) {
      let sent = 0;
      const unreliable: EIP1193Provider = {
        request: async (request) => {
          if (request.method === "eth_sendTransaction") sent += 1;
          else if (sent >= lastsFor) throw new Error("connection lost");
          return (await provider.request(request)) as unknown;
        },
      };
      const accounts = (await ethers.getSigners()).map((signer) => signer.address);
      const result = deploy({
        config: { blockPollingInterval: 5, requiredConfirmations: 1 },
        artifactResolver,
        provider: unreliable,
        deploymentDir,
        ignitionModule: LocalModule,
        deploymentParameters: {},
        accounts,
      });
      const outcome = await result.catch((error: unknown) => error as Error);
      return { outcome, sent };
    }

    for (const lastsFor of [1, 7, 14]) {
      it(`after ${lastsFor} transactions goes on where it stopped, and does nothing twice`, async () => {
        const whole = await run();
        await rm(deploymentDir, { recursive: true });
        await networkHelpers.loadFixture(emptyChain);

        const first = await run(lastsFor);
        expect(first.outcome).to.be.instanceOf(Error).and.have.property("message", "connection lost");
        const second = await run();
        expect(second.outcome).to.have.property("type", DeploymentResultType.SUCCESSFUL_DEPLOYMENT);
        expect(first.sent + second.sent).to.equal(whole.sent);

        const third = await run();
        expect(third.outcome).to.deep.equal(second.outcome);
        expect(third.sent).to.equal(0);
      });
    }
  });
});
