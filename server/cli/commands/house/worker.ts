/** `worker`: takes runs and chunks of an installation on PostgreSQL until a signal comes. */
import { allSkills, workForHosts } from "../../../working.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, exitCodes } from "../../command.ts";
import { openForCommand } from "../../open.ts";
import { onStop } from "../../stop-signals.ts";
import { terminal } from "../../terminal.ts";

/** The worker. */
export const workerCommand: Command = {
  usage: "worker [--width 4] [--without sign]",
  summary: "lavora ai flussi insieme ad altri computer, sullo stesso database",
  details: () => `
  --width 4        quanti blocchi di verbali lavora insieme
  --without sign   su questo computer non c'è la chiave di firma: lascia agli altri i flussi che firmano
`,
  words: [],
  options: { width: { type: "string" }, without: { type: "string" } },
  async run(input) {
    const width = parseWidth(input.findValue("width") ?? "4");
    const without = input.findValue("without");
    if (without !== undefined && !allSkills.some((skill) => skill === without))
      throw new UsageError(`--without vuole ${allSkills.join(", ")}, non «${without}».`);
    const installation = await openForCommand({ logLevel: "info" });
    const controller = new AbortController();
    const release = onStop(() => {
      terminal.stdout.write("Mi fermo appena concluso ciò che è in corso…\n");
      controller.abort();
    });
    try {
      const skills = allSkills.filter((skill) => skill !== without);
      await workForHosts(installation, { skills, width }, controller.signal);
      return exitCodes.completed;
    } finally {
      release();
    }
  },
};

function parseWidth(text: string): number {
  const width = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  if (width >= 1 && width <= 64) return width;
  throw new UsageError(`--width vuole un numero da 1 a 64, non «${text}».`);
}
