/** The sheets of a dashboard: one set for its pages and its API. */
import { createSheets, type Sheets } from "../history/sheet.ts";
import type { AppDeps } from "./deps.ts";

const sheetsOf = new WeakMap<AppDeps, Sheets>();

export function openSheets(deps: AppDeps): Sheets {
  const known = sheetsOf.get(deps) ?? createSheets(deps.journal, deps.clock);
  sheetsOf.set(deps, known);
  return known;
}
