/** Asks each step what no schema can say about its settings, and finds the place of each fault. */
import { dirname } from "node:path";
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import {
  type Fault,
  hasErrors,
  type Problem,
  reportFault,
  type Span,
} from "../yaml/diagnostics.ts";
import type { LoadedEnte } from "./files.ts";
import { findNearest } from "../yaml/nearest.ts";
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
  const uses = steps.map(({ resolved }) => resolved.uses);
  const ctx = { settings, enteFolder, uses };
  const problems: Problem[] = [];
  for (const step of steps) {
    const inspect = step.registered?.step.inspect;
    if (inspect === undefined) continue;
    for (const fault of await inspect(step.resolved.with, ctx))
      reportFault(problems, locateFault(fault, step, ente), toFault(fault));
  }
  const [first] = steps;
  if (first === undefined || settings === null || inspectEnte === undefined) return problems;
  const resolved = steps.map((step) => step.resolved);
  for (const fault of await inspectEnte(resolved, ctx))
    reportFault(problems, locateFault(fault, first, ente), toFault(fault));
  return problems;
}

function toFault({ severity = "error", message, why, remedy, choice }: SettingFault): Fault {
  const code = severity === "error" ? "P060" : "P061";
  const fault: Fault = { code, severity, message, why, remedy };
  if (choice === undefined) return fault;
  const { wrong, title, names } = choice;
  const maybe = findNearest(wrong, names) ?? undefined;
  return { ...fault, maybe, options: `${title}: ${names.join(", ")}` };
}

/** Where the value is written, as narrow as it can be told. */
function locateFault(fault: SettingFault, step: AssembledStep, ente: LoadedEnte | null): Span {
  if (fault.within === "with") {
    const root = findEntry(step.node, "with");
    return root === undefined ? step.at : followPath(root.value, root.key.at, fault);
  }
  const root = (fault.within === "act" ? ente?.act : ente)?.root ?? null;
  return root === null ? step.at : followPath(root, root.entries[0]?.key.at ?? step.at, fault);
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
