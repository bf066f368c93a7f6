/** `resume`: goes on with a run, takes up items once more, or sends the rest of a file whose first verbali went ahead. */
import type { DecisionWord } from "../../../../engine/journal/items.ts";
import type { RetriedState } from "../../../../engine/host/hint.ts";
import type { Run } from "../../../../engine/journal/runs.ts";
import { countLeft } from "../../../running/ahead.ts";
import { createRun, type WritingInstallation } from "../../../installation.ts";
import { reopenRun } from "../../../running/run-manager.ts";
import { formatTerminalHint } from "../../../words/hints.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes } from "../../command.ts";
import { driveInForeground } from "../../drive.ts";
import { resolveOrExplain } from "../../open.ts";
import { parseWait, workOnRun } from "../../run-work.ts";
import { terminal } from "../../terminal.ts";

/** Goes on with what is left. */
export const resumeCommand: Command = {
  usage:
    "resume <flusso> [--only rejected|failed|in-doubt] [--item VERBALE]… [--found PROVA --by NOME --reason TESTO] [--rest] [--wait 10m] [--json]",
  summary: "continua un flusso; con --only riprova quei verbali",
  details: () => `
  --only failed     i non riusciti, da dove si sono fermati e con gli stessi codici
  --only rejected   gli scartati, da capo: un nuovo invio; mai per una notifica che c'è già
  --only in-doubt   quelli in dubbio, dopo aver verificato presso il servizio che nulla è avvenuto
  --item VERBALE    solo questo, tante volte quanti sono; senza, tutti quelli di quello stato
  --found PROVA     con --only in-doubt e --item: è avvenuto, e questo lo prova (IUN, token, numero di protocollo); non si rifà
  --by NOME         con --found: chi lo dice
  --reason TESTO    con --found: che cosa si è visto, e dove
  --rest            gli altri verbali del file di un flusso lanciato con run --first, in un flusso nuovo
  --wait 10m        quanto aspettare i verbali in attesa
  --json            un solo documento JSON sullo standard output
`,
  act: "ripresa",
  words: ["flusso"],
  options: {
    only: { type: "string" },
    item: { type: "string", multiple: true },
    found: { type: "string" },
    by: { type: "string" },
    reason: { type: "string" },
    rest: { type: "boolean" },
    wait: { type: "string" },
    json: { type: "boolean" },
  },
  async run(input) {
    const waitMs = parseWait(input);
    const only = input.findValue("only");
    if (only !== undefined && only !== "rejected" && only !== "failed" && only !== "in-doubt")
      throw new UsageError(`--only vuole rejected, failed o in-doubt, non «${only}».`);
    const items = input.listValues("item");
    if (items.length > 0 && only === undefined)
      throw new UsageError("--item vale insieme a --only: dire quali verbali riprovare e perché.");
    const decision = readDecision(input, { only, items });
    if (!input.hasFlag("rest"))
      return await workOnRun(input, (writing, run) =>
        resumeRun(writing, run, { input, waitMs, only, items, decision }),
      );
    if (only !== undefined)
      throw new UsageError("--rest manda gli altri verbali del file: va senza --only.");
    return await workOnRun(input, (writing, run) => runRest(writing, run, { input, waitMs }));
  },
};

/** What a person found of one verbale in doubt; `null`: nothing was said. */
function readDecision(
  input: CommandInput,
  { only, items }: { readonly only: string | undefined; readonly items: readonly string[] },
): DecisionWord | null {
  const [evidence = "", by = "", reason = ""] = ["found", "by", "reason"].map((name) =>
    (input.findValue(name) ?? "").trim(),
  );
  if (evidence === "" && by === "" && reason === "") return null;
  if (only !== "in-doubt" || items.length !== 1 || evidence === "" || by === "" || reason === "")
    throw new UsageError("--found vuole --only in-doubt, un solo --item, --by e --reason.");
  return { word: "done", by, reason, evidence };
}

async function resumeRun(
  writing: WritingInstallation,
  run: Run,
  {
    input,
    waitMs,
    only,
    items,
    decision,
  }: {
    readonly input: CommandInput;
    readonly waitMs: number;
    readonly only: RetriedState | undefined;
    readonly items: readonly string[];
    readonly decision: DecisionWord | null;
  },
): Promise<number> {
  const reopened = await reopenRun(writing, run, {
    ...(only === undefined ? {} : { only }),
    ...(items.length === 0 ? {} : { items }),
    ...(decision === null ? {} : { decision }),
  });
  if ("reason" in reopened) {
    const { reason, hint } = reopened;
    const next = hint === undefined ? "" : ` ${formatTerminalHint(hint, { run: run.id })}`;
    terminal.stderr.write(`${reason}${next}\n`);
    return exitCodes.usage;
  }
  for (const { key, reason } of reopened.left) terminal.stderr.write(`${key}: ${reason}\n`);
  return await driveInForeground(writing, run.id, { isJson: input.hasFlag("json"), waitMs });
}

/** The whole file once more, with the pipeline as it is now: what the first run sent is not sent again. */
async function runRest(
  writing: WritingInstallation,
  run: Run,
  { input, waitMs }: { readonly input: CommandInput; readonly waitMs: number },
): Promise<number> {
  const left = await countLeft(writing, writing, run);
  if (left === 0)
    throw new UsageError(`Del file del flusso ${run.id} non resta alcun verbale da inviare.`, {
      isWellTyped: true,
    });
  const { pipeline, ente, params } = run;
  const resolved = await resolveOrExplain(writing, { pipeline, ente, params });
  if (resolved === null) return exitCodes.usage;
  const rest = await createRun(writing, resolved, { trigger: "manual", input: run.input, params });
  return await driveInForeground(writing, rest.id, { isJson: input.hasFlag("json"), waitMs });
}
