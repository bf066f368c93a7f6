/** What is known of the terms of a notification: the records `terms`, kept by the step `count-terms`, and `clocks`, kept by the step `clocks`. Titles are what operators read. */
import { Type, type Static } from "typebox";

const day = (title: string) => Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", title });

/** Of a code: the last day on which it may be paid; `null`: no day is known. */
const LastDay = Type.Union([day("Pagabile fino al"), Type.Null()], { title: "Pagabile fino al" });

/** One term, with how its day comes about. */
export const CountedTerm = Type.Object(
  {
    name: Type.String({ title: "Nome del termine" }),
    title: Type.String({ title: "Termine" }),
    /** The day from which it runs, not counted. */
    start: day("Dal"),
    days: Type.Integer({ title: "Giorni" }),
    /** Last day of the term. */
    day: day("Entro il"),
    /** Where the last day is no working day and stays all the same: the prudent day, and that of the other reading. */
    argued: Type.Optional(
      Type.Object(
        { safe: day("Per prudenza"), moved: day("Se si sposta") },
        { title: "Se l'ultimo giorno è festivo" },
      ),
    ),
    /** Italian sentences, in order. */
    trace: Type.Array(Type.String(), { title: "Come si conta" }),
    source: Type.String({ title: "Fonte" }),
    /** `read`, `memory` or `inferred`: how far the rule was looked up. */
    mark: Type.String({ title: "Stato della fonte" }),
  },
  { title: "Termine" },
);
export type CountedTerm = Static<typeof CountedTerm>;

/** Added by count-terms, and kept in the register as `terms`. */
export const LegalTerms = Type.Object(
  {
    /** Until when it had to be notified. */
    notification: Type.Optional(CountedTerm),
    recipients: Type.Array(
      Type.Object({
        /** SEND's recIndex. */
        index: Type.Integer({ title: "Destinatario (da 0)", minimum: 0 }),
        /** False: the day from which they run is only scheduled. Absent: no day is known. */
        isFinal: Type.Optional(Type.Boolean({ title: "Definitivi" })),
        terms: Type.Array(CountedTerm, { title: "Termini" }),
      }),
      { title: "Destinatari" },
    ),
    /** When the codes of the position close: after the last of its recipients. */
    payable: Type.Object(
      { discounted: LastDay, reduced: LastDay },
      { title: "Codici avviso pagabili" },
    ),
    /** Italian sentences; absent: there is nothing to look at. */
    warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
  },
  { title: "Termini di legge" },
);
export type LegalTerms = Static<typeof LegalTerms>;

/** Added by clocks, and kept in the register as `clocks`: what the payment system was told. */
export const Clocks = Type.Object(
  {
    outcome: Type.Union(
      [
        Type.Literal("scheduled", { title: "scritte" }),
        Type.Literal("not-yet", { title: "nessun giorno ancora noto" }),
        Type.Literal("paid", { title: "già pagato" }),
        Type.Literal("partially-paid", { title: "pagato in parte" }),
        Type.Literal("cancelled", { title: "posizione annullata" }),
        Type.Literal("absent", { title: "posizione non trovata" }),
        Type.Literal("unclear", { title: "posizione da controllare" }),
        Type.Literal("refused", { title: "rifiutate dal sistema dei pagamenti" }),
      ],
      { title: "Scadenze" },
    ),
    codes: Type.Array(
      Type.Object({
        kind: Type.String({ title: "Importo" }),
        noticeCode: Type.String({ title: "Codice avviso" }),
        lastDay: LastDay,
      }),
      { title: "Codici avviso" },
    ),
    /** Italian sentences; absent: there is nothing to look at. */
    warnings: Type.Optional(Type.Array(Type.String(), { title: "Avvertenze", minItems: 1 })),
  },
  { title: "Scadenze dei codici avviso" },
);
export type Clocks = Static<typeof Clocks>;
