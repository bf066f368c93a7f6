/** `bun scripts/kills.ts KIND|all [KILLS=40] [SEED] [postgres]`: kills the program at random in one way of working, for the nights; exits 1 with what did not hold. */
import { startPostgres } from "../test/support/postgres.ts";
import { type KillKind, killKinds, playKills } from "../test/support/kills.ts";

const [kind = "all", kills = "40", seed = String(Date.now() % 100_000), store] =
  process.argv.slice(2);
const asked = killKinds.filter((each) => kind === "all" || each === kind);
if (asked.length === 0) {
  console.error(`kinds: all, ${killKinds.join(", ")}`);
  process.exit(2);
}

const server = store === "postgres" ? await startPostgres() : null;
let faults = 0;
for (const each of asked) faults += await play(each);
await server?.stop();
process.exit(faults > 0 ? 1 : 0);

async function play(each: KillKind): Promise<number> {
  const report = await playKills(each, {
    kills: Number(kills),
    seed: Number(seed),
    verbali: 6,
    ...(server === null ? {} : { store: await server.createDatabase() }),
    tell: (line) => console.log(line),
  });
  console.log(
    `${each}: ${report.hits} kills in ${report.flussi} flussi, ${report.faults.length} faults (seed ${seed})`,
  );
  for (const fault of report.faults) console.log(`  ${fault}`);
  return report.faults.length;
}
