/** What no two verbali of a flusso should share: the violation, the protocol, a position to cancel. */
import { foldCode } from "../look-alikes.ts";
import { findSpeedMoment, foldPlace, foldViolation, type SpeedMoment } from "../violation.ts";

/** The marks of one row, as they are compared with those of the others. */
export interface Marks {
  /** Who, which vehicle, which day, what time; `null` where a part is missing. */
  readonly violation: string | null;
  /** As `violation`, and which article. */
  readonly sameViolation: string | null;
  /** Of a speed: which vehicle at which minute; `null`: it is of none, or a part is missing. */
  readonly speed: SpeedMoment | null;
  /** Why it was not contested at once; `null`: it does not say. */
  readonly reason: string | null;
  /** `null`: the row is too broken to tell. */
  readonly protocol: string | null;
  /** Each with the kind of its name. */
  readonly positions: readonly string[];
}

/** A row too broken to tell. */
export const noMarks: Marks = {
  violation: null,
  sameViolation: null,
  speed: null,
  reason: null,
  protocol: null,
  positions: [],
};

/** The marks of a verbale as it was read; a verbale without protocol goes by its number. */
export function buildMarks(verbale: Readonly<Record<string, unknown>>): Marks {
  const { posizioni } = verbale as {
    readonly posizioni?: readonly Readonly<Record<string, string>>[];
  };
  const place = foldPlace(verbale);
  const violation = foldViolation(verbale);
  const reason = readText(verbale["motivoMancataContestazione"])
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, " ")
    .trim();
  const protocol = readText(verbale["protocollo"]) || readText(verbale["numero"]);
  return {
    violation: place === null ? null : `violazione|${place}`,
    speed: findSpeedMoment(verbale),
    reason: reason === "" ? null : `motivo|${reason}`,
    sameViolation: violation === null ? null : `stessa violazione|${violation}`,
    protocol: `protocollo|${foldCode(protocol)}`,
    positions: (posizioni ?? []).flatMap((position) =>
      Object.entries(position).map(([kind, name]) => `posizione|${kind}|${name}`),
    ),
  };
}

/** All marks as one list. */
export function listMarks(marks: Marks): readonly string[] {
  const { violation, sameViolation, protocol, positions, speed, reason } = marks;
  return [
    violation,
    sameViolation,
    reason,
    protocol,
    ...positions,
    ...listSpeedHours(speed),
  ].filter((mark) => mark !== null);
}

/** Two speeds of a vehicle within an hour share one of these; so do some that are up to two hours apart. */
export function listSpeedHours(speed: SpeedMoment | null): readonly string[] {
  if (speed === null) return [];
  const hour = Math.floor(speed.minute / 60);
  return [hour, hour + 1].map((each) => `velocità|${speed.plate}|${each}`);
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
