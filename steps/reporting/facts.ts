/** What there is to tell of a notification, from all that the register knows of it. */
import { toRomeDay } from "../../engine/host/clock.ts";
import type { Followed, FollowedRecipient } from "../../integrations/register/followed.ts";
import type { Act, Scheda, Verdict } from "../../integrations/register/kinds.ts";
import {
  type Costs,
  type MoneyFinding,
  type KeptReceipts,
  sumCharges,
} from "../../integrations/register/money.ts";
import type { Fact, FactKind } from "../../integrations/register/reports.ts";
import { describePerfectionRule } from "../following/words.ts";

/** What the register knows of one notification. */
export interface KnownNotification {
  readonly iun: string;
  readonly act: Act;
  readonly verdict: Verdict | null;
  readonly followed: Followed | null;
  readonly costs: Costs | null;
  readonly receipts: KeptReceipts | null;
  /** What a person corrected of its verbale, by the newest version. */
  readonly scheda: Scheda | null;
}

/** A fact with the name by which it is the same fact when it is told again. */
export interface NamedFact {
  readonly key: string;
  readonly fact: Fact;
}

/** The facts that hold now, in the order in which a person would tell them. What is only scheduled is no fact. */
export function collectFacts(known: KnownNotification): readonly NamedFact[] {
  const { verdict, followed } = known;
  const facts: NamedFact[] = [];
  const add = (fatto: FactKind, parts: Partial<Fact>): void => {
    facts.push(nameFact(known, fatto, parts));
  };
  if (verdict?.outcome === "refused")
    add("rifiutato", {
      ...tellTime(verdict.at),
      codice: verdict.reasons.map(({ code }) => code).join(" ") || null,
      nota: verdict.reasons.map(({ note }) => note).join(" ") || null,
    });
  if (verdict?.outcome === "accepted")
    add("accettato", tellTime(followed?.acceptedAt ?? verdict.at));
  addCorrection(known, add);
  for (const recipient of followed?.recipients ?? []) addRecipient(recipient, add);
  if (followed?.cancelledAt !== undefined) add("annullato", tellTime(followed.cancelledAt));
  if (known.costs !== null) addCosts(known.costs, add);
  return [...facts, ...listPaid(known)];
}

/** The notification went out with it: the office's program has other data. What they are now stands in the act. */
function addCorrection(
  { act, scheda }: KnownNotification,
  add: (fatto: FactKind, parts: Partial<Fact>) => void,
): void {
  if (scheda === null || scheda.by === "") return;
  if (scheda.run !== act.runId || scheda.round !== act.round) return;
  add("corretto", {
    ...tellTime(scheda.at),
    nota: `${scheda.changed.join(", ")}. ${scheda.by}: ${scheda.reason}`,
  });
}

function addRecipient(
  { index, perfezionamento, viewedAt, untraceableAt, deceasedAt }: FollowedRecipient,
  add: (fatto: FactKind, parts: Partial<Fact>) => void,
): void {
  const destinatario = index + 1;
  if (untraceableAt !== undefined)
    add("irreperibile", { destinatario, ...tellTime(untraceableAt) });
  if (deceasedAt !== undefined) add("deceduto", { destinatario, ...tellTime(deceasedAt) });
  if (viewedAt !== undefined) add("visto", { destinatario, ...tellTime(viewedAt) });
  if (perfezionamento?.isFinal === true)
    add("perfezionato", {
      destinatario,
      data: perfezionamento.day,
      istante: perfezionamento.at,
      come: describePerfectionRule(perfezionamento.rule),
    });
}

/** What the payer is asked for, once it is final; of a refusal, what the ente pays. */
function addCosts(
  { policy, isFinal, codes, recipients, findings }: Costs,
  add: (fatto: FactKind, parts: Partial<Fact>) => void,
): void {
  const nota = joinTexts(findings);
  if (codes.some(({ verdict }) => verdict === "refused")) {
    add("spese", { importoCents: sumCharges({ recipients }), nota });
    return;
  }
  if (!isFinal || policy === "FLAT_RATE") return;
  const told = new Map(codes.map(({ recipient, priceCents }) => [recipient, priceCents]));
  for (const [recipient, importoCents] of told)
    if (importoCents !== undefined)
      add("spese", { destinatario: recipient + 1, importoCents, nota });
}

/** One for each payment; a second one with the same code has a name of its own. */
function listPaid(known: KnownNotification): readonly NamedFact[] {
  const { payments = [], findings = [] } = known.receipts ?? {};
  const seen = new Map<string, number>();
  return payments.map(({ noticeCode, paidOn, paidAt, amountCents, receiptId }) => {
    const count = (seen.get(noticeCode) ?? 0) + 1;
    seen.set(noticeCode, count);
    const { key, fact } = nameFact(known, "pagato", {
      codiceAvviso: noticeCode,
      data: paidOn ?? null,
      istante: paidAt ?? null,
      importoCents: amountCents ?? null,
      codice: receiptId ?? null,
      nota: joinTexts(
        findings.filter((one) => one.noticeCode === undefined || one.noticeCode === noticeCode),
      ),
    });
    return { key: count === 1 ? key : `${key}/${count}`, fact };
  });
}

function joinTexts(findings: readonly MoneyFinding[]): string | null {
  return [...new Set(findings.map(({ text }) => text))].join(" ") || null;
}

function tellTime(at: string): Pick<Fact, "data" | "istante"> {
  return { data: toRomeDay(Date.parse(at)), istante: at };
}

function nameFact(
  { iun, act }: KnownNotification,
  fatto: FactKind,
  parts: Partial<Fact>,
): NamedFact {
  const fact: Fact = {
    fatto,
    iun,
    numero: act.numero,
    protocollo: act.protocol,
    ...(act.protocolled === undefined ? {} : { registrazione: act.protocolled.number }),
    destinatario: null,
    data: null,
    istante: null,
    come: null,
    importoCents: null,
    codiceAvviso: null,
    codice: null,
    nota: null,
    ...parts,
  };
  const place = [iun, fatto, fact.destinatario, fact.codiceAvviso];
  return { key: place.filter((part) => part !== null).join("/"), fact };
}
