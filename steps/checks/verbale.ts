/** Checks of the fine itself: term of notification, amounts, required data, positions to cancel. */
import { countDaysBetween } from "../../engine/host/clock.ts";
import type { ActKind } from "../../integrations/services.ts";
import { findTitle } from "../kinds/values.ts";
import type { PositionNames } from "../../integrations/payments/port.ts";
import type { LegalTerm } from "../law/count-term.ts";
import type { Verbale } from "../schemas/verbale.ts";
import { pickProtocol } from "../sending/held-names.ts";
import { buildFinding, type Finding } from "./catalogue.ts";

export interface TermOptions {
  /** `YYYY-MM-DD`, Europe/Rome. */
  readonly today: string;
  /** The term to notify, with the malfunctions of SEND that move it. */
  readonly term: LegalTerm;
  /** False: SEND could not be asked for its malfunctions. */
  readonly isAsked: boolean;
  /** SEND tells of a malfunction on the last day that it has not attested yet. */
  readonly isPending: boolean;
  /** Fewer days left than this are told. */
  readonly marginDays: number;
}

export function checkTerm(verbale: Verbale, options: TermOptions, kind?: ActKind): Finding[] {
  const { today, term, marginDays } = options;
  const field =
    kind?.notification === undefined
      ? "Data della violazione"
      : (findTitle(kind, kind.notification.from) ?? kind.notification.from);
  if (countDaysBetween(today, kind === undefined ? verbale.dataViolazione : term.start) > 0)
    return [buildFinding("DATE_FUTURE", field, "è nel futuro.", "correggere la data.")];
  const left = countDaysBetween(today, term.day);
  const isExtended = term.day > term.counted;
  const day = formatDayMonthYear(term.day);
  const why = `${
    isExtended ? ` Prorogato dal ${formatDayMonthYear(term.counted)}: ${term.trace.at(-1)}` : ""
  }${explainArgued(term)}`;
  if (left < 0) {
    const { doubt, remedy } = explainDoubt(options);
    const passed = `il termine di ${term.days} giorni è scaduto il ${day}.${why}${doubt}`;
    return [buildFinding("DEADLINE_PASSED", field, passed, remedy)];
  }
  if (left >= marginDays && !isExtended) return [];
  const ends = left === 0 ? "scade oggi" : `scade il ${day}`;
  return [
    buildFinding(
      "DEADLINE_NEAR",
      field,
      `il termine di ${term.days} giorni ${ends}.${why}`,
      "mandare il verbale senza attendere altri flussi.",
    ),
  ];
}

/** What may still move a term that has passed, and what to do. */
function explainDoubt({ isAsked, isPending }: TermOptions): {
  readonly doubt: string;
  readonly remedy: string;
} {
  if (!isAsked)
    return {
      doubt:
        " I disservizi dichiarati da SEND, che potrebbero prorogarlo, non si sono potuti leggere: la proroga non è considerata.",
      remedy:
        "rimandare il verbale quando SEND risponde; senza proroga non può più essere notificato.",
    };
  if (isPending)
    return {
      doubt:
        " Quel giorno SEND ha avuto un disservizio che non ha ancora attestato: la proroga non è considerata.",
      remedy:
        "rimandare il verbale da domani, quando c'è l'attestazione; senza proroga non può più essere notificato.",
    };
  return {
    doubt: "",
    remedy:
      "il verbale non può più essere notificato; se il termine decorre da un altro giorno, indicare quello.",
  };
}

/** Of a last day that is no working day. */
function explainArgued({ argued }: LegalTerm): string {
  if (argued === null) return "";
  return ` È un giorno festivo: che passi al ${formatDayMonthYear(argued.moved)} è discusso, e Postino non lo sposta; per prudenza entro il ${formatDayMonthYear(argued.safe)}.`;
}

/** The QR and the Data Matrix of a notice carry 10 digits; pagoPA's own limit, 999.999.999,99 euro, is beyond them. */
const largestCents = 9_999_999_999;
const highFineCents = 2_000_000;
const highCostsCents = 10_000;
/** The rounding of the 30 % is nowhere laid down. */
const rateToleranceCents = 10;

/** `hasRate`: the discount is that of the Codice della Strada. */
export function checkAmounts(verbale: Verbale, hasRate: boolean = true): Finding[] {
  // Nothing is asked for: what stands there is told by the checks of the act.
  if (verbale.pagamentoRidotto === "escluso") return [];
  const { importoRidottoCents: reduced, importoScontatoCents: discounted, speseCents } = verbale;
  const found: Finding[] = [];
  if (reduced === 0 || discounted === 0)
    found.push(
      buildFinding(
        "AMOUNT_ZERO",
        reduced === 0 ? "Importo ridotto" : "Importo scontato",
        "è zero.",
        reduced === 0
          ? "indicare il minimo di legge."
          : "lasciare vuota la colonna dove lo sconto non si applica.",
      ),
    );
  if (discounted !== undefined && discounted > 0 && discounted >= reduced)
    found.push(
      buildFinding(
        "AMOUNT_DISCOUNT",
        "Importo scontato",
        "non è minore dell'importo ridotto.",
        "controllare se le due colonne sono scambiate.",
      ),
    );
  // Ten times both sides: cents are never a fraction.
  else if (
    hasRate &&
    discounted !== undefined &&
    Math.abs(discounted * 10 - reduced * 7) > rateToleranceCents * 10
  )
    found.push(
      buildFinding(
        "AMOUNT_RATE",
        "Importo scontato",
        "non è il 70 % dell'importo ridotto.",
        "controllare che le spese non siano dentro l'uno o l'altro importo.",
      ),
    );
  const isOver = Math.max(reduced, discounted ?? 0) + speseCents > largestCents;
  if (isOver)
    found.push(
      buildFinding(
        "AMOUNT_LIMIT",
        "Importi",
        "superano 99.999.999,99 euro.",
        "correggere gli importi.",
      ),
    );
  if (!isOver && (reduced > highFineCents || speseCents > highCostsCents))
    found.push(
      buildFinding(
        "AMOUNT_HIGH",
        speseCents > highCostsCents ? "Spese" : "Importo ridotto",
        "è insolitamente alto.",
        "controllare che euro e centesimi non siano scambiati.",
      ),
    );
  return found;
}

const requiredTexts = {
  luogo: "Luogo della violazione",
  targa: "Targa",
  articolo: "Articolo violato",
  descrizione: "Descrizione",
  agente: "Agente accertatore",
} as const;

export function checkData(verbale: Verbale): Finding[] {
  const found = (Object.keys(requiredTexts) as (keyof typeof requiredTexts)[])
    .filter((name) => verbale[name].trim() === "")
    .map((name) =>
      buildFinding(
        "FIELD_MISSING",
        requiredTexts[name],
        "manca.",
        "completare il verbale nel gestionale.",
      ),
    );
  if ((verbale.oraViolazione ?? "").trim() === "" && !mayLackHour.test(verbale.articolo.trim()))
    found.push(
      buildFinding("HOUR_MISSING", "Ora", "manca.", "indicarla, se la violazione non è di sosta."),
    );
  if (!hasPlateForm(verbale))
    found.push(
      buildFinding("PLATE_FORM", "Targa", "non ha la forma di una targa.", "controllarla."),
    );
  return [...found, ...checkProtocol(verbale)];
}

export function checkProtocol(verbale: Verbale): Finding[] {
  const protocol = pickProtocol(verbale);
  if (protocol.length <= 256 && !/\p{Cc}/u.test(protocol)) return [];
  return [
    buildFinding(
      "PROTOCOL_FORM",
      "Protocollo",
      "ha più di 256 caratteri o va a capo.",
      "indicare il solo numero di protocollo.",
    ),
  ];
}

/** Art. 7, 157 to 159: a vehicle that stands still does so for hours. */
const mayLackHour = /^(?:art(?:\.|icolo)? *)?(?:7|157|158|159)\b/i;

/** Letters and digits, of Italy both of them; an empty plate is missing, which is told elsewhere. */
function hasPlateForm({ targa, veicolo }: Verbale): boolean {
  const plate = targa.replaceAll(/[\s.-]/g, "");
  if (plate === "") return true;
  const isItalian = /^(?:|i|it|ita|italia)$/i.test((veicolo?.nazione ?? "").trim());
  if (!/^[\p{L}\d]{2,10}$/u.test(plate)) return false;
  return !isItalian || (/^[A-Z\d]{5,8}$/i.test(plate) && /\d/.test(plate) && /[A-Z]/i.test(plate));
}

/** A position is known by one of its names at least, of those that the ente's payment system can look up. */
export function checkPositions(verbale: Verbale, { fields, remedy }: PositionNames): Finding[] {
  const isUsable = ([name, value]: readonly [string, string]): boolean =>
    fields[name as keyof PositionNames["fields"]]?.test(value.trim()) === true;
  const isUnknown = (verbale.posizioni ?? []).some(
    (position) => !Object.entries(position).some(isUsable),
  );
  if (!isUnknown) return [];
  return [
    buildFinding(
      "POSITION_REFERENCE",
      "Posizione da annullare",
      "il riferimento non è di quelli che il sistema dei pagamenti dell'ente conosce.",
      remedy,
    ),
  ];
}

/** The check digits of a notice code (SACI: the first 16 digits modulo 93); codes of auxiliary digit 1 have none. */
export function checkNoticeCodes(verbale: Verbale): Finding[] {
  const wrong = (verbale.posizioni ?? []).flatMap(({ numeroAvviso: code }) => {
    if (code === undefined || !/^[023][0-9]{17}$/.test(code)) return [];
    return BigInt(code.slice(0, 16)) % 93n === BigInt(code.slice(16)) ? [] : [code];
  });
  if (wrong.length === 0) return [];
  // A spreadsheet keeps 15 digits of a number: no position has this code, and the right one would stay payable.
  if (wrong.some((code) => code.endsWith("000")))
    return [
      buildFinding(
        "NOTICE_CODE_ROUNDED",
        "Numero d'avviso da annullare",
        "finisce con 000 e le cifre di controllo non corrispondono: un foglio di calcolo lo ha arrotondato.",
        "esportare di nuovo il flusso dal gestionale, con la colonna come testo.",
      ),
    ];
  return [
    buildFinding(
      "NOTICE_CODE",
      "Numero d'avviso da annullare",
      "le cifre di controllo non corrispondono.",
      "confrontarlo con l'avviso stampato.",
    ),
  ];
}

/** `2026-11-23` as `23/11/2026`. */
export function formatDayMonthYear(day: string): string {
  return day.split("-").toReversed().join("/");
}
