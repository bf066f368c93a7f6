/** What GovPay's refusals of a pendenza mean and who mends them, in Italian. */
import { type ItemRejected, RunBlocked } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { readFaultCode, readFaultText } from "./api.ts";
import { dataRefusedError, maskDebtor } from "../payment-notes.ts";
import type { Debtor } from "../port.ts";

/** Where it is mended: whom only words help, and whoever keeps the ente's file. */
interface Where {
  readonly plain: string;
  readonly technical: string;
}

const application: Where = {
  plain: "quale applicazione di GovPay si usa",
  technical: "idA2A in «payments: govpay:» e l'applicazione su GovPay",
};
const rights: Where = sameForAll(
  "su GovPay, i diritti dell'applicazione sui tipi di pendenza dell'ente",
);
const kind: Where = {
  plain: "i tipi di pendenza dell'ente su GovPay",
  technical: "idTipoPendenza in «payments: govpay:» e i tipi di pendenza dell'ente su GovPay",
};
const domain: Where = sameForAll("il codice fiscale nel file dell'ente e il dominio su GovPay");
const office: Where = sameForAll("l'unità operativa dell'ente su GovPay");
const entry: Where = {
  plain: "le entrate dell'ente su GovPay",
  technical: "codEntrata in «payments: govpay:» e le entrate dell'ente su GovPay",
};
const iban: Where = {
  plain: "l'IBAN nel file dell'ente e i conti dell'ente su GovPay",
  technical: "«payments: iban:» e i conti dell'ente su GovPay",
};
const postalIban: Where = {
  plain: "l'IBAN postale nel file dell'ente e i conti dell'ente su GovPay",
  technical: "«payments: postalIban:» e i conti dell'ente su GovPay",
};
const numbering: Where = {
  plain: "il codice di segregazione e, su GovPay, aux digit e regole degli IUV dell'ente",
  technical:
    "«payments: segregationCode:» e, su GovPay, codice di segregazione, aux digit e regole degli IUV dell'ente",
};

function sameForAll(where: string): Where {
  return { plain: where, technical: where };
}

/** Every pendenza of the ente would meet it: why, and where to mend it. */
// Source: GovPay core-beans, EsitoOperazione and govpay-exception-messages; VER_* are 422, APP_00x 400, DOM_002 and DOM_003 500.
const settings: Readonly<Record<string, readonly [why: string, where: Where]>> = {
  APP_000: ["non conosce l'applicazione", application],
  APP_001: ["ha disabilitato l'applicazione", application],
  APP_002: ["ha autenticato un'applicazione diversa da quella indicata", application],
  APP_006: ["non ha un'applicazione che gestisca questi IUV per l'ente", application],
  DOM_000: ["non conosce l'ente", domain],
  DOM_001: ["ha disabilitato l'ente", domain],
  DOM_002: ["aspetta gli IUV in un'altra forma per questo ente", numbering],
  DOM_003: ["vuole assegnare da sé gli IUV di questo ente", numbering],
  STA_000: ["non conosce la stazione pagoPA dell'ente", domain],
  STA_001: ["ha disabilitato la stazione pagoPA dell'ente", domain],
  TRB_000: ["non conosce l'entrata per questo ente", entry],
  TRB_001: ["ha disabilitato l'entrata per questo ente", entry],
  TVR_000: ["non conosce il tipo di pendenza", kind],
  TVR_001: ["ha disabilitato il tipo di pendenza", kind],
  TVD_000: ["non ha assegnato il tipo di pendenza a questo ente", kind],
  TVD_001: ["ha disabilitato il tipo di pendenza per questo ente", kind],
  UOP_000: ["non conosce l'unità operativa dell'ente", office],
  UOP_001: ["ha disabilitato l'unità operativa dell'ente", office],
  VER_017: ["non accetta la forma degli IUV", numbering],
  VER_019: [
    "non permette all'applicazione di indicare IBAN e contabilità senza un'entrata",
    rights,
  ],
  VER_020: ["non conosce l'IBAN di accredito", iban],
  VER_021: ["non permette all'applicazione questo tipo di pendenza per l'ente", rights],
  VER_022: ["non permette all'applicazione questo tipo di pendenza", rights],
  VER_026: ["aspetta un altro application code negli IUV", numbering],
  VER_027: ["aspetta un altro codice di segregazione negli IUV", numbering],
  VER_028: ["aspetta un altro prefisso negli IUV", numbering],
  VER_029: ["aspetta un altro prefisso negli IUV", numbering],
  VER_030: ["accetta dall'applicazione soltanto IUV di un'altra forma", numbering],
  VER_032: ["ha disabilitato l'IBAN di accredito", iban],
  VER_033: ["non conosce l'IBAN di appoggio", postalIban],
  VER_034: ["ha disabilitato l'IBAN di appoggio", postalIban],
  VER_036: ["conosce l'IBAN di accredito più di una volta", iban],
  VER_037: ["conosce l'IBAN di appoggio più di una volta", postalIban],
  VER_039: ["aspetta codici avviso che cominciano con un'altra cifra", numbering],
};

const other = "che esiste già con lo stesso nome ma con";
const verify = "la verifica presso il gestionale dell'ente dà";

/** What concerns the one verbale. */
const data: Readonly<Record<string, string>> = {
  VER_000: "la pendenza non si può pagare presso gli sportelli",
  VER_001: "due voci hanno lo stesso identificativo",
  VER_002: "l'importo non è la somma delle voci",
  VER_003: "la pendenza non si può più cambiare, perché è pagata o in pagamento",
  VER_004: `c'è una pendenza ${other} un altro beneficiario`,
  VER_005: `c'è una pendenza ${other} un altro numero di voci`,
  VER_006: `c'è una pendenza ${other} voci di altro nome`,
  VER_007: `c'è una pendenza ${other} un'altra entrata`,
  VER_008: "la pendenza non esiste",
  VER_009: "la pendenza non si può annullare, perché è pagata o in pagamento",
  VER_010: `${verify} un pagamento scaduto`,
  VER_011: `${verify} un pagamento sconosciuto`,
  VER_012: `${verify} un pagamento già fatto`,
  VER_013: `${verify} un pagamento annullato`,
  VER_014: "la verifica presso il gestionale dell'ente non è riuscita",
  VER_015: "la pendenza esiste già e non va aggiornata",
  VER_016: "la pendenza non accetta pagamenti nello stato in cui è",
  VER_018: "lo IUV è di un'altra pendenza",
  VER_023: `c'è una pendenza ${other} un altro IBAN`,
  VER_024: `c'è una pendenza ${other} un altro codice avviso`,
  VER_025: "il codice avviso è di un'altra pendenza",
  VER_031: "un codice avviso non è ammesso dove una voce è una marca da bollo",
  VER_035: "l'importo di una voce non è la somma delle sue contabilità",
  VER_038: "la pendenza ha più beneficiari",
};

/** A 5xx that says how GovPay is set up: trying again changes nothing. */
export function isSettingsFault(answer: HttpAnswer): boolean {
  return Object.hasOwn(settings, readFaultCode(answer));
}

/** VER_025: the notice code is another pendenza's; VER_018: its IUV is. */
export function isCodeTaken(answer: HttpAnswer): boolean {
  return answer.status === 422 && ["VER_025", "VER_018"].includes(readFaultCode(answer));
}

/**
 * Why GovPay does not take a pendenza: RunBlocked `PAYMENTS_SETTINGS_REFUSED` where every verbale of the ente would meet it,
 * ItemRejected `PAYMENT_DATA_REFUSED` otherwise. GovPay's own words go along without what they repeat of the debtor.
 */
export function pendenzaRefusedError(
  answer: HttpAnswer,
  debtor: Debtor,
): ItemRejected | RunBlocked {
  const code = readFaultCode(answer);
  const told = maskDebtor(readFaultText(answer), debtor);
  const [why, where] = (Object.hasOwn(settings, code) ? settings[code] : undefined) ?? [];
  if (why === undefined || where === undefined)
    return dataRefusedError("GovPay", answer.status, [data[code], told].filter(Boolean).join("; "));
  return new RunBlocked(
    "PAYMENTS_SETTINGS_REFUSED",
    `GovPay ${why} (HTTP ${answer.status}: ${told}).`,
    {
      hint: {
        action: "resume",
        setting: {
          ask: `controllare ${where.plain}`,
          technical: `Controllare ${where.technical}.`,
        },
      },
    },
  );
}
