/** What the worlds have reached: states, codes, crash points, outcomes of steps; noted each night and at rest. */
import { crashpoints } from "../../engine/host/crashpoint.ts";
import { itemStates, runStates } from "../../engine/journal/states.ts";
import { codeSections } from "../../scripts/house/error-codes.ts";
import { readRows } from "./stage/rows.ts";
import { findJournal, findSend, type Stage } from "./stage/stage.ts";

const questions = {
  "stato di un flusso": "SELECT DISTINCT state AS name FROM runs",
  "stato di un verbale": "SELECT DISTINCT state AS name FROM items",
  codice:
    "SELECT code AS name FROM items WHERE code IS NOT NULL UNION SELECT code FROM runs WHERE code IS NOT NULL UNION SELECT code FROM attempts WHERE code IS NOT NULL",
  "passo e esito":
    "SELECT DISTINCT step || ' ' || outcome AS name FROM attempts WHERE outcome IS NOT NULL",
  "ora programmata": "SELECT DISTINCT state AS name FROM due",
} as const;

/** Adds what the journals hold now. */
export function noteReached(stage: Stage): void {
  const { story } = stage.world;
  for (const host of stage.hosts)
    for (const [kind, sql] of Object.entries(questions))
      for (const { name } of readRows(findJournal(stage, host), sql))
        story.reach(kind, String(name));
  for (const { status } of readRows(findSend(stage), "SELECT DISTINCT status FROM requests"))
    story.reach("esito di SEND", String(status));
}

/** Why a world never gets there, by the file of the codes or the name itself. */
const reasons: Readonly<Record<string, string>> = {
  "loader/pipeline/error-codes.ts": "di `check` e dell'avvio: nessun flusso nasce",
  "integrations/signing/error-codes.ts":
    "chiavi, OTP e file firmati sono quasi sempre giusti: test/unit/integrations/signing",
  "integrations/flusso/error-codes.ts": "file rotti in ogni modo: test/unit/integrations/flusso",
  "steps/checks/catalogue.ts": "i verbali dell'ufficio sono validi: test/unit/steps/validate",
  "server/error-codes.ts": "di comandi e impostazioni: test/unit/server",
  "simulators/error-codes.ts": "del programma che simula",
  "integrations/esiti/error-codes.ts":
    "gli esiti del mondo sono file: test/unit/integrations/esiti",
  "integrations/send/error-codes.ts": "rifiuti che i suoi verbali non meritano: test/conformance",
  "integrations/payments/error-codes.ts": "posizioni di altri: test/unit/integrations/payments",
  "integrations/error-codes.ts": "chiavi e indirizzi sbagliati: test/unit/integrations",
  "steps/schemas/error-codes.ts": "dati di un'altra pipeline: test/unit/steps",
  "engine/host/error-codes.ts": "installazioni sbagliate: test/unit/engine",
};

/** Why a world seldom or never gets to what is no code. */
const otherReasons: Readonly<Record<string, string>> = {
  "register-after-take": "il suo ente non ha il registro «da notificare»",
  "alert-sent": "il suo ente non ha avvisi",
  queued: "si guarda a mezzanotte, e lì nessun flusso sta per partire",
  running: "si guarda a mezzanotte, e lì nessun passo è in corso",
  "in-doubt": "SEND e i pagamenti sanno sempre dire che cosa è stato: test/crash",
  cancelled: "solo dove chi annulla arriva prima di un passo",
};

/** Lines for a person: what was reached, and what was not with the reason. */
export function describeReached(reached: ReadonlyMap<string, number>): readonly string[] {
  const has = (kind: string, name: string): boolean => reached.has(`${kind} ${name}`);
  const lines = [
    describeAll("punti del programma", crashpoints, (name) => has("punto", name)),
    describeAll("morti in un punto", crashpoints, (name) => has("morte", `point ${name}`)),
    describeAll("stati di un flusso", runStates, (name) => has("stato di un flusso", name)),
    describeAll("stati di un verbale", itemStates, (name) => has("stato di un verbale", name)),
  ];
  for (const { file, codes } of codeSections) {
    const names = Object.keys(codes);
    const missing = names.filter((name) => !has("codice", name));
    const why = missing.length === 0 ? "" : `; mai gli altri: ${reasons[file] ?? "non detto"}`;
    lines.push(`codici di ${file}: ${names.length - missing.length} di ${names.length}${why}`);
  }
  for (const kind of ["passo e esito", "esito di SEND", "ora programmata"])
    lines.push(`${kind}: ${listNames(reached, kind).join(", ")}`);
  return lines;
}

function describeAll(
  what: string,
  names: readonly string[],
  isReached: (name: string) => boolean,
): string {
  const missing = names.filter((name) => !isReached(name));
  const told = missing.map((name) => {
    const why = otherReasons[name];
    return why === undefined ? name : `${name} (${why})`;
  });
  const rest = missing.length === 0 ? "" : `; mai: ${told.join(", ")}`;
  return `${what}: ${names.length - missing.length} di ${names.length}${rest}`;
}

function listNames(reached: ReadonlyMap<string, number>, kind: string): readonly string[] {
  return [...reached.keys()]
    .filter((key) => key.startsWith(`${kind} `))
    .map((key) => key.slice(kind.length + 1))
    .toSorted();
}
