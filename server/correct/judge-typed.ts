/** What the checks of a pipeline say of data that somebody types, with the files as they are now, over services that only look. */
import type { Run } from "../../engine/journal/runs.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import {
  judgeVerbale,
  type CheckConfig,
  type CheckContext,
  type Judgement,
} from "../../steps/checks/judge-verbale.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import type { WritingInstallation } from "../installation.ts";
import { resolveStart } from "../running/start-run.ts";
import { createMemoryArtifacts } from "../ente/preview.ts";
import { openReadOnly } from "../trial/read-only.ts";
import { buildTrialContext } from "../trial/walk.ts";
import { findFields } from "./finding-fields.ts";
import type { FieldFault } from "./verbale-form.ts";

/** Whose checks: a flusso, or a pipeline for an ente. */
export type CheckedBy = Pick<Run, "pipeline" | "ente" | "params">;

export interface SuggestedPlace {
  readonly cap: string;
  readonly comune: string;
  readonly provincia: string;
}

/** `reason`: nothing can be checked now, in Italian. */
export type TypedJudgement = Judgement | { readonly reason: string };

export async function judgeTyped(
  writing: WritingInstallation,
  by: CheckedBy,
  key: string,
  verbale: Readonly<Record<string, unknown>>,
): Promise<TypedJudgement> {
  const context = await openCheck(writing, by);
  if ("reason" in context) return context;
  return await judgeVerbale({ key, data: { verbale: verbale as Verbale } }, context);
}

/** Beside which fields each finding stands. */
export function listFieldFaults(judgement: TypedJudgement): readonly FieldFault[] {
  if ("reason" in judgement) return [{ fields: [], message: judgement.reason, isError: true }];
  const { blocking, findings } = judgement;
  return [...blocking, ...findings].map(({ head, message, severity }) => {
    const fields = findFields(head);
    const bare = fields.length > 0 && message.startsWith(`${head}: `);
    return {
      fields,
      message: bare ? message.slice(head.length + 2) : message,
      isError: severity === "error",
    };
  });
}

/** CAP, comune and provincia that stand together and are near to what was typed. */
export async function suggestPlaces(
  writing: WritingInstallation,
  by: CheckedBy,
  verbale: Readonly<Record<string, unknown>>,
): Promise<readonly SuggestedPlace[]> {
  const context = await openCheck(writing, by);
  if ("reason" in context) return [];
  const table = await context.services.flusso.readPostalTable();
  const { destinatario } = verbale as {
    readonly destinatario?: { readonly indirizzo?: SuggestedPlace };
  };
  const { cap = "", comune = "", provincia = "" } = destinatario?.indirizzo ?? {};
  return table.suggest({ cap, comune, provincia });
}

type OpenedCheck = CheckContext | { readonly reason: string };

/** The checks of the pipeline as the files say them now, over services that only look. */
async function openCheck(
  writing: WritingInstallation,
  { pipeline, ente, params }: CheckedBy,
): Promise<OpenedCheck> {
  const { journal, clock, log, registry } = writing;
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
