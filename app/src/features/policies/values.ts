import { InvalidInputError, formatAmount, parseAmount } from "prepaid-escrow";
import type { Preset, PresetPolicy } from "prepaid-escrow";

/** A preset's rules as they are typed. */
export type Values = Readonly<Record<keyof PresetPolicy, string | boolean>>;

const MONEY: readonly (keyof PresetPolicy)[] = ["maxNamed", "maxBearer", "maxHolderExposure", "feeFlat", "feeMax"];

/** A preset's fields as they are typed: amounts in units of the currency. */
export function written({ policy, currencyDecimals }: Preset): Values {
  const values = Object.entries(policy).map(([field, value]) => {
    const money = MONEY.includes(field as keyof PresetPolicy);
    return [
      field,
      typeof value === "boolean" ? value : money ? formatAmount(BigInt(value), currencyDecimals) : String(value),
    ];
  });
  // The entries are the preset's own, each under its name.
  return Object.fromEntries(values) as Values;
}

/**
 * Reads the rules that were typed.
 *
 * @throws InvalidInputError if a value is no number.
 */
export function readValues(
  values: Values,
  { currencyDecimals }: Preset,
  labels: Readonly<Record<string, string>>,
): PresetPolicy {
  const read: Record<string, number | boolean> = {};
  for (const [field, value] of Object.entries(values)) {
    const label = labels[field] ?? field;
    if (typeof value === "boolean") {
      read[field] = value;
    } else if (MONEY.includes(field as keyof PresetPolicy)) {
      const amount = parseAmount(value.trim(), currencyDecimals);
      const most = BigInt(Number.MAX_SAFE_INTEGER);
      if (amount > most) {
        const allowed = `at most ${formatAmount(most, currencyDecimals)}`;
        throw new InvalidInputError(label, value, allowed, "give 0 for no limit");
      }
      read[field] = Number(amount);
    } else {
      if (!/^\d{1,9}$/.test(value.trim()))
        throw new InvalidInputError(label, value, "a whole number", "write digits only");
      read[field] = Number(value.trim());
    }
  }
  // The values have the fields of a preset: they were made from one.
  return read as unknown as PresetPolicy;
}
