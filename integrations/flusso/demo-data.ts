/** The demo flusso with fresh dates: the committed one, moved so that it never grows older than the term of notification. */
import { readFileSync } from "node:fs";
import template from "../../data/demo/flusso-2026-11.csv" with { type: "file" };
import ordinanze from "../../data/demo/altri-atti/flussi/ordinanze-2026-11.csv" with { type: "file" };
import solleciti from "../../data/demo/altri-atti/flussi/solleciti-2026-11.csv" with { type: "file" };
import positions from "../../data/demo/positions.json";

/** The day on which the committed dates are fresh: the newest violation is five days older. */
export const demoDay = "2026-11-20";

export interface DemoFlusso {
  /** Windows-1252, `;`, CRLF, dates GG/MM/AAAA. */
  readonly csv: Uint8Array;
  /** Positions that exist before the run, for the simulated GPD's seed. */
  readonly positions: readonly unknown[];
}

/** The demo flusso as it would be exported on `today` (`YYYY-MM-DD`). */
export function buildDemoFlusso(today: string): DemoFlusso {
  return { csv: moveDates(template, today), positions };
}

/** Ordinances of the demonstration of other acts. */
export function buildDemoOrdinanze(today: string): DemoFlusso {
  return { csv: moveDates(ordinanze, today), positions: [] };
}

/** Reminders of the tax on waste. */
export function buildDemoSolleciti(today: string): DemoFlusso {
  return { csv: moveDates(solleciti, today), positions: [] };
}

function moveDates(file: string, today: string): Uint8Array {
  const shiftMs = Date.parse(`${today}T00:00:00Z`) - Date.parse(`${demoDay}T00:00:00Z`);
  const text = readFileSync(file, "latin1");
  const moved = text.replace(
    /(?<=;)(\d{2})\/(\d{2})\/(\d{4})(?=;)/g,
    (_, day: string, month: string, year: string) => {
      const date = new Date(Date.parse(`${year}-${month}-${day}T00:00:00Z`) + shiftMs);
      return date.toISOString().slice(0, 10).split("-").toReversed().join("/");
    },
  );
  return new Uint8Array(Buffer.from(moved, "latin1"));
}
