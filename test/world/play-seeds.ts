/** Plays seeds one after the other in a process in which the seams are laid. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import { readConfig } from "../../server/config.ts";
import { type Installation, openInstallation } from "../../server/installation.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";
import { loadDeferred } from "./seams/loader.ts";
import { shrink, type Shrunk } from "./shrink.ts";
import { environment, repository } from "./stage/ente.ts";
import { formatLine } from "./stage/story.ts";
import type { ToldSeed } from "./told.ts";

export interface PlayOptions {
  readonly seeds: readonly number[];
  readonly days?: number;
  /** Tell the whole story of each, not only of those that broke. */
  readonly hasStory: boolean;
  /** No seed is played after one that broke. */
  readonly isUntilBroken: boolean;
  /** The only faults that happen. */
  readonly only?: ReadonlySet<string>;
  /** Runs that a shorter history is worth. */
  readonly shrinkRuns: number;
}

/** One line of JSON on standard output for each seed. */
export async function playSeeds({
  seeds,
  days,
  hasStory,
  isUntilBroken,
  only,
  shrinkRuns,
}: PlayOptions): Promise<void> {
  // What a dead host leaves rejected is nobody's.
  process.on("unhandledRejection", () => undefined);
  const program = await openProgram();
  for (const seed of seeds) {
    const beganAt = performance.now();
    const play = (faults: ReadonlySet<string> | undefined): Promise<SeedResult> =>
      runSeed({
        seed,
        program,
        ...(days !== undefined && { days }),
        ...(faults !== undefined && { only: faults }),
      });
    const first = await play(only);
    const ms = performance.now() - beganAt;
    const shorter =
      first.broken === null || shrinkRuns === 0 ? null : await shrink(first, play, shrinkRuns);
    const told = tell(first, shorter, { ms, hasStory });
    process.stdout.write(`${JSON.stringify(told)}\n`);
    if (isUntilBroken && told.broken !== null) return;
  }
}

/** The program as it is read once for all seeds. */
async function openProgram(): Promise<Installation> {
  const program = await openInstallation(readConfig(environment), { writeLog: () => undefined });
  await loadDeferred();
  await openKeys();
  return program;
}

/** The key of the ente, once: it is kept by what opened it, and no seed may differ by having been the first. */
async function openKeys(): Promise<void> {
  const path = join(repository, "data/demo/keys/comandante.p12");
  await openPkcs12(readFileSync(path), environment.DEMO_KEY_PASSWORD, "comandante.p12");
}

function tell(
  result: SeedResult,
  shorter: Shrunk | null,
  { ms, hasStory }: { readonly ms: number; readonly hasStory: boolean },
): ToldSeed {
  const { seed, sum, days, woken, faults, story } = result;
  const shown = shorter?.result ?? result;
  const { broken } = shown;
  return {
    seed,
    sum,
    days,
    woken,
    ms,
    broken,
    faults: faults.map(({ id }) => id),
    enough: shorter?.faults ?? null,
    story: hasStory || broken !== null ? listStory(shown) : [],
    reached: Object.fromEntries(story.reached),
  };
}

/** Lines and faults as they came. */
function listStory({ story, faults }: SeedResult): readonly string[] {
  const struck = faults.map(({ at, words }) => ({ at, who: "guasto", words }));
  return [...story.lines, ...struck].toSorted((one, other) => one.at - other.at).map(formatLine);
}
