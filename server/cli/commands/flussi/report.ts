/** `report`: how the notifications of a month went. */
import { writeFile } from "node:fs/promises";
import { guardDisk } from "../../../../engine/host/disk-faults.ts";
import { toRomeDay } from "../../../../engine/host/clock.ts";
import { createRegisterReader } from "../../../../integrations/register/register.ts";
import { openHistory } from "../../../store/journal-reader.ts";
import { collectMonth, type MonthReport } from "../../../report/collect.ts";
import { drawMonthReport, writeReportSpreadsheet } from "../../../report/files.ts";
import {
  channelTitles,
  describeRejection,
  formatMonth,
  isMonth,
  listHeadlines,
  listRemarks,
} from "../../../report/words.ts";
import { formatCents } from "../../../words/format.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes, requireOption } from "../../command.ts";
import { openForCommand, readEnteOrExplain } from "../../open.ts";
import { formatColumns } from "../../output.ts";
import { terminal } from "../../terminal.ts";

export const reportCommand: Command = {
  usage: "report --ente C --month AAAA-MM [--out FILE.pdf|FILE.xlsx] [--json]",
  summary: "dice come sono andate le notifiche di un mese: inviate, scartate, tempi, canali, spese",
  details: () => `
  --ente C          codice dell'ente
  --month AAAA-MM   il mese nello IUN delle notifiche, come per costs
  --out FILE        una pagina da stampare (.pdf) o un foglio di calcolo (.xlsx)
  --json            un solo documento JSON sullo standard output; importi in centesimi
`,
  words: [],
  options: {
    ente: { type: "string" },
    month: { type: "string" },
    out: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const month = requireOption(input, "month", "2026-11");
    if (!isMonth(month))
      throw new UsageError(`--month vuole un mese come 2026-11, non «${month}».`);
    const out = input.findValue("out");
    if (out !== undefined && !/\.(pdf|xlsx)$/i.test(out))
      throw new UsageError("--out vuole un file .pdf oppure .xlsx.");
    const installation = await openForCommand();
    const view = await readEnteOrExplain(installation, ente);
    if (view === null) return exitCodes.usage;
    const history = await openHistory(installation.config);
    if (history === null) {
      terminal.stderr.write("Non c'è ancora alcun flusso.\n");
      return exitCodes.completed;
    }
    try {
      const register = createRegisterReader(history, ente);
      const report = await collectMonth({ journal: history, register }, { ente, month });
      const name = view.settings.ente.nome;
      if (out !== undefined) {
        const day = toRomeDay(installation.clock.now());
        const bytes = out.toLowerCase().endsWith(".pdf")
          ? drawMonthReport(report, { name, day })
          : writeReportSpreadsheet(report);
        await guardDisk(out, () => writeFile(out, bytes, { mode: 0o600 }));
      }
      terminal.stdout.write(
        input.hasFlag("json") ? `${JSON.stringify(report)}\n` : formatReport(report, name),
      );
      if (out !== undefined) terminal.stderr.write(`${out}\n`);
      return exitCodes.completed;
    } finally {
      await history.close();
    }
  },
};

function formatReport(report: MonthReport, name: string): string {
  const { isTTY: isTerminal } = terminal.stdout;
  const options = { isTerminal, lastWidth: 80 };
  const parts = [
    `${name}, ${formatMonth(report.month)}\n`,
    formatColumns(["VOCE", "VALORE"], listHeadlines(report), options),
  ];
  if (report.channels.length > 0)
    parts.push(
      formatColumns(
        ["CANALE", "NOTIFICHE", "ADDEBITO"],
        report.channels.map(({ channel, notifications, totalCents }) => [
          channelTitles[channel],
          String(notifications),
          formatCents(totalCents),
        ]),
        options,
      ),
    );
  if (report.rejected.length > 0)
    parts.push(
      formatColumns(
        ["SCARTATI", "CODICE", "PERCHÉ"],
        report.rejected.map(({ code, count }) => [String(count), code, describeRejection(code)]),
        options,
      ),
    );
  return `${parts.join("\n")}\n${listRemarks(report).join("\n")}\n`;
}
