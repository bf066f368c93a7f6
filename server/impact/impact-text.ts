/** A change's reach, and two enti side by side, as a technician reads them. */
import { formatRunState } from "../words/words.ts";
import type { Change } from "./compare.ts";
import type { FlatValue } from "./flatten.ts";
import type { Impact, ImpactGroup } from "./impact.ts";
import type { TouchedRun } from "./waiting.ts";

/** So many enti of a group are named. */
const mostNamed = 8;
/** So many runs are named. */
const mostRuns = 20;

export function formatImpact(
  impact: Impact,
  { runs, untried }: { readonly runs: readonly TouchedRun[]; readonly untried: readonly string[] },
): string {
  const { changed, groups, enti } = impact;
  if (changed.length === 0) return "Nessun file è cambiato: nessun ente cambia.";
  const lines = [`File cambiati: ${changed.join(", ")}.`];
  const touched = new Set(groups.flatMap((group) => group.enti));
  lines.push(
    touched.size === 0
      ? `Nessuno dei ${enti} enti cambia: cambiano solo commenti, o parti che nessuno usa.`
      : `${touched.size === 1 ? "Cambia 1 ente" : `Cambiano ${touched.size} enti`} su ${enti}.`,
  );
  for (const group of groups) lines.push("", ...formatGroup(group));
  if (untried.length > 0)
    lines.push(
      "",
      `Non ancora provati con queste modifiche: ${nameEnti(untried)}. Per provarli: postino test --ente ${untried[0] ?? ""}, oppure postino try FILE --ente ${untried[0] ?? ""}`,
    );
  if (runs.length > 0) lines.push("", ...formatRuns(runs));
  return lines.join("\n");
}

function formatGroup({ pipeline, enti, changes, fate }: ImpactGroup): readonly string[] {
  const what = pipeline === null ? "impostazioni dell'ente" : `pipeline ${pipeline}`;
  const whom = `${nameEnti(enti)}:`;
  if (fate === "added") return [`${whom} ${pipeline === null ? "ente nuovo" : `${what}, nuova`}`];
  if (fate === "removed")
    return [`${whom} ${pipeline === null ? "il file dell'ente non c'è più" : `${what}, tolta`}`];
  return [`${whom} ${what}`, ...formatChanges(changes)];
}

/** Each on two lines: what, and from where. */
export function formatChanges(changes: readonly Change[]): readonly string[] {
  return changes.flatMap(({ path, before, after }) => {
    const places = [before?.origin, after?.origin].filter((origin) => origin !== undefined);
    const place = [...new Set(places)].join(" → ");
    return [`  ${path}: ${formatValue(before)} → ${formatValue(after)}`, `      ${place}`];
  });
}

function formatValue(value: FlatValue | null): string {
  if (value === null) return "(non scritto)";
  return value.text === "" ? "(vuoto)" : value.text;
}

function nameEnti(enti: readonly string[]): string {
  if (enti.length <= mostNamed) return enti.join(", ");
  return `${enti.length} enti (${enti.slice(0, mostNamed).join(", ")} e altri ${enti.length - mostNamed})`;
}

function formatRuns(runs: readonly TouchedRun[]): readonly string[] {
  const head =
    runs.length === 1
      ? "1 flusso aperto non cambia: conserva la pipeline con cui è partito."
      : `${runs.length} flussi aperti non cambiano: conservano la pipeline con cui sono partiti.`;
  const lines = runs
    .slice(0, mostRuns)
    .map(({ run: { id, pipeline, ente, state }, takesSettings }) => {
      const note = takesSettings ? "; alla ripresa prende le impostazioni nuove dell'ente" : "";
      return `  ${id} (${pipeline}, ${ente}): ${formatRunState(state).toLowerCase()}${note}`;
    });
  const more = runs.length - mostRuns;
  return [head, ...lines, ...(more > 0 ? [`  … e altri ${more}: postino runs`] : [])];
}
