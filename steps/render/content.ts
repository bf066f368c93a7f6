/** Turns a verbale's travelling fields into what the renderers print. */
import {
  type AppealName,
  type Appeals,
  type AppealWordings,
  findAppeals,
} from "../../documents/model/appeals.ts";
import { findArt201Case, type Art201Cases } from "../../documents/model/art201.ts";
import type { VerbaleContent } from "../../documents/model/content.ts";
import { ItemRejected } from "../../engine/host/errors.ts";
import type { ActKind } from "../../integrations/services.ts";
import { buildOwnValues } from "./own-act.ts";
import { listAddressees, listOwnOptions } from "../recipients/addressees.ts";
import { type Law, pickRule, readLaw } from "../law/law.ts";
import type { Payment, Validation } from "../schemas/fields.ts";
import type { Destinatario, Indirizzo, Verbale } from "../schemas/verbale.ts";

/** What of an ente's settings is printed of each act. */
export interface OwnWords {
  /** What the ente changes of the cases of art. 201. */
  readonly casiArt201?: Art201Cases | undefined;
  /** What the ente changes of the ways of appeal. */
  readonly ricorsi?: AppealWordings | undefined;
  /** By which terms are counted; absent: as it stands in the tables. */
  readonly law?: Law;
  /** The kind of act; absent: verbali of the Codice della Strada. */
  readonly act?: ActKind | undefined;
}

/** Throws ItemRejected when the amounts to pay are not those of the verbale: the act would contradict its notice. */
export function buildVerbaleContent(
  verbale: Verbale,
  validation: Validation,
  payment: Payment,
  { casiArt201: cases, ricorsi, law = readLaw(), act }: OwnWords = {},
): VerbaleContent {
  requireSameAmounts(verbale, payment);
  // What is printed of the verbale goes as it is: a new field is named by the schema, the reader and the model alone.
  const { destinatario, destinatari: __, posizioni: _, dati: ___, ...printed } = verbale;
  const [, ...others] = listAddressees(verbale, validation);
  return {
    ...printed,
    ...pickCaseText(verbale, cases),
    ...(act === undefined
      ? {
          appeals: findPrintedAppeals(validation.checkedOn, law, ricorsi),
          driverDays: pickRule(law, "driverData", validation.checkedOn).days,
        }
      : { own: buildOwnValues(act, verbale) }),
    ...(destinatario.qualita !== undefined && { qualita: destinatario.qualita }),
    day: validation.checkedOn,
    recipient: {
      name: formatRecipientName(destinatario),
      taxId: validation.taxId,
      address: formatAddressLines(validation.address),
    },
    payments: listPayments(payment, 0),
    ...(others.length > 0 && {
      others: others.map(({ index, destinatario: other, taxId, address }) => ({
        recipient: {
          name: formatRecipientName(other),
          taxId,
          address: formatAddressLines(address),
        },
        ...(other.qualita !== undefined && { qualita: other.qualita }),
        payments: listPayments(payment, index),
      })),
    }),
  };
}

/** The days that are counted are those that are printed. */
export function findPrintedAppeals(day: string, law: Law, changes?: AppealWordings): Appeals {
  const pick = (name: AppealName) => pickRule(law, name, day);
  return findAppeals(
    day,
    { prefetto: pick("prefetto"), giudiceDiPace: pick("giudiceDiPace") },
    changes,
  );
}

function listPayments(payment: Payment, recipient: number): VerbaleContent["payments"] {
  return listOwnOptions(payment, recipient).map(({ kind, noticeCode, amountCents }) => ({
    kind,
    noticeCode,
    amountCents,
  }));
}

/** What the case of art. 201 is that the verbale names, where its text was read. */
function pickCaseText(
  { casoArt201: letter, dataViolazione }: Verbale,
  cases: Art201Cases | undefined,
): { readonly testoCasoArt201?: string } {
  if (letter === undefined) return {};
  const text = findArt201Case(letter, dataViolazione, cases)?.text;
  return text === undefined ? {} : { testoCasoArt201: text };
}

function requireSameAmounts(verbale: Verbale, payment: Payment): void {
  for (const { kind, amountCents } of payment.options) {
    const fine = kind === "discounted" ? verbale.importoScontatoCents : verbale.importoRidottoCents;
    if (fine !== undefined && fine + verbale.speseCents === amountCents) continue;
    throw new ItemRejected(
      "AMOUNT_MISMATCH",
      "Documento non prodotto: l'importo della posizione di pagamento non è quello del verbale con le sue spese",
      { hint: "Verificare gli importi del verbale e rifare la posizione di pagamento." },
    );
  }
}

/** The name with all its letters: SEND gets a Latin-1 transcription, the act bears the name as it is. */
function formatRecipientName(recipient: Destinatario): string {
  const own = collapseBlanks(recipient.denominazione);
  if (own !== "") return own;
  return collapseBlanks(`${recipient.nome ?? ""} ${recipient.cognome ?? ""}`);
}

/** As on an envelope. */
function formatAddressLines(address: Indirizzo): string[] {
  const presso = collapseBlanks(address.presso);
  const lines = [
    presso === "" ? "" : `presso ${presso}`,
    collapseBlanks(`${address.via} ${address.civico ?? ""}`),
    collapseBlanks(address.dettagli),
    collapseBlanks(address.frazione),
    collapseBlanks(`${address.cap} ${address.comune} ${address.provincia.toUpperCase()}`),
    collapseBlanks(address.stato),
  ];
  return lines.filter((line) => line !== "");
}

function collapseBlanks(text: string | undefined): string {
  return (text ?? "").replaceAll(/\s+/g, " ").trim();
}
