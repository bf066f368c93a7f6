/** Plants each bug by itself and plays seeds until one of them tells. */
import type { PlantedBug } from "./bugs/planted-bug.ts";
import { plantedBugs } from "./bugs/planted.ts";
import { playShare } from "./spread.ts";

export interface Found {
  readonly bug: PlantedBug;
  /** `null`: none of the seeds told. */
  readonly seed: number | null;
  readonly invariant: string;
  readonly seeds: number;
}

/** So many bugs at a time; told as each is found. */
export async function findPlanted(
  {
    names,
    mostSeeds,
    parallel,
  }: {
    readonly names: readonly string[];
    readonly mostSeeds: number;
    readonly parallel: number;
  },
  tell: (found: Found) => void,
): Promise<void> {
  const left = plantedBugs.filter(({ name }) => names.length === 0 || names.includes(name));
  const work = async (): Promise<void> => {
    for (let bug = left.shift(); bug !== undefined; bug = left.shift())
      tell(await findOne(bug, mostSeeds));
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

async function findOne(bug: PlantedBug, mostSeeds: number): Promise<Found> {
  const seeds = Array.from({ length: mostSeeds }, (_, index) => index + 1);
  let found: Found = { bug, seed: null, invariant: "", seeds: 0 };
  await playShare(
    seeds,
    [`--days=${bug.days ?? 5}`, `--planted=${bug.name}`, "--until-broken"],
    ({ seed, broken }) => {
      found = {
        bug,
        seed: broken === null ? null : seed,
        invariant: broken?.invariant ?? "",
        seeds: found.seeds + 1,
      };
      return broken !== null;
    },
  );
  return found;
}
