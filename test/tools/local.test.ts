import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { successfulResult } from "hardhat/utils/result";

import { readDeployments } from "../../scripts/commands/deployments/read.js";
import deployLocal from "../../scripts/commands/local/deploy.js";
import node from "../../scripts/commands/local/node.js";
import { PortError, localPort } from "../../scripts/commands/local/port.js";
import { errorOf } from "../helpers/errors.js";
import { serveChain } from "../helpers/http.js";
import { ROOT } from "../helpers/markdown.js";

/** Runs something and answers what it wrote beside its result. */
async function written(run: () => unknown) {
  const texts = { stdout: "", stderr: "" };
  const originals = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)] as const;
  process.stdout.write = (text) => Boolean((texts.stdout += String(text)));
  process.stderr.write = (text) => Boolean((texts.stderr += String(text)));
  try {
    const result: unknown = await run();
    return { result, ...texts };
  } finally {
    process.stdout.write = originals[0];
    process.stderr.write = originals[1];
  }
}

/** A port that another program listens on. */
async function takenPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.close();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close };
}

describe("A local network", () => {
  describe("its port", () => {
    for (const [value, port] of [
      [undefined, 8545],
      ["", 8545],
      ["1", 1],
      ["8600", 8600],
      ["65535", 65_535],
    ] as const) {
      it(`is ${port} where LOCAL_PORT is ${JSON.stringify(value)}`, () => {
        expect(localPort(value)).to.equal(port);
      });
    }

    for (const value of ["0", "65536", "-1", "8545.5", "8545 ", "0x2161", "1e3", "port"]) {
      it(`is not ${JSON.stringify(value)}`, () => {
        const error = errorOf(() => localPort(value));
        expect(error).to.be.instanceOf(PortError).and.include({ value });
      });
    }

    it("is named in one line by whatever command reads a wrong one", () => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["scripts/launch.mjs", "hardhat", "warnings", "watch", "--network", "localhost"],
        { cwd: ROOT, encoding: "utf8", env: { ...process.env, LOCAL_PORT: "70000" } },
      );
      expect({ status, stdout, stderr }).to.deep.equal({
        status: 1,
        stdout: "",
        stderr: `Error: ${new PortError("70000").message}\n`,
      });
    });
  });

  describe("its node", () => {
    const environment = process.env.LOCAL_PORT;
    afterEach(() => {
      if (environment === undefined) delete process.env.LOCAL_PORT;
      else process.env.LOCAL_PORT = environment;
    });

    async function started(args: { readonly port?: number }) {
      let passedOn: unknown;
      const outcome = await written((): unknown =>
        node(args, hre, (given) => {
          passedOn = given;
          return Promise.resolve(successfulResult());
        }),
      );
      return { passedOn, ...outcome };
    }

    it("listens on LOCAL_PORT, and on the port of --port where one is given", async () => {
      const { port, close } = await takenPort();
      await close();
      process.env.LOCAL_PORT = String(port);
      expect((await started({ port: 8545 })).passedOn).to.deep.equal({ port });
      process.env.LOCAL_PORT = "1";
      expect((await started({ port })).passedOn).to.deep.equal({ port });
    });

    it("is refused with one line where the port is taken", async () => {
      const { port, close } = await takenPort();
      process.env.LOCAL_PORT = String(port);
      const { passedOn, result, stderr } = await started({});
      await close();
      expect(passedOn).to.equal(undefined);
      expect(result).to.include({ success: false });
      expect(stderr).to.equal(
        `Error: port ${port} cannot be used (EADDRINUSE). Next: end what uses it, or choose another port for the node ` +
          "and for every command: LOCAL_PORT=8600 npm run node.\n",
      );
    });
  });

  describe("deploying to it", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), "local-"));
      symlinkSync(path.join(ROOT, "deploy/modules"), path.join(folder, "modules"));
    });
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    async function deploy(url: string, network = "local") {
      const networks = { local: { type: "http", chainType: "l1", url } } as const;
      const config = { ...hre.userConfig, networks, paths: { ...hre.userConfig.paths, ignition: folder } };
      const environment = await createHardhatRuntimeEnvironment(config, { network }, ROOT);
      const asked = { deploy: process.env.HARDHAT_IGNITION_CONFIRM_DEPLOYMENT };
      try {
        return await written((): unknown => deployLocal({}, environment));
      } finally {
        if (asked.deploy === undefined) delete process.env.HARDHAT_IGNITION_CONFIRM_DEPLOYMENT;
        delete process.env.HARDHAT_IGNITION_CONFIRM_RESET;
      }
    }

    it("asks nothing, and names the deployment that is replaced", async () => {
      const chain = await serveChain();
      try {
        const first = await deploy(chain.url);
        expect(first.result).to.include({ success: true });
        expect(first.stdout).not.to.include("replaces");
        const deployed = readDeployments(path.join(folder, "deployments")).get(31_337n);

        const second = await deploy(chain.url);
        expect(second.result).to.include({ success: true });
        expect(second.stdout).to.include(
          `This deployment replaces the one of escrow ${deployed?.escrow} on chain 31337:`,
        );
        const now = readDeployments(path.join(folder, "deployments")).get(31_337n);
        expect(now?.escrow).to.be.a("string").that.does.not.equal(deployed?.escrow);
      } finally {
        await chain.close();
      }
    });

    it("names the command that starts a node where none answers", async () => {
      const chain = await serveChain();
      await chain.close();
      const { result, stderr } = await deploy(chain.url);
      expect(result).to.include({ success: false });
      expect(stderr).to.equal(
        `Error: no node answers at ${chain.url}. Next: npm run node, in a terminal of its own (LOCAL_PORT names another port).\n`,
      );
    });

    it("is refused on the network inside the process, which would be gone at once", async () => {
      const { result, stderr } = await deploy("http://127.0.0.1:1", "default");
      expect(result).to.include({ success: false });
      expect(stderr).to.equal(
        "Error: --network is default, which ends with this command. Next: add --network localhost.\n",
      );
    });
  });

  describe("its build", () => {
    it("is the same for a deployment as for the tests, so that nothing is compiled again", () => {
      const { default: tested, production } = hre.config.solidity.profiles;
      expect(production).to.deep.equal(tested);
    });

    it("does not depend on the folder the project is in", () => {
      const [compiler] = hre.config.solidity.profiles.default?.compilers ?? [];
      expect(compiler?.path)
        .to.be.a("string")
        .that.satisfies((file: string) => !path.isAbsolute(file));
    });

    it("is kept when the project is moved", () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), "moved-"));
      const at = (file: string): string => path.join(folder, file);
      try {
        for (const name of ["scripts", "cache", "node_modules/reader"]) mkdirSync(at(name), { recursive: true });
        cpSync(path.join(ROOT, "scripts/launch.mjs"), at("scripts/launch.mjs"));
        // A program that is installed, by a lock file and a Node.js that have not changed.
        writeFileSync(at("package-lock.json"), "{}");
        const stamp = {
          lock: createHash("sha256").update("{}").digest("hex"),
          node: `${process.versions.node.split(".")[0]}-${process.platform}-${process.arch}`,
        };
        writeFileSync(at("node_modules/.launch-stamp.json"), JSON.stringify(stamp));
        writeFileSync(at("node_modules/reader/package.json"), JSON.stringify({ bin: "reader.cjs" }));
        writeFileSync(at("node_modules/reader/reader.cjs"), "");
        const cache = (root: string) => ({
          [`${root}/contracts/PrepaidEscrow.sol`]: { artifactPaths: [`${root}/artifacts/a.json`], isolated: false },
          "npm:@openzeppelin/contracts/a.sol": { artifactPaths: [`${root}/artifacts/b.json`] },
        });
        const file = at("cache/compile-cache.json");
        writeFileSync(file, JSON.stringify(cache('/where/it "was"/before')));
        const { status, stderr } = spawnSync(process.execPath, [at("scripts/launch.mjs"), "reader"], {
          encoding: "utf8",
        });
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
        expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(cache(folder));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});
