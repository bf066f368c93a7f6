/** Corrects a rejected verbale and sends it again in its own flusso: every version with who and why is kept before anything moves. */
import { toInstant } from "../../engine/host/clock.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { explainWhyNot } from "../../engine/run/reopen.ts";
import { createRegister } from "../../integrations/register/register.ts";
import type { FoundResidence, Scheda } from "../../integrations/register/kinds.ts";
import type { WritingInstallation } from "../installation.ts";
import type { RunManager } from "../running/run-manager.ts";
import type { CommandResult } from "../web/requests.ts";
import { judgeTyped, listFieldFaults, type SuggestedPlace, suggestPlaces } from "./judge-typed.ts";
import { listChanged, type FieldFault } from "./verbale-form.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A version of a verbale; the first is as it came. */
export interface SchedaVersion extends Scheda {
  readonly version: number;
}

/** A verbale that may be corrected. */
export interface OpenScheda {
  readonly run: Run;
  readonly item: ItemRow;
  /** As it stands now: with the newest correction, sent or not. */
  readonly verbale: Fields;
  /** Oldest first; empty: nobody has corrected it. */
  readonly versions: readonly SchedaVersion[];
  /** What a register of the State has in the place of the address that came; `null`: nothing else. */
  readonly found: FoundResidence | null;
  /** Why it cannot go again, in Italian; `null`: it can. */
  readonly refusal: string | null;
}

export interface CorrectRequest {
  readonly verbale: Fields;
  readonly by: string;
  readonly reason: string;
}

export interface Corrections {
  /** `null`: no such verbale. */
  read(runId: string, key: string): Promise<OpenScheda | null>;
  /** What the checks say of these data, with the ente's settings as they are now. Reads only. */
  check(scheda: OpenScheda, verbale: Fields): Promise<readonly FieldFault[]>;
  /** CAP, comune and provincia that stand together and are near to what was typed. */
  suggest(scheda: OpenScheda, verbale: Fields): Promise<readonly SuggestedPlace[]>;
  /** Keeps the version and sends the verbale again, with new codes. */
  send(scheda: OpenScheda, request: CorrectRequest): Promise<CommandResult>;
}

const takenElsewhere =
  "Intanto un'altra persona lo ha corretto: riaprire la pagina del verbale per vedere com'è.";

export function openCorrections(writing: WritingInstallation, manager: RunManager): Corrections {
  /** Verbali that are being sent: a version always belongs to the round that it begins. */
  const busy = new Set<string>();
  return {
    read: (runId, key) => readScheda(writing, runId, key),
    check: async ({ run, item }, verbale) =>
      listFieldFaults(await judgeTyped(writing, run, item.key, verbale)),
    suggest: ({ run }, verbale) => suggestPlaces(writing, run, verbale),
    async send(scheda, request) {
      const name = JSON.stringify([scheda.run.id, scheda.item.key]);
      if (busy.has(name)) return { status: "refused", reason: takenElsewhere };
      busy.add(name);
      try {
        // Somebody may have corrected it since the page was made.
        const now = await readScheda(writing, scheda.run.id, scheda.item.key);
        if (now === null || now.versions.length !== scheda.versions.length)
          return { status: "refused", reason: takenElsewhere };
        return await sendCorrected(writing, manager, now, request);
      } finally {
        busy.delete(name);
      }
    },
  };
}

async function readScheda(
  writing: WritingInstallation,
  runId: string,
  key: string,
): Promise<OpenScheda | null> {
  const { journal } = writing;
  const run = await journal.readRun(runId);
  if (run === null) return null;
  const [item] = await journal.listItems(runId, { key, limit: 1 });
  if (item === undefined) return null;
  const register = createRegister(journal, run.ente);
  const versions = await register.listVersions("scheda", key);
  const found = (await register.read("residence", key))?.data ?? null;
  const newest = versions.at(-1)?.data;
  const own = item.data["verbale"] as Fields | undefined;
  const verbale = newest !== undefined && newest.run === runId ? newest.verbale : own;
  return {
    run,
    item,
    verbale: verbale ?? {},
    versions: versions.map(({ data, version }) => ({ ...data, version })),
    // What was told of an earlier round was looked at then.
    found: found?.run === runId && found.round === item.round ? found : null,
    refusal: await explainRefusal(writing, run, item),
  };
}

async function sendCorrected(
  writing: WritingInstallation,
  manager: RunManager,
  scheda: OpenScheda,
  { verbale, by, reason }: CorrectRequest,
): Promise<CommandResult> {
  const { journal, clock } = writing;
  const { run, item } = scheda;
  const refusal = await explainRefusal(writing, run, item);
  if (refusal !== null) return { status: "refused", reason: refusal };
  const before = scheda.verbale;
  const changed = listChanged(before, verbale);
  if (changed.length === 0)
    return { status: "refused", reason: "Nulla è stato cambiato: correggere almeno un dato." };
  const register = createRegister(journal, run.ente);
  const at = toInstant(clock.now());
  const kept = { run: run.id, round: item.round + 1, at, by, reason, changed, verbale };
  const original = {
    ...kept,
    round: item.round,
    at: run.createdAt,
    by: "",
    reason: "",
    changed: [],
    verbale: before,
  };
  // Durable before anything moves: a correction that was sent always has its author.
  await register.write([
    ...(scheda.versions.length === 0
      ? [{ kind: "scheda" as const, key: item.key, subject: run.id, data: original }]
      : []),
    { kind: "scheda" as const, key: item.key, subject: run.id, data: kept },
  ]);
  return await manager.resume(run.id, {
    only: "rejected",
    items: [item.key],
    // A person has looked at what was in doubt.
    fields: { verbale, ...(item.data["doubts"] !== undefined && { doubts: [] }) },
  });
}

async function explainRefusal(
  { journal }: WritingInstallation,
  run: Run,
  item: ItemRow,
): Promise<string | null> {
  if (item.state !== "rejected")
    return "Il verbale non è scartato: si corregge solo ciò che è stato scartato.";
  if (item.data["verbale"] === undefined)
    return "La riga del file non si è potuta leggere: va corretta nel gestionale e mandata con un altro flusso.";
  if (run.state === "cancelled")
    return "Il flusso è stato annullato: mandare il verbale con un altro flusso.";
  return await explainWhyNot(journal, run, item);
}
