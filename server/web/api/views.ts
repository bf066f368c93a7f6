/** The operations on saved views. */
import { Type } from "typebox";
import {
  longestName,
  longestQuery,
  type SavedView,
  viewPages,
  type ViewResult,
} from "../../views/saved-views.ts";
import { answerApiFault } from "../routes/fault.ts";
import { buildViewUrl, cleanViewQuery } from "../view-urls.ts";
import { type AnyOperation, defineOperation, type OperationRequest } from "./operation.ts";
import { describeProblem } from "./run-place.ts";
import { closed, instant, listWords, textOrNull } from "./schemas.ts";

const group = "Viste salvate";
const name = Type.String({ minLength: 1, maxLength: longestName, pattern: "\\S" });
const isShared = Type.Boolean({ description: "Di tutto l'ufficio; altrimenti di chi la salva" });
const page = listWords(viewPages);
const query = Type.String({
  minLength: 1,
  maxLength: longestQuery,
  description: "I filtri come stanno nell'indirizzo della pagina, senza «?»",
});
const View = Type.Object(
  {
    id: Type.String(),
    page,
    name,
    query,
    isShared,
    owner: Type.String(),
    at: instant,
    url: { ...textOrNull, description: "Dove porta; `null`: alla pagina di un flusso qualsiasi" },
  },
  closed,
);
const missing = { 404: describeProblem("Nessuna vista così, o di un altro") };
const refused = {
  400: describeProblem("La richiesta non ha la forma attesa"),
  409: describeProblem("Il nome c'è già, o il ruolo non lo consente"),
};

type Asked = Pick<OperationRequest<never, never>, "c" | "deps">;

export const viewOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path: "/api/views",
    group,
    summary: "Le viste proprie e quelle dell'ufficio",
    answers: {
      200: { description: "Le viste", schema: Type.Object({ views: Type.Array(View) }, closed) },
    },
    async handle({ c, deps }) {
      const views = (await deps.views?.list()) ?? [];
      return c.json({ views: views.map(describeView) });
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/views",
    group,
    summary: "Salva i filtri di una pagina sotto un nome",
    body: Type.Object({ page, name, query, isShared: Type.Optional(isShared) }, closed),
    answers: {
      201: { description: "Salvata", schema: View },
      ...refused,
      422: describeProblem(
        "Nessun filtro di quella pagina, o l'Idempotency-Key è di un'altra richiesta",
      ),
    },
    async handle({ c, deps, body }) {
      const kept = cleanViewQuery(body.page, new URLSearchParams(body.query));
      if (kept === "")
        return answerApiFault(c, 422, "BAD_REQUEST", "query: nessun filtro di questa pagina.");
      const draft = { ...body, query: kept, name: body.name.trim() };
      const result = await deps.views?.save({ isShared: false, ...draft });
      return answerResult({ c, deps }, result, 201);
    },
  }),
  defineOperation({
    method: "put",
    path: "/api/views/{id}",
    group,
    summary: "Cambia il nome di una vista, o di chi è",
    body: Type.Object({ name, isShared }, closed),
    answers: { 200: { description: "Cambiata", schema: View }, ...refused, ...missing },
    async handle({ c, deps, params, body }) {
      const change = { ...body, name: body.name.trim() };
      return answerResult({ c, deps }, await deps.views?.change(params["id"] ?? "", change), 200);
    },
  }),
  defineOperation({
    method: "delete",
    path: "/api/views/{id}",
    group,
    summary: "Toglie una vista",
    answers: {
      200: {
        description: "Tolta",
        schema: Type.Object({ status: Type.Literal("removed") }, closed),
      },
      ...missing,
    },
    handle: async ({ c, deps, params }) =>
      (await deps.views?.remove(params["id"] ?? "")) === true
        ? c.json({ status: "removed" })
        : answerMissing(c),
  }),
];

function answerResult({ c }: Asked, result: ViewResult | undefined, status: 200 | 201): Response {
  if (result === undefined || result.status === "missing") return answerMissing(c);
  if (result.status === "refused") return answerApiFault(c, 409, "REFUSED", result.reason);
  return c.json(describeView(result.view), status);
}

function answerMissing(c: Asked["c"]): Response {
  return answerApiFault(c, 404, "NOT_FOUND", "Questa vista non c'è.");
}

function describeView(view: SavedView): Omit<SavedView, "enti"> & { readonly url: string | null } {
  const { id, page, name, query, isShared, owner, at } = view;
  return { id, page, name, query, isShared, owner, at, url: buildViewUrl(view, null) };
}
