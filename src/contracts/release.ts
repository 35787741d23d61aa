/** The units a card can be consumed to; open amounts (`units` 0) have as many as principal. Source: `Release.face`. */
export function faceOf(principal: bigint, units: bigint): bigint {
  return units === 0n ? principal : units;
}

/**
 * Principal released to the merchant by `consumed` units, in token base units, rounded down. Source: `Release.released`.
 *
 * @param principal The card's.
 * @param units The program's.
 */
export function releasedBy(consumed: bigint, principal: bigint, units: bigint): bigint {
  return units === 0n ? consumed : (consumed * principal) / units;
}
