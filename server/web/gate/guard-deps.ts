/** What routes are given of the program: commands are allowed by role and written down, names come from the session, other enti are not there. */
import type { SchedulePair } from "../../../engine/schedule/scheduled.ts";
import type { Answer } from "../../../engine/step/context.ts";
import type { Catalog } from "../../history/catalog.ts";
import type { AuditAction } from "../../people/audit.ts";
import type { People } from "../../people/people.ts";
import type { Permission } from "../../people/roles.ts";
import type { FindRequest, FindResult, FoundVerbale } from "../../search/search.ts";
import type { SearchKind } from "../../search/terms.ts";
import type { AppDeps, CommandResult, ResumeRequest } from "../deps.ts";
import { guardCorrections } from "./guard-corrections.ts";
import { guardAlerts, guardReport } from "./guard-reports.ts";
import { guardExclude, guardRest } from "./guard-rest.ts";
import { guardFiles } from "./guard-files.ts";
import { guardDrafts, guardMappings } from "./guard-drafts.ts";
import { guardJournal, seesEnte } from "./guard-journal.ts";
import { guardViews } from "./guard-views.ts";
import { guardRenotifications, guardWaiting } from "./guard-waiting.ts";
import { covered, maskSentence } from "./masking.ts";
import { readSigner, requirePrincipal } from "./who.ts";

/** One line for each part of the program: a new part does not compile before somebody has said who may use it. */
type EveryPart = { readonly [Name in keyof Required<AppDeps>]: AppDeps[Name] | undefined };

/** The same program as whoever asks may use it. */
export function guardDeps(deps: AppDeps, people: People): AppDeps {
  const { journal } = deps;
  const parts: EveryPart = {
    ...deps,
    // Each of these holds nothing of one ente, or is asked for by an address that the table of routes guards.
    artifacts: deps.artifacts,
    createSpool: deps.createSpool,
    uploadLimits: deps.uploadLimits,
    clock: deps.clock,
    registry: deps.registry,
    log: deps.log,
    access: deps.access,
    reportBug: deps.reportBug,
    version: deps.version,
    site: deps.site,
    askPrice: deps.askPrice,
    signal: deps.signal,
    // Asked of a run that the gate let through.
    resolveToday: deps.resolveToday,
    people: deps.people,

    journal: guardJournal(journal),
    ...guardCommands(deps, people),
    exclude: guardExclude(deps.exclude, createCommand(deps, people)),
    startRun: guardStart(deps, people),
    judgeStart: guardJudge(deps.judgeStart),
    rest: guardRest(deps.rest, people),
    corrections: guardCorrections(deps.corrections, people),
    waiting: guardWaiting(deps.waiting, people),
    renotifications: guardRenotifications(deps.renotifications, people),
    drafts: guardDrafts(deps.drafts),
    mappings: guardMappings(deps, people),
    loadCatalog: guardCatalog(deps.loadCatalog),
    listInboxFiles: guardInbox(deps.listInboxFiles),
    listSchedules: guardSchedules(deps.listSchedules),
    summaries: guardSummaries(deps.summaries),
    pauses: guardPauses(deps.pauses, people),
    views: guardViews(deps.views, people),
    files: guardFiles(deps.files, people),
    alerts: guardAlerts(deps.alerts),
    readReport: guardReport(deps.readReport),
    writeCase: async (ente, iun) => {
      const principal = requirePrincipal();
      return principal.can("documents", ente) ? await deps.writeCase(ente, iun) : null;
    },
    find: (request) => findVisible(deps.find, request),
  };
  const given = Object.entries(parts).filter(([, part]) => part !== undefined);
  return Object.fromEntries(given) as unknown as AppDeps;
}

const notAllowed: CommandResult = {
  status: "refused",
  reason: "Il ruolo di chi è entrato non consente questa azione per questo ente.",
  hint: "Chiedere a chi gestisce le persone di Postino.",
};

function guardCommands(
  deps: AppDeps,
  people: People,
): Pick<AppDeps, "answer" | "resume" | "cancel"> {
  const command = createCommand(deps, people);
  return {
    answer: (runId, given) => {
      const answer = signAnswer(given);
      return command(runId, { needs: "answer", ...describeAnswer(answer) }, () =>
        deps.answer(runId, answer),
      );
    },
    resume: (runId, given) => {
      const request = signRequest(given);
      const { decision } = request;
      return command(
        runId,
        {
          needs: decision === undefined ? "resume" : "decide",
          act: decision === undefined ? "ripresa" : "decisione",
          detail: {
            ...(request.only !== undefined && { solo: request.only }),
            ...(request.items !== undefined && { verbali: request.items.slice(0, 20) }),
            ...(decision !== undefined && { parola: decision.word, nome: decision.by }),
          },
        },
        () => deps.resume(runId, request),
      );
    },
    cancel: (runId, reason) => {
      const detail = reason === undefined ? {} : { detail: { motivo: reason } };
      return command(runId, { needs: "cancel", act: "annullo", ...detail }, () =>
        deps.cancel(runId, reason),
      );
    },
  };
}

/** One command: allowed, done, written down. */
function createCommand(deps: AppDeps, people: People) {
  return async (
    runId: string,
    {
      needs,
      act,
      detail,
    }: {
      readonly needs: Permission;
      readonly act: AuditAction;
      readonly detail?: Readonly<Record<string, unknown>>;
    },
    work: () => Promise<CommandResult>,
  ): Promise<CommandResult> => {
    const principal = requirePrincipal();
    const run = await deps.journal.readRun(runId);
    if (run === null || !seesEnte(principal, run.ente))
      return { status: "refused", reason: "Il flusso non esiste." };
    if (!principal.can(needs, run.ente)) return notAllowed;
    const result = await work();
    if (result.status === "accepted")
      people.audit.append({
        actor: principal.name,
        action: act,
        ente: run.ente,
        subject: runId,
        address: principal.address,
        ...(detail !== undefined && { detail }),
      });
    return result;
  };
}

const acts: Readonly<Record<Answer["kind"], AuditAction>> = {
  otp: "otp",
  approval: "benestare",
  files: "firmati",
};

function describeAnswer(answer: Answer): {
  readonly act: AuditAction;
  readonly detail?: Readonly<Record<string, unknown>>;
} {
  const act = acts[answer.kind];
  if (answer.kind === "approval") return { act, detail: { nome: answer.by } };
  if (answer.kind === "files") return { act, detail: { file: answer.files.length } };
  return { act };
}

/** A go-ahead and a decision bear the name of who is signed in, whatever was typed. */
function signAnswer(answer: Answer): Answer {
  const signer = readSigner();
  return answer.kind === "approval" && signer !== null ? { ...answer, by: signer } : answer;
}

function signRequest(request: ResumeRequest): ResumeRequest {
  const signer = readSigner();
  const { decision } = request;
  if (decision === undefined || signer === null) return request;
  return { ...request, decision: { ...decision, by: signer } };
}

function guardStart(deps: AppDeps, people: People): AppDeps["startRun"] {
  const { startRun } = deps;
  if (startRun === undefined) return undefined;
  return async (request) => {
    const principal = requirePrincipal();
    const { ente, pipeline, input } = request;
    if (!principal.can("start", ente))
      return {
        status: "refused",
        reason: `Il ruolo di chi è entrato non consente di avviare flussi per l'ente «${ente}».`,
      };
    const result = await startRun(request);
    if (result.status === "accepted")
      people.audit.append({
        actor: principal.name,
        action: "avvio",
        ente,
        subject: result.runId,
        detail: { pipeline, ...(input !== null && { file: input.name }) },
        address: principal.address,
      });
    return result;
  };
}

/** Of enti of others nothing is said. */
function guardJudge(judge: AppDeps["judgeStart"]): AppDeps["judgeStart"] {
  if (judge === undefined) return undefined;
  return async (request) =>
    requirePrincipal().can("start", request.ente)
      ? await judge(request)
      : {
          status: "refused",
          reason: `Il ruolo di chi è entrato non consente di avviare flussi per l'ente «${request.ente}».`,
        };
}

function guardCatalog(load: AppDeps["loadCatalog"]): AppDeps["loadCatalog"] {
  if (load === undefined) return undefined;
  return async (): Promise<Catalog> => {
    const principal = requirePrincipal();
    const catalog = await load();
    if (principal.enti === null) return catalog;
    return {
      ...catalog,
      enti: catalog.enti.filter(({ codice }) => seesEnte(principal, codice)),
      ...(catalog.broken !== undefined && {
        broken: catalog.broken.filter(({ ente }) => ente === null || seesEnte(principal, ente)),
      }),
    };
  };
}

function guardInbox(list: AppDeps["listInboxFiles"]): AppDeps["listInboxFiles"] {
  if (list === undefined) return undefined;
  return async () => {
    const principal = requirePrincipal();
    // A folder that is not called as an ente may hold the files of any.
    return (await list()).filter(
      ({ inbox }) => principal.enti === null || seesEnte(principal, inbox),
    );
  };
}

function guardSchedules(list: AppDeps["listSchedules"]): AppDeps["listSchedules"] {
  if (list === undefined) return undefined;
  return async () => {
    const principal = requirePrincipal();
    const { scheduled, unreadable } = await list();
    return {
      scheduled: scheduled.filter(({ ente }) => seesEnte(principal, ente)),
      unreadable: unreadable.filter(({ ente }) => seesEnte(principal, ente)),
    };
  };
}

function guardPauses(pauses: AppDeps["pauses"], people: People): AppDeps["pauses"] {
  if (pauses === undefined) return undefined;
  const note = (action: AuditAction, { pipeline, ente }: SchedulePair): void => {
    const { name, address } = requirePrincipal();
    people.audit.append({ actor: name, action, ente, subject: pipeline, address });
  };
  return {
    list: async () =>
      (await pauses.list()).filter(({ ente }) => seesEnte(requirePrincipal(), ente)),
    async pause(pair, by) {
      if (!requirePrincipal().can("start", pair.ente)) return false;
      const isNew = await pauses.pause(pair, readSigner() ?? by);
      if (isNew) note("pausa", pair);
      return isNew;
    },
    async goOn(pair, by) {
      if (!requirePrincipal().can("start", pair.ente)) return null;
      const missed = await pauses.goOn(pair, readSigner() ?? by);
      if (missed !== null) note("fine-pausa", pair);
      return missed;
    },
  };
}

function guardSummaries(summaries: AppDeps["summaries"]): AppDeps["summaries"] {
  if (summaries === undefined) return undefined;
  return {
    async read() {
      const principal = requirePrincipal();
      const all = await summaries.read();
      if (principal.enti === null) return all;
      return new Map([...all].filter(([ente]) => seesEnte(principal, ente)));
    },
    async listRuns(states, enti) {
      const principal = requirePrincipal();
      const seen = enti?.filter((ente) => seesEnte(principal, ente)) ?? principal.enti;
      return await summaries.listRuns(states, seen);
    },
  };
}

/** What a verbale is found by that names a person or a car. */
const personalKinds: ReadonlySet<SearchKind> = new Set(["codiceFiscale", "targa", "nome"]);

/** Other enti are not looked through; whoever sees no personal data finds nobody by them, and reads none. */
async function findVisible(find: AppDeps["find"], request: FindRequest): Promise<FindResult> {
  const { enti, can } = requirePrincipal();
  const asked = request.ente === undefined ? enti : [request.ente];
  const visible = asked?.filter((ente) => enti === null || enti.includes(ente)) ?? null;
  const results =
    visible === null
      ? [await find(request)]
      : await Promise.all(visible.map((ente) => find({ ...request, ente })));
  const verbali = results
    .flatMap(({ verbali }) => verbali)
    .flatMap((one) => (can("personal", one.ente) ? [one] : coverFound(one)));
  return {
    verbali: verbali.slice(0, request.limit),
    isPart: verbali.length > 0 && results.some(({ isPart }) => isPart),
    isCut: verbali.length > request.limit || results.some(({ isCut }) => isCut),
    isTooWide: results.some(({ isTooWide }) => isTooWide),
  };
}

function coverFound(one: FoundVerbale): readonly FoundVerbale[] {
  const kinds = one.kinds.filter((kind) => !personalKinds.has(kind));
  // Found by the end of a code, which may be that of a plate.
  if (kinds.length === 0) return [];
  const { note } = one.item;
  const hidden = note === null ? null : maskSentence(note).replaceAll(/«[^»]*»/g, `«${covered}»`);
  return [{ ...one, kinds, item: { ...one.item, note: hidden } }];
}
