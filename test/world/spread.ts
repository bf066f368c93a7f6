/** Spreads seeds over processes, one for each core. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ToldSeed } from "./told.ts";

export interface SpreadOptions {
  readonly days?: number;
  readonly hasStory?: boolean;
  /** Runs that the shorter history of a seed that breaks is worth; default none. */
  readonly shrinkRuns?: number;
  /** The only faults that happen, apart by `; `. */
  readonly only?: string;
  /** Name of a bug that is planted. */
  readonly planted?: string;
  /** Default: one for each core, two at most. */
  readonly processes?: number;
}

/** Tells each seed as it is done. Throws where a process ends otherwise than with its last seed. */
export async function spreadSeeds(
  seeds: readonly number[],
  tell: (told: ToldSeed) => void,
  {
    days,
    hasStory = false,
    shrinkRuns = 0,
    only,
    planted,
    processes = Math.min(2, availableParallelism()),
  }: SpreadOptions = {},
): Promise<void> {
  const shares = Array.from({ length: Math.min(processes, seeds.length) }, (_, index) =>
    seeds.filter((_seed, at) => at % processes === index),
  );
  await Promise.all(
    shares.map((share) =>
      playShare(
        share,
        [
          ...(days === undefined ? [] : [`--days=${days}`]),
          ...(hasStory ? ["--story"] : []),
          `--shrink=${shrinkRuns}`,
          ...(only === undefined ? [] : [`--only=${only}`]),
          ...(planted === undefined ? [] : [`--planted=${planted}`]),
        ],
        tell,
      ),
    ),
  );
}

/** A process keeps something of each seed that it played: the next ones get a fresh one. */
const seedsOfProcess = 40;

/** Plays the seeds one after the other with these arguments of `process.ts`; no more once `tell` says that it is enough. */
export async function playShare(
  seeds: readonly number[],
  args: readonly string[],
  tell: (told: ToldSeed) => boolean | void,
): Promise<void> {
  for (let at = 0; at < seeds.length; at += seedsOfProcess) {
    const some = seeds.slice(at, at + seedsOfProcess);
    if (await playInProcess([`--seeds=${some.join(",")}`, ...args], tell)) return;
  }
}

async function playInProcess(
  args: readonly string[],
  tell: (told: ToldSeed) => boolean | void,
): Promise<boolean> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "process.ts"), ...args], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let isEnough = false;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of child.stdout) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) isEnough = tell(JSON.parse(line) as ToldSeed) === true || isEnough;
  }
  const code = await child.exited;
  if (code !== 0)
    throw new Error(`a process of the world ended with ${code}: ${args.join(" ").slice(0, 200)}`);
  return isEnough;
}
