/** Corrects a rejected verbale and sends it again in its own flusso: every version with who and why is kept before anything moves. */
import { toInstant } from "../../engine/host/clock.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { explainWhyNot } from "../../engine/run/reopen.ts";
import { createRegister } from "../../integrations/register/register.ts";
import type { Scheda } from "../../integrations/register/kinds.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import {
  judgeVerbale,
  type CheckConfig,
  type CheckContext,
} from "../../steps/checks/judge-verbale.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import type { WritingInstallation } from "../installation.ts";
import type { RunManager } from "../run-manager.ts";
import { resolveStart } from "../start-run.ts";
import { createMemoryArtifacts } from "../ente/preview.ts";
import { openReadOnly } from "../trial/read-only.ts";
import { buildTrialContext } from "../trial/walk.ts";
import type { CommandResult } from "../web/requests.ts";
import { findFields } from "./finding-fields.ts";
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

export interface SuggestedPlace {
  readonly cap: string;
  readonly comune: string;
  readonly provincia: string;
}

const takenElsewhere =
  "Intanto un'altra persona lo ha corretto: riaprire la pagina del verbale per vedere com'è.";

export function openCorrections(writing: WritingInstallation, manager: RunManager): Corrections {
  /** Verbali that are being sent: a version always belongs to the round that it begins. */
  const busy = new Set<string>();
  return {
    read: (runId, key) => readScheda(writing, runId, key),
    async check(scheda, verbale) {
      const context = await openCheck(writing, scheda.run);
      if ("reason" in context) return [{ fields: [], message: context.reason, isError: true }];
      const data = { verbale: verbale as Verbale };
      const { blocking, findings } = await judgeVerbale({ key: scheda.item.key, data }, context);
      return [...blocking, ...findings].map(({ head, message, severity }) => {
        const fields = findFields(head);
        const bare = fields.length > 0 && message.startsWith(`${head}: `);
        return {
          fields,
          message: bare ? message.slice(head.length + 2) : message,
          isError: severity === "error",
        };
      });
    },
    async suggest({ run }, verbale) {
      const context = await openCheck(writing, run);
      if ("reason" in context) return [];
      const table = await context.services.flusso.readPostalTable();
      const { destinatario } = verbale as {
        readonly destinatario?: { readonly indirizzo?: SuggestedPlace };
      };
      const { cap = "", comune = "", provincia = "" } = destinatario?.indirizzo ?? {};
      return table.suggest({ cap, comune, provincia });
    },
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
  const versions = await createRegister(journal, run.ente).listVersions("scheda", key);
  const newest = versions.at(-1)?.data;
  const own = item.data["verbale"] as Fields | undefined;
  const verbale = newest !== undefined && newest.run === runId ? newest.verbale : own;
  return {
    run,
    item,
    verbale: verbale ?? {},
    versions: versions.map(({ data, version }) => ({ ...data, version })),
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

type OpenedCheck = CheckContext | { readonly reason: string };

/** The checks of the run's pipeline as the files say them now, over services that only look. */
async function openCheck(writing: WritingInstallation, run: Run): Promise<OpenedCheck> {
  const { journal, clock, log, registry } = writing;
  const { pipeline, ente, params } = run;
  const resolved = await resolveStart(writing, { pipeline, ente, params, input: null });
  if ("status" in resolved) return { reason: resolved.reason };
  const entry = resolved.steps.find(({ uses }) => uses === "validate");
  const step = registry.get("validate")?.step;
  if (entry === undefined || step === undefined)
    return { reason: "Questa pipeline non controlla i verbali." };
  const { services } = openReadOnly(writing, toEnteSettings(resolved.settings), journal);
  const context = buildTrialContext(
    {
      ente,
      services,
      clock,
      log,
      signal: new AbortController().signal,
      artifacts: createMemoryArtifacts(),
      holders: (names) => journal.findHolders(ente, names),
      asksOutside: false,
    },
    { entry, step },
  );
  // The entry was held against the schema of its step when it was resolved.
  return { ...context, config: entry.with as unknown as CheckConfig, services };
}
