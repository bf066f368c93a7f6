/** The operation on the grid of a flusso: its rows with every column of the page, filtered and sorted as there. */
import { Type } from "typebox";
import { itemStates } from "../../../engine/journal/states.ts";
import { buildRecordSchema, itemColumns } from "../../history/columns.ts";
import { readGridPage } from "../../history/run-view.ts";
import { sortKeys } from "../../history/grid-query.ts";
import { mayDo } from "../gate/who.ts";
import { openSheets } from "../sheets.ts";
import { type AnyOperation, defineOperation } from "./operation.ts";
import { describeProblem, runGroup, runMissing, withRun } from "./run-place.ts";
import { closed, listWords } from "./schemas.ts";

const textOrNull = { type: ["string", "null"] };
/** Every column that a person or a program sees; the remedy stands as a sentence in the CSV alone. */
const columns = itemColumns.filter(({ key }) => key !== "hint");
const Row = Type.Unsafe<Readonly<Record<string, unknown>>>(
  buildRecordSchema(
    Object.fromEntries(
      columns.map(({ key, label, schema = textOrNull }) => [key, { title: label, ...schema }]),
    ),
  ),
);

export const gridOperations: readonly AnyOperation[] = [
  defineOperation({
    method: "get",
    path: "/api/runs/{id}/items",
    group: runGroup,
    summary: "I verbali di un flusso, una pagina alla volta, con tutte le colonne della griglia",
    query: Type.Object({
      state: Type.Optional(Type.Array(listWords(itemStates), { description: "Ripetibile" })),
      code: Type.Optional(Type.String({ pattern: "^[A-Z][A-Z0-9_]{1,60}$" })),
      key: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
      sort: Type.Optional({ ...listWords(sortKeys), description: "Se manca, l'ordine del file" }),
      order: Type.Optional({ ...listWords(["up", "down"] as const), default: "up" }),
      from: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10_000_000, default: 1, description: "Prima riga" }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    }),
    code: "BAD_QUERY",
    answers: {
      200: {
        description: "Una pagina",
        schema: Type.Object(
          {
            items: Type.Array(Row),
            total: Type.Integer({ minimum: 0, description: "Quanti stanno nei filtri" }),
            next: Type.Unsafe<number | null>({
              type: ["integer", "null"],
              description: "Prima riga della pagina seguente; `null`: non ce ne sono altre",
            }),
          },
          closed,
        ),
      },
      400: describeProblem("Un filtro non va"),
      ...runMissing,
    },
    handle: (asked) =>
      withRun(asked, async (run) => {
        const { c, deps, query } = asked;
        const { state, code, key, sort, order, from = 1, limit = 50 } = query;
        const sight = mayDo("personal", run.ente) ? "whole" : "covered";
        const page = await readGridPage(
          { journal: deps.journal, registry: deps.registry, sheets: openSheets(deps), sight },
          run,
          {
            ...(state !== undefined && { states: state }),
            ...(code !== undefined && { code }),
            ...(key !== undefined && { key }),
            ...(sort !== undefined && { sort, isDown: order === "down" }),
            from: from - 1,
          },
          limit,
        );
        const total = page.total ?? 0;
        const items = from > total ? [] : page.items;
        return c.json({
          items: items.map((item) =>
            Object.fromEntries(columns.map((column) => [column.key, column.read(item, {})])),
          ),
          total,
          next: from <= total && page.hasMore ? from + limit : null,
        });
      }),
  }),
];
