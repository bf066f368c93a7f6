/** Tries everything that a run of an ente would need, without notifying anyone. */
import type { Hint } from "../../engine/host/hint.ts";
import { join } from "node:path";
import { createHttp } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import type { Problem } from "../../loader/yaml/diagnostics.ts";
import type { Run } from "../../engine/journal/runs.ts";
import { assertLive, buildSend, collectSecretNames } from "../../integrations/build.ts";
import { type DoctorFinding, toDoctorFinding } from "../../integrations/diagnosis.ts";
import { describeCosts } from "../../integrations/costs.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import { listPaymentSecrets } from "../../integrations/payments/create-payments.ts";
import { diagnosePayments } from "../../integrations/payments/doctor.ts";
import { diagnoseLookups } from "../../integrations/lookups/create-lookups.ts";
import { diagnoseProtocol } from "../../integrations/protocollo/create-protocollo.ts";
import type { Send } from "../../integrations/send/create-send.ts";
import { diagnoseSend } from "../../integrations/send/doctor/doctor.ts";
import { diagnoseVerdictStream } from "../../integrations/send/doctor/verdicts.ts";
import { diagnoseSigner, diagnoseTimestamps } from "../../integrations/signing/doctor.ts";
import { diagnoseAlerts } from "../alerts/diagnose.ts";
import { judgeInboxFiles, readInboxFiles } from "./arrivals.ts";
import {
  checkDataFolder,
  checkDocumentsPlace,
  checkKeys,
  checkDocuments,
  checkSecretsFolder,
  checkPostal,
} from "./doctor-local.ts";
import { judgePriceKey, readPriceAsked } from "./doctor-prices.ts";
import { listSigners, markUnused } from "./doctor-signers.ts";
import {
  collectDoctorDemands,
  type DoctorDemands,
  judgeSecrets,
  listMissingSecrets,
  listSecretNames,
} from "./doctor-demands.ts";
import { locateEnteFolder, type EnteView } from "./ente-view.ts";
import { formatMoment } from "../words/format.ts";
import { openHistory } from "../store/journal-reader.ts";
import { collectDemands, type Installation, openSecrets } from "../installation.ts";

export type Area =
  | "File dell'ente e pipeline"
  | "Segreti"
  | "Cartella dei dati"
  | "Servizi reali"
  | "SEND"
  | "Pagamenti"
  | "Firma"
  | "Protocollo"
  | "Consultazioni"
  | "Documenti"
  | "Tabella dei CAP"
  | "Cartella di arrivo"
  | "Flussi fermi"
  | "Avvisi";

export interface Check extends DoctorFinding {
  readonly area: Area;
}

type Known = Exclude<EnteView, { status: "missing" }>;
type Ready = Extract<EnteView, { status: "ready" }>;

/** No answer of a healthy service takes longer; a person is waiting. */
const patienceMs = 15_000;

/** Everything that was looked at, as it is found out. Services are not asked while the ente's file is wrong or forbids it. */
export async function* examineEnte(installation: Installation, view: Known): AsyncIterable<Check> {
  yield* putInArea("File dell'ente e pipeline", judgeFiles(view));
  const data = [
    ...(await checkDataFolder(installation.config.dataFolder)),
    ...(await checkDocumentsPlace(installation)),
    ...(await checkKeys(installation)),
  ];
  if (view.status === "ready") {
    const secrets = openSecrets(installation, view.settings);
    const missing = await listMissingSecrets(view.settings, secrets);
    yield* putInArea("Segreti", [
      ...judgeSecrets(view.settings, missing, listUsedSecrets(installation, view)),
      ...(await judgePriceKey(view.settings, secrets, missing)),
      ...(await checkSecretsFolder(installation.config.secretsFolder)),
    ]);
    yield* putInArea("Cartella dei dati", data);
    const isDataGood = data.every(({ state }) => state !== "bad");
    const runs = isDataGood ? await readLatestRuns(installation, view) : [];
    yield* examineServices(installation, view, { missing, runs });
    yield* putInArea("Documenti", await checkDocuments(installation, view));
    const arrived = await readInboxFiles(installation, listInboxes(view));
    yield* putInArea("Cartella di arrivo", judgeInboxFiles(arrived, installation.clock.now()));
    yield* putInArea("Flussi fermi", judgeStoppedRuns(installation, view, runs));
    const { settings, pipelines } = view;
    yield* putInArea("Avvisi", await diagnoseAlerts(installation, settings, pipelines));
  } else yield* putInArea("Cartella dei dati", data);
  yield* putInArea("Tabella dei CAP", [await checkPostal(installation)]);
}

/** Where its pipelines look for files. */
function listInboxes({ settings, pipelines }: Ready): ReadonlyMap<string, string | undefined> {
  const sources = pipelines.flatMap(({ steps }) =>
    steps.filter(({ uses }) => uses === "load-verbali"),
  );
  return new Map(
    sources.map(({ with: { inbox } }) => [
      typeof inbox === "string" ? inbox : settings.ente.codice,
      settings.flusso?.ready,
    ]),
  );
}

function* putInArea(area: Area, findings: readonly DoctorFinding[]): Iterable<Check> {
  for (const finding of findings) yield { area, ...finding };
}

function judgeFiles(view: Known): readonly DoctorFinding[] {
  const told = view.problems.map(toProblemFinding);
  if (view.status === "wrong") return told;
  const { pipelines, settings, files } = view;
  if (pipelines.length === 0)
    return [
      ...told,
      {
        state: "bad",
        note: "Non c'è alcuna pipeline per questo ente.",
        hint: "Mettere almeno send.yaml nella cartella delle pipeline (POSTINO_PIPELINES).",
      },
    ];
  const names = pipelines.map(({ name }) => name).join(", ");
  const good = `${settings.ente.nome}: ${files} file senza errori; pipeline: ${names}.`;
  return [{ state: "good", note: good }, ...told];
}

function toProblemFinding({
  severity,
  file,
  line,
  column,
  message,
  remedy,
}: Problem): DoctorFinding {
  return {
    state: severity === "error" ? "bad" : "doubtful",
    note: `${file}:${line}:${column}: ${message}`,
    hint: remedy ?? { action: "check" },
  };
}

/** What the runs of its pipelines read before their first item. */
function listUsedSecrets(
  { registry }: Installation,
  { settings, pipelines }: Ready,
): ReadonlySet<string> {
  return new Set(
    pipelines.flatMap((pipeline) => [
      ...collectSecretNames(settings, collectDemands(pipeline, registry)),
    ]),
  );
}

interface Situation {
  readonly missing: ReadonlySet<string>;
  readonly runs: readonly Run[];
}

async function* examineServices(
  installation: Installation,
  view: Ready,
  { missing, runs }: Situation,
): AsyncIterable<Check> {
  const { config, clock } = installation;
  const { settings } = view;
  try {
    assertLive(settings, config.isLive);
  } catch (error) {
    yield* putInArea("Servizi reali", [dropRun(toDoctorFinding(error, "bad"))]);
    return;
  }
  const door = createHttp();
  const demands = collectDoctorDemands(view, installation.registry, runs);
  const shared = {
    http: (request: Parameters<typeof door>[0]) =>
      door({ ...request, timeoutMs: Math.min(request.timeoutMs ?? patienceMs, patienceMs) }),
    clock,
    limiter: createLimiter(clock),
    secrets: openSecrets(installation, settings),
  };
  const { ente, send, payments, signing } = settings;
  const priceAskedOn = await readPriceAsked(installation, ente.codice);
  if (demands.send)
    yield* trySystem("SEND", send, missing, () =>
      examineSend(buildSend(settings, shared), settings, demands),
    );
  if (demands.payments)
    yield* trySystem("Pagamenti", listPaymentSecrets(payments), missing, () =>
      diagnosePayments({
        ...shared,
        settings: payments,
        creditor: { taxId: ente.codiceFiscale, name: ente.nome },
        ente: ente.codice,
        outboxFolder: join(config.dataFolder, "outbox"),
        proves: demands.send && describeCosts(settings).isAdded,
        ...(priceAskedOn === undefined ? {} : { priceAskedOn }),
      }),
    );
  yield* examineProtocol(installation, view, { missing, isAsked: demands.protocollo, shared });
  const { consultazioni } = settings;
  if (demands.lookups)
    yield* trySystem("Consultazioni", consultazioni ?? {}, missing, () =>
      diagnoseLookups({ ...shared, settings: consultazioni }),
    );
  const options = { ...shared, folder: locateEnteFolder(installation), usual: demands.usual };
  for (const signer of listSigners(settings, demands))
    yield* trySystem("Firma", signing.signers[signer.name] ?? {}, missing, async () => {
      const findings = await diagnoseSigner(signing, signer, options);
      return signer.isUsed ? findings : findings.map(markUnused);
    });
  if (signing.timestamp !== undefined)
    yield* trySystem("Firma", signing.timestamp, missing, async () => {
      const finding = await diagnoseTimestamps(signing, options);
      return finding === null ? [] : [finding];
    });
}

async function* examineProtocol(
  { config }: Installation,
  { settings }: Ready,
  of: {
    readonly missing: ReadonlySet<string>;
    readonly isAsked: boolean;
    readonly shared: Pick<Parameters<typeof diagnoseProtocol>[0], "http" | "clock" | "secrets">;
  },
): AsyncIterable<Check> {
  const { ente, protocollo } = settings;
  if (!of.isAsked || protocollo === undefined) return;
  const outboxFolder = join(config.dataFolder, "outbox");
  yield* trySystem("Protocollo", protocollo, of.missing, () =>
    diagnoseProtocol({ ...of.shared, settings: protocollo, ente, outboxFolder }),
  );
}

async function examineSend(
  { access, streams }: Send,
  { ente, send }: EnteSettings,
  demands: DoctorDemands,
): Promise<readonly DoctorFinding[]> {
  const found = await diagnoseSend(access);
  // Without streams at all there is nothing to look for, and it was said.
  if (!demands.stream || !found.some(({ check, state }) => check === "streams" && state === "good"))
    return found;
  const of = { ente: ente.codice, streamVersion: send.streamVersion };
  return [...found, await diagnoseVerdictStream(streams, of)];
}

/** Asks one system, unless a secret of its settings is missing: then nothing could be learnt. */
async function* trySystem(
  area: Area,
  settings: object,
  missing: ReadonlySet<string>,
  ask: () => Promise<readonly DoctorFinding[]>,
): AsyncIterable<Check> {
  const without = listSecretNames(settings).filter((name) => missing.has(name));
  if (without.length > 0) {
    const note = `Non provato: manca il segreto ${without.join(", ")}.`;
    yield* putInArea(area, [{ state: "doubtful", note }]);
    return;
  }
  yield* putInArea(area, (await ask()).map(dropRun));
}

/** Remedies are meant for a run that stopped; here none is under way. */
function dropRun({ state, note, hint: given }: DoctorFinding): DoctorFinding {
  const hint = dropResume(given);
  return { state, note, ...(hint === undefined ? {} : { hint }) };
}

/** What is left of a remedy where there is no run to go on with. */
function dropResume(hint: Hint | undefined): Hint | undefined {
  if (hint === undefined || typeof hint === "string" || hint.action !== "resume") return hint;
  const sentences = [hint.setting?.technical, hint.first, hint.after].filter(
    (text) => text !== undefined,
  );
  return sentences.length === 0 ? undefined : sentences.join(" ");
}

async function readLatestRuns(
  { config }: Installation,
  { settings }: Ready,
): Promise<readonly Run[]> {
  const history = await openHistory(config);
  if (history === null) return [];
  try {
    return await history.listRuns({ ente: settings.ente.codice, limit: 20 });
  } finally {
    await history.close();
  }
}

/** Runs that wait for somebody to mend something: what stopped them is the best evidence there is. */
function judgeStoppedRuns(
  { clock }: Installation,
  { settings }: Ready,
  runs: readonly Run[],
): readonly DoctorFinding[] {
  return runs
    .filter(({ state }) => state === "blocked")
    .map((run) => {
      const isGroupMissing =
        run.code === "PN_DELIVERY_INVALIDPARAMETER_GROUP" && settings.send.group === undefined;
      return {
        state: isGroupMissing ? "bad" : "doubtful",
        note: `Il flusso ${run.id} (${formatMoment(run.createdAt, clock.now())}) è bloccato: ${run.reason ?? "senza motivo noto."}`,
        hint: buildStoppedHint(run),
      };
    });
}

/** What its own hint says to do, and then to go on with it. */
function buildStoppedHint({ id, hint }: Run): Hint {
  if (hint === null) return { action: "resume", run: id };
  if (typeof hint === "string") return { action: "resume", run: id, first: hint };
  return { ...hint, ...(hint.action === "resume" ? { run: id } : {}) };
}
