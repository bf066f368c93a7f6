/** The operations on the register «da notificare»: verbali in, the list, what a person says of some, and the flusso of the chosen. */
import { Type } from "typebox";
import { waitingStates } from "../../../integrations/register/waiting.ts";
import { listWaiting } from "../../register/list-waiting.ts";
import { waitingWords } from "../../register/waiting-desk.ts";
import { formatPageHint } from "../../words/hints.ts";
import { readSigner } from "../gate/who.ts";
import { answerApiFault } from "../routes/fault.ts";
import type { StartResult } from "../requests.ts";
import { type AnyOperation, defineOperation } from "./operation.ts";
import { describeProblem, inlineBytes } from "./run-place.ts";
import * as schemas from "./schemas.ts";

const group = "Registro da notificare";
const anything = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: "object" });
const state = schemas.listWords(waitingStates);
const numero = Type.String({ minLength: 1, maxLength: 100 });
const notOffered = "Da qui il registro non si usa.";
const integer = Type.Integer({ minimum: 0 });

const Fault = Type.Object({ code: Type.String(), text: Type.String() }, schemas.closed);
const WaitingDocument = Type.Object(
  {
    numero,
    state,
    day: Type.String({ description: "Giorno della violazione" }),
    amountCents: integer,
    notifyBy: schemas.textOrNull,
    arrivedAt: schemas.instant,
    faults: Type.Array(Fault),
    warnings: Type.Array(Type.String()),
    run: Type.String({ description: "Il flusso che lo ha registrato" }),
    flusso: { ...schemas.textOrNull, description: "Il flusso che lo ha preso" },
    why: Type.Unsafe<object | null>({ anyOf: [Fault, { type: "null" }] }),
  },
  schemas.closed,
);

const started = {
  202: { description: "Partito", schema: schemas.Started },
  400: describeProblem("La richiesta non ha la forma attesa"),
  409: describeProblem("Non è possibile ora, o per questo ente"),
};

export const waitingOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "post",
    path: "/api/verbali",
    group,
    summary: "Consegna verbali al registro, come oggetti JSON con i campi del tracciato",
    description:
      "Passano per la pipeline che registra, come un file: il flusso in risposta dice di ognuno che cosa dicono i controlli. Lo stesso verbale mandato due volte resta uno.",
    body: Type.Object(
      {
        ente: schemas.enteCode,
        verbali: Type.Array(anything, { minItems: 1, maxItems: 20_000 }),
      },
      schemas.closed,
    ),
    mostBytes: inlineBytes,
    answers: started,
    async handle({ c, deps, body }) {
      if (deps.waiting === undefined) return answerApiFault(c, 409, "REFUSED", notOffered);
      return answerStart(c, await deps.waiting.add(body.ente, body.verbali));
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/verbali",
    group,
    summary: "Il registro di un ente: quanti per stato, e una pagina di uno stato",
    query: Type.Object({
      ente: schemas.enteCode,
      state: Type.Optional({ ...state, default: "ready" }),
      after: Type.Optional({
        ...numero,
        description: "Pagina seguente: il `next` della precedente",
      }),
    }),
    code: "BAD_QUERY",
    answers: {
      200: {
        description: "La pagina",
        schema: Type.Object(
          {
            counts: Type.Object(
              Object.fromEntries(waitingStates.map((one) => [one, integer])),
              schemas.closed,
            ),
            verbali: Type.Array(WaitingDocument),
            next: schemas.textOrNull,
          },
          schemas.closed,
        ),
      },
      400: describeProblem("Un parametro non va"),
    },
    async handle({ c, deps, query }) {
      await deps.waiting?.settle(query.ente);
      const { rows, counts, next } = await listWaiting(deps.journal, query.ente, {
        state: query.state ?? "ready",
        sort: "number",
        ...(query.after !== undefined && { after: { key: query.after, dueAt: null } }),
      });
      return c.json({
        counts,
        verbali: rows.map(({ data }) => ({
          numero: data.row.numero,
          state: data.state,
          day: data.row.day,
          amountCents: data.row.amountCents,
          notifyBy: data.notifyBy,
          arrivedAt: data.arrivedAt,
          faults: data.faults,
          warnings: data.warnings,
          run: data.origin,
          flusso: data.flusso,
          why: data.why,
        })),
        next: next?.key ?? null,
      });
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/verbali/word",
    group,
    summary:
      "Sceglie verbali per il prossimo flusso, li toglie, li mette da parte o li fa ripartire",
    body: Type.Object(
      {
        ente: schemas.enteCode,
        word: schemas.listWords(waitingWords),
        numbers: Type.Optional(Type.Array(numero, { minItems: 1, maxItems: 20_000 })),
        all: Type.Optional({
          ...state,
          description: "Al posto di `numbers`: tutti quelli in questo stato",
        }),
        by: Type.Optional(Type.String({ maxLength: 80 })),
      },
      schemas.closed,
    ),
    mostBytes: 3_000_000,
    answers: {
      200: {
        description: "Quanti si sono mossi, e perché gli altri no",
        schema: Type.Object({ moved: integer, left: Type.Array(Type.String()) }, schemas.closed),
      },
      400: describeProblem("La richiesta non ha la forma attesa"),
      409: describeProblem("Da qui il registro non si usa"),
      422: describeProblem(
        "Non dice quali verbali, o lo dice due volte; oppure la stessa Idempotency-Key con un'altra richiesta",
      ),
    },
    async handle({ c, deps, body }) {
      if (deps.waiting === undefined) return answerApiFault(c, 409, "REFUSED", notOffered);
      const { ente, word, numbers, all, by = "" } = body;
      if ((numbers === undefined) === (all === undefined))
        return answerApiFault(c, 422, "BAD_REQUEST", "Serve uno solo tra «numbers» e «all».");
      const subject = all === undefined ? { numbers: numbers ?? [] } : { filter: { state: all } };
      return c.json(await deps.waiting.say(ente, { subject, word, by: readSigner() ?? by }));
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/verbali/generate",
    group,
    summary: "Genera il flusso SEND dei verbali scelti",
    body: Type.Object(
      {
        ente: schemas.enteCode,
        count: Type.Integer({
          minimum: 1,
          description: "Quanti sono gli scelti: se intanto sono cambiati, la risposta è 409",
        }),
      },
      schemas.closed,
    ),
    answers: started,
    async handle({ c, deps, body }) {
      if (deps.waiting === undefined) return answerApiFault(c, 409, "REFUSED", notOffered);
      return answerStart(c, await deps.waiting.generate(body.ente, body.count));
    },
  }),
];

function answerStart(c: Parameters<typeof answerApiFault>[0], result: StartResult): Response {
  if (result.status === "accepted") return c.json({ status: "accepted", run: result.runId }, 202);
  const hint = result.hint === undefined ? undefined : formatPageHint(result.hint);
  return answerApiFault(c, 409, "REFUSED", result.reason, hint);
}
