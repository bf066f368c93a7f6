/** What the renderers are told, in plain data: the ente, one verbale and its ways to pay; filled by steps/render.ts. */

import { buildAppealValues, type Appeals } from "./appeals.ts";
import { buildActValues, type ActContent, type ActWords } from "./act.ts";
import { formatItalianDay } from "./format.ts";
import type { JpegImage } from "../pdf/jpeg.ts";

/** Who issues the documents; absent fields leave out the lines that name them. */
export interface EnteContent {
  readonly nome: string;
  /** 11 digits. */
  readonly codiceFiscale: string;
  readonly settore?: string;
  readonly indirizzo?: string;
  readonly telefono?: string;
  readonly email?: string;
  readonly pec?: string;
  readonly sito?: string;
  /** Place of issue. */
  readonly luogo?: string;
  /** Who signs, with their rank. */
  readonly comandante?: string;
  readonly giudiceDiPace?: string;
  readonly prefetto?: string;
  /** Five characters. */
  readonly cbill?: string;
  /** At most 12 digits; adds the Poste module to the notice. */
  readonly postalAccount?: string;
  readonly postalAccountHolder?: string;
  /** `AUT. DB/…`: the permission to print postal slips. */
  readonly postalAuthorization?: string;
  /** Whether the notice goes out with the verbale; without it SEND shows how to pay. */
  readonly conAvviso: boolean;
  /** Whether the recipient bears the costs of SEND, which then come on top of the amounts. */
  readonly costiAlDestinatario: boolean;
}

/** Who is notified. */
export interface RecipientContent {
  readonly name: string;
  readonly taxId: string;
  /** Lines of the postal address, as on an envelope. */
  readonly address: readonly string[];
}

/** One way to pay. */
export interface PaymentContent {
  readonly kind: "discounted" | "reduced";
  /** 18 digits. */
  readonly noticeCode: string;
  /** All that is to be paid, costs included. */
  readonly amountCents: number;
}

/** A photograph that is printed in the act. */
export interface Photograph {
  /** Name of its file. */
  readonly file: string;
  readonly image: JpegImage;
}

/** One verbale, for both documents. */
export interface VerbaleContent extends ActContent {
  readonly numero: string;
  readonly protocollo?: string;
  /** Number and day that the step protocol was given before the act was made: `41877/2026 del 29/11/2026`. */
  readonly registrazione?: string;
  /** Day that the documents bear, `YYYY-MM-DD`. */
  readonly day: string;
  /** `YYYY-MM-DD`. */
  readonly dataViolazione: string;
  /** `HH:MM`. */
  readonly oraViolazione?: string;
  readonly luogo: string;
  readonly targa: string;
  readonly articolo: string;
  readonly descrizione: string;
  readonly agente: string;
  /** How to appeal; absent: a kind of act says it in texts of its own. */
  readonly appeals?: Appeals;
  /** Printed in the act, in this order; absent: the office shows them. */
  readonly photographs?: readonly Photograph[];
  /** The values of a kind of act that is no verbale, as they are printed, by the name that its model uses. */
  readonly own?: Readonly<Record<string, string>>;
  /** Costs inside every amount, never discounted. */
  readonly speseCents: number;
  readonly recipient: RecipientContent;
  /** Discounted (where it applies) before reduced. */
  readonly payments: readonly PaymentContent[];
  /** Who else answers for it, each with its own ways to pay; absent: nobody. */
  readonly others?: readonly {
    readonly recipient: RecipientContent;
    readonly qualita?: string;
    readonly payments: readonly PaymentContent[];
  }[];
}

/** `1.234,56`. */
export function formatEuro(cents: number): string {
  const whole = String(Math.floor(cents / 100)).replaceAll(/\B(?=(\d{3})+$)/g, ".");
  return `${whole},${String(cents % 100).padStart(2, "0")}`;
}

/** A notice code in groups of four: `3020 0010 0000 0194 14`. */
export function formatNoticeCode(noticeCode: string): string {
  let out = noticeCode.slice(0, 4);
  for (let at = 4; at < noticeCode.length; at += 4) out += ` ${noticeCode.slice(at, at + 4)}`;
  return out;
}

/** The values that templates may name, for this ente and verbale, with the words of a model. */
export function buildTemplateValues(
  ente: EnteContent,
  verbale: VerbaleContent,
  words: ActWords = {},
): Record<string, string> {
  const { recipient, payments, own } = verbale;
  const discounted = payments.find((payment) => payment.kind === "discounted");
  const reduced = payments.find((payment) => payment.kind === "reduced");
  const date = formatItalianDay(verbale.day);
  return {
    ...buildEnteValues(ente, own === undefined ? "verbale" : "atto"),
    numero: verbale.numero,
    protocollo: verbale.protocollo ?? "",
    registrazione: verbale.registrazione ?? "",
    data: date,
    luogoData: ente.luogo === undefined ? date : `${ente.luogo}, ${date}`,
    dataViolazione: formatItalianDay(verbale.dataViolazione),
    oraViolazione: verbale.oraViolazione ?? "",
    luogo: verbale.luogo,
    targa: verbale.targa,
    articolo: verbale.articolo,
    norma: /^\d/.test(verbale.articolo) ? `art. ${verbale.articolo}` : verbale.articolo,
    descrizione: verbale.descrizione,
    agente: verbale.agente,
    spese: formatEuro(verbale.speseCents),
    ...buildAppealValues(verbale.appeals, words.second),
    ...namePhotograph(verbale.photographs),
    totaleScontato: discounted === undefined ? "" : formatEuro(discounted.amountCents),
    totaleUnico:
      discounted === undefined && reduced !== undefined ? formatEuro(reduced.amountCents) : "",
    totaleRidotto: reduced === undefined ? "" : formatEuro(reduced.amountCents),
    avvisoScontato: discounted === undefined ? "" : formatNoticeCode(discounted.noticeCode),
    avvisoRidotto: reduced === undefined ? "" : formatNoticeCode(reduced.noticeCode),
    "destinatario.nome": recipient.name,
    "destinatario.codiceFiscale": recipient.taxId,
    "destinatario.indirizzo": recipient.address.join("\n"),
    ...buildActValues(verbale, words),
    ...buildRecipientValues(verbale, words),
    ...own,
  };
}

/** What the caption of a photograph names; each has values of its own. Empty where none is printed. */
export function namePhotograph(
  all: readonly Photograph[] = [],
  at = 0,
): Readonly<Record<string, string>> {
  const file = all[at]?.file;
  return {
    "fotografia.numero": file === undefined ? "" : String(at + 1),
    "fotografia.totale": file === undefined ? "" : String(all.length),
    "fotografia.file": file ?? "",
  };
}

/** With several recipients the act names each with its quality, and speaks to none of them alone. */
function buildRecipientValues(verbale: VerbaleContent, words: ActWords): Record<string, string> {
  const { recipient, qualita, others = [] } = verbale;
  if (others.length === 0) return { destinatari: "", destinatariSeconda: "" };
  const all = [{ recipient, ...(qualita !== undefined && { qualita }) }, ...others];
  const list = (own: ActWords["qualita"], before: string): string =>
    all
      .map((each) => {
        const said = each.qualita === undefined ? "" : (own?.[each.qualita] ?? "");
        return said === "" ? each.recipient.name : `${each.recipient.name}, ${before}${said}`;
      })
      .join("; ");
  return {
    qualita: "",
    qualitaSeconda: "",
    destinatari: list(words.qualita, "come "),
    destinatariSeconda: list(words.qualitaSeconda, ""),
  };
}

/** The values that depend on the ente alone; `act`: what the document is called. */
export function buildEnteValues(
  ente: EnteContent,
  act: "verbale" | "atto" = "verbale",
): Record<string, string> {
  const phone = ente.telefono === undefined ? "" : `Tel. ${ente.telefono}`;
  const pec = ente.pec === undefined ? "" : `PEC ${ente.pec}`;
  return {
    "ente.nome": ente.nome,
    "ente.codiceFiscale": ente.codiceFiscale,
    "ente.settore": ente.settore ?? "",
    "ente.indirizzo": ente.indirizzo ?? "",
    "ente.telefono": ente.telefono ?? "",
    "ente.email": ente.email ?? "",
    "ente.pec": ente.pec ?? "",
    "ente.sito": ente.sito ?? "",
    "ente.recapiti": joinPresent(phone, ente.email ?? ""),
    "ente.recapitiDigitali": joinPresent(pec, ente.sito ?? ""),
    "ente.informazioni": joinPresent(ente.sito ?? "", phone),
    "ente.comandante": ente.comandante ?? "",
    "ente.prefetto": ente.prefetto ?? "",
    "ente.giudiceDiPace": ente.giudiceDiPace ?? "",
    doveAvviso: ente.conAvviso ? "allegato" : `che SEND mostra insieme a questo ${act}`,
    costiAlDestinatario: ente.costiAlDestinatario
      ? `si aggiungono agli importi di questo ${act}`
      : "",
  };
}

function joinPresent(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(" · ");
}

/** Names that `buildTemplateValues` fills, for the check of a model. */
export const valueNames: readonly string[] = Object.keys(
  buildTemplateValues(
    { nome: "", codiceFiscale: "", conAvviso: true, costiAlDestinatario: false },
    {
      numero: "",
      day: "2000-01-01",
      dataViolazione: "2000-01-01",
      luogo: "",
      targa: "",
      articolo: "",
      descrizione: "",
      agente: "",
      speseCents: 0,
      recipient: { name: "", taxId: "", address: [] },
      payments: [],
    },
  ),
);

/** Those of them that every kind of act has. */
export const commonValueNames: readonly string[] = valueNames.filter(
  (name) =>
    /^(?:ente|destinatario)\./.test(name) ||
    /^(?:totale|avviso)/.test(name) ||
    [
      "numero",
      "protocollo",
      "data",
      "luogoData",
      "responsabile",
      "spese",
      "destinatari",
      "doveAvviso",
      "costiAlDestinatario",
    ].includes(name),
);

/** Those of them that come from the ente and the model, in few texts, whatever the verbale is. */
export const fixedValueNames: ReadonlySet<string> = new Set([
  ...Object.keys(
    buildEnteValues({ nome: "", codiceFiscale: "", conAvviso: true, costiAlDestinatario: false }),
  ),
  "qualita",
  "qualitaSeconda",
  "giorniConducente",
  ...Object.keys(buildAppealValues(undefined)),
]);
