/** The whole document. */
import { itemStates, runStates } from "../../engine/journal/states.ts";

const text = { type: "string" };
const count = { type: "integer", minimum: 0 };
const orNull = { type: ["string", "null"] };
const texts = { type: "array", items: text };

export function openApi(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: "3.1.0",
    info: {
      title: "Postino",
      version,
      description: "Storico dei flussi e comandi. Risponde solo da questo computer.",
    },
    paths: { ...readPaths(), ...commandPaths(), ...upkeepPaths() },
    components: {
      schemas: schemas(),
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

function readPaths(): Readonly<Record<string, unknown>> {
  const query = (name: string, schema: object, description: string) => ({
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
          query("ente", text, "Codice dell'ente"),
          query("pipeline", text, "Nome della pipeline"),
          query("state", { type: "array", items: { enum: runStates } }, "Ripetibile"),
          query("since", { type: "string", format: "date" }, "Creati da questo giorno (Roma)"),
          query("before", count, "Pagina seguente: il `next` della precedente"),
          query("limit", { type: "integer", minimum: 1, maximum: 500, default: 50 }, "Quanti"),
        ],
        responses: {
          "200": content({
            type: "object",
            required: ["runs", "next"],
            properties: {
              runs: { type: "array", items: ref("Run") },
              next: { type: ["integer", "null"], description: "`null`: non ce ne sono altri" },
            },
          }),
        },
      },
    },
    "/api/runs/{id}": {
      get: {
        summary: "Un flusso con tutti i suoi verbali, come `postino status --json`",
        parameters: [parameter("id")],
        responses: { "200": content(ref("RunDocument")), "404": content(ref("Error")) },
      },
    },
    "/api/runs/{id}.csv": {
      get: {
        summary: "I verbali di un flusso per un foglio di calcolo",
        parameters: [parameter("id")],
        responses: {
          "200": { description: "CSV con `;` e BOM", content: { "text/csv": { schema: text } } },
          "404": content(ref("Error")),
        },
      },
    },
  };
}

function commandPaths(): Readonly<Record<string, unknown>> {
  const path = (summary: string, properties: object) => ({
    post: {
      summary,
      parameters: [parameter("id"), parameter("command")],
      requestBody: { content: { "application/json": { schema: { type: "object", properties } } } },
      responses: {
        "202": content({ type: "object", properties: { status: { const: "accepted" } } }),
        "403": content(ref("Error")),
        "404": content(ref("Error")),
        "409": content(ref("Error")),
      },
    },
  });
  return {
    "/api/runs/{id}/answer": path("Risponde a un flusso che attende una persona", {
      kind: { enum: ["otp", "approval"] },
      otp: text,
      by: text,
    }),
    "/api/runs/{id}/resume": path(
      "Riprende ciò che resta, o un altro giro per i verbali indicati",
      {
        only: { enum: ["rejected", "failed", "in-doubt"] },
        items: texts,
      },
    ),
    "/api/runs/{id}/cancel": path("Annulla il flusso", {}),
  };
}

function upkeepPaths(): Readonly<Record<string, unknown>> {
  const plain = (summary: string, type: string) => ({
    get: { summary, responses: { "200": { description: summary, content: { [type]: {} } } } },
  });
  return {
    "/healthz": plain("Il servizio risponde e legge il giornale", "application/json"),
    "/metrics": plain("Misure per Prometheus", "text/plain"),
    "/events": plain("Quali flussi si sono mossi, come eventi", "text/event-stream"),
  };
}

function schemas(): Readonly<Record<string, unknown>> {
  const names = ["total", "done", "rejected", "waiting", "inDoubt", "failed"];
  return {
    Run: record({
      id: text,
      pipeline: text,
      ente: text,
      state: { enum: runStates },
      createdAt: { type: "string", format: "date-time" },
      endedAt: { type: ["string", "null"], format: "date-time" },
      counts: record(Object.fromEntries(names.map((name) => [name, count]))),
    }),
    Item: record({
      key: { ...text, description: "Numero del verbale" },
      state: { enum: itemStates },
      step: { ...orNull, description: "Passo che viene ora; `null`: li ha passati tutti" },
      code: orNull,
      note: orNull,
      iuv: texts,
      noticeCodes: texts,
      token: orNull,
      iun: orNull,
      artifacts: {
        type: "array",
        items: record({ name: text, sha256: text, bytes: count, path: text }),
      },
    }),
    RunDocument: record({ run: ref("Run"), items: { type: "array", items: ref("Item") } }),
    Error: record({
      error: {
        type: "object",
        required: ["code", "message"],
        properties: { code: text, message: text, hint: text },
      },
    }),
  };
}

function record(properties: Readonly<Record<string, unknown>>): object {
  return {
    type: "object",
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}

function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

function parameter(name: string): object {
  return { $ref: `#/components/parameters/${name}` };
}

function content(schema: object): object {
  return { description: "JSON", content: { "application/json": { schema } } };
}
