/** What an ente's pipelines will ask of the outside, and of which secrets. */
import type { Run } from "../../engine/journal/runs.ts";
import type { StepRegistry } from "../../loader/pipeline/registry.ts";
import type { Secrets } from "../../engine/host/secrets.ts";
import type { DoctorFinding } from "../../integrations/diagnosis.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { SignerUse } from "../../integrations/signing/doctor.ts";
import type { EnteView } from "./ente-view.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";

export interface DoctorDemands {
  readonly send: boolean;
  readonly payments: boolean;
  readonly protocollo: boolean;
  readonly lookups: boolean;
  /** Verdicts come by SEND's event stream. */
  readonly stream: boolean;
  readonly signers: readonly { readonly name: string; readonly use: SignerUse }[];
  /** What one flusso asks of a signer. */
  readonly usual: { readonly verbali: number; readonly documents: number };
}

/** A flusso of an ente that has sent none yet. */
const firstFlusso = 200;

/** By what the steps of the pipelines declare, and by the largest of the latest runs. */
export function collectDoctorDemands(
  { pipelines }: Extract<EnteView, { status: "ready" }>,
  registry: StepRegistry,
  runs: readonly Run[],
): DoctorDemands {
  const needs = new Set<string>();
  const signers = new Map<string, SignerUse>();
  let perVerbale = 1;
  for (const { steps } of pipelines)
    for (const { uses, with: config } of steps) {
      const own = registry.get(uses)?.step.needs ?? [];
      for (const name of own) needs.add(name);
      const { signer, mode, bollettino } = config;
      if (own.includes("signing") && typeof signer === "string")
        signers.set(signer, mode === "upload" ? "uploads" : "signs");
      if (uses === "render" && bollettino !== "none") perVerbale = 2;
    }
  const stream = pipelines.some(needsStream);
  const verbali = Math.max(0, ...runs.map(({ counts }) => counts.total)) || firstFlusso;
  return {
    send: needs.has("send"),
    payments: needs.has("payments"),
    protocollo: needs.has("protocollo"),
    lookups: needs.has("lookups"),
    stream,
    signers: [...signers].map(([name, use]) => ({ name, use })),
    usual: { verbali, documents: verbali * perVerbale },
  };
}

const streamReaders: ReadonlySet<string> = new Set(["import-iun", "load-notified"]);

/** Whether the verdicts or news of SEND come by the ente's stream, which `postino init` makes. */
export function needsStream({ steps }: ResolvedPipeline): boolean {
  return steps.some(
    ({ uses, with: config }) => streamReaders.has(uses) && config["by"] === "stream",
  );
}

/** Every secret that settings name, each once, in file order. */
export function listSecretNames(settings: unknown): readonly string[] {
  if (typeof settings !== "object" || settings === null) return [];
  const names = new Set<string>();
  for (const [key, value] of Object.entries(settings))
    if (key === "secret" && typeof value === "string") names.add(value);
    else for (const name of listSecretNames(value)) names.add(name);
  return [...names];
}

/** The names of the ente's secrets that are neither in the environment nor in the secrets folder. */
export async function listMissingSecrets(
  settings: EnteSettings,
  secrets: Secrets,
): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for (const name of listSecretNames(settings)) if (!(await secrets.has(name))) missing.add(name);
  return missing;
}

/** What `doctor` says of them; `used`: those that a pipeline reads. */
export function judgeSecrets(
  settings: EnteSettings,
  missing: ReadonlySet<string>,
  used: ReadonlySet<string>,
): readonly DoctorFinding[] {
  const there = listSecretNames(settings).filter((name) => !missing.has(name));
  const findings: DoctorFinding[] = [...missing].map((name) => ({
    state: used.has(name) ? "bad" : "doubtful",
    note: `Manca il segreto ${name}.${used.has(name) ? "" : " (Nessuna pipeline lo usa.)"}`,
    hint: `Impostare la variabile d'ambiente ${name}, oppure creare il file ${name} nella cartella dei segreti.`,
  }));
  if (there.length > 0) findings.unshift({ state: "good", note: `Ci sono: ${there.join(", ")}.` });
  return findings;
}
