/** The operations that show flussi, as their pages do. */
import { Type } from "typebox";
import type { AttemptCalls } from "../../../engine/host/calls.ts";
import { toInstant } from "../../../engine/host/clock.ts";
import { listDoubts } from "../../history/doubts.ts";
import { buildRunSummary, streamRunJson } from "../../history/run-document.ts";
import { streamRunCsv } from "../../history/run-csv.ts";
import { formatSpecAsYaml } from "../../history/spec-text.ts";
import { toRomeMidnight } from "../../words/day.ts";
import { readRunLog } from "../../history/run-log.ts";
import { answerFile, answerText } from "../downloads.ts";
import { answerApiFault } from "../routes/fault.ts";
import { formatPlace, parsePlace } from "../log-urls.ts";
import { buildRunFileUrl } from "../urls.ts";
import { type AnyOperation, defineOperation } from "./operation.ts";
import * as attempts from "./attempt-schemas.ts";
import * as schemas from "./schemas.ts";

import { describeProblem, runGroup, runMissing, withRun } from "./run-place.ts";

export const runOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path: "/api/runs",
    group: runGroup,
    summary: "Flussi, dal più recente",
    query: schemas.RunsQuery,
    code: "BAD_QUERY",
    answers: {
      200: { description: "Una pagina", schema: schemas.RunList },
      400: describeProblem("Un filtro non va"),
    },
    async handle({ c, deps, query }) {
      const { ente, pipeline, state, since, before, limit = 50 } = query;
      const from = since === undefined ? null : toRomeMidnight(since);
      const found = await deps.journal.listRuns({
        ...(ente !== undefined && { ente }),
        ...(pipeline !== undefined && { pipeline }),
        ...(state !== undefined && { states: state }),
        ...(from !== null && { since: from }),
        ...(before !== undefined && { beforeSeq: before }),
        limit: limit + 1,
      });
      const shown = found.slice(0, limit);
      const next = found.length > limit ? (shown.at(-1)?.seq ?? null) : null;
      return c.json({ runs: shown.map(buildRunSummary), next });
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}",
    group: runGroup,
    summary: "Un flusso con tutti i suoi verbali, come postino status --json",
    answers: { 200: { description: "Il documento", schema: schemas.RunDocument }, ...runMissing },
    handle: ({ c, deps, params }) => {
      const id = params["id"] ?? "";
      const isCsv = id.endsWith(".csv");
      return withRun({ c, deps, params: { id: isCsv ? id.slice(0, -4) : id } }, (run) => {
        if (isCsv)
          return answerText(
            streamRunCsv(deps, run),
            "text/csv; charset=utf-8",
            `flusso-${run.id}.csv`,
          );
        const source = { journal: deps.journal, layOut: deps.artifacts.layOut };
        return answerText(streamRunJson(source, run), "application/json; charset=utf-8");
      });
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/items/{key}",
    group: runGroup,
    summary: "Un verbale con i suoi dati, i tentativi e le decisioni",
    answers: {
      200: { description: "Il verbale", schema: attempts.ItemDocument },
      404: describeProblem("Nessun verbale così"),
    },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const { c, deps, params } = asked;
        const key = params["key"] ?? "";
        const [item] = await deps.journal.listItems(run.id, { key, limit: 1 });
        if (item === undefined)
          return answerApiFault(c, 404, "NO_ITEM", "Questo verbale non è nel flusso.");
        const { state, code, note, data } = item;
        const tried = await deps.journal.listAttempts(run.id, key);
        const decisions = await deps.journal.listDecisions(run.id);
        return c.json({
          key,
          state,
          code,
          note,
          data,
          attempts: tried.map((attempt) => ({
            step: attempt.step,
            number: attempt.number,
            startedAt: attempt.startedAt,
            endedAt: attempt.endedAt,
            outcome: attempt.outcome,
            code: attempt.code,
            note: attempt.note,
            ...describeCalls(attempt.calls),
          })),
          decisions: decisions.filter(({ itemKey }) => itemKey === key),
        });
      }),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/log",
    group: runGroup,
    summary: "Il registro di un flusso, dal più recente",
    description:
      "Eventi del flusso e dei passi, tentativi con le chiamate ai servizi, parole delle persone; le avvertenze solo con kind=warning, nell'ordine del file.",
    query: attempts.LogPageQuery,
    code: "BAD_QUERY",
    answers: {
      200: { description: "Una pagina", schema: attempts.LogDocument },
      400: describeProblem("Un filtro non va"),
      ...runMissing,
    },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const { kind, step, outcome, text, before, limit = 50 } = asked.query;
        const place = before === undefined ? null : parsePlace(before);
        const query = {
          ...(kind !== undefined && { kind }),
          ...(step !== undefined && { step }),
          ...(outcome !== undefined && { outcome }),
          ...(text !== undefined && { text }),
          ...(place !== null && { before: place }),
        };
        const { events, next, isPart } = await readRunLog(asked.deps, run, query, limit);
        return asked.c.json({
          events: events.map(({ step, calls, ...event }) => ({
            ...event,
            step: step?.id ?? null,
            ...describeCalls(calls),
          })),
          next: next === null ? null : formatPlace(next),
          isPart,
        });
      }),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/files",
    group: runGroup,
    summary: "I file dell'intero flusso",
    answers: { 200: { description: "I file", schema: schemas.Files }, ...runMissing },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const files = await asked.deps.journal.listFiles(run.id);
        const all = run.input === null ? files : [...files, run.input];
        return asked.c.json({
          files: all.map(({ name, sha256, bytes }) => ({
            name,
            sha256,
            bytes,
            url: buildRunFileUrl(run.id, sha256),
          })),
        });
      }),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/files/{sha256}",
    group: runGroup,
    summary: "Un file dell'intero flusso, anche a pezzi (Range)",
    answers: {
      200: { description: "Il file", type: "application/octet-stream" },
      206: { description: "Un pezzo", type: "application/octet-stream" },
      404: describeProblem("Nessun file così"),
      410: describeProblem("Sul disco non è più com'era"),
    },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const { c, deps, params } = asked;
        const files = [
          ...(await deps.journal.listFiles(run.id)),
          ...(run.input === null ? [] : [run.input]),
        ];
        const file = files.find(({ sha256 }) => sha256 === params["sha256"]);
        const answer = file === undefined ? "missing" : await answerFile(c, deps.artifacts, file);
        if (answer instanceof Response) return answer;
        if (answer === "missing")
          return answerApiFault(
            c,
            404,
            "NOT_FOUND",
            "Questo file non fa parte del flusso, o non è più nell'archivio.",
          );
        return answerApiFault(
          c,
          410,
          "FILE_ALTERED",
          "Il file sul disco non è più com'era quando è stato fatto: non viene consegnato.",
        );
      }),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/questions",
    group: runGroup,
    summary: "Che cosa il flusso aspetta da una persona, e i benestare dati",
    answers: { 200: { description: "Le domande", schema: schemas.Questions }, ...runMissing },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const { journal } = asked.deps;
        const asks = await journal.listAsks(run.id);
        return asked.c.json({
          asks: asks.map(({ step, kind, who, prompt, problem, deadline }) => ({
            step,
            kind,
            who,
            prompt,
            problem,
            deadline,
          })),
          approvals: (await journal.listApprovals(run.id)).map(({ step, by, at }) => ({
            step,
            by,
            at,
          })),
        });
      }),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/spec",
    group: runGroup,
    summary: "La pipeline con cui il flusso è partito",
    answers: { 200: { description: "YAML", schema: schemas.Spec }, ...runMissing },
    handle: (asked) =>
      withRun(asked, async (run) =>
        asked.c.json({ yaml: formatSpecAsYaml(await asked.deps.journal.readSpec(run.id)) }),
      ),
  }),
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/doubts",
    group: runGroup,
    summary: "I verbali in dubbio, con quello che serve per decidere",
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
    }),
    code: "BAD_QUERY",
    answers: {
      200: { description: "I dubbi", schema: schemas.DoubtsDocument },
      400: describeProblem("Un parametro non va"),
      ...runMissing,
    },
    handle: (asked) =>
      withRun(asked, async (run) =>
        asked.c.json({
          doubts: await listDoubts(asked.deps, run, { limit: asked.query.limit ?? 100 }),
        }),
      ),
  }),
];

/** As programs read them. */
function describeCalls(noted: AttemptCalls | null): object {
  const calls = (noted?.calls ?? []).map(({ at, ...call }) => ({ ...call, at: toInstant(at) }));
  return { calls, callsLeft: noted?.left ?? 0 };
}
