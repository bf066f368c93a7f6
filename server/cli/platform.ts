/** `platform`: whether SEND says of itself that it works, and the malfunctions of a month that are over. */
import { toRomeDay } from "../../engine/host/clock.ts";
import { RetryLater } from "../../engine/host/errors.ts";
import type { Downtime } from "../../integrations/send/desk-port.ts";
import { readConfig } from "../config.ts";
import { formatDateTime } from "../words/format.ts";
import { openInstallation } from "../installation.ts";
import { openEnteSend } from "../ente/send-access.ts";
import { formatFunctionality } from "../words/send-words.ts";
import { type Command, exitCodes, requireOption } from "./command.ts";
import { UsageError } from "../words/usage-error.ts";

/** SEND's own word on itself. */
export const platformCommand: Command = {
  usage: "platform --ente C [--month AAAA-MM] [--json]",
  summary: "dice se SEND dichiara un disservizio, e quelli già risolti del mese",
  details: () => `
  --month AAAA-MM   di quale mese dire i disservizi; se manca, questo
  --json            un solo documento JSON sullo standard output
`,
  words: [],
  options: { ente: { type: "string" }, month: { type: "string" }, json: { type: "boolean" } },
  async run(input) {
    const ente = requireOption(input, "ente", "borgolieto");
    const installation = await openInstallation(readConfig());
    const month = input.findValue("month") ?? toRomeDay(installation.clock.now()).slice(0, 7);
    const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
    if (year === undefined || number === undefined)
      throw new UsageError(`--month vuole un mese AAAA-MM, non «${month}».`);
    const { desk } = await openEnteSend(installation, ente);
    try {
      const isWorking = await desk.isWorking();
      const downtimes = await desk.listDowntimes(Number(year), Number(number));
      process.stdout.write(
        input.hasFlag("json")
          ? `${JSON.stringify({ isWorking, month, downtimes })}\n`
          : `${[describeWorking(isWorking), ...describeDowntimes(month, downtimes)].join("\n")}\n`,
      );
      return exitCodes.completed;
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error;
      process.stderr.write(`${error.message} Riprovare più tardi.\n`);
      return exitCodes.waiting;
    }
  },
};

function describeWorking(isWorking: boolean): string {
  return isWorking
    ? "SEND dichiara di funzionare."
    : "SEND dichiara un disservizio in corso: i flussi attendono e proseguono da soli.";
}

function describeDowntimes(month: string, downtimes: readonly Downtime[]): readonly string[] {
  if (downtimes.length === 0) return [`Disservizi risolti di ${month}: nessuno.`];
  return [
    `Disservizi risolti di ${month}:`,
    ...downtimes.map(({ functionality, from, to, legalFactId }) => {
      const end = to === null ? "in corso" : `al ${formatDateTime(to)}`;
      const proof = legalFactId === null ? "" : `, attestazione ${legalFactId}`;
      return `  ${formatFunctionality(functionality)}: dal ${formatDateTime(from)} ${end}${proof}`;
    }),
  ];
}
