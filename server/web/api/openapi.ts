/** The description of the API (OpenAPI 3.1), made of the operations themselves and of the table of routes. */
import { findRule } from "../gate/permissions.ts";
import { permissionWords } from "../../people/roles.ts";
import type { AnyOperation, ApiAnswer } from "./operation.ts";
import { buildPricePaths, priceFault, priceKeys } from "./openapi-price.ts";
import { buildRowSchema, itemColumns, runColumns } from "../../history/columns.ts";
import { ProblemDocument, RunDocument } from "./schemas.ts";

type Json = Readonly<Record<string, unknown>>;

export interface DescribedApi {
  readonly version: string;
  readonly operations: readonly AnyOperation[];
}

/** The whole document. */
export function buildOpenApi({ version, operations }: DescribedApi): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = describeOperation(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Postino",
      version,
      description:
        "Tutto quello che fanno le pagine. Senza persone risponde solo da questo computer; con le persone serve una chiave (postino token add) o una sessione. Gli errori sono application/problem+json.",
    },
    paths: { ...paths, ...buildPricePaths(), ...buildUpkeepPaths() },
    components: {
      schemas: {
        Problem: ProblemDocument,
        PriceFault: priceFault,
        Run: buildRowSchema(runColumns),
        Item: buildRowSchema(itemColumns),
        RunDocument,
      },
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "pst_…" },
        ...priceKeys,
      },
    },
    security: [{ key: [] }, {}],
  };
}

function describeOperation(operation: AnyOperation): Json {
  const { method, path, group, summary, description, body } = operation;
  const rule = findRule(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ":$1"));
  const needs =
    rule === null || rule.needs === "own" || rule.needs === "public" ? null : rule.needs;
  const may = needs === null ? "" : `Serve il permesso «${needs}» (${permissionWords[needs]}).`;
  const isChange = method !== "get";
  const isOnce = method === "post" && operation.isSecret !== true;
  const answers: Record<number, ApiAnswer> = {
    ...operation.answers,
    401: problem("Senza accesso"),
    403: problem(
      isChange ? "Il ruolo non lo consente, o manca X-Postino-Command" : "Il ruolo non lo consente",
    ),
    ...(isChange && { 413: problem("La richiesta è troppo grande") }),
    ...(isOnce &&
      operation.answers[422] === undefined && {
        422: problem("La stessa Idempotency-Key con un'altra richiesta"),
      }),
    ...(isOnce &&
      operation.answers[409] === undefined && {
        409: problem("La richiesta con questa Idempotency-Key è in corso"),
      }),
    ...(method === "post" &&
      operation.answers[400] === undefined && { 400: problem("La richiesta non va") }),
  };
  return {
    operationId: `${method}${path.replaceAll(/[/{}.-]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [group],
    summary,
    description: [description, may].filter((text) => text !== undefined && text !== "").join(" "),
    parameters: listParameters(operation),
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: body } } },
    }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
    ),
    ...(rule !== null && { "x-postino-needs": rule.needs }),
  };
}

function problem(description: string): ApiAnswer {
  return { description, schema: ProblemDocument, type: "application/problem+json" };
}

function describeAnswer({ description, schema, type = "application/json" }: ApiAnswer): Json {
  const shown = schema === ProblemDocument ? { $ref: "#/components/schemas/Problem" } : schema;
  return { description, content: { [type]: shown === undefined ? {} : { schema: shown } } };
}

const parts: Readonly<Record<string, string>> = {
  id: "Id del flusso, o della chiave",
  key: "Numero del verbale",
  sha256: "Impronta del file",
  name: "Nome per l'accesso",
};

function listParameters({ method, path, query, isSecret }: AnyOperation): readonly Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: parts[name] ?? name,
    schema: { type: "string", minLength: 1 },
  }));
  const needed: readonly string[] = query?.required ?? [];
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    ...(needed.includes(name) && { required: true }),
    schema,
  }));
  const text = { type: "string", minLength: 1 };
  const command = {
    name: "X-Postino-Command",
    in: "header",
    schema: text,
    description:
      "Un valore qualsiasi: distingue un programma da una pagina web. Con una chiave non serve.",
  };
  const once = {
    name: "Idempotency-Key",
    in: "header",
    schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,255}$" },
    description:
      "La stessa richiesta con la stessa chiave ha, per un giorno, la stessa risposta e accade una volta.",
  };
  return [
    ...inPath,
    ...inQuery,
    ...(method === "get" ? [] : [command]),
    ...(method === "post" && isSecret !== true ? [once] : []),
  ];
}

function buildUpkeepPaths(): Json {
  const buildPlainPath = (summary: string, type: string) => ({
    get: {
      summary,
      tags: ["Manutenzione"],
      responses: { "200": { description: summary, content: { [type]: {} } } },
    },
  });
  const list = "I verbali di un flusso per un foglio di calcolo: CSV con punto e virgola e BOM";
  const id = { name: "id", in: "path", required: true, schema: { type: "string", minLength: 1 } };
  return {
    "/api/runs/{id}.csv": {
      get: {
        tags: ["Flussi"],
        summary: list,
        parameters: [id],
        responses: {
          "200": { description: "CSV", content: { "text/csv": {} } },
          "401": describeAnswer(problem("Senza accesso")),
          "403": describeAnswer(problem("Il ruolo non lo consente")),
          "404": describeAnswer(problem("Nessun flusso così")),
        },
      },
    },
    "/healthz": buildPlainPath("Il servizio risponde e legge il giornale", "application/json"),
    "/metrics": buildPlainPath("Misure per Prometheus", "text/plain"),
    "/events": buildPlainPath("Quali flussi si sono mossi, come eventi", "text/event-stream"),
  };
}
