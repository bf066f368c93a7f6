/** `bun run world`: simulates the whole house, everything that can go wrong going wrong, seed by seed. */
import { parseArgs } from "node:util";
import { describeReached } from "../test/world/coverage.ts";
import { describeFailure } from "../test/world/failure.ts";
import { findPlanted } from "../test/world/find-planted.ts";
import { spreadSeeds } from "../test/world/spread.ts";
import type { ToldSeed } from "../test/world/told.ts";

const usage = `bun run world --seeds N [--from S]   N semi, dal primo
bun run world --seed S                un seme, con tutta la sua storia
bun run world --random [--minutes M]  semi mai visti, per le notti
bun run world … --bug NOME            lo stesso, con quel difetto piantato
bun run world --planted [--bug NOME]  pianta i difetti uno per uno, e dice quale seme li trova (al più --seeds)
  --parallel P  quanti processi insieme; di solito due
  --days D  quanti giorni simulati prima della quiete; senza, li sceglie il seme`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    random: { type: "boolean", default: false },
    minutes: { type: "string", default: "60" },
    days: { type: "string" },
    planted: { type: "boolean", default: false },
    parallel: { type: "string", default: "2" },
    only: { type: "string" },
    bug: { type: "string", multiple: true, default: [] },
  },
});
const [bug] = values.planted ? [] : values.bug;
const played = {
  ...(values.days !== undefined && { days: Number(values.days) }),
  ...(bug !== undefined && { bug }),
};
const options = {
  shrinkRuns: 30,
  processes: Number(values.parallel),
  ...(bug !== undefined && { planted: bug }),
  ...(values.days !== undefined && { days: Number(values.days) }),
  ...(values.only !== undefined && { only: values.only }),
};
const reached = new Map<string, number>();
const beganAt = performance.now();
const broken: ToldSeed[] = [];
let days = 0;
let count = 0;

function note(told: ToldSeed): void {
  count += 1;
  days += told.days;
  for (const [name, times] of Object.entries(told.reached))
    reached.set(name, (reached.get(name) ?? 0) + times);
  if (told.broken === null) return;
  broken.push(told);
  process.stdout.write(`${describeFailure(told, played)}\n\n`);
}

function range(first: number, howMany: number): readonly number[] {
  return Array.from({ length: howMany }, (_, index) => first + index);
}

if (values.planted) await playPlanted();
else if (values.seed !== undefined)
  await spreadSeeds([Number(values.seed)], tellWhole, { ...options, hasStory: true });
else if (values.random) await playNight(Number(values.minutes) * 60_000);
else if (values.seeds === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
} else await spreadSeeds(range(Number(values.from), Number(values.seeds)), note, options);

function tellWhole(told: ToldSeed): void {
  process.stdout.write(`${told.story.join("\n")}\nsomma ${told.sum}\n`);
  note(told);
}

/** Exits 1 where a bug is not found. */
async function playPlanted(): Promise<never> {
  let missed = 0;
  await findPlanted(
    {
      names: values.bug,
      mostSeeds: Number(values.seeds ?? 10_000),
      parallel: Number(values.parallel),
    },
    ({ bug, seed, invariant, seeds }) => {
      if (seed === null) missed += 1;
      const where = seed === null ? `non trovato in ${seeds} semi` : `seme ${seed}`;
      process.stdout.write(
        `${bug.name.padEnd(24)} ${where.padEnd(12)} ${invariant.padEnd(18)} ${bug.words}\n`,
      );
    },
  );
  process.exit(missed === 0 ? 0 : 1);
}

async function playNight(ms: number): Promise<void> {
  while (performance.now() - beganAt < ms) {
    const first = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
    await spreadSeeds(range(first, 40), note, options);
  }
}

for (const line of describeReached(reached)) process.stdout.write(`${line}\n`);

const minutes = (performance.now() - beganAt) / 60_000;
process.stdout.write(
  `${count} semi, ${days.toFixed(0)} giorni-ente in ${(minutes * 60).toFixed(0)} s: ${(days / minutes).toFixed(0)} al minuto; ${broken.length} non tengono\n`,
);
process.exit(broken.length === 0 ? 0 : 1);
