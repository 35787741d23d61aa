import { expect } from "chai";
import { TypedDataEncoder, ZeroAddress } from "ethers";
import type { TypedDataField } from "ethers";
import { z } from "zod";

import { escrowDomain, typedDataTypes } from "../../src/contracts/typedData.js";
import { read } from "../helpers/markdown.js";

/** The messages that holders and operators sign in the escrow's domain; the other two are of tokens' domains. */
const SIGNED = ["Consumption", "Settlement", "ExitRequest", "Complaint"] as const;

/* What ERC-7730 (version 2 of its schema) allows, as far as this descriptor uses it. Anything else is refused. */

const label = z.string().min(1).max(24);
const raw = z.strictObject({ path: z.string(), label, format: z.literal("raw"), visible: z.literal("always") });
const date = z.strictObject({
  path: z.string(),
  label,
  format: z.literal("date"),
  params: z.strictObject({ encoding: z.literal("timestamp") }),
  visible: z.literal("always"),
});
const field = z.discriminatedUnion("format", [raw, date]);
const group = z.strictObject({ path: z.string(), label, fields: z.array(field) });
const format = z.strictObject({
  intent: z.string().min(1).max(30),
  interpolatedIntent: z.string().min(1),
  fields: z.array(z.union([field, group])).min(1),
});
const descriptor = z.strictObject({
  $schema: z.literal("../../specs/erc7730-v2.schema.json"),
  context: z.strictObject({
    $id: z.string(),
    eip712: z.strictObject({ domain: z.strictObject({ name: z.string(), version: z.string() }) }),
  }),
  metadata: z.strictObject({ owner: z.string(), contractName: z.string() }),
  display: z.strictObject({ formats: z.record(z.string(), format) }),
});

/** Every value of a message as a wallet walks through it, with its type. */
function leavesOf(
  types: Readonly<Record<string, readonly TypedDataField[]>>,
  struct: string,
  prefix = "",
): [string, string][] {
  return (types[struct] ?? []).flatMap(({ name, type }): [string, string][] => {
    const inner = type.replace(/\[\]$/, "");
    if (!(inner in types)) return [[prefix + name, type]];
    return leavesOf(types, inner, `${prefix}${name}${type === inner ? "." : ".[]."}`);
  });
}

describe("The ERC-7730 descriptor", () => {
  const { context, metadata, display } = descriptor.parse(JSON.parse(read("data/erc7730/prepaid-escrow.json")));

  it("is bound to the escrow's domain", () => {
    const { name, version } = escrowDomain(1n, ZeroAddress);
    expect(context.eip712.domain).to.deep.equal({ name, version });
    expect(metadata.contractName).to.equal("PrepaidEscrow");
  });

  it("has a format for each message that is signed, by its encoded type, and no other", () => {
    const types = SIGNED.map((name) => TypedDataEncoder.from(typedDataTypes[name]).encodeType(name));
    expect(Object.keys(display.formats).sort()).to.deep.equal(types.sort());
  });

  for (const name of SIGNED) {
    it(`shows every field of ${name} once, deadlines as dates`, () => {
      const { fields, interpolatedIntent } =
        display.formats[TypedDataEncoder.from(typedDataTypes[name]).encodeType(name)]!;
      // The paths of a group's fields go on from its own.
      const shown = fields.flatMap((one) =>
        "fields" in one ? one.fields.map((part) => ({ ...part, path: `${one.path}.${part.path}` })) : [one],
      );
      const leaves = leavesOf(typedDataTypes[name], name);
      expect(shown.map(({ path }) => path).sort()).to.deep.equal(leaves.map(([path]) => path).sort());
      const types = new Map(leaves);
      for (const one of shown) expect(one.format).to.equal(types.get(one.path) === "uint48" ? "date" : "raw");
      for (const [, path] of interpolatedIntent.matchAll(/\{([^}]*)\}/g)) expect(types.has(path!), path).to.be.true;
    });
  }

  it("ships with the package", () => {
    const { files, exports } = JSON.parse(read("package.json")) as {
      files: string[];
      exports: Record<string, unknown>;
    };
    expect(files).to.include("data/erc7730");
    expect(exports["./erc7730.json"]).to.equal("./data/erc7730/prepaid-escrow.json");
  });
});
