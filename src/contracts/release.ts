/** The units of a whole card; a card of an open amount (`units` 0) has one for each base unit of its principal. Source: `Release.face`. */
export function faceOf(principal: bigint, units: bigint): bigint {
  return units === 0n ? principal : units;
}

/**
 * Principal released to the merchant by `consumed` units, in token base units, rounded down. Source: `Release.released`.
 *
 * @param principal The card's principal, in token base units.
 * @param units The units of the card's program.
 */
export function releasedBy(consumed: bigint, principal: bigint, units: bigint): bigint {
  return units === 0n ? consumed : (consumed * principal) / units;
}
