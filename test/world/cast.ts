/** Who lives in a world and what is promised there: the lists that an actor or a promise more joins. */
import { administrator } from "./actors/administrator.ts";
import { caretaker } from "./actors/caretaker.ts";
import { death } from "./actors/death.ts";
import { office } from "./actors/office.ts";
import { operators } from "./actors/operators.ts";
import { payers } from "./actors/payers.ts";
import { technician } from "./actors/technician.ts";
import { acceptedRows } from "./invariants/accepted-rows.ts";
import { bothSides } from "./invariants/both-sides.ts";
import { codes } from "./invariants/codes.ts";
import { counts } from "./invariants/counts.ts";
import { ends } from "./invariants/ends.ts";
import { everyAct } from "./invariants/every-act.ts";
import { noBugs } from "./invariants/no-bugs.ts";
import { noSecrets } from "./invariants/no-secrets.ts";
import { oneLive } from "./invariants/one-live.ts";
import { reports } from "./invariants/reports.ts";
import type { Actor, Invariant } from "./stage/stage.ts";

export const actors: readonly Actor[] = [
  death,
  caretaker,
  office,
  technician,
  operators,
  payers,
  administrator,
];

export const invariants: readonly Invariant[] = [
  oneLive,
  acceptedRows,
  noBugs,
  noSecrets,
  codes,
  ends,
  counts,
  bothSides,
  everyAct,
  reports,
];
