/** Who lives in a world and what is promised there: the lists that an actor or a promise more joins. */
import { administrator } from "./actors/administrator.ts";
import { caretaker } from "./actors/caretaker.ts";
import { death } from "./actors/death.ts";
import { office } from "./actors/office.ts";
import { corrector } from "./actors/corrector.ts";
import { impatient } from "./actors/impatient.ts";
import { operators } from "./actors/operators.ts";
import { payers } from "./actors/payers.ts";
import { restorer } from "./actors/restorer.ts";
import { signer } from "./actors/signer.ts";
import { technician } from "./actors/technician.ts";
import { acceptedRows } from "./invariants/accepted-rows.ts";
import { apart } from "./invariants/apart.ts";
import { bothSides } from "./invariants/both-sides.ts";
import { codes } from "./invariants/codes.ts";
import { counts } from "./invariants/counts.ts";
import { ends } from "./invariants/ends.ts";
import { everyAct } from "./invariants/every-act.ts";
import { money } from "./invariants/money.ts";
import { noBugs } from "./invariants/no-bugs.ts";
import { noSecrets } from "./invariants/no-secrets.ts";
import { oldCodes } from "./invariants/old-codes.ts";
import { oneLive } from "./invariants/one-live.ts";
import { payable } from "./invariants/payable.ts";
import { quiet } from "./invariants/quiet.ts";
import { reports } from "./invariants/reports.ts";
import { ticks } from "./invariants/ticks.ts";
import type { Actor, Invariant } from "./stage/stage.ts";

export const actors: readonly Actor[] = [
  death,
  caretaker,
  office,
  technician,
  operators,
  payers,
  administrator,
  impatient,
  signer,
  corrector,
  restorer,
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
  ticks,
  apart,
  oldCodes,
  money,
  payable,
  quiet,
];
