/** `costs`: what the notifications of a month cost, who paid, and PagoPA's invoice beside it. */
import { readFile, writeFile } from "node:fs/promises";
import { guardDisk } from "../../../../engine/host/disk-faults.ts";
import { allowMissing } from "../../../../engine/host/errors.ts";
import { createRegisterReader } from "../../../../integrations/register/register.ts";
import type { RegisterReader } from "../../../../integrations/register/port.ts";
import type { EnteSettings } from "../../../../integrations/ente.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { compareInvoice } from "../../../money/compare-invoice.ts";
import { collectLedger, type LedgerRow, sumBorne } from "../../../money/ledger-rows.ts";
import { readInvoice } from "../../../money/read-invoice.ts";
import { reconcileInvoice } from "../../../money/reconcile.ts";
import {
  formatAmount,
  formatLedgerCsv,
  type LedgerSheet,
  writeLedgerSpreadsheet,
} from "../../../money/sheet.ts";
import { isMonth } from "../../../report/words.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { terminal } from "../../terminal.ts";

/** One row a notification, integer cents, totals; with an invoice every difference with its reason. */
export const costsCommand: Command = {
  usage: "costs --ente C --month AAAA-MM [--invoice FILE] [--format csv|xlsx] [--out FILE]",
  summary:
    "scrive spese e incassi delle notifiche di un mese, e li confronta con la fattura di PagoPA",
  details: () => `
  --ente C          codice dell'ente
  --month AAAA-MM   il mese nello IUN delle notifiche, cioè quello in cui sono state inviate
  --invoice FILE    la fattura di PagoPA come CSV, una o più righe per IUN; le colonne si indicano nel file dell'ente (fattura:)
  --format csv      sullo standard output, o nel file indicato (predefinito)
  --format xlsx     per il foglio di calcolo; vuole --out
  --out FILE        dove scrivere
  Il riepilogo va sullo standard error. Se una differenza non è spiegata il comando lo dice ed esce con 3.
`,
  words: [],
  options: {
    ente: { type: "string" },
    month: { type: "string" },
    invoice: { type: "string" },
    format: { type: "string" },
    out: { type: "string" },
  },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const month = requireOption(input, "month", "2026-11");
    if (!isMonth(month))
      throw new UsageError(`--month vuole un mese come 2026-11, non «${month}».`);
    const output = readOutput(input);
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, ente);
    if (view === null) return exitCodes.usage;
    const history = await openHistory(installation.config);
    try {
      const register = history === null ? null : createRegisterReader(history, ente);
      const rows = register === null ? [] : await collectLedger(register, month);
      const path = input.findValue("invoice");
      const sheet =
        path === undefined
          ? { rows }
          : await compareWith(path, { register, rows, month, fattura: view.settings.fattura });
      await write(month, sheet, output);
      return tellSummary(month, sheet);
    } finally {
      await history?.close();
    }
  },
};

interface Output {
  readonly format: "csv" | "xlsx";
  readonly file: string | undefined;
}

function readOutput(input: CommandInput): Output {
  const file = input.findValue("out");
  const usual = file?.toLowerCase().endsWith(".xlsx") === true ? "xlsx" : "csv";
  const format = input.findValue("format") ?? usual;
  if (format !== "csv" && format !== "xlsx")
    throw new UsageError(`--format vuole csv o xlsx, non «${format}».`);
  if (format === "xlsx" && file === undefined)
    throw new UsageError("--format xlsx vuole anche --out FILE.");
  return { format, file };
}

async function compareWith(
  path: string,
  facts: {
    readonly register: RegisterReader | null;
    readonly rows: readonly LedgerRow[];
    readonly month: string;
    readonly fattura: EnteSettings["fattura"];
  },
): Promise<LedgerSheet> {
  const bytes = await allowMissing(readFile(path));
  if (bytes === null) throw new UsageError(`La fattura ${path} non c'è.`, { isWellTyped: true });
  const { register, rows, month, fattura } = facts;
  const invoice = await readInvoice(path, bytes, fattura);
  const options = { month, vat: fattura?.vat ?? 22 };
  const compared =
    register === null
      ? compareInvoice([], invoice.lines, { ...options, earlier: new Map() })
      : await reconcileInvoice(register, rows, invoice, options);
  return { rows, compared, faults: invoice.faults };
}

async function write(month: string, sheet: LedgerSheet, { format, file }: Output): Promise<void> {
  if (file === undefined) {
    terminal.stdout.write(formatLedgerCsv(sheet));
    return;
  }
  const content = format === "csv" ? formatLedgerCsv(sheet) : writeLedgerSpreadsheet(month, sheet);
  // For its owner alone: it tells who was notified.
  await guardDisk(file, () => writeFile(file, content, { mode: 0o600 }));
  terminal.stdout.write(`${file}\n`);
}

function tellSummary(month: string, { rows, compared, faults = [] }: LedgerSheet): number {
  const sum = (read: (row: LedgerRow) => number): string =>
    formatAmount(rows.reduce((all, row) => all + read(row), 0));
  const unseen = rows.filter(({ charges }) => charges === null).length;
  const told = [
    `Notifiche del ${month.split("-").toReversed().join("/")}: ${rows.length}. Addebito di SEND ${sum(({ charges }) => charges?.totalCents ?? 0)} euro, a carico dell'ente ${sum(sumBorne)} euro.`,
  ];
  if (unseen > 0)
    told.push(
      `Di ${unseen} la pipeline seguito non conosce ancora le spese: eseguirla e ripetere.`,
    );
  let open = 0;
  if (compared !== undefined) {
    const equal = compared.filter(({ differenceCents }) => differenceCents === 0).length;
    open = compared.filter(({ isExplained }) => !isExplained).length + faults.length;
    const explained = compared.length + faults.length - equal - open;
    told.push(
      `Confronto con la fattura: ${equal} uguali, ${explained} diverse con il motivo, ${open} da chiarire.`,
    );
  }
  terminal.stderr.write(`${told.join("\n")}\n`);
  return open > 0 ? exitCodes.rejections : exitCodes.completed;
}
