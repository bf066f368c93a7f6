/** What a command begins with: the installation, a pipeline with its parameters, an ente; what is wrong with them is printed. */
import { formatProblems } from "../words/problems.ts";
import { resolvePipeline } from "../../loader/pipeline/resolve.ts";
import type { ResolvedPipeline } from "../../loader/pipeline/resolved.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { createEnteInspection } from "../ente/inspect-ente.ts";
import { readConfig } from "../config.ts";
import { type EnteView, readEnte, unknownEnteError } from "../ente/ente-view.ts";
import { type Installation, type InstallationOptions, openInstallation } from "../installation.ts";
import { UsageError } from "../words/usage-error.ts";
import type { CommandInput } from "./command.ts";
import { formatCommand } from "../words/hints.ts";
import { formatCount } from "./output.ts";
import { hasOwnTerminal, terminal } from "./terminal.ts";

/** The installation that the command's environment describes; its log goes where the command's errors go. */
export function openForCommand(
  options: Pick<InstallationOptions, "logLevel"> = {},
): Promise<Installation> {
  const { stderr, clock } = terminal;
  return openInstallation(readConfig(terminal.environment), {
    ...options,
    clock,
    ...(hasOwnTerminal() && { writeLog: (line: string) => stderr.write(`${line}\n`) }),
  });
}

/** The `--param name=value` of run and show as source text by name. Throws UsageError. */
export function parseParams(input: CommandInput): Record<string, string> {
  const params: Record<string, string> = {};
  for (const entry of input.listValues("param")) {
    const at = entry.indexOf("=");
    if (at < 1) throw new UsageError(`--param vuole nome=valore, non «${entry}».`);
    params[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return params;
}

export interface ResolveRequest {
  readonly pipeline: string;
  readonly ente: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `null`: the problems were printed on standard error. Warnings do not stop and are only counted: `check` tells them. */
export async function resolveOrExplain(
  installation: Installation,
  request: ResolveRequest,
): Promise<ResolvedPipeline | null> {
  const { config, registry } = installation;
  const { resolved, problems } = await resolvePipeline({
    ...request,
    pipelinesFolder: config.pipelinesFolder,
    registry,
    settingsSchema: EnteSettings,
    inspectEnte: createEnteInspection(installation),
  });
  const errors = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.filter(({ severity }) => severity === "warning").length;
  if (errors.length > 0) terminal.stderr.write(`${formatProblems(errors)}\n`);
  if (warnings > 0)
    terminal.stderr.write(
      `${formatCount(warnings, "avviso", "avvisi")}: ${formatCommand({ action: "check" })}\n`,
    );
  return resolved;
}

/** The ente when its file is right; otherwise its faults are printed. Throws UsageError when there is none. */
export async function readEnteOrExplain(
  installation: Installation,
  codice: string,
): Promise<Extract<EnteView, { status: "ready" }> | null> {
  const view = await readEnte(installation, codice);
  if (view.status === "missing") throw unknownEnteError(codice, view.known);
  if (view.status === "ready") return view;
  terminal.stderr.write(`${formatProblems(view.problems)}\n`);
  return null;
}
