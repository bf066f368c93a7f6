/** The whole document. */
import { runStates } from "../../engine/journal/states.ts";
import { searchKinds } from "../search/terms.ts";
import { buildRecordSchema, buildRowSchema, itemColumns, runColumns } from "../history/columns.ts";
import { buildPricePaths, priceKeys } from "./openapi-price.ts";

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const texts = { type: "array", items: text };

export function buildOpenApi(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: "3.1.0",
    info: {
      title: "Postino",
      version,
      description: "Storico dei flussi e comandi. Risponde solo da questo computer.",
    },
    paths: {
      ...buildReadPaths(),
      ...buildFindPath(),
      ...buildCommandPaths(),
      ...buildPricePaths(),
      ...buildUpkeepPaths(),
    },
    components: {
      schemas: buildSchemas(),
      securitySchemes: priceKeys,
      parameters: {
        id: { name: "id", in: "path", required: true, schema: text, description: "Id del flusso" },
        command: {
          name: "X-Postino-Command",
          in: "header",
          required: true,
          schema: text,
          description: "Un valore qualsiasi: distingue un programma da una pagina web",
        },
      },
    },
  };
}

function buildReadPaths(): Readonly<Record<string, unknown>> {
  const buildQuery = (name: string, schema: object, description: string) => ({
    name,
    in: "query",
    schema,
    description,
  });
  return {
    "/api/runs": {
      get: {
        summary: "Flussi, dal più recente",
        parameters: [
          buildQuery("ente", text, "Codice dell'ente"),
          buildQuery("pipeline", text, "Nome della pipeline"),
          buildQuery("state", { type: "array", items: { enum: runStates } }, "Ripetibile"),
          buildQuery("since", { type: "string", format: "date" }, "Creati da questo giorno (Roma)"),
          buildQuery("before", count, "Pagina seguente: il `next` della precedente"),
          buildQuery("limit", { type: "integer", minimum: 1, maximum: 500, default: 50 }, "Quanti"),
        ],
        responses: {
          "200": buildContent({
            type: "object",
            required: ["runs", "next"],
            properties: {
              runs: { type: "array", items: buildRef("Run") },
              next: { type: ["integer", "null"], description: "`null`: non ce ne sono altri" },
            },
          }),
        },
      },
    },
    "/api/runs/{id}": {
      get: {
        summary: "Un flusso con tutti i suoi verbali, come `postino status --json`",
        parameters: [buildParameterRef("id")],
        responses: {
          "200": buildContent(buildRef("RunDocument")),
          "404": buildContent(buildRef("Error")),
        },
      },
    },
    "/api/runs/{id}.csv": {
      get: {
        summary: "I verbali di un flusso per un foglio di calcolo",
        parameters: [buildParameterRef("id")],
        responses: {
          "200": { description: "CSV con `;` e BOM", content: { "text/csv": { schema: text } } },
          "404": buildContent(buildRef("Error")),
        },
      },
    },
  };
}

/** The text may name a person: it stands in the body, never in the address. */
function buildFindPath(): Readonly<Record<string, unknown>> {
  const properties = {
    text: { type: "string", minLength: 1, maxLength: 200, description: "Che cosa cercare" },
    ente: { type: "string", description: "Solo i verbali di questo ente" },
    limit: { type: "integer", minimum: 1, maximum: 200, default: 20 },
  };
  const verbale = buildRecordSchema({
    ente: text,
    numero: text,
    kinds: { type: "array", items: { enum: searchKinds } },
    run: { type: "object", description: "Il flusso più nuovo: id, pipeline, createdAt, state" },
    item: { type: "object", description: "key, state, code, note in quel flusso" },
    iun: { type: ["string", "null"] },
    noticeCodes: texts,
    otherRuns: texts,
  });
  return {
    "/api/find": {
      post: {
        summary: "Verbali di ogni flusso, per numero, codici, IUN, codice fiscale, targa o nome",
        parameters: [buildParameterRef("command")],
        requestBody: {
          content: {
            "application/json": { schema: { type: "object", required: ["text"], properties } },
          },
        },
        responses: {
          "200": buildContent(
            buildRecordSchema({
              verbali: { type: "array", items: verbale },
              isPart: { type: "boolean", description: "Solo l'inizio o la fine di un codice" },
              isCut: { type: "boolean", description: "Ce ne sono altri" },
              isTooWide: {
                type: "boolean",
                description: "Troppi codici iniziano o finiscono così: serve un testo più lungo",
              },
            }),
          ),
          "400": buildContent(buildRef("Error")),
        },
      },
    },
  };
}

function buildCommandPaths(): Readonly<Record<string, unknown>> {
  const buildPath = (summary: string, properties: object) => ({
    post: {
      summary,
      parameters: [buildParameterRef("id"), buildParameterRef("command")],
      requestBody: { content: { "application/json": { schema: { type: "object", properties } } } },
      responses: {
        "202": buildContent({ type: "object", properties: { status: { const: "accepted" } } }),
        "403": buildContent(buildRef("Error")),
        "404": buildContent(buildRef("Error")),
        "409": buildContent(buildRef("Error")),
      },
    },
  });
  return {
    "/api/runs/{id}/answer": buildPath("Risponde a un flusso che attende una persona", {
      kind: { enum: ["otp", "approval"] },
      otp: text,
      by: text,
    }),
    "/api/runs/{id}/resume": buildPath(
      "Riprende ciò che resta, o un altro giro per i verbali indicati",
      {
        only: { enum: ["rejected", "failed", "in-doubt"] },
        items: texts,
      },
    ),
    "/api/runs/{id}/cancel": buildPath("Annulla il flusso", {}),
  };
}

function buildUpkeepPaths(): Readonly<Record<string, unknown>> {
  const buildPlainPath = (summary: string, type: string) => ({
    get: { summary, responses: { "200": { description: summary, content: { [type]: {} } } } },
  });
  return {
    "/healthz": buildPlainPath("Il servizio risponde e legge il giornale", "application/json"),
    "/metrics": buildPlainPath("Misure per Prometheus", "text/plain"),
    "/events": buildPlainPath("Quali flussi si sono mossi, come eventi", "text/event-stream"),
  };
}

function buildSchemas(): Readonly<Record<string, unknown>> {
  return {
    Run: buildRowSchema(runColumns),
    Item: buildRowSchema(itemColumns),
    RunDocument: buildRecordSchema({
      run: buildRef("Run"),
      items: { type: "array", items: buildRef("Item") },
    }),
    Error: buildRecordSchema({
      error: {
        type: "object",
        required: ["code", "message"],
        properties: { code: text, message: text, hint: text },
      },
    }),
  };
}

function buildRef(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function buildParameterRef(name: string): object {
  return { $ref: `#/components/parameters/${name}` };
}

function buildContent(schema: object): object {
  return { description: "JSON", content: { "application/json": { schema } } };
}
