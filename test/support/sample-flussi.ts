/** Fictional flussi of fictional enti, as an operator would find them one morning; for the dashboard's tests and pictures. */
import { createHash } from "node:crypto";
import type { StoredArtifact } from "../../engine/host/files.ts";
import type { Call } from "../../engine/host/calls.ts";
import type { AttemptRow, ItemRow } from "../../engine/journal/items.ts";
import type { AskRow, Run, RunCounts } from "../../engine/journal/runs.ts";
import type { ScheduleListing } from "../../engine/schedule/scheduled.ts";
import type { DueRow } from "../../engine/journal/schedules.ts";
import type { FakeFlusso } from "./fake-journal.ts";
import type { ItemState, RunState } from "../../engine/journal/states.ts";

/** The moment at which the samples are looked at: 23 November 2026, 10:40 in Rome. */
export const sampleNow = Date.parse("2026-11-23T09:40:00.000Z");

export const sampleCatalog = {
  enti: [
    { codice: "roccaserena", nome: "Comune di Roccaserena" },
    { codice: "montefosco", nome: "Comune di Montefosco" },
    { codice: "valdoria", nome: "Unione dei Comuni Valdoria" },
  ],
  pipelines: [
    { name: "send", title: "Notifica dei verbali con SEND", params: [], takesFile: true },
    { name: "iun", title: "Raccolta degli IUN", params: [], takesFile: false },
    {
      name: "annulla",
      title: "Annullamento di una notifica su SEND",
      takesFile: false,
      params: [
        {
          name: "iun",
          label: "IUN della notifica da annullare",
          kind: "text",
          choices: null,
          isRequired: true,
        },
        {
          name: "motivo",
          label: "Perché si annulla",
          kind: "text",
          choices: ["errore", "pagato"],
          isRequired: false,
        },
      ],
    },
  ],
} as const;

/** What starts by itself: one pipeline of one ente, at 6:30 on working days. */
export const sampleSchedules: ScheduleListing = {
  scheduled: [
    {
      pipeline: "send",
      ente: "roccaserena",
      schedule: {
        cron: "30 6 * * 1-5",
        timezone: "Europe/Rome",
        ifMissed: "run-once",
        ifRunning: "skip",
      },
    },
  ],
  unreadable: [],
};

const stepNames = [
  "load-verbali",
  "validate",
  "reset-iuv",
  "render",
  "sign",
  "zip",
  "transmit",
  "import-iun",
];

export const sampleSpec = JSON.stringify({
  name: "send",
  title: "Notifica dei verbali con SEND",
  ente: "roccaserena",
  schedule: { cron: "30 6 * * 1-5", timezone: "Europe/Rome" },
  params: {},
  steps: stepNames.map((name) => ({
    id: name,
    uses: name,
    with: name === "load-verbali" ? { inbox: "roccaserena", pattern: "*.csv", delimiter: ";" } : {},
    retry: {
      times: name === "transmit" ? 8 : 4,
      waitMs: name === "transmit" ? 60_000 : 30_000,
      maxWaitMs: 600_000,
    },
    concurrency: 4,
    approval: false,
  })),
  settings: {
    ente: { codice: "roccaserena", nome: "Comune di Roccaserena", codiceFiscale: "00000000000" },
    send: { active: true, apiKey: { secret: "SEND_ROCCASERENA" }, taxonomyCode: "010202N" },
  },
  origins: {
    "steps.load-verbali.with.inbox": "pipelines/enti/roccaserena.yaml:31",
    "steps.transmit.retry.times": "pipelines/send.yaml:22",
    "steps.transmit.retry.wait": "pipelines/send.yaml:23",
    "settings.send.taxonomyCode": "pipelines/enti/roccaserena.yaml:14",
  },
});

/** A stored file of the sample; its blob exists only if a test writes it. */
export function sampleFile(name: string, bytes: number): StoredArtifact {
  return { name, sha256: createHash("sha256").update(name).digest("hex"), bytes };
}

export function countsOf(counts: Partial<RunCounts>): RunCounts {
  const all = {
    pending: 0,
    done: 0,
    rejected: 0,
    waiting: 0,
    inDoubt: 0,
    failed: 0,
    cancelled: 0,
    ...counts,
  };
  let total = 0;
  for (const count of Object.values(all)) total += count;
  return { ...all, total };
}

export function sampleRun(seq: number, change: Partial<Run> & { readonly id: string }): Run {
  return {
    seq,
    pipeline: "send",
    ente: "roccaserena",
    state: "completed",
    trigger: "schedule",
    createdAt: "2026-11-23T05:30:00.000Z",
    startedAt: change.createdAt ?? "2026-11-23T05:30:00.000Z",
    endedAt: null,
    sealedAt: null,
    sealed: 0,
    input: null,
    params: {},
    isLoaded: true,
    counts: countsOf({}),
    code: null,
    reason: null,
    hint: null,
    note: null,
    firstCode: null,
    firstNote: null,
    ...change,
  };
}

/** The n-th verbale of a flusso in a state, with the fields that it has at that step. */
export function sampleItem(
  id: number,
  state: ItemState,
  step: number,
  change: Partial<ItemRow> = {},
): ItemRow {
  const key = `V/2026/${String(4100 + id).padStart(5, "0")}`;
  return {
    id,
    key,
    round: 1,
    state,
    step,
    data: sampleData(id, key, step),
    sourceDigest: "0".repeat(64),
    code: null,
    note: null,
    hint: null,
    dueAt: null,
    tries: 1,
    since: null,
    updatedAt: "2026-11-23T09:31:08.000Z",
    ...change,
  };
}

const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

function sampleIun(id: number): string {
  const pick = (at: number): string =>
    letters[(id * 7 + at * (5 + Math.floor(id / 24))) % letters.length] ?? "A";
  const four = (at: number): string => [0, 1, 2, 3].map((next) => pick(at + next)).join("");
  return `${four(0)}-${four(4)}-${four(9)}-202611-${pick(3)}-1`;
}

/** What the item has when it stands before the step of this index. */
function sampleData(id: number, key: string, step: number): Record<string, unknown> {
  const iuv = `0200000260000${String(1000 + id * 2)}`;
  const second = `0200000260000${String(1001 + id * 2)}`;
  const name = key.replaceAll("/", "-");
  const documents = (suffix: string) => [
    { role: "verbale", pages: 2, ...sampleFile(`verbale-${name}${suffix}.pdf`, 48_211 + id) },
    { role: "notice", pages: 1, ...sampleFile(`avviso-${name}${suffix}.pdf`, 31_090 + id) },
  ];
  return {
    verbale: {
      numero: key,
      dataViolazione: "2026-10-14",
      oraViolazione: "09:42",
      luogo: "Via delle Fornaci, altezza civico 12",
      targa: "ZZ000ZZ",
      articolo: "art. 7 c. 1 e 14 CdS",
      descrizione: "Sosta in area riservata al carico e scarico",
      agente: "Matricola 118",
      importoRidottoCents: 4200,
      importoScontatoCents: 2940,
      speseCents: 1450,
      destinatario: {
        tipo: "PF",
        cognome: "Prova",
        nome: "Fantasia",
        codiceFiscale: "PRVFTS80A01H501X",
        indirizzo: {
          via: "Via Inventata",
          civico: "3/b",
          cap: "00100",
          comune: "Roma",
          provincia: "RM",
        },
      },
    },
    ...(step > 1 && {
      validation: {
        checkedOn: "2026-11-23",
        taxId: "PRVFTS80A01H501X",
        denomination: "Prova Fantasia",
        notifyBy: "2027-01-12",
        warnings: [],
      },
    }),
    ...(step > 2 && {
      payment: {
        ref: `POSTINO-${id}`,
        creditorTaxId: "00000000000",
        options: [
          { kind: "discounted", iuv, noticeCode: `3${iuv}`, amountCents: 4390 },
          { kind: "reduced", iuv: second, noticeCode: `3${second}`, amountCents: 5650 },
        ],
      },
    }),
    ...(step > 3 && { documents: documents("") }),
    ...(step > 4 && { signedDocuments: documents("-firmato") }),
    ...(step > 5 && {
      archive: { archive: sampleFile("flusso-firmato.zip", 9_412_733), folder: name },
    }),
    ...(step > 6 && {
      notification: {
        notificationRequestId: Buffer.from(sampleIun(id)).toString("base64"),
        protocol: key,
        idempotenceToken: "1",
        sentAt: "2026-11-23T05:41:12.000Z",
      },
    }),
    ...(step > 7 && { iun: sampleIun(id) }),
  };
}

const refusals = [
  {
    code: "ADDRESS_CAP",
    step: 1,
    note: "Il CAP 00199 non appartiene al comune indicato nell'indirizzo.",
    hint: "Correggere l'indirizzo nel gestionale e reinviare il verbale.",
  },
  {
    code: "FOREIGN_RECIPIENT",
    step: 1,
    note: "Il destinatario risiede all'estero: SEND non notifica fuori dall'Italia.",
    hint: "Notificare con la posta.",
  },
  {
    code: "POSITION_PAID",
    step: 2,
    note: "La posizione di pagamento risulta già pagata: non se ne crea una nuova.",
    hint: "Verificare l'incasso e archiviare il verbale.",
  },
  {
    code: "SEND_REFUSED",
    step: 7,
    note: "SEND ha rifiutato la notifica: il codice fiscale del destinatario non risulta in anagrafe.",
    hint: "Controllare il codice fiscale nel gestionale, poi «Riprova gli scartati».",
  },
];

/** The flusso of this morning: 118 verbali, most with their IUN, some waiting, four refused. */
export function morningFlusso(): FakeFlusso {
  const items: ItemRow[] = [];
  for (let id = 1; id <= 118; id += 1) items.push(morningItem(id));
  const count = (state: ItemState): number => items.filter((item) => item.state === state).length;
  return {
    run: sampleRun(1042, {
      id: "20261123-0002",
      state: "waiting",
      createdAt: "2026-11-23T05:30:00.000Z",
      sealedAt: "2026-11-23T05:41:12.000Z",
      sealed: 114,
      input: sampleFile("verbali_settimana_47.csv", 61_204),
      counts: countsOf({
        done: count("done"),
        waiting: count("waiting"),
        rejected: count("rejected"),
        inDoubt: count("in-doubt"),
      }),
      code: "NOT_YET_ACCEPTED",
      reason: "SEND non ha ancora dato l'esito di tutte le notifiche.",
      hint: "Non serve fare nulla: la prossima domanda a SEND parte da sola.",
      firstCode: "ADDRESS_CAP",
      firstNote: "Il CAP 00199 non appartiene al comune indicato nell'indirizzo.",
    }),
    spec: sampleSpec,
    items,
    attempts: morningAttempts(),
    stepCounts: stepNames.map((step, index) => ({
      step,
      done: [118, 116, 115, 115, 115, 115, 114, 90][index] ?? 0,
      rejected: [0, 2, 1, 0, 0, 0, 0, 1][index] ?? 0,
      failed: 0,
      firstAt: "2026-11-23T05:30:02.000Z",
      lastAt: "2026-11-23T09:31:08.000Z",
    })),
    files: [sampleFile("flusso-firmato.zip", 9_412_733)],
  };
}

function morningItem(id: number): ItemRow {
  const refusal = refusals[[4, 9, 13, 21].indexOf(id)];
  if (refusal !== undefined) {
    const { step, ...why } = refusal;
    return sampleItem(id, "rejected", step, why);
  }
  if (id === 6)
    return sampleItem(id, "in-doubt", 6, {
      code: "IN_DOUBT",
      note: "SEND non ha risposto e non si sa se la richiesta è arrivata.",
      hint: "Cercare il verbale nel portale di SEND prima di ripetere.",
    });
  if (id % 5 === 3)
    return sampleItem(id, "waiting", 7, {
      dueAt: Date.parse("2026-11-23T09:45:00.000Z"),
      note: "In attesa dell'esito di SEND.",
    });
  return sampleItem(id, "done", 8);
}

function sampleCall(operation: string, at: string, ms: number, status: number | null): Call {
  return { service: "SEND", operation, at: Date.parse(at), ms, status, items: 1 };
}

function morningAttempts(): AttemptRow[] {
  const at = (minute: number, second: number): string =>
    `2026-11-23T05:${String(minute).padStart(2, "0")}:${String(second).padStart(2, "0")}.000Z`;
  return [
    {
      itemId: 1,
      step: "reset-iuv",
      number: 1,
      startedAt: at(31, 4),
      endedAt: at(31, 5),
      outcome: "done",
      code: null,
      note: null,
      calls: null,
    },
    {
      itemId: 1,
      step: "transmit",
      number: 1,
      startedAt: at(40, 1),
      endedAt: at(40, 31),
      outcome: "later",
      code: "HTTP_503",
      note: "SEND non è raggiungibile in questo momento.",
      calls: {
        left: 0,
        calls: [
          sampleCall("caricamento di un documento", at(40, 1), 420, 200),
          sampleCall("consegna della richiesta di notifica", at(40, 2), 29_000, 503),
        ],
      },
    },
    {
      itemId: 1,
      step: "transmit",
      number: 2,
      startedAt: at(41, 11),
      endedAt: at(41, 12),
      outcome: "done",
      code: null,
      note: null,
      calls: {
        left: 0,
        calls: [
          sampleCall("consegna della richiesta di notifica", at(41, 11), 190, null),
          sampleCall("consegna della richiesta di notifica", at(41, 11), 810, 202),
        ],
      },
    },
    {
      itemId: 1,
      step: "import-iun",
      number: 1,
      startedAt: at(46, 12),
      endedAt: at(46, 12),
      outcome: "done",
      code: null,
      note: null,
      calls: null,
    },
  ];
}

/** A flusso that waits for the commander's OTP. */
export function otpFlusso(): FakeFlusso {
  const items: ItemRow[] = [];
  for (let id = 201; id <= 243; id += 1)
    items.push(
      sampleItem(
        id,
        id === 207 ? "rejected" : "pending",
        id === 207 ? 1 : 4,
        id === 207
          ? {
              code: "TAX_ID_CHECK",
              note: "La lettera di controllo del codice fiscale non torna.",
              hint: "Correggere il codice fiscale nel gestionale.",
            }
          : {},
      ),
    );
  return {
    run: sampleRun(1043, {
      id: "20261123-0003",
      ente: "valdoria",
      state: "waiting-for-person",
      trigger: "manual",
      createdAt: "2026-11-23T09:02:00.000Z",
      input: sampleFile("estrazione_zona_B.csv", 22_518),
      counts: countsOf({ pending: 42, rejected: 1 }),
      reason: "Si attende il codice OTP della firma.",
      firstCode: "TAX_ID_CHECK",
      firstNote: "La lettera di controllo del codice fiscale non torna.",
    }),
    spec: sampleSpec,
    items,
    attempts: [],
    stepCounts: stepNames.slice(0, 4).map((step, index) => ({
      step,
      done: [43, 42, 42, 42][index] ?? 0,
      rejected: index === 1 ? 1 : 0,
      failed: 0,
      firstAt: null,
      lastAt: null,
    })),
    files: [],
  };
}

export function otpAsk(change: Partial<AskRow> = {}): AskRow {
  return {
    run: "20261123-0003",
    step: "sign",
    kind: "otp",
    who: "Ada Fittizia",
    prompt: "Il codice OTP è stato inviato al cellulare del comandante: firma 84 documenti.",
    problem: null,
    createdAt: "2026-11-23T09:10:00.000Z",
    deadline: "2026-11-23T11:10:00.000Z",
    ...change,
  };
}

/** An ended or stopped flusso without its items: a row of history. */
export function pastFlusso(
  seq: number,
  change: Partial<Run> & { readonly id: string },
): FakeFlusso {
  return {
    run: sampleRun(seq, change),
    spec: sampleSpec,
    items: [],
    attempts: [],
    stepCounts: [],
    files: [],
  };
}

/** A morning's history, in no order: what the pictures in the manual show. */
export function sampleHistory(): FakeFlusso[] {
  const day = (text: string, time: string): string => `2026-11-${text}T${time}.000Z`;
  return [
    morningFlusso(),
    otpFlusso(),
    pastFlusso(1041, {
      id: "20261123-0001",
      ente: "montefosco",
      state: "blocked",
      createdAt: day("23", "05:30:00"),
      input: sampleFile("VERBALI_20261121.csv", 18_004),
      counts: countsOf({ pending: 36 }),
      code: "SEND_UNAUTHORIZED",
      reason: "SEND ha rifiutato la chiave dell'ente.",
      hint: "Rinnovare la chiave nel portale di SEND, aggiornare il segreto SEND_MONTEFOSCO e premere «Riprendi».",
    }),
    past(1040, "20261120-0002", "roccaserena", "20", { done: 96, rejected: 2 }),
    past(1039, "20261120-0001", "montefosco", "20", { done: 41 }),
    past(1038, "20261119-0003", "valdoria", "19", { done: 1204, rejected: 17, inDoubt: 0 }),
    past(1037, "20261119-0002", "roccaserena", "19", { done: 88 }),
    pastFlusso(1036, {
      id: "20261119-0001",
      ente: "montefosco",
      state: "failed",
      createdAt: day("19", "05:30:00"),
      endedAt: day("19", "05:30:01"),
      input: sampleFile("VERBALI_20261119.csv", 412),
      code: "CSV_COLUMN",
      reason: "Nel file manca la colonna «Comune residenza» (riga 1).",
      hint: "Esportare di nuovo il flusso dal gestionale con tutte le colonne.",
    }),
    past(1035, "20261118-0002", "roccaserena", "18", { done: 102, rejected: 1 }),
    past(1034, "20261118-0001", "valdoria", "18", { done: 61 }),
  ];
}

function past(
  seq: number,
  id: string,
  ente: string,
  day: string,
  counts: Partial<RunCounts>,
): FakeFlusso {
  const state: RunState = (counts.rejected ?? 0) > 0 ? "completed-with-rejections" : "completed";
  return pastFlusso(seq, {
    id,
    ente,
    state,
    createdAt: `2026-11-${day}T05:30:00.000Z`,
    sealedAt: `2026-11-${day}T05:4${seq % 10}:10.000Z`,
    sealed: counts.done ?? 0,
    endedAt: `2026-11-${day}T1${seq % 4}:1${seq % 6}:40.000Z`,
    input: sampleFile(`verbali_${id}.csv`, 41_000 + seq),
    counts: countsOf(counts),
    ...(state === "completed-with-rejections" && {
      firstCode: "ADDRESS_CAP",
      firstNote: "Il CAP non appartiene al comune indicato nell'indirizzo.",
    }),
  });
}

export function sampleDue(): DueRow[] {
  const row = (dueAt: string, change: Partial<DueRow>): DueRow => ({
    pipeline: "send",
    ente: "roccaserena",
    dueAt,
    state: "run",
    run: null,
    reason: null,
    recordedAt: dueAt,
    ...change,
  });
  return [
    row("2026-11-23T05:30:00.000Z", { run: "20261123-0002" }),
    row("2026-11-23T05:30:00.000Z", { ente: "montefosco", run: "20261123-0001" }),
    row("2026-11-20T05:30:00.000Z", {
      ente: "valdoria",
      state: "skipped",
      reason: "Il flusso 20261119-0003 era ancora in corso.",
    }),
    row("2026-11-20T05:30:00.000Z", { run: "20261120-0002" }),
    row("2026-11-17T05:30:00.000Z", {
      state: "missed",
      reason: "Il servizio era spento dalle 05:12 alle 08:03.",
    }),
  ];
}
