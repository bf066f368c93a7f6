/** The operations on what is around flussi: enti and pipelines, schedules, arrivals, search, oneself. */
import { buildLocalPrincipal, permissions } from "../../people/roles.ts";
import { isMonth } from "../../report/words.ts";
import { answerApiFault } from "../routes/fault.ts";
import { readPrincipal } from "../gate/who.ts";
import { type AnyOperation, defineOperation } from "./operation.ts";
import { Me } from "./people-schemas.ts";
import * as office from "./office-schemas.ts";
import * as schemas from "./schemas.ts";

const group = "Ufficio";
const badQuery = {
  description: "Un parametro non va",
  schema: schemas.ProblemDocument,
  type: "application/problem+json",
};

export const officeOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path: "/api/me",
    group,
    summary: "Chi chiede, e che cosa può",
    answers: { 200: { description: "Chi", schema: Me } },
    handle({ c }) {
      const { kind, name, enti, can } = readPrincipal() ?? buildLocalPrincipal("");
      return c.json({ kind, name, enti, may: permissions.filter((one) => can(one, null)) });
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/catalog",
    group,
    summary: "Enti e pipeline, con i parametri che chiedono e i file che hanno errori",
    answers: { 200: { description: "Il catalogo", schema: schemas.CatalogDocument } },
    async handle({ c, deps }) {
      const {
        enti,
        pipelines,
        broken = [],
      } = (await deps.loadCatalog?.()) ?? { enti: [], pipelines: [] };
      return c.json({
        enti: enti.map(({ codice, nome }) => ({ codice, nome })),
        pipelines,
        broken,
      });
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/due",
    group,
    summary: "Che cosa è stato di ogni orario previsto, dal più recente",
    query: schemas.DueQuery,
    code: "BAD_QUERY",
    answers: { 200: { description: "Gli orari", schema: schemas.DueList }, 400: badQuery },
    async handle({ c, deps, query }) {
      const { ente, limit = 100 } = query;
      return c.json({
        due: await deps.journal.listDue({ limit, ...(ente !== undefined && { ente }) }),
      });
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/reports/{ente}/{month}",
    group,
    summary: "Come sono andate le notifiche di un mese, in numeri; importi in centesimi",
    description: "`month` come 2026-11. Le notifiche sono quelle che hanno il mese nello IUN.",
    answers: {
      200: { description: "Il rapporto", schema: office.ReportDocument },
      404: {
        description: "Nessun ente con quel codice, o non è un mese",
        schema: schemas.ProblemDocument,
        type: "application/problem+json",
      },
    },
    async handle({ c, deps, params }) {
      const { ente = "", month = "" } = params;
      const report = isMonth(month) ? ((await deps.readReport?.(ente, month)) ?? null) : null;
      return report === null
        ? answerApiFault(c, 404, "NOT_FOUND", "Non c'è un rapporto di quell'ente e mese.")
        : c.json(report);
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/alerts",
    group,
    summary: "I messaggi degli ultimi trenta giorni a chi vuole essere avvisato, dal più recente",
    answers: { 200: { description: "I messaggi", schema: office.AlertList } },
    handle: async ({ c, deps }) => c.json({ alerts: (await deps.alerts?.list()) ?? [] }),
  }),
  defineOperation({
    method: "get",
    path: "/api/inbox",
    group,
    summary: "I file arrivati che nessun flusso ha ancora letto",
    answers: { 200: { description: "I file", schema: schemas.InboxList } },
    handle: async ({ c, deps }) => c.json({ files: (await deps.listInboxFiles?.()) ?? [] }),
  }),
  defineOperation({
    method: "post",
    path: "/api/find",
    group,
    summary: "Verbali di ogni flusso, per numero, codici, IUN, codice fiscale, targa o nome",
    description: "Il testo può nominare una persona: sta nel corpo, mai nell'indirizzo.",
    body: schemas.FindBody,
    code: "BAD_QUERY",
    mostBytes: 4_000,
    answers: { 200: { description: "I verbali", schema: schemas.FoundDocument }, 400: badQuery },
    async handle({ c, deps, body }) {
      const { text, ente, limit = 20 } = body;
      const found = await deps.find({
        text: text.trim(),
        limit,
        ...(ente !== undefined && { ente }),
      });
      return c.json(found);
    },
  }),
];
