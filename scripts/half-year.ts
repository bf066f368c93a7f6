/** `bun scripts/half-year.ts [VERBALI=2000] [SEED] [gpd|govpay]`: a simulated half year of one ente, with all that must hold in it; exits 1 with the seed and the history of the first verbale where it does not. */
import { Broken } from "../test/support/half-year/judge.ts";
import { playHalfYear } from "../test/support/half-year/play.ts";
import { describeBroken, describePlayed } from "../test/support/half-year/report.ts";

const [verbali = "2000", seed = String(Math.floor(Math.random() * 1_000_000)), side = "gpd"] =
  process.argv.slice(2);
if (!/^[1-9][0-9]*$/.test(verbali) || !/^[0-9]+$/.test(seed) || !/^(gpd|govpay)$/.test(side)) {
  process.stderr.write("Si usa: bun scripts/half-year.ts [VERBALI] [SEME] [gpd|govpay]\n");
  process.exit(2);
}
const options = {
  verbali: Number(verbali),
  seed: Number(seed),
  side: side === "govpay" ? side : "gpd",
  by: Number(seed) % 2 === 0 ? "stream" : "polling",
  kills: 24,
  tell: (text: string) => void process.stderr.write(`${text}\n`),
} as const;
const told = `${verbali} verbali, seme ${seed}, ${options.side}, ${options.by}`;
const began = performance.now();
try {
  const played = await playHalfYear(options);
  process.stdout.write(`${told}\n\n${describePlayed(played, performance.now() - began)}\n`);
} catch (error) {
  if (!(error instanceof Broken)) throw error;
  process.stdout.write(`${told}\n\n${describeBroken(error)}\n`);
  process.exit(1);
}
