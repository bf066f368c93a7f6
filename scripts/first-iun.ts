/** `bun scripts/first-iun.ts`: from the export of a program to the first IUN, with the answers given, against simulated services; prints what each step took. */
import { goToFirstIun } from "../test/support/first-iun.ts";
import { makeInstallationWorld } from "../test/support/installation-world.ts";

const world = await makeInstallationWorld();
try {
  const { steps, iuns, notes, totalMs } = await goToFirstIun(world, () => performance.now());
  for (const { name, code, ms } of steps)
    console.log(`${name.padEnd(12)} ${(ms / 1000).toFixed(1).padStart(6)} s  exit ${code ?? "-"}`);
  const [first] = Object.entries(iuns);
  console.log(`in all       ${(totalMs / 1000).toFixed(1).padStart(6)} s`);
  console.log(`IUN: ${Object.keys(iuns).length}, the first ${first?.join(" ") ?? "none"}`);
  for (const note of notes) console.log(note);
  if (first === undefined) process.exitCode = 1;
} finally {
  await world.close();
}
