/** Plays many seeds of data that come back from a copy in the midst of a flusso: `bun scripts/restore-seeds.ts 200`. */
import { playRestored } from "../test/support/restored-data.ts";

const count = Number(process.argv[2] ?? 200);
const first = Number(process.argv[3] ?? 1);
const sums = { seeds: 0, notified: 0, secondNotifications: 0, deadCodes: 0, untold: 0 };
const codes = new Map<string, number>();
for (let seed = first; seed < first + count; seed += 1) {
  const end = await playRestored(seed);
  sums.seeds += 1;
  sums.notified += end.notified;
  sums.secondNotifications += end.secondNotifications;
  sums.deadCodes += end.deadCodes.length;
  sums.untold += end.untold.length;
  for (const code of end.codes) codes.set(code ?? "-", (codes.get(code ?? "-") ?? 0) + 1);
  const isBad = end.secondNotifications + end.deadCodes.length + end.untold.length > 0;
  if (isBad) process.stdout.write(`seed ${seed}: ${JSON.stringify(end)}\n`);
  if (end.notified !== 5) process.stdout.write(`seed ${seed}: notified ${end.notified}\n`);
}
process.stdout.write(`${JSON.stringify({ ...sums, codes: Object.fromEntries(codes) })}\n`);
