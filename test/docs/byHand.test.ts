import { expect } from "chai";
import { ArgumentType } from "hardhat/types/arguments";

import { commands } from "../../scripts/commands/tasks.js";
import { networkHelpers, provider } from "../helpers/chain.js";
import { commandRunner, good } from "../helpers/commands.js";
import type { Arguments } from "../helpers/commands.js";
import { TOKEN, deploySystem } from "../helpers/fixture.js";
import { page } from "../helpers/markdown.js";

const shown = page("docs/by-hand.md");

/** A command line of the page as the task and its arguments. */
function parsed(line: string, file: (name: string) => string): { readonly name: string; readonly args: Arguments } {
  const words = line.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ""));
  expect(words.splice(0, 4)).to.deep.equal(["npm", "run", "hh", "--"]);
  expect(words.splice(-2)).to.deep.equal(["--network", "localhost"]);
  const [found] = commands
    .filter(({ id }) => id.join(" ") === words.slice(0, id.length).join(" "))
    .sort((a, b) => b.id.length - a.id.length);
  if (found === undefined) throw new Error(`${line} is no command`);
  if (!("positionalArguments" in found)) throw new Error(`${line} is no command`);
  const typed = (type: ArgumentType, word: string) =>
    type === ArgumentType.BIGINT ? BigInt(word) : /^[a-z]+\.(?:json|txt)$/.test(word) ? file(word) : word;
  const args: Record<string, string | bigint | boolean | string[]> = {};
  const positional = [...found.positionalArguments];
  for (let i = found.id.length; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith("--")) {
      const { name, type, isVariadic } = positional.shift()!;
      args[name] = isVariadic ? [String(typed(type, word))] : typed(type, word);
      continue;
    }
    const option = Object.values(found.options).find(
      ({ name }) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}` === word,
    )!;
    args[option.name] = option.type === ArgumentType.FLAG ? true : typed(option.type, words[++i]!);
  }
  return { name: found.id.join(" "), args };
}

describe("docs/by-hand.md", () => {
  const runner = commandRunner();

  it("runs as it stands, and pays what the page gives", async () => {
    const { escrow, register, token, holder } = await networkHelpers.loadFixture(deploySystem);
    await token.mint(holder, 1_000_000n * TOKEN);
    const at = { escrow: await escrow.getAddress(), register: await register.getAddress() };
    let said = "";
    for (const line of shown.fences.flatMap(({ code }) => code.trim().split("\n"))) {
      const [, request] =
        /^curl -s http:\/\/127\.0\.0\.1:8545 -H "Content-Type: application\/json" -d '(.+)'$/.exec(line) ?? [];
      if (request === undefined) {
        const { name, args } = parsed(line, runner.file);
        said += good(await runner.run(name, { ...at, ...args }));
      } else {
        for (const { method, params = [] } of JSON.parse(request) as { method: string; params?: unknown[] }[]) {
          await provider.request({ method, params });
        }
      }
    }
    const amounts = [...shown.text.matchAll(/`([\d.]+ TCNY)`/g)].map(([, amount]) => amount!);
    expect(amounts).to.deep.equal(["60.00 TCNY", "1140.00 TCNY", "1200.00 TCNY", "1200.00 TCNY"]);
    const paid = [...said.matchAll(/([\d.]+ TCNY) paid to|refunded with ([\d.]+ TCNY)/g)].map(
      ([, to, all]) => to ?? all,
    );
    expect(paid).to.deep.equal(amounts);
  });
});
