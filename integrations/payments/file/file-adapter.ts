/** PaymentsPort without a network: asks an office for cancellations and new codes by CSV, and waits for its answer file. */
import { createHash } from "node:crypto";
import type { Clock } from "../../../engine/host/clock.ts";
import { toRomeDay } from "../../../engine/host/clock.ts";
import { ItemRejected, RetryLater } from "../../../engine/host/errors.ts";
import { formatEuroField } from "../../euro.ts";
import { extractIuv, checkNoticeCode, parseNoticeCode } from "../notice-code.ts";
import type { CodedOption } from "../payment-codes.ts";
import { hasPayableAmounts } from "../payment-codes.ts";
import { type AnswerRow, cleanNoticeCode, referenceHeader } from "./answer-file.ts";
import { explainColumns, guardFolder, pollMs, unreadableRowError } from "./folder-faults.ts";
import { openPaymentFolder, type PaymentFolder } from "./payment-folder.ts";
import { openReceiptFiles, type ReceiptFiles } from "./receipts-file.ts";
import { amountsRefusedError, maskDebtor } from "../payment-notes.ts";
import {
  buildUnknownStanding,
  type CodeStanding,
  type OldPosition,
  type OpenPosition,
  type PaymentsPort,
  type ResetOrder,
  type ScheduleOrder,
  type StandingOrder,
} from "../port.ts";
import type { SharedSettings } from "../shared-settings.ts";

export interface FilePaymentsOptions {
  /** Folder of the exchange: `data/outbox/<ente>/pagamenti`. */
  readonly folder: string;
  readonly creditor: { readonly taxId: string };
  readonly settings: Pick<SharedSettings, "emission"> & { readonly managerCode?: string };
  readonly clock: Clock;
}

const requestHeaders = [
  referenceHeader,
  "verbale",
  "posizioni_da_annullare",
  "importo_scontato",
  "importo_ridotto",
  "causale",
  "tipo_debitore",
  "codice_fiscale",
  "denominazione",
  "indirizzo",
  "civico",
  "cap",
  "comune",
  "provincia",
  "codice_gestore",
  "anno_emissione",
  "numero_emissione",
];
/** Until when the codes of a position may be paid; an empty day: no day is known (any more). */
const scheduleHeaders = [
  referenceHeader,
  "posizione",
  "verbale",
  "importo",
  "codice_avviso",
  "da_pagare",
  "pagabile_fino_al",
];
const discountedHeader = "codice_avviso_scontato";
const reducedHeader = "codice_avviso_ridotto";
const answerHeaders = ["esito", discountedHeader, reducedHeader];

/** The payment system of an ente whose positions are kept by somebody who exchanges files. */
export function createFilePayments(options: FilePaymentsOptions): PaymentsPort {
  const folder = openPaymentFolder({
    path: options.folder,
    requestHeaders,
    tellHeaders: scheduleHeaders,
    answerHeaders,
  });
  const receipts = openReceiptFiles(options.folder);
  const { taxId } = options.creditor;
  return {
    reset: async (order) => {
      if (!hasPayableAmounts(order)) throw amountsRefusedError();
      const reference = buildReference(taxId, order);
      const answer = await findAnswer(folder, reference);
      if (answer !== null)
        return await requireUnshared(folder, readOpenPosition(answer, order, taxId), answer);
      // What is written here the office cancels.
      if (order.old.length > 0)
        await order.assertFree?.(order.old.flatMap(({ noticeCode }) => noticeCode ?? []));
      const cells = [
        ...buildRequestCells(reference, taxId, order),
        ...buildEmissionCells(options.settings),
      ];
      const day = toRomeDay(options.clock.now());
      await guardFolder(folder, () => folder.ask({ day, reference, cells }));
      throw new RetryLater(
        `La richiesta è nella cartella ${options.folder}: si attendono i nuovi codici avviso in un file risposte*.csv.`,
        {
          code: "WAITING_FOR_CODES",
          afterMs: pollMs,
          effect: "none",
          hint: `Mettere nella cartella un file risposte.csv con le colonne ${[referenceHeader, ...answerHeaders].join(", ")}.`,
        },
      );
    },
    find: async (order) => {
      const answer = await findAnswer(folder, buildReference(taxId, order));
      if (answer?.cells["esito"]?.toLowerCase() !== "creata") return null;
      return await requireUnshared(folder, readOpenPosition(answer, order, taxId), answer);
    },
    // Nobody can be asked: the office alone knows.
    inspect: async () => "unclear",
    readStanding: (order) => readFileStanding(folder, receipts, order),
    schedule: async (order) => {
      const day = toRomeDay(options.clock.now());
      for (const option of order.options) {
        const [reference = "", ...cells] = buildScheduleCells(order, option);
        const request = { day, reference, cells: [reference, ...cells] };
        await guardFolder(folder, () => folder.tell(request));
      }
      return "scheduled";
    },
  };
}

/** Deterministic: the same at each retry, another for another generation; says nothing about the debtor. */
function buildReference(creditorTaxId: string, order: ResetOrder): string {
  const hash = createHash("sha256").update(`${creditorTaxId}|${order.verbale}`).digest("hex");
  return `${hash.slice(0, 24)}-g${order.generation}`;
}

async function findAnswer(folder: PaymentFolder, reference: string): Promise<AnswerRow | null> {
  return await explainColumns(folder, () => folder.findAnswer(reference));
}

/** What the office tells of payments; of a code that stands in none of its files nobody can tell anything. */
async function readFileStanding(
  folder: PaymentFolder,
  receipts: ReceiptFiles,
  order: StandingOrder,
): Promise<readonly CodeStanding[]> {
  const standing: CodeStanding[] = [];
  for (const unknown of buildUnknownStanding(order)) {
    const payments = await explainColumns(folder, () => receipts.find(unknown.noticeCode));
    standing.push(payments === null ? unknown : { ...unknown, state: "paid", payments });
  }
  return standing;
}

function buildRequestCells(
  reference: string,
  creditorTaxId: string,
  order: ResetOrder,
): readonly string[] {
  const { debtor } = order;
  const { address } = debtor;
  const formatAmount = (kind: "discounted" | "reduced"): string => {
    const option = order.options.find((one) => one.kind === kind);
    return option === undefined ? "" : formatEuroField(option.amountCents);
  };
  const old = order.old.map(pickName);
  for (let generation = 1; generation < order.generation; generation += 1)
    old.push(buildReference(creditorTaxId, { ...order, generation }));
  return [
    reference,
    order.verbale,
    [...new Set(old)].join(" "),
    formatAmount("discounted"),
    formatAmount("reduced"),
    order.reason,
    debtor.type,
    debtor.taxId,
    debtor.denomination,
    address?.via ?? "",
    address?.civico ?? "",
    address?.cap ?? "",
    address?.comune ?? "",
    address?.provincia ?? "",
  ];
}

/** A row of its own for each code and each time that its day moves. */
function buildScheduleCells(
  { ref, verbale, idempotencyKey }: ScheduleOrder,
  { kind, noticeCode, amountCents, lastDay }: ScheduleOrder["options"][number],
): readonly string[] {
  const isDiscounted = kind === "discounted";
  return [
    `${ref}-${isDiscounted ? "S" : "R"}-${idempotencyKey.slice(0, 12)}`,
    ref,
    verbale,
    isDiscounted ? "scontato" : "ridotto",
    noticeCode,
    formatEuroField(amountCents),
    lastDay ?? "",
  ];
}

function buildEmissionCells({
  emission,
  managerCode,
}: FilePaymentsOptions["settings"]): readonly string[] {
  const year = emission === undefined ? "" : String(emission.year);
  return [managerCode ?? "", year, emission?.number ?? ""];
}

function pickName({ noticeCode, iupd, idPendenza, ref }: OldPosition): string {
  return noticeCode ?? iupd ?? idPendenza ?? ref ?? "";
}

/** The office may have given a code twice: of two notices with one code SEND refuses the second, and one payment would close both. */
async function requireUnshared(
  folder: PaymentFolder,
  position: OpenPosition,
  answer: AnswerRow,
): Promise<OpenPosition> {
  for (const { noticeCode } of position.options) {
    const other = await folder.findOtherAnswer(noticeCode, position.ref);
    if (other !== null)
      throw unreadableRowError(
        answer,
        `lo stesso codice avviso è anche nel file ${other.file} alla riga ${other.line}`,
      );
  }
  return position;
}

function readOpenPosition(
  answer: AnswerRow,
  order: ResetOrder,
  creditorTaxId: string,
): OpenPosition {
  const outcome = answer.cells["esito"]?.toLowerCase();
  if (answer.fault !== undefined) throw unreadableRowError(answer, answer.fault);
  if (answer.otherLine !== undefined)
    throw unreadableRowError(
      answer,
      `la riga ${answer.otherLine} risponde altro per lo stesso riferimento`,
    );
  if (outcome === "pagata")
    throw new ItemRejected(
      "ALREADY_PAID",
      "Chi gestisce i pagamenti indica che la posizione del verbale risulta già pagata: il verbale non va notificato.",
      { hint: "Verificare l'incasso e togliere il verbale dal flusso." },
    );
  if (outcome === "rifiutata") throw refusedError(answer, order);
  if (outcome !== "creata")
    throw unreadableRowError(answer, "l'esito deve essere creata, pagata oppure rifiutata");
  const options: CodedOption[] = [];
  for (const { kind, amountCents } of order.options) {
    const column = kind === "discounted" ? discountedHeader : reducedHeader;
    const noticeCode = cleanNoticeCode(answer.cells[column] ?? "");
    if (parseNoticeCode(noticeCode) === null)
      throw unreadableRowError(
        answer,
        `${column} deve avere 18 cifre (formato testo nel foglio di calcolo)`,
      );
    if (isRounded(noticeCode))
      throw unreadableRowError(
        answer,
        `${column} finisce con 000 e le sue cifre di controllo sono sbagliate: il foglio di calcolo lo ha arrotondato (formato testo)`,
      );
    if (order.old.some((old) => old.noticeCode === noticeCode))
      throw unreadableRowError(answer, `${column} è il codice di una posizione da annullare`);
    options.push({ kind, amountCents, noticeCode, iuv: extractIuv(noticeCode) });
  }
  if (options.length === 2 && options[0]?.noticeCode === options[1]?.noticeCode)
    throw unreadableRowError(answer, "i due codici avviso devono essere diversi");
  const ref = answer.cells[referenceHeader] ?? "";
  return { ref, creditorTaxId, options };
}

/** A spreadsheet keeps 15 digits of a number and shows zeros for the rest. */
function isRounded(noticeCode: string): boolean {
  return noticeCode.endsWith("000") && checkNoticeCode(noticeCode) !== null;
}

function refusedError({ cells }: AnswerRow, { debtor }: ResetOrder): ItemRejected {
  const note = maskDebtor(cells["nota"] ?? "", debtor);
  const why = note === "" ? "" : `: ${note}`;
  return new ItemRejected(
    "PAYMENT_DATA_REFUSED",
    `Chi gestisce i pagamenti ha rifiutato la nuova posizione${why}. Nessun codice nuovo è stato assegnato.`,
    { hint: "Verificare con chi gestisce i pagamenti, poi ritentare il verbale." },
  );
}
