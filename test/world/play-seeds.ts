/** Plays seeds one after the other in a process in which the seams are laid. */
import { readConfig } from "../../server/config.ts";
import { type Installation, openInstallation } from "../../server/installation.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";
import { loadDeferred } from "./seams/loader.ts";
import { environment } from "./stage/ente.ts";
import { formatLine } from "./stage/story.ts";
import type { ToldSeed } from "./told.ts";

export interface PlayOptions {
  readonly seeds: readonly number[];
  readonly days?: number;
  /** Tell the whole story of each, not only of those that broke. */
  readonly hasStory: boolean;
}

/** One line of JSON on standard output for each seed. */
export async function playSeeds({ seeds, days, hasStory }: PlayOptions): Promise<void> {
  // What a dead host leaves rejected is nobody's.
  process.on("unhandledRejection", () => undefined);
  const program = await openProgram();
  for (const seed of seeds) {
    const beganAt = performance.now();
    const result = await runSeed({ seed, program, ...(days !== undefined && { days }) });
    const told = tell(result, performance.now() - beganAt, hasStory);
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}

/** The program as it is read once for all seeds. */
async function openProgram(): Promise<Installation> {
  const program = await openInstallation(readConfig(environment), { writeLog: () => undefined });
  await loadDeferred();
  return program;
}

function tell(result: SeedResult, ms: number, hasStory: boolean): ToldSeed {
  const { seed, sum, days, woken, faults, broken, story } = result;
  return {
    seed,
    sum,
    days,
    woken,
    ms,
    broken,
    faults: faults.map(({ id }) => id),
    story: hasStory || broken !== null ? story.lines.map(formatLine) : [],
    reached: Object.fromEntries(story.reached),
  };
}
