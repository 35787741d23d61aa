import type { KeyVoucher } from "prepaid-escrow";
import type { BookedVoucher } from "prepaid-escrow/till";

/** Contracts the page works with. */
export interface DeploymentSettings {
  readonly name: string;
  readonly chainId: number;
  readonly escrow: string;
  readonly register?: string;
  readonly deployBlock: number;
  /** A node to read from, absolute or relative to the page. Without one the wallet's node is asked. */
  readonly node?: string;
}

/** An account of the development wallet. */
export interface DevelopmentAccount {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly key: string;
  readonly merchantId?: string;
}

/** The content of `console.json` beside the page. */
export interface Settings {
  readonly deployments: readonly DeploymentSettings[];
  /** Names of merchants and programs by id, and of accounts by address. */
  readonly names?: {
    readonly merchants?: Readonly<Record<string, string>>;
    readonly programs?: Readonly<Record<string, string>>;
    readonly accounts?: Readonly<Record<string, string>>;
  };
  /** On a local chain only: the development wallet's accounts, and the vouchers that tills have not settled. */
  readonly development?: {
    /** Texts whose hashes went on chain as evidence. */
    readonly evidence: readonly string[];
    readonly accounts: readonly DevelopmentAccount[];
    readonly vouchers: readonly {
      readonly merchantId: string;
      readonly vouchers: readonly (Omit<KeyVoucher, "cumulative"> &
        Pick<BookedVoucher, "previous" | "item" | "salt"> & { readonly cumulative: string })[];
    }[];
  };
}

/** The only chain id on which the development wallet works. */
export const LOCAL_CHAIN = 31_337;

/** Reads `console.json`. */
export async function loadSettings(): Promise<Settings> {
  const answer = await fetch(new URL("console.json", document.baseURI), { cache: "no-cache" });
  if (!answer.ok) throw new SettingsError("missing");
  const settings = (await answer.json()) as Settings;
  if (!Array.isArray(settings.deployments) || settings.deployments.length === 0) throw new SettingsError("empty");
  return settings;
}

/** Thrown if `console.json` is missing or names no deployment. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(readonly problem: "missing" | "empty") {
    super("console.json beside this page names no deployment. Next: write one into it; docs/console.md shows how.");
  }
}
