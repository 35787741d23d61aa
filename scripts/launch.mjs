// Runs a program of this project with any installed Node.js and npm: `node scripts/launch.mjs hardhat test`.
//
// Hardhat 3 needs a newer Node.js than some machines have, and npm leaves Hardhat's native package out when npm
// itself runs on an older one. So this file finds a new enough Node.js (or fetches one from the package registry),
// installs the dependencies with it when they are missing or out of date, and then runs the program with it.
// It has no dependencies, works on Node.js 18 and newer, and touches the network only when something is missing.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const MINIMUM_NODE = [22, 13];
const FETCHED_NODE = "24.21.0";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, "node_modules");
const stampFile = path.join(modules, ".launch-stamp.json");

/** A failure the user can act on: printed as one sentence, without a stack trace. */
class LaunchError extends Error {}

function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
}

/** Runs npm with the given Node.js and returns its output. It is the npm that started this file, or the one on the PATH. */
function npm(node, args, purpose) {
  const cli = process.env.npm_execpath ?? "";
  const known = path.basename(cli) === "npm-cli.js" && existsSync(cli);
  const [command, prefix] = known ? [node, [cli]] : ["npm", []];
  const quick = ["--loglevel=error", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=10000"];
  const result = spawnSync(command, [...prefix, args[0], ...quick, ...args.slice(1)], {
    cwd: root,
    encoding: "utf8",
    env: withNode(node),
    maxBuffer: 64 * 1024 * 1024,
    shell: !known && process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.error?.code === "ENOENT") {
    throw new LaunchError(`npm was not found, so ${purpose} failed: install Node.js together with npm and run again.`);
  }
  if (result.signal !== null && result.signal !== undefined) {
    throw new LaunchError(`${purpose} was interrupted (${result.signal}): run the command again.`);
  }
  if (result.status !== 0) throw new LaunchError(`${purpose} failed: ${explain(result)}`);
  return result.stdout;
}

/** The reason why npm failed, in one sentence. */
function explain({ stderr = "", error }) {
  const reasons = [
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/,
      "the package registry cannot be reached; connect to the network (or check npm's registry and proxy settings) and run again.",
    ],
    [/ENOSPC/, "the disk is full; free about 1 GB and run again."],
    [/EACCES|EPERM|EROFS/, `no permission to write; make ${root} and npm's cache writable and run again.`],
    [
      /EUSAGE/,
      "package.json and package-lock.json do not match; run `npm install` with Node.js 22 or newer and commit the result.",
    ],
    [
      /E404|ETARGET/,
      "the package registry does not have a version that package-lock.json asks for; use a registry that is complete.",
    ],
  ];
  for (const [pattern, sentence] of reasons) if (pattern.test(stderr)) return sentence;
  const line =
    stderr.split("\n").find((text) => /^npm (error|ERR!) (?!code)/.test(text)) ?? error?.message ?? "unknown reason";
  return `${line.replace(/^npm (error|ERR!) /, "").trim()} (npm's log file has the details).`;
}

function withNode(node) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return {
    // Hardhat would otherwise send usage data from interactive terminals.
    HARDHAT_DISABLE_TELEMETRY: "true",
    ...process.env,
    [key]: [path.dirname(node), path.dirname(process.execPath), process.env[key] ?? ""].join(path.delimiter),
  };
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return {};
  }
}

/** The Node.js to use: this one, the one fetched before, or one fetched now. */
function findNode(stamp) {
  if (isNewEnough(process.versions.node)) return { path: process.execPath, version: process.versions.node };
  const { fetched } = stamp;
  if (fetched?.version === FETCHED_NODE && existsSync(fetched.path)) return fetched;

  const purpose = `Fetching Node.js ${FETCHED_NODE} (this is ${process.versions.node}, Hardhat needs ${MINIMUM_NODE.join(".")} or newer)`;
  note(`${purpose} ...`);
  const script = "console.log(JSON.stringify([process.version, process.execPath]))";
  const output = npm(
    process.execPath,
    ["exec", "--yes", "--prefer-offline", `--package=node@${FETCHED_NODE}`, "--", "node", "-e", script],
    purpose,
  );
  const [version, file] = JSON.parse(output.trim().split("\n").pop() || '["",""]');
  if (!isNewEnough(version)) {
    throw new LaunchError(
      `${purpose} gave ${version || "nothing"} instead: install Node.js ${MINIMUM_NODE.join(".")} or newer yourself and run again.`,
    );
  }
  return { path: file, version: FETCHED_NODE };
}

/** Installs the dependencies when node_modules is missing or belongs to another lock file, Node.js or machine. */
function install(node, stamp) {
  const lockFile = path.join(root, "package-lock.json");
  if (!existsSync(lockFile)) throw new LaunchError(`${lockFile} is missing: restore it from version control.`);
  const wanted = {
    lock: createHash("sha256").update(readFileSync(lockFile)).digest("hex"),
    node: `${node.version.split(".")[0]}-${process.platform}-${process.arch}`,
  };
  if (stamp.lock !== wanted.lock || stamp.node !== wanted.node) {
    const purpose = "Installing dependencies from package-lock.json";
    note(`${purpose} (about half a minute) ...`);
    npm(node.path, ["ci", "--include=dev", "--include=optional"], purpose);
  }
  const fetched = node.path === process.execPath ? stamp.fetched : node;
  const text = `${JSON.stringify({ ...wanted, fetched }, null, 2)}\n`;
  if (text !== `${JSON.stringify(stamp, null, 2)}\n`) writeFileSync(stampFile, text);
}

/**
 * Keeps the compiled contracts of a moved or copied checkout. Hardhat's list of them has absolute paths, which this function changes to
 * the new folder. The compiler then runs only for changed files.
 */
function keepBuild() {
  const file = path.join(root, "cache", "compile-cache.json");
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return; // Nothing was compiled yet.
  }
  const [, quoted] = /"((?:[^"\\]|\\.)*)(?:\/|\\\\)contracts(?:\/|\\\\)PrepaidEscrow\.sol":/.exec(text) ?? [];
  const here = JSON.stringify(root).slice(1, -1);
  if (quoted === undefined || quoted === here) return;
  writeFileSync(file, text.replaceAll(`"${quoted}`, `"${here}`));
}

/** The script file of an installed program. */
function findProgram(name) {
  const owner = name === "tsc" ? "typescript" : name;
  const folder = path.join(modules, owner);
  let bin;
  try {
    ({ bin } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")));
  } catch {
    throw new LaunchError(`The program "${name}" is not among the dependencies of this project.`);
  }
  return path.join(folder, typeof bin === "string" ? bin : bin[name]);
}

/** The help page of a task: that of `warnings watch` is scripts/help/warnings-watch.txt. */
function findHelp(args) {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  for (let words = args.slice(0, Math.max(0, end)); words.length > 0; words = words.slice(0, -1)) {
    const page = path.join(root, "scripts/help", `${words.join("-")}.txt`);
    if (existsSync(page)) return page;
  }
  return undefined;
}

function note(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs the program and ends with its exit code or signal. */
function run(node, args) {
  const child = spawn(node.path, args, { env: withNode(node.path), stdio: "inherit" });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole process group, so the child has received it.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (error) => {
    note(`Error: ${node.path} could not be started: ${error.message}.`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    for (const name of signals) process.off(name, forward);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

try {
  const [program, ...args] = process.argv.slice(2);
  if (program === undefined) throw new LaunchError("Usage: node scripts/launch.mjs PROGRAM [ARGUMENTS]");
  const help = findHelp(args);
  if (program === "hardhat" && args.some((arg) => arg === "--help" || arg === "-h") && help !== undefined) {
    // Hardhat's own help cannot show examples. Printing the page needs no installation.
    process.stdout.write(readFileSync(help, "utf8"));
    process.exit();
  }
  const stamp = readStamp();
  const node = findNode(stamp);
  install(node, stamp);
  keepBuild();
  run(node, [findProgram(program), ...args]);
} catch (error) {
  if (!(error instanceof LaunchError)) throw error;
  note(`Error: ${error.message}`);
  process.exitCode = 1;
}
