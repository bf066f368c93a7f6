/** Names that effects hold: equal ones must be equal in their column too, sealed or not. */
import { buildChange, type SealedValue, type Statement } from "./plan.ts";

/** A name as it stands in its column. */
export function toHeldName(name: string): SealedValue {
  return { text: name, place: "holdings.name", as: "equal" };
}

/**
 * The last in the line for the name; of two that join at once one alone gets the place, and the other sees who has it.
 * An effect that was taken back or refused held nothing meanwhile: others may have come before it.
 */
export function buildHolds(
  ente: string,
  name: string,
  effect: string,
  isBegun: boolean,
): readonly Statement[] {
  const held = toHeldName(name);
  const join = `INSERT INTO holdings (ente, name, effect, place)
    VALUES (?, ?, ?, (SELECT COALESCE(max(place), 0) + 1 FROM holdings WHERE ente = ? AND name = ?)) ON CONFLICT (ente, name, effect) DO NOTHING`;
  const leave = "DELETE FROM holdings WHERE ente = ? AND name = ? AND effect = ?";
  return [
    ...(isBegun ? [] : [buildChange(leave, ente, held, effect)]),
    buildChange(join, ente, held, effect, ente, held),
  ];
}
