/** Checks of what the act must say of itself: why it was not contested at once, points, speed, device. */
import type { TSchema } from "typebox";
import { findArt201Case, type Art201Case, type Art201Cases } from "../../documents/model/art201.ts";
import { Verbale } from "../schemas/verbale.ts";
import { buildFinding, type Finding } from "./catalogue.ts";
import { checkDevice, checkSpeed, isBlankText, namesDevice, type SpeedOptions } from "./speed.ts";
import { formatDayMonthYear } from "./verbale.ts";

export interface ActOptions extends SpeedOptions {
  /** `YYYY-MM-DD`, Europe/Rome. */
  readonly today: string;
  /** The same reason may stand in so many other verbali of the flusso. */
  readonly repeatedReasons: number;
  /** What the ente changes of the cases of art. 201. */
  readonly cases?: Art201Cases;
}

export function checkAct(verbale: Verbale, options: ActOptions): Finding[] {
  return [
    ...checkContestation(verbale, options.cases),
    ...checkFindingDay(verbale, options.today),
    ...checkQuality(verbale),
    ...checkPoints(verbale),
    ...checkBarred(verbale),
    ...checkSpeed(verbale, options),
    ...checkDevice(verbale, options),
    ...checkLengths(verbale),
  ];
}

/** So many characters name an obstacle of its own, not a stock phrase. */
const shortestReason = 20;

function checkContestation(verbale: Verbale, cases: Art201Cases = {}): Finding[] {
  const { casoArt201: letter, motivoMancataContestazione: reason = "", dataViolazione } = verbale;
  const field = "Mancata contestazione";
  // Art. 200: nothing is to be explained.
  if (verbale.contestazioneImmediata === true)
    return letter === undefined && isBlankText(reason)
      ? []
      : [
          buildFinding(
            "CONTESTATION_TWICE",
            "Contestazione",
            "il verbale è contestato subito e dice anche perché non lo è.",
            "togliere caso e motivo, oppure correggere «contestata subito».",
          ),
        ];
  if (letter === undefined && reason.trim() === "")
    return [
      buildFinding(
        "CONTESTATION_MISSING",
        field,
        "mancano il caso dell'art. 201 e il motivo.",
        "indicare nel gestionale la lettera del comma 1-bis, o l'impedimento concreto.",
      ),
    ];
  if (letter === undefined)
    return reason.trim().length >= shortestReason
      ? []
      : [
          buildFinding(
            "CONTESTATION_SHORT",
            field,
            `il motivo ha meno di ${shortestReason} caratteri.`,
            "scrivere l'impedimento concreto, con parole proprie.",
          ),
        ];
  const found = findArt201Case(letter, dataViolazione, cases);
  if (found === undefined)
    return [
      buildFinding(
        "CONTESTATION_CASE",
        "Caso dell'art. 201, comma 1-bis",
        `la lettera non c'è, o non vale per il ${formatDayMonthYear(dataViolazione)}.`,
        "correggere la lettera (da a a g, g-bis, g-ter); se la legge è cambiata, chiedere al tecnico di aggiornare l'elenco dei casi.",
      ),
    ];
  return checkCaseNeeds(verbale, found);
}

/** What the case takes for granted, as far as its wording was read. */
function checkCaseNeeds(verbale: Verbale, { device, decree, articles }: Art201Case): Finding[] {
  const found: Finding[] = [];
  if (articles !== undefined && !articles.some((article) => isOfArticle(verbale.articolo, article)))
    found.push(
      buildFinding(
        "CONTESTATION_ARTICLE",
        "Caso dell'art. 201, comma 1-bis",
        `la lettera è degli articoli ${articles.join(", ")}.`,
        "controllare lettera e articolo violato.",
      ),
    );
  if (device === true && !namesDevice(verbale))
    found.push(
      buildFinding(
        "CONTESTATION_DEVICE",
        "Dispositivo",
        "manca, e il caso dell'art. 201 lo presuppone.",
        "indicare marca, modello o matricola del dispositivo.",
      ),
    );
  if (decree === true && isBlankText(verbale.decretoPrefettizio?.numero))
    found.push(
      buildFinding(
        "CONTESTATION_DECREE",
        "Decreto prefettizio",
        "manca; con questo caso serve, salvo che su autostrade e strade extraurbane principali (lettera f) e nei centri abitati (lettera g-bis).",
        "indicare il decreto che nomina il tratto, oppure verificare che la strada non lo richieda.",
      ),
    );
  return found;
}

/** `143, commi 11 e 12` is of `143`, and of `143 commi 11-12`; `14` is not. */
function isOfArticle(written: string, article: string): boolean {
  const [number = ""] = /\d+(?:-[a-z]+)?/i.exec(article) ?? [];
  const [own = ""] = /\d+(?:-[a-z]+)?/i.exec(written) ?? [];
  return own.toLowerCase() === number.toLowerCase();
}

function checkFindingDay(
  { dataAccertamento: day, dataViolazione }: Verbale,
  today: string,
): Finding[] {
  if (day === undefined || (day >= dataViolazione && day <= today)) return [];
  return [
    buildFinding(
      "FINDING_DATE",
      "Data dell'accertamento",
      day > today ? "è nel futuro." : "è prima della violazione.",
      "correggere la data, o lasciarla vuota se l'accertamento è dello stesso giorno.",
    ),
  ];
}

/** As what the recipient gets it. */
export function checkQuality({ destinatario }: Pick<Verbale, "destinatario">): Finding[] {
  if (destinatario.qualita !== undefined) return [];
  return [
    buildFinding(
      "QUALITY_MISSING",
      "Qualità del destinatario",
      "il verbale non può dire a che titolo è suo.",
      "indicare nel flusso se è trasgressore, proprietario, locatario o altro.",
    ),
  ];
}

/** Art. 202 c. 3 and 3-bis: where the fine may not be settled there is no amount and no notice. */
function checkBarred(verbale: Verbale): Finding[] {
  if (verbale.pagamentoRidotto !== "escluso") return [];
  const found: Finding[] = [];
  if (verbale.importoRidottoCents > 0 || verbale.importoScontatoCents !== undefined)
    found.push(
      buildFinding(
        "PAYMENT_BARRED_AMOUNT",
        "Importi",
        "il pagamento in misura ridotta è escluso: gli importi del flusso non si stampano.",
        "lasciarli vuoti, oppure correggere «pagamento in misura ridotta».",
      ),
    );
  if ((verbale.posizioni ?? []).length > 0)
    found.push(
      buildFinding(
        "PAYMENT_BARRED_POSITION",
        "Posizione da annullare",
        "il pagamento in misura ridotta è escluso, e il verbale ha ancora una posizione che si può pagare.",
        "annullarla sul sistema dei pagamenti e toglierla dal flusso.",
      ),
    );
  return found;
}

/** Art. 126-bis: 10 for one violation, 15 for several together. */
const mostPoints = 15;

function checkPoints({ puntiPatente: points }: Verbale): Finding[] {
  if (points === undefined)
    return [
      buildFinding(
        "POINTS_MISSING",
        "Punti della patente",
        "il verbale non li dice, e non chiede chi guidava.",
        "indicare nel flusso quanti se ne perdono; 0 se nessuno.",
      ),
    ];
  if (points <= mostPoints) return [];
  return [
    buildFinding(
      "POINTS_RANGE",
      "Punti della patente",
      `sono più di ${mostPoints}.`,
      "controllare che la colonna porti i punti da togliere, non quelli che restano.",
    ),
  ];
}

/** Told in sentences, not in a cell. */
const longTexts: ReadonlySet<string> = new Set(["motivoMancataContestazione", "dichiarazioni"]);
const longestReason = 1_000;
const longestText = 200;

function checkLengths(verbale: Verbale): Finding[] {
  return [...listActTexts(verbale)]
    .filter(({ name, text }) => text.length > (longTexts.has(name) ? longestReason : longestText))
    .map(({ title }) =>
      buildFinding("ACT_LENGTH", title, "è troppo lungo per la stampa.", "accorciare il testo."),
    );
}

/** A text that only the act bears, with the title that its field has in the schema. */
interface ActText {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

const groups = [
  "veicolo",
  "dispositivo",
  "decretoPrefettizio",
  "conducente",
  "responsabile",
  "dichiarazioni",
  "fotografie",
  "casoArt201",
  "motivoMancataContestazione",
] as const;

/** Every text that may be printed of vehicle, device and contestation, and of the ente's own columns. */
export function* listActTexts(verbale: Verbale): Iterable<ActText> {
  for (const name of groups) yield* walkTexts(name, Verbale.properties[name], verbale[name]);
  for (const [name, text] of Object.entries(verbale.extra ?? {}))
    yield { name, title: `Colonna extra.${name}`, text };
}

function* walkTexts(name: string, schema: TSchema, value: unknown): Iterable<ActText> {
  const {
    title = name,
    properties = {},
    items,
  } = schema as {
    readonly items?: TSchema;
    readonly title?: string;
    readonly properties?: Readonly<Record<string, TSchema>>;
  };
  if (typeof value === "string") yield { name, title, text: value };
  else if (Array.isArray(value) && items !== undefined)
    for (const each of value) yield* walkTexts(name, { title, ...items }, each);
  else if (typeof value === "object" && value !== null)
    for (const [key, below] of Object.entries(value)) {
      const part = properties[key];
      if (part !== undefined) yield* walkTexts(key, part, below);
    }
}
