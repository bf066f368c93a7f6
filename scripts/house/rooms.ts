/** The import table: the rooms of the house and what each may import. Lint rules, README and tests are made from it. */

/** A folder with its sub-folders, save those that are rooms themselves. */
export interface Room {
  readonly folder: string;
  /** What lives there. */
  readonly purpose: string;
  /** What it may import besides itself and packages: folders, or globs of files, relative to the repository. */
  readonly may: readonly string[];
}

/** Tests, benchmarks, scripts and what is built for editors may import everything; nothing of the product imports them. */
export const workshops: readonly string[] = ["test", "bench", "scripts", "editors"];

/** What documents may not reach for: no network, no journal. */
export const networkPackages: readonly string[] = [
  "bun:sqlite",
  "ofetch",
  "hono",
  "hono/*",
  "node:http",
  "node:https",
  "node:net",
];

/** What the adapters of all outside systems share. */
const shared =
  "integrations/{address,call-names,csv,euro,spreadsheet,xml,xml-text,diagnosis,reading,secret-ref,service-faults,shared-request,pdnd}.ts";
const ports =
  "integrations/*/{port,desk-port,kinds,chain,followed,terms,evidence,money,preservation,reports,waiting}.ts";
/** How an outside system is described to those who put an ente's services together. */
const descriptors = "integrations/*/{settings,create-*,flusso,verdicts}.ts";
const engine = ["engine/host", "engine/step", "engine/journal"];
const stepParts = ["engine/host", "engine/step", "integrations/services.ts", ports];
const faces = [
  ...engine,
  "engine/run",
  "engine/schedule",
  "stores/*",
  "loader/*",
  "integrations/**",
];
const composition = "server/{*,store/*,running/*}.ts";

/** From the inside of the house to its door. */
export const rooms: readonly Room[] = [
  {
    folder: "engine/host",
    purpose: "doors to the world: clock, network, secrets, log, files, limits",
    may: [],
  },
  { folder: "engine/step", purpose: "what a step is", may: ["engine/host"] },
  {
    folder: "engine/journal",
    purpose: "what happened: the interface that every store keeps",
    may: ["engine/host", "engine/step"],
  },
  { folder: "engine/run", purpose: "drives a run: stages, moves, effects, recovery", may: engine },
  { folder: "engine/schedule", purpose: "due times and their ledger", may: engine },

  {
    folder: "stores/seals",
    purpose: "keys, and how texts and blobs are sealed on the disk",
    may: ["engine/host"],
  },
  {
    folder: "stores/sql",
    purpose: "a journal in tables, whatever database carries it out",
    may: [...engine, "stores/seals"],
  },
  {
    folder: "stores/blobs",
    purpose: "blobs in a folder, small ones in packs",
    may: ["engine/host", "stores/seals"],
  },
  {
    folder: "stores/s3",
    purpose: "blobs in a bucket, one object each",
    may: ["engine/host", "stores/blobs", "stores/seals"],
  },
  {
    folder: "stores/sqlite",
    purpose: "the embedded store",
    may: [...engine, "stores/sql", "stores/seals"],
  },
  {
    folder: "stores/postgres",
    purpose: "the store that several hosts share",
    may: [...engine, "stores/sql", "stores/seals"],
  },

  {
    folder: "hosts",
    purpose: "several hosts on one journal: queues, workers, limits and claims",
    may: [...engine, "engine/run", "stores/sql", "stores/postgres"],
  },

  {
    folder: "loader/yaml",
    purpose: "text to typed values by a schema, each with its place",
    may: ["engine/host"],
  },
  {
    folder: "loader/pipeline",
    purpose: "files, ente and parameters: one resolved pipeline, or all faults",
    may: ["engine/host", "engine/step", "engine/schedule/due-times.ts", "loader/yaml"],
  },
  {
    folder: "loader/check",
    purpose: "`check` and `check --fix`",
    may: ["engine/host", "engine/schedule/due-times.ts", "loader/yaml", "loader/pipeline"],
  },

  {
    folder: "documents/pdf",
    purpose: "objects, fonts and metadata of a PDF/A",
    may: ["documents/fonts", "documents/color"],
  },
  { folder: "documents/symbols", purpose: "QR and Data Matrix", may: [] },
  {
    folder: "documents/layout",
    purpose: "text, boxes, templates, crests",
    may: ["documents/pdf", "documents/models"],
  },
  {
    folder: "documents/model",
    purpose: "what a model may say, and what it says",
    may: ["documents/pdf", "documents/layout", "documents/models"],
  },
  {
    folder: "documents/sheets",
    purpose: "verbale and notice, and the threads that draw them",
    may: [
      "documents/pdf",
      "documents/symbols",
      "documents/layout",
      "documents/model",
      "documents/finished/set-title.ts",
    ],
  },
  { folder: "documents/signature", purpose: "PAdES: made and read", may: [] },
  {
    folder: "documents/finished",
    purpose: "PDFs that another program made: looked at, read, matched to their act",
    may: ["documents/signature"],
  },
  { folder: "documents/verify", purpose: "judges a signed PDF", may: ["documents/signature"] },
  { folder: "documents/archive", purpose: "ZIP: written and read", may: ["documents/verify"] },
  {
    folder: "documents/attestation",
    purpose: "judges a carrier's signed XML",
    may: ["documents/verify", "documents/archive"],
  },

  {
    folder: "integrations",
    purpose: "the services of an ente, put together",
    may: [
      "engine/host",
      "engine/step",
      "engine/journal/records.ts",
      ports,
      descriptors,
      "integrations/register",
      "integrations/flusso/own-fields.ts",
      "documents/model/model.ts",
    ],
  },
  {
    folder: "integrations/register",
    purpose: "what is known of each notification across runs",
    may: ["engine/host", "engine/journal/records.ts"],
  },
  {
    folder: "integrations/alerts",
    purpose: "messages to people: who is told, and the outbox",
    may: ["engine/host", "engine/journal/records.ts", shared],
  },
  {
    folder: "integrations/conservazione",
    purpose: "the preservation system: packages out, reports in",
    may: ["engine/host", shared, "integrations/register/preservation.ts"],
  },
  {
    folder: "integrations/protocollo",
    purpose: "protocol numbers: asked of the office's program or by files",
    may: ["engine/host", shared],
  },
  {
    folder: "integrations/lookups",
    purpose: "registers of the State: asked about a recipient before anything is sent",
    may: ["engine/host", "engine/journal/records.ts", shared],
  },
  {
    folder: "integrations/esiti",
    purpose: "the office's own program: told what became of its verbali",
    may: ["engine/host", shared, "integrations/register/reports.ts"],
  },
  {
    folder: "integrations/flusso",
    purpose: "files of the office",
    may: ["engine/host", shared, "data/**"],
  },
  {
    folder: "integrations/send",
    purpose: "SEND: port, client, notes, doctor",
    may: ["engine/host", shared],
  },
  {
    folder: "integrations/payments",
    purpose: "payment systems: port, codes, the choice of an adapter",
    may: ["engine/host", shared, "integrations/payments/*"],
  },
  {
    folder: "integrations/payments/gpd",
    purpose: "GPD",
    may: ["engine/host", shared, "integrations/payments/*.ts"],
  },
  {
    folder: "integrations/payments/govpay",
    purpose: "GovPay",
    may: ["engine/host", shared, "integrations/payments/*.ts"],
  },
  {
    folder: "integrations/payments/file",
    purpose: "files exchanged with a partner",
    may: ["engine/host", shared, "integrations/payments/*.ts"],
  },
  {
    folder: "integrations/signing",
    purpose: "key files, remote signatures, time stamps, trust",
    may: ["engine/host", shared],
  },

  { folder: "simulators", purpose: "faults on purpose", may: ["engine/host"] },
  {
    folder: "simulators/send",
    purpose: "SEND, as a server",
    may: ["engine/host", "integrations/send/{wire,taxonomy}.ts"],
  },
  {
    folder: "simulators/payments",
    purpose: "GPD and GovPay, as servers",
    may: ["engine/host", "integrations/payments/**/{wire,notice-code}.ts"],
  },
  {
    folder: "simulators/signing",
    purpose: "CSC and TSA, as servers",
    may: ["engine/host", "integrations/signing/pkcs12.ts"],
  },

  { folder: "simulators/carrier", purpose: "who attests what became of a letter", may: [] },
  {
    folder: "simulators/protocollo",
    purpose: "a protocol program, as a server",
    may: ["engine/host", "integrations/{xml,xml-text}.ts"],
  },

  {
    folder: "simulators/lookups",
    purpose: "PDND and the registers behind it, as servers",
    may: ["engine/host"],
  },

  {
    folder: "steps",
    purpose: "the steps: one file each",
    may: [...stepParts, "documents/model", "documents/archive", "steps/*"],
  },
  { folder: "steps/schemas", purpose: "the fields of a verbale", may: stepParts },
  {
    folder: "steps/checks",
    purpose: "what `validate` asks of a verbale",
    may: [
      ...stepParts,
      "documents/model",
      "documents/pdf/jpeg.ts",
      "steps/schemas",
      "steps/sending",
      "steps/law",
      "steps/kinds",
    ],
  },
  {
    folder: "steps/kinds",
    purpose: "kinds of acts by data: values, checks and terms",
    may: [...stepParts, "steps/schemas", "steps/law", "steps/checks/catalogue.ts"],
  },
  {
    folder: "steps/law",
    purpose: "terms of law: which days, counted how, and why",
    may: stepParts,
  },
  {
    folder: "steps/render",
    purpose: "from verbale to sheets",
    may: [
      ...stepParts,
      "documents/*",
      "steps/schemas",
      "steps/recipients",
      "steps/kinds",
      "steps/law/{count-term,law}.ts",
    ],
  },
  {
    folder: "steps/recipients",
    purpose: "one recipient of a verbale or several, each with what is his own",
    may: [...stepParts, "steps/schemas", "steps/checks/address.ts"],
  },
  {
    folder: "steps/sending",
    purpose: "from verbale to request",
    may: [...stepParts, "steps/schemas", "steps/recipients", "steps/kinds"],
  },
  {
    folder: "steps/signing",
    purpose: "the three ways to sign",
    may: [...stepParts, "documents/*", "steps/schemas"],
  },
  {
    folder: "steps/loading",
    purpose: "what a source says of its settings",
    may: [...stepParts],
  },
  {
    folder: "steps/looking",
    purpose: "what a register says of a recipient beside what the flusso says",
    may: [...stepParts, "steps/schemas", "steps/law/format-day.ts"],
  },
  {
    folder: "steps/registering",
    purpose: "into the register, and what of a verbale it shows",
    may: [...stepParts, "steps/schemas", "steps/checks/recipient.ts"],
  },
  {
    folder: "steps/following",
    purpose: "from SEND's timeline to what is known of each recipient",
    may: [
      ...stepParts,
      "documents/attestation",
      "documents/verify",
      "steps/schemas",
      "steps/law",
      "steps/sending",
    ],
  },
  {
    folder: "steps/money",
    purpose: "what a notification costs, what was paid, and every difference",
    may: [...stepParts, "steps/schemas"],
  },
  {
    folder: "steps/preserving",
    purpose: "what a submission package says of its files",
    may: [...stepParts, "integrations/conservazione/settings.ts", "integrations/xml-text.ts"],
  },
  {
    folder: "steps/reporting",
    purpose: "from the register to what the office's program is told",
    may: [...stepParts, "steps/schemas", "steps/following/words.ts", "steps/money"],
  },

  {
    folder: "server/words",
    purpose: "what people read: states, titles, dates, amounts",
    may: faces,
  },
  {
    folder: "server/words/codes",
    purpose: "what each code means, with examples",
    may: [...faces, "steps/checks"],
  },
  {
    folder: "server/history",
    purpose: "what is read of the journal",
    may: [...faces, "steps/law/{count-term,law}.ts", "steps/checks/address.ts", "server/words"],
  },
  {
    folder: "server/fascicolo",
    purpose: "the case file of a notification, for a judge",
    may: [
      ...faces,
      "documents/archive",
      "documents/attestation",
      "documents/sheets",
      "documents/verify",
      "server/words",
      "server/history",
    ],
  },
  {
    folder: "server/search",
    purpose: "finds any verbale that a run ever had",
    may: [...faces, "server/words", "server/history"],
  },
  {
    folder: "server/ente",
    purpose: "doctor, init, preview, realign",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "steps/checks/notification-term.ts",
      "steps/law/law.ts",
      "steps/sending",
      "documents/sheets/preview-mark.ts",
      "server/words",
      "server/alerts/diagnose.ts",
      "server/price/{callers,traces}.ts",
    ],
  },
  {
    folder: "server/upkeep",
    purpose: "backup and restore, and what is deleted once nobody needs it",
    may: [
      ...faces,
      composition,
      "steps/following/next-look.ts",
      "server/words",
      "server/web/gate/masking.ts",
      "documents/archive",
    ],
  },
  {
    folder: "server/impact",
    purpose: "whom a change of files touches, and when an ente was last tried",
    may: [...faces, composition, "server/words"],
  },
  {
    folder: "server/testing",
    purpose: "tests in YAML, played against the simulators",
    may: [
      ...faces,
      composition,
      "simulators",
      "documents/signature",
      "steps/schemas",
      "steps/checks/catalogue.ts",
      "server/words",
      "server/history",
      "server/ente",
    ],
  },
  {
    folder: "server/editor",
    purpose: "what an editor is told of pipelines and enti: schemas, faults, completion",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "steps/checks",
      "server/words",
      "server/ente",
      "server/testing/language",
    ],
  },
  {
    folder: "server/trial",
    purpose: "a flusso up to its first effect, beside the journal",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "steps/money/compute-costs.ts",
      "server/words",
      "server/ente",
    ],
  },
  {
    folder: "server/people",
    purpose: "who may do what, and who did",
    may: [
      "engine/host",
      "loader/yaml",
      "loader/pipeline/read-map.ts",
      "integrations/secret-ref.ts",
    ],
  },
  {
    folder: "server/mapping",
    purpose: "an export understood: which column is what, what is asked, what is written",
    may: [...faces, composition, "server/words", "server/ente"],
  },
  {
    folder: "server/alerts",
    purpose: "who is told when something wants a person: causes, messages, mail, webhooks",
    may: [
      ...faces,
      composition,
      "server/words",
      "server/history",
      "server/history/today",
      "server/ente/doctor-local.ts",
      "server/web/urls.ts",
      "server/web/gate/masking.ts",
    ],
  },
  {
    folder: "server/drafts",
    purpose: "a file that a person brought and has not started yet",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "server/words",
      "server/ente",
      "server/mapping",
      "server/trial",
      "server/web/requests.ts",
    ],
  },
  {
    folder: "server/views",
    purpose: "filters of a page that people keep under a name",
    may: ["engine/host", "engine/journal"],
  },
  {
    folder: "server/correct",
    purpose: "a rejected verbale, corrected and sent again",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "steps/checks/judge-verbale.ts",
      "server/words",
      "server/ente",
      "server/trial",
      "server/drafts/name-field.ts",
      "server/web/requests.ts",
    ],
  },
  {
    folder: "server/register",
    purpose: "verbali that wait to be notified, as a person works with them",
    may: [
      ...faces,
      composition,
      "steps/schemas",
      "steps/registering/build-row.ts",
      "server/words",
      "server/correct",
      "server/drafts",
      "server/history",
      "server/trial/cost.ts",
      "server/web/requests.ts",
    ],
  },
  {
    folder: "server/web",
    purpose: "the dashboard",
    may: [
      ...faces,
      "server/register",
      "server/mapping",
      "server/correct",
      "server/drafts",
      "server/views",
      "server/trial",
      "server/words",
      "server/history",
      "server/history/amount",
      "server/history/today",
      "server/search",
      "server/fascicolo",
      "server/report",
      "server/people/**",
      "server/program.ts",
    ],
  },
  {
    folder: "server/price",
    purpose: "the price of a notice, for who collects at payment time",
    may: [...faces, "server/web/price-reply.ts"],
  },
  {
    folder: "server/money",
    purpose: "the costs ledger of a month, beside PagoPA's invoice",
    may: [...faces, "server/words"],
  },
  {
    folder: "server/report",
    purpose: "how the notifications of a month went, in numbers, a sheet and a page",
    may: [
      ...faces,
      "documents/sheets/report.ts",
      "steps/checks/catalogue.ts",
      "server/words",
      "server/money",
    ],
  },
  {
    folder: "server/filedesk",
    purpose: "pipelines and enti, edited in a page: checked, compared, kept in versions",
    may: [
      ...faces,
      composition,
      "server/words",
      "server/history",
      "server/editor",
      "server/impact",
      "server/ente/inspect-ente.ts",
    ],
  },
  {
    folder: "server/cli",
    purpose: "the commands",
    may: [
      ...faces,
      composition,
      "server/alerts",
      "server/report",
      "simulators",
      "steps/schemas",
      "server/words",
      "server/words/codes",
      "server/history",
      "server/search",
      "server/fascicolo",
      "server/money",
      "server/editor",
      "server/mapping",
      "server/ente",
      "server/trial",
      "server/impact",
      "server/testing",
      "server/testing/language",
      "server/price",
      "server/people",
      "server/upkeep",
      "server/web",
      "server/web/manual",
    ],
  },
  {
    folder: "server/store",
    purpose: "where journal and documents of the installation lie, and how they move",
    may: [...faces, composition, "hosts", "server/words"],
  },
  {
    folder: "server/running",
    purpose: "starts runs and drives them: one drive a run, all stopped together",
    may: [
      ...faces,
      composition,
      "server/history",
      "server/ente/inspect-ente.ts",
      "server/web/requests.ts",
    ],
  },
  {
    folder: "server",
    purpose: "puts the installation together",
    may: [
      ...faces,
      "stores/*",
      "hosts",
      "simulators/**",
      "server/*",
      "server/history/amount",
      "server/history/today",
      "server/cli/commands/**",
    ],
  },
];
