/** The operations on schedules: what starts by itself, and the pauses that people make. */
import { Type } from "typebox";
import { toInstant } from "../../../engine/host/clock.ts";
import type { SchedulePair } from "../../../engine/schedule/scheduled.ts";
import { countMissed, namePair } from "../../history/missed-times.ts";
import { createNextTimes } from "../../history/today/next-times.ts";
import { readSigner } from "../gate/who.ts";
import { answerApiFault } from "../routes/fault.ts";
import { type AnyOperation, defineOperation, type OperationRequest } from "./operation.ts";
import { describeProblem } from "./run-place.ts";
import * as schemas from "./schemas.ts";

const group = "Programmazioni";
const PauseBody = Type.Object(
  {
    by: Type.Optional(
      Type.String({ maxLength: 80, description: "Chi lo chiede, dove non entra nessuno" }),
    ),
  },
  schemas.closed,
);
const answers = {
  400: describeProblem("La richiesta non ha la forma attesa"),
  404: describeProblem("Nessuna programmazione così"),
  409: describeProblem("È già così, o da qui non si fa"),
  422: describeProblem("Manca chi lo chiede, o l'Idempotency-Key è di un'altra richiesta"),
};

/** The newest due times among which the missed ones are looked for. */
const dueSearched = 500;
const nextShown = 5;
const times = createNextTimes();

export const scheduleOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path: "/api/schedules",
    group,
    summary: "Che cosa parte da solo, e che cosa è in pausa",
    answers: {
      200: {
        description: "Le programmazioni",
        schema: Type.Object(
          {
            schedules: Type.Array(
              Type.Object(
                {
                  pipeline: Type.String(),
                  ente: Type.String(),
                  cron: Type.String(),
                  timezone: Type.String(),
                  pausedSince: schemas.instantOrNull,
                  pausedBy: schemas.textOrNull,
                  missed: Type.Integer({
                    minimum: 0,
                    description:
                      "Orari passati senza un flusso, che un avvio solo recupera (POST /api/runs)",
                  }),
                  next: Type.Array(schemas.instant, { description: "I prossimi cinque orari" }),
                },
                schemas.closed,
              ),
            ),
          },
          schemas.closed,
        ),
      },
    },
    async handle({ c, deps }) {
      const { scheduled } = (await deps.listSchedules?.()) ?? { scheduled: [] };
      const pauses = (await deps.pauses?.list()) ?? [];
      const now = deps.clock.now();
      const rows = await deps.journal.listDue({ limit: dueSearched });
      const missed = await countMissed({ journal: deps.journal, rows, pauses, now });
      return c.json({
        schedules: scheduled.map(({ pipeline, ente, schedule }) => {
          const { cron, timezone } = schedule;
          const pause = pauses.find((one) => one.pipeline === pipeline && one.ente === ente);
          const since = pause?.since ?? null;
          const by = since === null ? null : (pause?.by ?? null);
          return {
            pipeline,
            ente,
            cron,
            timezone,
            pausedSince: since,
            pausedBy: by,
            missed: missed.get(namePair({ pipeline, ente })) ?? 0,
            next: times.listNext(schedule, now, nextShown).map(toInstant),
          };
        }),
      });
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/schedules/{ente}/{pipeline}/pause",
    group,
    summary: "Mette in pausa una programmazione",
    body: PauseBody,
    answers: {
      200: { description: "In pausa", schema: Type.Object({ status: Type.String() }) },
      ...answers,
    },
    handle: (asked) =>
      changePause(asked, async (pair, by) =>
        (await asked.deps.pauses?.pause(pair, by)) === true
          ? asked.c.json({ status: "paused" })
          : answerApiFault(asked.c, 409, "REFUSED", "La programmazione è già in pausa."),
      ),
  }),
  defineOperation({
    method: "post",
    path: "/api/schedules/{ente}/{pipeline}/resume",
    group,
    summary: "Fa ripartire una programmazione dal prossimo orario",
    description: "Gli orari passati durante la pausa non si recuperano: `missed` dice quanti sono.",
    body: PauseBody,
    answers: {
      200: {
        description: "Riprende",
        schema: Type.Object({ status: Type.String(), missed: Type.Integer({ minimum: 0 }) }),
      },
      ...answers,
    },
    handle: (asked) =>
      changePause(asked, async (pair, by) => {
        const missed = (await asked.deps.pauses?.goOn(pair, by)) ?? null;
        return missed === null
          ? answerApiFault(asked.c, 409, "REFUSED", "La programmazione non è in pausa.")
          : asked.c.json({ status: "resumed", missed });
      }),
  }),
];

type Asked = Pick<OperationRequest<never, typeof PauseBody>, "c" | "deps" | "params" | "body">;

/** For a schedule that there is, by somebody with a name. */
async function changePause(
  { c, deps, params, body }: Asked,
  work: (pair: SchedulePair, by: string) => Promise<Response>,
): Promise<Response> {
  const pair = { ente: params["ente"] ?? "", pipeline: params["pipeline"] ?? "" };
  const { scheduled } = (await deps.listSchedules?.()) ?? { scheduled: [] };
  const isThere = scheduled.some((one) => one.ente === pair.ente && one.pipeline === pair.pipeline);
  if (!isThere) return answerApiFault(c, 404, "NOT_FOUND", "Nessuna programmazione così.");
  const by = readSigner() ?? body.by ?? "";
  if (by === "")
    return answerApiFault(c, 422, "BAD_REQUEST", "Manca il nome di chi lo chiede («by»).");
  return await work(pair, by);
}
