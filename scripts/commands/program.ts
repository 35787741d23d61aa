import { isEvent } from "../../src/contracts/events.js";
import { InvalidInputError } from "../../src/utils/invalidInput.js";
import type { Token } from "../../src/utils/token.js";
import { parseDuration } from "../../src/utils/units.js";
import type { ProgramView } from "../../src/contracts/views.js";
import { given, reading, wholeNumber, writing } from "./command.js";
import type { CommonArguments, WriteArguments } from "./command.js";
import { list, sheet, unitsOf } from "./layout.js";

const kinds = { "stored-value": "StoredValue", count: "Count", pass: "Pass" } as const;

/** `program show`: shows a program. */
export const show = reading(async (client, { program: programId }: CommonArguments & { readonly program: bigint }) => {
  const program = await client.program(programId);
  const token = await client.tokenOf(program.merchantId);
  const text = sheet(`Program ${programId}`, [
    ["Merchant", String(program.merchantId)],
    ["Policy", String(program.policyId)],
    ["Kind", program.kind],
    ["Price", price(program, token)],
    ["Gives", offer(program, token)],
    ["List price", program.price === 0n ? "as paid" : token.format(program.listPrice)],
    ["Bearer", program.bearer ? "yes" : "no"],
    ["Fee for leaving", program.feeFree ? "none" : "as the policy has it"],
    ["On sale", program.retired ? "no, it is retired" : "yes"],
  ]);
  return { text, data: { programId, ...program } };
});

/** `program list`: lists the programs of one merchant, or of all. */
export const listAll = reading(
  async (client, { merchant }: CommonArguments & { readonly merchant: string | undefined }) => {
    const programs = await client.history.programs(
      merchant === undefined ? undefined : wholeNumber("merchant", merchant),
    );
    const rows = await Promise.all(
      programs.map(async (program) => {
        const token = await client.tokenOf(program.merchantId);
        const { programId, merchantId, kind, retired } = program;
        return [
          String(programId),
          String(merchantId),
          kind,
          price(program, token),
          offer(program, token),
          retired ? "retired" : "on sale",
        ];
      }),
    );
    const titles = ["Program>", "Merchant>", "Kind", "Price>", "Gives>", "State"];
    return { text: list(titles, rows, "No program was published."), data: programs };
  },
);

interface PublishArguments extends WriteArguments {
  readonly merchant: bigint;
  readonly kind: string | undefined;
  readonly price: string;
  readonly units: string | undefined;
  readonly listPrice: string | undefined;
  readonly bearer: boolean;
  readonly feeFree: boolean;
  readonly metadata: string;
}

/** `program publish`: puts a program on sale, as the owner. */
export const publish = writing(async (client, args: PublishArguments) => {
  const { merchant: merchantId, bearer, feeFree, metadata: metadataURI } = args;
  const name = given("kind", args.kind);
  const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof typeof kinds] : undefined;
  if (kind === undefined) {
    throw new InvalidInputError("--kind", name, Object.keys(kinds).join(", "), "choose one of them");
  }
  const token = await client.tokenOf(merchantId);
  const cost = token.parse(args.price);
  const units = cost === 0n ? 0n : readUnits(kind, given("units", args.units), token);
  const usual = kind === "StoredValue" ? units : cost;
  const listPrice = args.listPrice === undefined ? usual : token.parse(args.listPrice);
  const terms = { kind, bearer, price: cost, units, listPrice, feeFree, metadataURI };
  return {
    intent: `Publish a program of merchant ${merchantId}: ${cost === 0n ? "any amount" : `${offer(terms, token)} for ${token.format(cost)}`}`,
    call: client.call("publishProgram", { merchantId, terms }),
    result: ({ events }) => {
      const published = events.find((event) => isEvent(event, "ProgramPublished"));
      return published === undefined ? "Done" : `It is program ${published.args.programId}`;
    },
  };
});

/** `program retire`: takes a program off sale, as the owner. Its cards keep their rights. */
export const retire = writing((client, { program: programId }: WriteArguments & { readonly program: bigint }) =>
  Promise.resolve({
    intent: `Take program ${programId} off sale for good; its cards keep their rights`,
    call: client.call("retireProgram", { programId }),
  }),
);

type Terms = Pick<ProgramView, "kind" | "price" | "units">;

function price(program: Terms, token: Token): string {
  return program.price === 0n ? "any amount" : token.format(program.price);
}

function offer({ kind, price: cost, units }: Terms, token: Token): string {
  return cost === 0n ? "what is paid" : unitsOf(kind, units, token);
}

function readUnits(kind: ProgramView["kind"], text: string, token: Token): bigint {
  switch (kind) {
    case "StoredValue":
      return token.parse(text);
    case "Count":
      return wholeNumber("units", text);
    case "Pass":
      return parseDuration(text);
  }
}
