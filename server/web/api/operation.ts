/** What an operation of the API is: its address, what it takes and answers as schemas, and who answers; the same objects check the requests and describe them. */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { TObject, TSchema, Static } from "typebox";
import { checkBySchema } from "../../../loader/yaml/schema-check.ts";
import { toFields } from "../../history/fields.ts";
import { readBearer } from "../access.ts";
import type { AppDeps } from "../deps.ts";
import { answerApiFault } from "../routes/fault.ts";
import { COMMAND_HEADER } from "../security.ts";
import { keepAnswers } from "./idempotency.ts";

/** What an operation answers with a status. */
export interface ApiAnswer {
  readonly description: string;
  /** Absent: no JSON. */
  readonly schema?: TSchema;
  /** Default `application/json`. */
  readonly type?: string;
}

/** What was asked, checked. */
export interface OperationRequest<Query extends TObject, Body extends TSchema> {
  readonly c: Context;
  readonly deps: AppDeps;
  /** Parts of the address, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Static<Query>;
  readonly body: Static<Body>;
}

export interface Operation<Query extends TObject = TObject, Body extends TSchema = TSchema> {
  readonly method: "get" | "post" | "put" | "delete";
  /** As the description writes it: `/api/runs/{id}`. */
  readonly path: string;
  /** The page groups them by this. */
  readonly group: string;
  readonly summary: string;
  readonly description?: string;
  readonly query?: Query;
  readonly body?: Body;
  /** Bytes of the body at most; default 64,000. */
  readonly mostBytes?: number;
  /** The code of a body or a query that does not fit; default `BAD_REQUEST`. */
  readonly code?: "BAD_ANSWER" | "BAD_QUERY" | "BAD_REQUEST";
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** The answer holds a secret that is shown once: it is kept for nobody. */
  readonly isSecret?: boolean;
  handle(asked: OperationRequest<Query, Body>): Response | Promise<Response>;
}

/** Any operation, as lists hold them. */
export type AnyOperation = Omit<Operation, "handle"> & {
  handle(asked: OperationRequest<TObject, TSchema>): Response | Promise<Response>;
};

/** Keeps the types of an operation together; the list that takes it has forgotten them. */
export function defineOperation<Query extends TObject, Body extends TSchema>(
  operation: Operation<Query, Body>,
): AnyOperation {
  return operation;
}

/** An app that answers these. */
export function createOperations(deps: AppDeps, operations: readonly AnyOperation[]): Hono {
  const app = new Hono();
  for (const operation of operations) addOperation(app, deps, operation);
  return app;
}

function addOperation(app: Hono, deps: AppDeps, operation: AnyOperation): void {
  const { method, mostBytes = 64_000 } = operation;
  const path = operation.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const limit = bodyLimit({
    maxSize: mostBytes,
    onError: (c) =>
      answerApiFault(
        c,
        413,
        "TOO_LARGE",
        `La richiesta è troppo grande: al massimo ${mostBytes.toLocaleString("it")} byte.`,
      ),
  });
  app.on(method.toUpperCase(), path, async (c) => {
    if (method === "get") return await answer(c, deps, operation, {});
    if (c.req.header(COMMAND_HEADER) === undefined && readBearer(c) === null)
      return answerApiFault(c, 403, "NO_COMMAND_HEADER", `Manca l'intestazione ${COMMAND_HEADER}.`);
    const tooLarge = await limit(c, async () => {});
    if (tooLarge instanceof Response) return tooLarge;
    const text = await c.req.text();
    const body = parseBody(text);
    if (body === undefined)
      return answerApiFault(
        c,
        400,
        operation.code ?? "BAD_REQUEST",
        "Il corpo della richiesta non è JSON.",
      );
    return await keepAnswers(c, deps, { operation, text }, () => answer(c, deps, operation, body));
  });
}

/** An empty body is an empty object. */
function parseBody(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function answer(
  c: Context,
  deps: AppDeps,
  operation: AnyOperation,
  body: unknown,
): Promise<Response> {
  const { query: querySchema, body: bodySchema, code = "BAD_REQUEST" } = operation;
  const query = querySchema === undefined ? {} : readQuery(c, querySchema);
  for (const [schema, value] of [
    [querySchema, query],
    [bodySchema, body],
  ] as const) {
    const [fault] = schema === undefined ? [] : checkBySchema(schema, value);
    if (fault !== undefined) {
      const place = fault.instancePath.replaceAll("/", ".").slice(1);
      const { additionalProperty } = toFields(fault.params);
      const what = typeof additionalProperty === "string" ? ` («${additionalProperty}»)` : "";
      const message = `${place === "" ? "La richiesta" : place}: ${fault.message ?? "non va"}${what}.`;
      return answerApiFault(c, 400, code, message);
    }
  }
  const params = c.req.param();
  return await operation.handle({ c, deps, params, query, body });
}

/** The parameters that the schema names, as values of its types; what cannot be one stays text, and the check says so. */
function readQuery(c: Context, schema: TObject): Readonly<Record<string, unknown>> {
  const search = new URL(c.req.url).searchParams;
  const read: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const all = search.getAll(name);
    const [first] = all;
    if (first === undefined) continue;
    const { type } = toFields(property);
    if (type === "array") read[name] = all;
    else read[name] = type === "integer" && /^-?\d{1,15}$/.test(first) ? Number(first) : first;
  }
  return read;
}
