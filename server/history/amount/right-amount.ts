/** «Qual è l'importo giusto?»: what the act asked, what was added and why, which code is to be paid today, and what was paid. */
import type { Followed } from "../../../integrations/register/followed.ts";
import type { Act, Verdict } from "../../../integrations/register/kinds.ts";
import type { Costs, KeptReceipts } from "../../../integrations/register/money.ts";
import type { LegalTerms } from "../../../integrations/register/terms.ts";
import { formatCents, formatDay } from "../../words/format.ts";
import { toFields, toList, toText } from "../fields.ts";

/** What the register knows of one notification. */
export interface AmountSources {
  readonly act: Act;
  readonly verdict: Verdict | null;
  readonly followed: Followed | null;
  readonly terms: LegalTerms | null;
  readonly costs: Costs | null;
  readonly receipts: KeptReceipts | null;
}

/** One way to pay. */
export interface CodeAmount {
  readonly kind: "discounted" | "reduced";
  readonly noticeCode: string;
  /** Of the act: fine and costs of procedure. */
  readonly actCents: number;
  /** Costs of notification that the payer is asked for; `null`: nobody has said. */
  readonly addedCents: number | null;
  /** To be paid in all; `null`: not known. */
  readonly totalCents: number | null;
  /** Last day, `YYYY-MM-DD`; `null`: none is known yet. */
  readonly lastDay: string | null;
  /** May be paid today. */
  readonly isOpen: boolean;
}

export interface RightAmount {
  /** What to say on the phone, one or two sentences. */
  readonly answer: string;
  readonly tone: "pay" | "paid" | "closed" | "wait";
  /** What the act said: label and value. */
  readonly act: readonly (readonly [label: string, value: string])[];
  readonly codes: readonly CodeAmount[];
  /** Why something was added, sentences. */
  readonly added: readonly string[];
  /** What was paid, sentences; empty: nothing. */
  readonly paid: readonly string[];
  /** What to look at before answering, sentences. */
  readonly doubts: readonly string[];
}

/** `today` is `YYYY-MM-DD`. */
export function findRightAmount(sources: AmountSources, today: string): RightAmount {
  const { receipts, followed, verdict } = sources;
  const codes = listCodes(sources, today);
  const payments = receipts?.payments ?? [];
  const isCancelled = followed?.cancelledAt !== undefined;
  const isRefused = verdict?.outcome === "refused";
  return {
    ...decideAnswer(codes, { isPaid: payments.length > 0, isCancelled, isRefused, receipts }),
    act: describeAct(sources.act),
    codes,
    added: explainAdded(sources),
    paid: payments.map(describePayment),
    doubts: [
      ...new Set(
        [...(receipts?.findings ?? []), ...(sources.costs?.findings ?? [])].map(({ text }) => text),
      ),
      ...(receipts?.cancelledPaid ?? []).map(
        (position) => `È arrivato un pagamento su una posizione di prima, annullata: ${position}.`,
      ),
    ],
  };
}

function listCodes(sources: AmountSources, today: string): readonly CodeAmount[] {
  const { act, terms, costs, receipts, followed, verdict } = sources;
  const isDead = followed?.cancelledAt !== undefined || verdict?.outcome === "refused";
  const isPaid = (receipts?.payments ?? []).length > 0;
  const options = toList(toFields(act.payment)["options"]).map(toFields);
  return options.flatMap((option) => {
    const noticeCode = toText(option["noticeCode"]);
    const actCents = option["amountCents"];
    if (noticeCode === null || typeof actCents !== "number") return [];
    const kind = option["kind"] === "discounted" ? "discounted" : "reduced";
    const cost = costs?.codes.find((code) => code.noticeCode === noticeCode);
    const known = receipts?.codes.find((code) => code.noticeCode === noticeCode);
    const own = act.costs.feePolicy === "FLAT_RATE" ? 0 : null;
    const addedCents = known?.feeCents ?? cost?.priceCents ?? own;
    const lastDay = terms?.payable[kind] ?? null;
    return [
      {
        kind,
        noticeCode,
        actCents,
        addedCents,
        totalCents: addedCents === null ? null : actCents + addedCents,
        lastDay,
        isOpen: !isDead && !isPaid && (lastDay === null || today <= lastDay),
      } as const,
    ];
  });
}

interface Standing {
  readonly isPaid: boolean;
  readonly isCancelled: boolean;
  readonly isRefused: boolean;
  readonly receipts: KeptReceipts | null;
}

function decideAnswer(
  codes: readonly CodeAmount[],
  { isPaid, isCancelled, isRefused, receipts }: Standing,
): Pick<RightAmount, "answer" | "tone"> {
  if (isPaid)
    return {
      tone: "paid",
      answer: `Non c'è altro da pagare con questi codici: ${(receipts?.payments ?? []).map(describePayment).join(" ")}`,
    };
  if (isCancelled)
    return { tone: "closed", answer: "La notifica è annullata: con questi codici non si paga." };
  if (isRefused)
    return {
      tone: "wait",
      answer: "SEND ha rifiutato la richiesta: il verbale non è notificato e non si paga ancora.",
    };
  const [first, second] = codes.filter(({ isOpen }) => isOpen);
  if (first === undefined)
    return {
      tone: "closed",
      answer:
        "I giorni per pagare in misura ridotta sono passati: i codici sono chiusi. La somma dovuta la dice l'ufficio.",
    };
  const later = second === undefined ? "" : ` Dopo: ${describeCode(second)}`;
  return { tone: "pay", answer: `${describeCode(first)}${later}` };
}

function describeCode({ kind, noticeCode, totalCents, actCents, lastDay }: CodeAmount): string {
  const amount =
    totalCents === null
      ? `${formatCents(actCents)} più le spese di notifica, che SEND dice al momento del pagamento,`
      : formatCents(totalCents);
  return `${amount} con il codice ${groupCode(noticeCode)}, ${describeDay(kind, lastDay)}.`;
}

function describeDay(kind: CodeAmount["kind"], lastDay: string | null): string {
  if (lastDay !== null) return `fino al ${formatDay(lastDay)} compreso`;
  return kind === "discounted" ? "entro 5 giorni dalla notifica" : "entro 60 giorni dalla notifica";
}

/** Read aloud in groups. */
export function groupCode(code: string): string {
  return code.replaceAll(/(.{4})(?=.)/g, "$1 ");
}

function describeAct(act: Act): RightAmount["act"] {
  const verbale = toFields(act.verbale);
  const amounts = [
    ["Sanzione ridotta (60 giorni)", verbale["importoRidottoCents"]],
    ["Sanzione scontata del 30 % (5 giorni)", verbale["importoScontatoCents"]],
    ["Spese di procedura", verbale["speseCents"]],
  ] as const;
  return amounts.flatMap(([label, cents]) =>
    typeof cents === "number" ? [[label, formatCents(cents)] as const] : [],
  );
}

function explainAdded({ act, costs, followed }: AmountSources): readonly string[] {
  if (act.costs.feePolicy === "FLAT_RATE")
    return [
      "Le spese di notifica non si aggiungono: questo ente le ha già comprese nell'importo dell'atto.",
    ];
  const priced = costs?.codes.find(({ priceCents }) => priceCents !== undefined);
  if (costs === null || priced?.priceCents === undefined)
    return [
      "Le spese di notifica si aggiungono all'importo dell'atto: SEND non le ha ancora dette.",
    ];
  const letters = costs.recipients.flatMap(({ letters: own }) => own);
  const how =
    letters.length === 0
      ? "consegna digitale, senza lettere"
      : `${letters.length === 1 ? "una lettera" : `${letters.length} lettere`} da ${letters.map(formatCents).join(" e ")} più IVA`;
  return [
    `SEND aggiunge ${formatCents(priced.priceCents)} di spese di notifica: quota fissa e ${how}.`,
    ...(costs.isFinal ? [] : ["Non sono ancora definitive: può partire un'altra lettera."]),
    ...((followed?.corrections.length ?? 0) > 0
      ? ["SEND ha corretto la storia della notifica: le spese e i giorni possono essere cambiati."]
      : []),
  ];
}

function describePayment(payment: KeptReceipts["payments"][number]): string {
  const { amountCents, paidOn, kind, noticeCode, feeCents } = payment;
  const when = paidOn === undefined ? "Pagato" : `Il ${formatDay(paidOn)} sono stati pagati`;
  const what =
    amountCents === undefined ? "un importo che non si conosce" : formatCents(amountCents);
  const fee =
    feeCents === undefined ? "" : `, di cui ${formatCents(feeCents)} di spese di notifica`;
  const word = kind === "discounted" ? "scontato" : "ridotto";
  return `${when} ${what} con il codice ${word} ${groupCode(noticeCode)}${fee}.`;
}
