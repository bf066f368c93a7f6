/** What is true at the end of an act: read of the journal, the files and the simulators. */
import type { StoredArtifact } from "../../engine/host/files.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { AskRow, Run } from "../../engine/journal/runs.ts";
import { buildItemView, type ItemView, listItemFiles } from "../history/item-view.ts";
import { parseSpecSteps } from "../history/run-spec.ts";
import type { TestStage } from "./stage/stage.ts";
import type { SystemName } from "./language/test-mocks.ts";

export interface FactItem extends ItemView {
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Facts {
  readonly run: Run;
  readonly items: readonly FactItem[];
  readonly files: readonly string[];
  readonly asks: readonly AskRow[];
  readonly send: {
    readonly accepted: number;
    readonly refused: number;
    readonly repeated: number;
    readonly requests: readonly { readonly protocol: string; readonly status: string }[];
  };
  readonly positions: readonly { readonly name: string; readonly status: string }[];
  readonly calls: ReadonlyMap<SystemName, number>;
}

export async function readFacts(
  { writing, simulators, wire }: TestStage,
  run: Run,
): Promise<Facts> {
  const { journal } = writing;
  const steps = parseSpecSteps(await journal.readSpec(run.id));
  const items: FactItem[] = [];
  for await (const page of readItemPages(journal, run.id))
    for (const row of page) items.push({ ...buildItemView(row, steps), data: row.data });
  const files = [...items.flatMap(listItemFiles), ...(await journal.listFiles(run.id))];
  const report = simulators.report() as unknown as Report;
  return {
    run,
    items,
    files: [...new Set(files.map(({ name }: Pick<StoredArtifact, "name">) => name))],
    asks: await journal.listAsks(run.id),
    send: report.send,
    positions: [
      ...report.gpd.positions.map(({ iupd, status }) => ({ name: iupd, status })),
      ...report.govpay.pendenze.map(({ idPendenza, stato }) => ({
        name: idPendenza,
        status: stato,
      })),
    ],
    calls: new Map(wire.calls),
  };
}

/** What the simulators tell of themselves. */
interface Report {
  readonly send: Facts["send"];
  readonly gpd: {
    readonly positions: readonly { readonly iupd: string; readonly status: string }[];
  };
  readonly govpay: {
    readonly pendenze: readonly { readonly idPendenza: string; readonly stato: string }[];
  };
}

/** By the key of the run, the IUN, or the number of the verbale: what follows a notification goes by its IUN. */
export function findFact(items: readonly FactItem[], name: string): FactItem | undefined {
  return items.find((item) => item.key === name || item.iun === name || readNumero(item) === name);
}

function readNumero({ data }: FactItem): string | undefined {
  const numero =
    data["numero"] ?? (data["verbale"] as { readonly numero?: unknown } | undefined)?.numero;
  return typeof numero === "string" ? numero : undefined;
}
