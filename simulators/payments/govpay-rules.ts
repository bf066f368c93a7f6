/** What the simulated GovPay keeps, accepts and answers; pure. */
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import type { GovPayStatus } from "../../integrations/payments/govpay/wire.ts";
import { toCents } from "../../integrations/payments/govpay/wire.ts";
import type { PaymentReceipt } from "./payer.ts";
import {
  extractIuv,
  checkNoticeCode,
  parseNoticeCode,
} from "../../integrations/payments/notice-code.ts";

const euro = Type.Number({ minimum: 0, maximum: 1e16 });

const Voce = Type.Object({
  idVocePendenza: Type.String({ minLength: 1, maxLength: 35 }),
  importo: euro,
  descrizione: Type.String({ minLength: 1, maxLength: 140 }),
  codEntrata: Type.Optional(Type.String({ pattern: "^[a-zA-Z0-9\\-_.]{1,35}$" })),
  ibanAccredito: Type.Optional(Type.String({ pattern: "^[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$" })),
  ibanAppoggio: Type.Optional(Type.String({ pattern: "^[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$" })),
  tipoContabilita: Type.Optional(Type.String({ pattern: "^(CAPITOLO|SPECIALE|SIOPE|ALTRO)$" })),
  codiceContabilita: Type.Optional(Type.String({ minLength: 1, maxLength: 135 })),
});

const Soggetto = Type.Object({
  tipo: Type.Union([Type.Literal("F"), Type.Literal("G")]),
  identificativo: Type.String({ minLength: 2, maxLength: 16 }),
  anagrafica: Type.Optional(Type.String({ minLength: 1, maxLength: 70 })),
  indirizzo: Type.Optional(Type.String({ minLength: 1, maxLength: 70 })),
  civico: Type.Optional(Type.String({ minLength: 1, maxLength: 16 })),
  cap: Type.Optional(Type.String({ minLength: 1, maxLength: 16 })),
  localita: Type.Optional(Type.String({ minLength: 1, maxLength: 35 })),
  provincia: Type.Optional(Type.String({ minLength: 1, maxLength: 35 })),
  nazione: Type.Optional(Type.String({ pattern: "^[A-Z]{2}$" })),
});

const Documento = Type.Object({
  identificativo: Type.String({ minLength: 1, maxLength: 35 }),
  descrizione: Type.String({ minLength: 1, maxLength: 80 }),
  rata: Type.Optional(Type.Integer({ minimum: 1 })),
  soglia: Type.Optional(
    Type.Object({
      tipo: Type.Union([Type.Literal("ENTRO"), Type.Literal("OLTRE")]),
      giorni: Type.Integer({ minimum: 1 }),
    }),
  ),
});

/** What a PUT carries. */
export const NuovaPendenza = Type.Object({
  idTipoPendenza: Type.String({ pattern: "^[a-zA-Z0-9\\-_.]{1,35}$" }),
  idDominio: Type.String({ pattern: "^[0-9]{11}$" }),
  causale: Type.String({ minLength: 1, maxLength: 140 }),
  soggettoPagatore: Soggetto,
  importo: euro,
  numeroAvviso: Type.Optional(Type.String({ pattern: "^[0-9]{18}$" })),
  tassonomiaAvviso: Type.Optional(Type.String()),
  dataValidita: Type.Optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" })),
  dataScadenza: Type.Optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" })),
  /** From 3.9.4 on: GovPay asks SEND for the costs of the notification. */
  sendAbilitato: Type.Optional(Type.Boolean()),
  annoRiferimento: Type.Optional(Type.Integer({ minimum: 1900, maximum: 9999 })),
  documento: Type.Optional(Documento),
  voci: Type.Array(Voce, { minItems: 1, maxItems: 5 }),
});
export type NuovaPendenza = Static<typeof NuovaPendenza>;

/** One pendenza as it is kept. */
export interface KeptPendenza extends NuovaPendenza {
  readonly idA2A: string;
  readonly idPendenza: string;
  readonly numeroAvviso: string;
  readonly stato: GovPayStatus;
  readonly descrizioneStato: string | null;
  readonly dataCaricamento: string;
  readonly dataPagamento: string | null;
  readonly UUID: string;
  /** What SEND said last; absent until it was asked. */
  readonly send?: SendAnswer;
  /** What came in for it, oldest first; absent: nothing. */
  readonly receipts?: readonly PaymentReceipt[];
}

/** The costs of a notification, as GovPay keeps them apart from the amount. */
export interface SendAnswer {
  readonly totalCents: number;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
}

/** A refusal as GovPay words it: 400 SINTASSI for the form, 422 for what the form cannot tell. */
export interface GovPayRefusal {
  readonly codice: string;
  readonly dettaglio: string;
}

/** The body of a PUT, or why it is none. */
export function readPendenzaBody(
  body: unknown,
  idPendenza: string,
): { readonly body: NuovaPendenza } | { readonly fault: string } {
  if (!/^[a-zA-Z0-9\-_]{1,35}$/.test(idPendenza))
    return { fault: "idPendenza non rispetta il pattern" };
  if (!Value.Check(NuovaPendenza, body)) {
    const faults = Value.Errors(NuovaPendenza, body).map(
      ({ instancePath, message }) => `${instancePath.slice(1).replaceAll("/", ".")}: ${message}`,
    );
    return { fault: faults.slice(0, 5).join(", ") };
  }
  for (const voce of body.voci) {
    const isEntrata = voce.ibanAccredito !== undefined && voce.codiceContabilita !== undefined;
    if (isEntrata === (voce.codEntrata !== undefined))
      return { fault: "voci: serve codEntrata oppure ibanAccredito con la contabilità" };
  }
  const { documento } = body;
  if (
    documento !== undefined &&
    (documento.rata === undefined) === (documento.soglia === undefined)
  )
    return { fault: "documento: serve rata oppure soglia" };
  return { body };
}

/** What the ente has on the simulated GovPay; absent: anything goes. */
export interface Registered {
  readonly ibans?: readonly string[];
  readonly segregationCodes?: readonly string[];
}

/** What is wrong with a pendenza of the right form, or `null`. Source: GovPay EsitoOperazione, VER_*. */
export function meaningFault(body: NuovaPendenza, registered: Registered): GovPayRefusal | null {
  const names = new Set(body.voci.map(({ idVocePendenza }) => idVocePendenza));
  if (names.size < body.voci.length)
    return { codice: "VER_001", dettaglio: "Due voci con lo stesso idVocePendenza" };
  let total = 0;
  for (const { importo } of body.voci) total += toCents(importo);
  if (total !== toCents(body.importo))
    return { codice: "VER_002", dettaglio: "Importo diverso dalla somma delle voci" };
  for (const { ibanAccredito } of body.voci)
    if (ibanAccredito !== undefined && registered.ibans?.includes(ibanAccredito) === false)
      return { codice: "VER_020", dettaglio: "Iban di accredito non censito" };
  return body.numeroAvviso === undefined ? null : codeFault(body.numeroAvviso, registered);
}

function codeFault(noticeCode: string, { segregationCodes }: Registered): GovPayRefusal | null {
  const parts = parseNoticeCode(noticeCode);
  if (parts?.auxDigit !== "3")
    return { codice: "VER_039", dettaglio: "Cifra iniziale diversa dall'aux digit dell'ente" };
  if (segregationCodes?.includes(parts.segregationCode) === false)
    return { codice: "VER_027", dettaglio: "Codice di segregazione non valido per il dominio" };
  if (checkNoticeCode(noticeCode) !== null)
    return { codice: "VER_017", dettaglio: "Cifre di controllo dello IUV non valide" };
  return null;
}

export interface KeepFacts {
  readonly idA2A: string;
  readonly idPendenza: string;
  readonly numeroAvviso: string;
  readonly before: KeptPendenza | null;
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

/** The pendenza after a PUT: new, or with new data in the state that it had. */
export function buildKeptPendenza(body: NuovaPendenza, facts: KeepFacts): KeptPendenza {
  const { idA2A, idPendenza, numeroAvviso, before, today } = facts;
  return {
    ...body,
    idA2A,
    idPendenza,
    numeroAvviso,
    stato: before?.stato ?? "NON_ESEGUITA",
    descrizioneStato: before?.descrizioneStato ?? null,
    dataCaricamento: before?.dataCaricamento ?? today,
    dataPagamento: before?.dataPagamento ?? null,
    UUID: before?.UUID ?? crypto.randomUUID(),
    ...(before?.send === undefined ? {} : { send: before.send }),
  };
}

/** GovPay: a change of state starts from not paid or cancelled only. */
export function isPatchable(stato: GovPayStatus): boolean {
  return stato === "NON_ESEGUITA" || stato === "ANNULLATA" || stato === "SCADUTA";
}

const PatchOps = Type.Array(
  Type.Object({
    op: Type.Union([Type.Literal("ADD"), Type.Literal("DELETE"), Type.Literal("REPLACE")]),
    path: Type.String(),
    value: Type.Unknown(),
  }),
  { minItems: 1 },
);

interface Change {
  readonly state?: "ANNULLATA" | "NON_ESEGUITA";
  readonly note?: string;
}

/** What a PATCH asks for, or why it is malformed. */
export function readChange(body: unknown): Change | { readonly fault: string } {
  if (!Value.Check(PatchOps, body)) return { fault: "lista di operazioni non valida" };
  let change: Change = {};
  for (const { op, path, value } of body) {
    if (op !== "REPLACE" || typeof value !== "string") return { fault: `operazione su ${path}` };
    if (path === "/descrizioneStato") change = { ...change, note: value };
    else if (path === "/stato" && (value === "ANNULLATA" || value === "NON_ESEGUITA"))
      change = { ...change, state: value };
    else return { fault: `valore di ${path}` };
  }
  return change;
}

/** Pendenza: what a GET answers. */
export function buildPendenzaAnswer(kept: KeptPendenza): Record<string, unknown> {
  const { idDominio, idTipoPendenza, voci, descrizioneStato, dataPagamento } = kept;
  const {
    idDominio: _owner,
    descrizioneStato: _note,
    dataPagamento: _day,
    send: _costs,
    receipts = [],
    ...rest
  } = kept;
  const isPaid = kept.stato === "ESEGUITA" || kept.stato === "INCASSATA";
  return {
    ...rest,
    idTipoPendenza,
    iuvAvviso: extractIuv(kept.numeroAvviso),
    ...(descrizioneStato === null ? {} : { descrizioneStato }),
    ...(dataPagamento === null ? {} : { dataPagamento }),
    dominio: { idDominio, ragioneSociale: "Ente fittizio" },
    tipo: "dovuto",
    voci: voci.map((voce, index) => ({
      ...voce,
      indice: index + 1,
      stato: isPaid ? "Eseguito" : "Non eseguito",
    })),
    rpp: receipts.map((receipt) => buildRppAnswer(kept, receipt)),
  };
}

/** RppIndex, with the receipt as the Node hands it out since paSendRTV2. */
function buildRppAnswer(
  { idA2A, idPendenza, idDominio }: KeptPendenza,
  { receiptId, noticeCode, amountCents, paidAt, metadata }: PaymentReceipt,
): Record<string, unknown> {
  return {
    stato: "RT_ACCETTATA_PA",
    rpt: { idPA: idDominio, creditorReferenceId: extractIuv(noticeCode) },
    rt: {
      receiptId,
      noticeNumber: noticeCode,
      fiscalCode: idDominio,
      outcome: "OK",
      paymentAmount: (amountCents / 100).toFixed(2),
      paymentDateTime: paidAt,
      ...(metadata.length > 0 && { metadata: { mapEntry: metadata } }),
    },
    pendenza: `/pendenze/${idA2A}/${idPendenza}`,
  };
}

/** A pendenza that is there before the run. */
export interface SeededPendenza {
  readonly idDominio: string;
  readonly idA2A: string;
  readonly idPendenza: string;
  /** Default NON_ESEGUITA. */
  readonly stato?: GovPayStatus;
  readonly numeroAvviso: string;
  readonly importoCents: number;
}

/** The pendenza of a seed, owed by a fictional company. */
export function buildSeededPendenza(seed: SeededPendenza, today: string): KeptPendenza {
  if (parseNoticeCode(seed.numeroAvviso) === null) throw new Error("seed: not a notice code");
  const importo = seed.importoCents / 100;
  const { idA2A, idPendenza, numeroAvviso } = seed;
  const body: NuovaPendenza = {
    idTipoPendenza: "CDS",
    idDominio: seed.idDominio,
    causale: "Violazione Codice della Strada",
    soggettoPagatore: { tipo: "G", identificativo: "00000000000", anagrafica: "Debitore fittizio" },
    importo,
    numeroAvviso,
    voci: [
      {
        idVocePendenza: "1",
        importo,
        descrizione: "Violazione Codice della Strada",
        codEntrata: "CDS",
      },
    ],
  };
  const kept = buildKeptPendenza(body, { idA2A, idPendenza, numeroAvviso, before: null, today });
  return { ...kept, stato: seed.stato ?? "NON_ESEGUITA" };
}

export interface GovPayReport {
  readonly pendenze: readonly {
    readonly idDominio: string;
    readonly idA2A: string;
    readonly idPendenza: string;
    readonly stato: GovPayStatus;
    readonly numeroAvviso: string;
    readonly importoCents: number;
    /** `null` where the pendenza belongs to no document. */
    readonly documento: string | null;
  }[];
  /** PUTs that made a pendenza. */
  readonly created: number;
  /** Pendenze that are ANNULLATA now. */
  readonly cancelled: number;
  /** Pendenze that can be paid now. */
  readonly open: number;
  /** ESEGUITA, INCASSATA or ESEGUITA_PARZIALE. */
  readonly paid: number;
  /** Open pendenze by name without generation, amount kept (`…-S`, `…-R`): more than one is a double. */
  readonly openByVerbale: Readonly<Record<string, number>>;
}

/** Counts what is there. */
export function buildGovPayReport(kept: readonly KeptPendenza[], created: number): GovPayReport {
  const openByVerbale: Record<string, number> = {};
  const count = { cancelled: 0, open: 0, paid: 0 };
  for (const { idPendenza, stato } of kept) {
    if (stato === "ANNULLATA") count.cancelled += 1;
    if (["ESEGUITA", "INCASSATA", "ESEGUITA_PARZIALE"].includes(stato)) count.paid += 1;
    if (stato !== "NON_ESEGUITA") continue;
    count.open += 1;
    const verbale = idPendenza.replace(/-g[0-9]+(?=-[SR]$)/, "");
    openByVerbale[verbale] = (openByVerbale[verbale] ?? 0) + 1;
  }
  return {
    pendenze: kept.map((pendenza) => ({
      idDominio: pendenza.idDominio,
      idA2A: pendenza.idA2A,
      idPendenza: pendenza.idPendenza,
      stato: pendenza.stato,
      numeroAvviso: pendenza.numeroAvviso,
      importoCents: toCents(pendenza.importo),
      documento: pendenza.documento?.identificativo ?? null,
    })),
    created,
    ...count,
    openByVerbale,
  };
}
