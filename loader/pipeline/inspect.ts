/** Asks each step what no schema can say about its settings, and finds the place of each fault. */
import { dirname } from "node:path";
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import {
  hasErrors,
  buildProblem,
  reportFault,
  type Problem,
  type Span,
} from "../yaml/diagnostics.ts";
import type { LoadedEnte } from "./files.ts";
import { findNearest } from "../yaml/suggest.ts";
import { findEntry, type YamlEntry, type YamlNode } from "../yaml/yaml.ts";
import type { AssembledStep } from "./resolved.ts";

/** Asks about the ente file what no schema can say, as far as these steps use it; `settings` are never `null`. */
export type EnteInspection = (
  steps: readonly ResolvedStep[],
  ctx: InspectContext,
) => Promise<readonly SettingFault[]>;

/** The faults of all steps for this ente, and of the ente file for these steps; `null`: the pipeline is looked at by itself. */
export async function inspectSteps(
  steps: readonly AssembledStep[],
  ente: LoadedEnte | null,
  inspectEnte?: EnteInspection,
): Promise<readonly Problem[]> {
  const settings = ente === null || hasErrors(ente.problems) ? null : ente.settings;
  const enteFolder = ente === null ? "" : dirname(ente.file);
  const problems: Problem[] = [];
  for (const step of steps) {
    const inspect = step.registered?.step.inspect;
    if (inspect === undefined) continue;
    for (const fault of await inspect(step.resolved.with, { settings, enteFolder }))
      reportFault(problems, locateFault(fault, step, ente), toFault(fault));
  }
  const [first] = steps;
  if (first === undefined || settings === null || inspectEnte === undefined) return problems;
  const resolved = steps.map((step) => step.resolved);
  for (const fault of await inspectEnte(resolved, { settings, enteFolder }))
    reportFault(problems, locateFault(fault, first, ente), toFault(fault));
  return problems;
}

function toFault(fault: SettingFault): Parameters<typeof buildProblem>[1] {
  const { severity = "error", message, why, remedy, choice } = fault;
  return {
    code: severity === "error" ? "P060" : "P061",
    severity,
    message,
    why,
    remedy,
    ...(choice !== undefined && {
      maybe: findNearest(choice.wrong, choice.names) ?? undefined,
      options: `${choice.title}: ${choice.names.join(", ")}`,
    }),
  };
}

/** Where the value is written, as narrow as it can be told. */
function locateFault(fault: SettingFault, step: AssembledStep, ente: LoadedEnte | null): Span {
  const root = fault.within === "with" ? findEntry(step.node, "with") : undefined;
  const top = fault.within === "with" ? root?.value : (ente?.root ?? undefined);
  const from = root?.key.at ?? step.at;
  const fallback = fault.within === "with" ? from : locateStart(top, step.at);
  return top === undefined ? fallback : followPath(top, fallback, fault);
}

/** The file's first key, one character wide. */
function locateStart(node: YamlNode | undefined, otherwise: Span): Span {
  const first = node?.kind === "map" ? node.entries[0]?.key.at : undefined;
  return first ?? otherwise;
}

function followPath(top: YamlNode, fallback: Span, fault: SettingFault): Span {
  let node = top;
  let at = fallback;
  let isWhole = true;
  for (const key of fault.path) {
    const next: YamlEntry | YamlNode | undefined =
      node.kind === "list" ? node.items[Number(key)] : findEntry(node, key);
    if (next === undefined) {
      isWhole = false;
      break;
    }
    if ("key" in next) {
      at = next.key.at;
      node = next.value;
    } else {
      node = next;
      at = next.at;
    }
  }
  if (!isWhole || fault.isAboutKey === true || node.kind !== "scalar") return at;
  return narrowToWord(node.at, fault.word);
}

/** The word where it stands in the source; the whole value where quoting or folding writes it otherwise. */
function narrowToWord(at: Span, word: string | undefined): Span {
  if (word === undefined || word === "") return at;
  const found = at.source.text.indexOf(word, at.start);
  if (found === -1 || found + word.length > at.end) return at;
  return { source: at.source, start: found, end: found + word.length };
}
