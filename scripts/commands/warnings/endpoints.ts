import { readFile } from "node:fs/promises";

import { z } from "zod";

import { eventNames } from "../../../src/contracts/events.js";
import type { EscrowEventName } from "../../../src/contracts/events.js";
import { InvalidInputError } from "../../../src/utils/invalidInput.js";
import type { WebhookEndpoint } from "../../../src/watcher/index.js";

/** The environment variable of the secret, unless the file of endpoints names another one. */
export const SECRET = "WEBHOOK_SECRET";

const endpoint = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: "lower-case letters, digits and dashes, at most 40" }),
  url: z.string({ error: "an address with http:// or https://" }),
  secretVariable: z.string({ error: "the name of an environment variable" }).default(SECRET),
  events: z.array(z.string({ error: "names of events" })).optional(),
  merchants: z.array(z.int({ error: "numbers of merchants" }).nonnegative()).optional(),
  level: z.enum(["Notice", "Warning"], { error: "Notice or Warning" }).optional(),
  tries: z.int({ error: "a whole number" }).min(1).max(1_000).optional(),
});

const file = z.strictObject({ endpoints: z.array(endpoint).min(1, { error: "one endpoint at least" }) });

/**
 * The endpoints of a file, or the one of an address. Secrets come from the environment alone.
 *
 * @throws InvalidInputError if a field cannot be used.
 */
export async function endpointsOf(
  webhooks: string | undefined,
  webhook: string | undefined,
): Promise<WebhookEndpoint[]> {
  if (webhook !== undefined) {
    if (webhooks !== undefined) {
      throw new InvalidInputError("--webhook", webhook, "one of --webhook and --webhooks", "put both into the file");
    }
    return [{ name: "default", url: webhook, secret: secretOf(SECRET) }];
  }
  if (webhooks === undefined) return [];
  const parsed = file.safeParse(parseJson(webhooks, await readText(webhooks)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    throw new InvalidInputError(
      `${field === "" ? "the content" : field} of ${webhooks}`,
      "not as it should be",
      issue?.message ?? "another value",
      "see npm run watch -- --help",
    );
  }
  return parsed.data.endpoints.map(({ secretVariable, events, merchants, name, url, level, tries }) => {
    const chosen = events === undefined ? {} : { events: events.map(eventName) };
    const only = merchants === undefined ? {} : { merchantIds: merchants.map(BigInt) };
    const rest = { ...(level === undefined ? {} : { level }), ...(tries === undefined ? {} : { tries }) };
    return { name, url, secret: secretOf(secretVariable), ...chosen, ...only, ...rest };
  });
}

/** Checks the name of an event. */
export function eventName(name: string): EscrowEventName {
  const found = eventNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new InvalidInputError("event", name, `one of ${eventNames.join(", ")}`, "check the spelling");
}

function secretOf(variable: string): string {
  const secret = process.env[variable];
  if (secret !== undefined && secret !== "") return secret;
  throw new InvalidInputError(
    variable,
    "not set",
    "whsec_ and 24 to 64 bytes in base64",
    "put it into .env or the environment; make one with: echo whsec_$(openssl rand -base64 32)",
  );
}

async function readText(name: string): Promise<string> {
  try {
    return await readFile(name, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InvalidInputError("--webhooks", name, "files that can be read", `check the path (${code ?? "unknown"})`);
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError(name, "no JSON", "JSON", "see npm run watch -- --help for an example");
  }
}
