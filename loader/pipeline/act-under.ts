/** Lays the kind of act that a pipeline names under the settings of an ente. */
import { findText } from "../yaml/yaml.ts";
import type { LoadedAct } from "./acts.ts";
import type { LoadedEnte, LoadedPipeline, PipelineFiles } from "./files.ts";

/** The ente as this pipeline sees it: with the kind of act that its `act:` names, and what is wrong with that. The same object where it names none, and each time for the same files. */
export async function layActUnder(
  base: LoadedPipeline,
  ente: LoadedEnte,
  files: Pick<PipelineFiles, "readAct">,
): Promise<LoadedEnte> {
  const name = findText(base.root ?? undefined, "act");
  if (name === undefined || ente.settings === null) return ente;
  const act = await files.readAct(name);
  const known = laid.get(ente)?.get(act);
  if (known !== undefined) return known;
  const whole: LoadedEnte = {
    ...ente,
    problems: [...ente.problems, ...act.problems],
    settings: act.act === null ? ente.settings : { ...ente.settings, act: act.act },
    act,
  };
  const ofEnte = laid.get(ente) ?? new WeakMap<LoadedAct, LoadedEnte>();
  laid.set(ente, ofEnte.set(act, whole));
  return whole;
}

const laid = new WeakMap<LoadedEnte, WeakMap<LoadedAct, LoadedEnte>>();
