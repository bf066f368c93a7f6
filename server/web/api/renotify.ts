/** The operations of «Rinotifica»: whether a verbale may be notified anew, and the word that prepares it. */
import { Type } from "typebox";
import { readRenotifiedNumber } from "../../register/renotify.ts";
import { formatPageHint } from "../../words/hints.ts";
import { answerApiFault } from "../routes/fault.ts";
import { buildDraftUrl } from "../urls.ts";
import { type AnyOperation, defineOperation, type OperationRequest } from "./operation.ts";
import { describeProblem } from "./run-place.ts";
import { anything, closed, textOrNull } from "./schemas.ts";

const group = "Rinotifica";
const path = "/api/verbali/{ente}/{numero}/renotification";
const missing = { 404: describeProblem("Postino non ha inviato a SEND un verbale così") };

export const renotifyOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path,
    group,
    summary: "Se un verbale si può notificare di nuovo, e con quali dati si partirebbe",
    answers: {
      200: {
        description: "Il verbale",
        schema: Type.Object(
          {
            numero: Type.String({ description: "Quello proposto per la nuova notifica" }),
            verbale: anything,
            chain: Type.Array(anything, {
              description: "Le notifiche della violazione, in ordine",
            }),
            pipeline: textOrNull,
            isRegistered: Type.Boolean({ description: "Passa dal registro «da notificare»" }),
            refusal: { ...textOrNull, description: "Perché no; `null`: si può" },
          },
          closed,
        ),
      },
      ...missing,
    },
    async handle(asked) {
      const open = await readOpen(asked);
      if (open === null) return answerMissing(asked.c);
      const { verbale, chain, pipeline, isRegistered, refusal } = open;
      const numero = readRenotifiedNumber(verbale);
      return asked.c.json({ numero, verbale, chain, pipeline, isRegistered, refusal });
    },
  }),
  defineOperation({
    method: "post",
    path,
    group,
    summary: "Prepara la nuova notifica di un verbale: nulla parte prima di un avvio",
    description:
      "`verbale`: i campi che cambiano; gli altri restano quelli della prima notifica. Serve la causa: rinotifica.causa.",
    body: Type.Object({ verbale: anything }, closed),
    mostBytes: 256_000,
    answers: {
      202: {
        description: "Preparata: nel registro con quel flusso, o da avviare in «Nuovo flusso»",
        schema: Type.Object(
          {
            status: Type.Literal("accepted"),
            run: textOrNull,
            draft: { ...textOrNull, description: "Indirizzo da cui si avvia" },
          },
          closed,
        ),
      },
      400: describeProblem("La richiesta non ha la forma attesa"),
      ...missing,
      409: describeProblem("Non si notifica di nuovo"),
      422: describeProblem("Qualche campo non va: `errors` dice quale e perché"),
    },
    async handle(asked) {
      const { c, deps, body } = asked;
      const open = await readOpen(asked);
      if (open === null) return answerMissing(c);
      if (open.refusal !== null) return answerApiFault(c, 409, "REFUSED", open.refusal);
      const verbale = mergeFields(open.verbale, body.verbale);
      const faults = (await deps.renotifications?.check(open, verbale)) ?? [];
      const errors = faults
        .filter(({ isError }) => isError)
        .map(({ fields, message }) => ({ field: fields[0] ?? "", detail: message }));
      if (errors.length > 0)
        return answerApiFault(c, 422, "BAD_REQUEST", "Qualche campo non va.", undefined, errors);
      const result = await deps.renotifications?.prepare(open, verbale);
      if (result === undefined) return answerMissing(c);
      if (result.status === "refused") {
        const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
        return answerApiFault(c, 409, "REFUSED", result.reason, hint);
      }
      const [run, draft] =
        result.status === "run" ? [result.runId, null] : [null, buildDraftUrl(result.handle)];
      return c.json({ status: "accepted", run, draft }, 202);
    },
  }),
];

type Fields = Readonly<Record<string, unknown>>;

/** A group that is given in part keeps what is not said of it. */
function mergeFields(before: Fields, given: Fields): Fields {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(given)) {
    const old = merged[name];
    merged[name] = isGroup(old) && isGroup(value) ? mergeFields(old, value) : value;
  }
  return merged;
}

function isGroup(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readOpen({ deps, params }: Pick<OperationRequest<never, never>, "deps" | "params">) {
  return (await deps.renotifications?.read(params["ente"] ?? "", params["numero"] ?? "")) ?? null;
}

function answerMissing(c: OperationRequest<never, never>["c"]): Response {
  return answerApiFault(
    c,
    404,
    "NOT_FOUND",
    "Questo verbale non risulta inviato a SEND da Postino: non c'è una notifica da rifare.",
  );
}
