/** `bun run world`: simulates the whole house, everything that can go wrong going wrong, seed by seed. */
import { parseArgs } from "node:util";
import { spreadSeeds } from "../test/world/spread.ts";
import type { ToldSeed } from "../test/world/told.ts";

const usage = `bun run world --seeds N [--from S]   N semi, dal primo
bun run world --seed S                un seme, con tutta la sua storia
bun run world --random [--minutes M]  semi mai visti, per le notti
  --days D  quanti giorni simulati prima della quiete; senza, li sceglie il seme`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    random: { type: "boolean", default: false },
    minutes: { type: "string", default: "60" },
    days: { type: "string" },
  },
});
const options = values.days === undefined ? {} : { days: Number(values.days) };
const beganAt = performance.now();
const broken: ToldSeed[] = [];
let days = 0;
let count = 0;

function note(told: ToldSeed): void {
  count += 1;
  days += told.days;
  if (told.broken === null) return;
  broken.push(told);
  process.stdout.write(`${describe(told)}\n\n`);
}

function describe({ seed, broken: what, story }: ToldSeed): string {
  return [
    `NON VALE «${what?.invariant ?? ""}» nel seme ${seed}`,
    ...story.slice(-40).map((line) => `  ${line}`),
    `  ${what?.message ?? ""}`,
    `Per rivederlo: bun run world --seed ${seed}`,
  ].join("\n");
}

function range(first: number, howMany: number): readonly number[] {
  return Array.from({ length: howMany }, (_, index) => first + index);
}

if (values.seed !== undefined)
  await spreadSeeds([Number(values.seed)], tellWhole, { ...options, hasStory: true });
else if (values.random) await playNight(Number(values.minutes) * 60_000);
else if (values.seeds === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
} else await spreadSeeds(range(Number(values.from), Number(values.seeds)), note, options);

function tellWhole(told: ToldSeed): void {
  process.stdout.write(`${told.story.join("\n")}\nsomma ${told.sum}\n`);
  note({ ...told, story: [] });
}

async function playNight(ms: number): Promise<void> {
  while (performance.now() - beganAt < ms) {
    const first = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
    await spreadSeeds(range(first, 40), note, options);
  }
}

const minutes = (performance.now() - beganAt) / 60_000;
process.stdout.write(
  `${count} semi, ${days.toFixed(0)} giorni-ente in ${(minutes * 60).toFixed(0)} s: ${(days / minutes).toFixed(0)} al minuto; ${broken.length} non tengono\n`,
);
process.exit(broken.length === 0 ? 0 : 1);
