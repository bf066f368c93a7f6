/** `bun scripts/year.ts [DAYS=365] [VERBALI=10]`: a server lives so many days of schedules and runs, and what the process holds is printed, with its trend; exits 1 where a warm process still grows. */
import { computeTrend, type LifeSample, liveLong } from "../test/support/long-life.ts";

const [days = "365", verbali = "10"] = process.argv.slice(2);
const every = Math.max(1, Math.floor(Number(days) / 24));

console.log(" day   runs   rss MB    fds   wal MB  journal MB   lag ms");
const { samples, ends } = await liveLong({
  days: Number(days),
  verbali: Number(verbali),
  tell: (sample) => {
    if (sample.day % every === 0) console.log(formatSample(sample));
  },
});
console.log(`runs: ${JSON.stringify(ends)}`);

/** What may be gained each day by a process that is warm. */
const limits: readonly (readonly [string, (sample: LifeSample) => number, number])[] = [
  ["resident memory, MB a day", ({ residentMb }) => residentMb, 0.2],
  ["file descriptors a day", ({ descriptors }) => descriptors, 0.02],
  ["write-ahead log, MB a day", ({ logMb }) => logMb, 0.05],
  ["lag of timers, ms a day", ({ lagMs }) => lagMs, 1],
];
let grows = false;
for (const [what, pick, limit] of limits) {
  const trend = computeTrend(samples, pick);
  const isOver = trend > limit;
  grows ||= isOver;
  console.log(`${isOver ? "GROWS " : "steady"}  ${what}: ${trend.toFixed(3)} (limit ${limit})`);
}
console.log(`journal, MB a day: ${computeTrend(samples, ({ journalMb }) => journalMb).toFixed(3)}`);
process.exit(grows ? 1 : 0);

function formatSample({
  day,
  runs,
  residentMb,
  descriptors,
  logMb,
  journalMb,
  lagMs,
}: LifeSample): string {
  const numbers = [day, runs, residentMb, descriptors, logMb, journalMb, lagMs];
  const widths = [4, 6, 8, 6, 8, 11, 8];
  return numbers.map((value, index) => String(value).padStart(widths[index] ?? 8)).join(" ");
}
