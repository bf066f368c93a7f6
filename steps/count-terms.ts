/** Counts the terms of law of a notification, for each recipient, and keeps them in the register with how each day comes about. */
import { Type } from "typebox";
import { toEpochMs, toRomeDay } from "../engine/host/clock.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { Followed } from "../integrations/register/followed.ts";
import type { Act } from "../integrations/register/kinds.ts";
import type { CountedTerm, LegalTerms } from "../integrations/register/terms.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import { livesAbroad } from "./checks/address.ts";
import { extendPassedTerm } from "./law/ask-downtimes.ts";
import { computeOwnTerms, listPaymentRules } from "./kinds/terms.ts";
import { computeTerms, type TermFacts } from "./law/compute-terms.ts";
import { countByRule, type CountOptions, countTerm, type LegalTerm } from "./law/count-term.ts";
import { formatDayAfter } from "./law/format-day.ts";
import { type Law, readLaw } from "./law/law.ts";
import { pickNotificationTerm } from "./law/notification-start.ts";
import { findPayableDays } from "./law/payable.ts";
import type { TermName } from "./law/terms.ts";
import type { Payment } from "./schemas/fields.ts";
import { FollowedField, NotifiedField, TermsField } from "./schemas/notified.ts";
import type { Verbale } from "./schemas/verbale.ts";

type Context = StepContext<unknown, Pick<Services, "ente" | "desk" | "register">>;

export default pureStep({
  title: "Termini di legge",
  summary:
    "Conta i termini di legge di ogni destinatario dal giorno in cui la notifica è perfezionata, e dice come",
  needs: ["ente", "desk", "register"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...NotifiedField.properties, ...FollowedField.properties }),
  adds: TermsField,
  note: ({ terms }) => describeTerms(terms),
  examples: ["{}"],
  async run({ data }, ctx) {
    const { iun, numero, act, followed } = data;
    const law = keepPrinted(readLaw(ctx.services.ente.law), act);
    const abroad = listAbroad(act);
    // One who lives in Italy has to be reached by the shorter term.
    const isAbroad = abroad.length > 0 && abroad.every((each) => each);
    const notification = await countNotification(act, followed, { law, isAbroad, ctx });
    const warnings = notification === null ? [] : listWarnings(notification, followed, act);
    const rules = pickRules(act, law);
    const payable = findPayableDays(countPayment(followed, rules.payable, abroad));
    const terms: LegalTerms = {
      ...(notification !== null && { notification: toCounted(notification) }),
      recipients: countRecipients(followed, abroad, rules.count),
      payable: {
        discounted: hasDiscount(act) ? payable.discounted : null,
        reduced: act.kind?.payment.closesCode === false ? null : payable.reduced,
      },
      ...(warnings.length > 0 && { warnings }),
    };
    const first = findFirstDay(followed);
    const dueAt = first === null ? null : `${first}T00:00:00.000Z`;
    await ctx.services.register.write([
      { kind: "terms", key: iun, subject: numero, dueAt, data: terms },
    ]);
    return { terms };
  },
});

/** What the act told its recipient stays, whatever the ente's file says of later acts. */
function keepPrinted(law: Law, { appeals }: Pick<Act, "appeals">): Law {
  if (appeals === undefined) return law;
  const terms = { ...law.terms };
  for (const name of ["prefetto", "giudiceDiPace"] as const) {
    const printed = appeals[name];
    if (printed === undefined) continue;
    const { days, daysAbroad } = printed;
    // Nothing but the days is told on the act.
    terms[name] = law.terms[name].map((each) => ({ ...each, days, daysAbroad }));
  }
  return { ...law, terms };
}

/** How the terms of an act are counted: by the law of verbali, or by what its kind said when it was sent. */
interface TermRules {
  readonly payable: (kind: "discounted" | "reduced", options: CountOptions) => string;
  readonly count: (facts: TermFacts) => readonly LegalTerm<string>[];
}

function pickRules(act: Act, law: Law): TermRules {
  const { kind } = act;
  if (kind === undefined) {
    const absent = listAbsentTerms(act);
    return {
      // Who lives abroad pays within the same days.
      payable: (name, { start }) => countTerm(law, name, { start }).day,
      count: (facts) => computeTerms(facts, law).filter(({ name }) => !absent.includes(name)),
    };
  }
  return {
    payable: (name, options) => countByRule(law, listPaymentRules(kind)[name], options).day,
    count: (facts) => computeOwnTerms(kind, facts, { law, hasDiscount: hasDiscount(act) }),
  };
}

/** From which day the first terms run: whoever looks for those that end soon finds them by it. `null`: no day is known. */
function findFirstDay({ recipients }: Pick<Followed, "recipients">): string | null {
  return (
    recipients.flatMap(({ perfezionamento }) => perfezionamento?.day ?? []).toSorted()[0] ?? null
  );
}

/** The verbale is kept as it was sent: its fields are those of its schema. */
function readVerbale({ verbale }: Act): Partial<Verbale> {
  return verbale;
}

/** The 30 % does not apply to every violation, and an ente may not offer it. */
function hasDiscount({ payment }: Act): boolean {
  const { options = [] } = payment as Partial<Payment>;
  return options.some(({ kind }) => kind === "discounted");
}

/** Terms that this verbale has not: nothing to pay at a discount, or a violation that costs no points. */
function listAbsentTerms(act: Act): readonly TermName[] {
  const absent: TermName[] = [];
  if (!hasDiscount(act)) absent.push("discounted");
  // Art. 202 c. 3: nothing can be paid before the prefect has decided.
  if (readVerbale(act).pagamentoRidotto === "escluso") absent.push("reduced");
  const { puntiPatente, conducente, contestazioneImmediata } = readVerbale(act);
  if (puntiPatente === 0 || conducente !== undefined || contestazioneImmediata === true)
    absent.push("driverData");
  return absent;
}

/** Of each recipient, the first one first. */
function listAbroad(act: Act): readonly boolean[] {
  const { destinatario, destinatari = [] } = readVerbale(act);
  return destinatario === undefined ? [] : [destinatario, ...destinatari].map(livesAbroad);
}

/** The term to notify; one that had passed when SEND accepted is held against the malfunctions that SEND has declared. */
async function countNotification(
  act: Act,
  { acceptedAt }: Followed,
  { law, isAbroad, ctx }: { readonly law: Law; readonly isAbroad: boolean; readonly ctx: Context },
): Promise<LegalTerm | null> {
  const counted = countBeforeSend(act, law, isAbroad);
  if (counted === null) return null;
  if (acceptedAt === undefined) return counted;
  const asOf = toRomeDay(toEpochMs(acceptedAt));
  return (await extendPassedTerm(counted, { law, asOf }, ctx)).term;
}

/** `null`: the act has no term to notify, or nobody knows from when. */
function countBeforeSend(act: Act, law: Law, isAbroad: boolean): LegalTerm | null {
  if (act.kind !== undefined) {
    const { notification } = act.kind;
    if (notification === undefined) return null;
    const { start, ...rule } = notification;
    return countByRule(law, { ...rule, name: "notification" }, { start, isAbroad });
  }
  const { dataViolazione, ...verbale } = readVerbale(act);
  if (dataViolazione === undefined) return null;
  const { name, start } = pickNotificationTerm({ ...verbale, dataViolazione }, law.renotification);
  return countTerm(law, name, { start, isAbroad });
}

function listWarnings(
  notification: LegalTerm,
  { acceptedAt }: Followed,
  { kind }: Pick<Act, "kind">,
): string[] {
  if (acceptedAt === undefined) return [];
  const accepted = toRomeDay(toEpochMs(acceptedAt));
  if (accepted <= notification.day) return [];
  return [
    `SEND ha accettato la notifica ${formatDayAfter("il", accepted)}, oltre il termine ${formatDayAfter("del", notification.day)}: ${kind === undefined ? "il verbale" : "l'atto"} si può contestare.`,
  ];
}

/** Of each recipient what runs from the day of his own, and documents from the first of all. */
function countRecipients(
  { recipients }: Followed,
  abroad: readonly boolean[],
  count: TermRules["count"],
): LegalTerms["recipients"] {
  const first = findFirstDay({ recipients });
  return recipients.map(({ index, perfezionamento }) => {
    if (perfezionamento === undefined) return { index, terms: [] };
    const facts = {
      perfezionamento: perfezionamento.day,
      isAbroad: abroad[index] === true,
      ...(first !== null && { firstPerfezionamento: first }),
    };
    const terms = count(facts).map(toCounted);
    return { index, isFinal: perfezionamento.isFinal, terms };
  });
}

/** Who has to pay, and until when; one who died or whose notification was cancelled before has no day and never will. */
function countPayment(
  { recipients }: Followed,
  countDay: TermRules["payable"],
  abroad: readonly boolean[],
) {
  const paying = recipients.filter(
    ({ perfezionamento, deceasedAt, isCancelled }) =>
      perfezionamento !== undefined || (deceasedAt === undefined && isCancelled !== true),
  );
  return paying.map(({ index, perfezionamento }) => {
    if (perfezionamento === undefined) return null;
    const options = { start: perfezionamento.day, isAbroad: abroad[index] === true };
    return { discounted: countDay("discounted", options), reduced: countDay("reduced", options) };
  });
}

function toCounted(term: LegalTerm<string>): CountedTerm {
  const { name, title, start, days, day, argued, trace, source, mark } = term;
  const counted = { name, title, start, days, day, trace: [...trace], source, mark };
  return argued === null ? counted : { ...counted, argued };
}

function describeTerms({ payable, warnings = [] }: LegalTerms): string | null {
  const { discounted, reduced } = payable;
  const days = [
    ...(discounted === null ? [] : [`scontato fino ${formatDayAfter("al", discounted)}`]),
    ...(reduced === null ? [] : [`ridotto fino ${formatDayAfter("al", reduced)}`]),
  ];
  const said = [...warnings, ...(days.length === 0 ? [] : [`Si paga ${days.join(", ")}.`])];
  return said.length === 0 ? null : said.join(" ");
}
