/** Item-steps a second of three workers on one PostgreSQL, through three empty steps, beside pg-boss alone with the same chunks. */
import { SQL } from "bun";
import { fromBunSql, PgBoss } from "pg-boss";
import { describePipeline } from "../test/support/hosts/scripted.ts";
import { makeHostsWorld } from "../test/support/hosts/world.ts";
import { startPostgres } from "../test/support/postgres.ts";

const count = Number(process.argv[2] ?? 30_000);
const workers = Number(process.argv[3] ?? 3);
const steps = ["idle", "idler", "idlest"];
const chunkSize = 200;

const server = await startPostgres();
const world = await makeHostsWorld(server);
try {
  for (let index = 0; index < workers; index += 1) await world.start({ chunkSize, width: 4 });
  const run = await world.create(describePipeline("prova", count, { steps }));
  const began = performance.now();
  const ended = await world.drive(run);
  const seconds = (performance.now() - began) / 1000;
  const [loaded] = await world.query(
    "SELECT extract(epoch FROM max(last_at::timestamptz) - min(first_at::timestamptz)) AS s FROM step_counts",
  );
  const working = Number((loaded as { s: string }).s);
  if (ended.counts.done !== count) throw new Error(JSON.stringify(ended));
  const total = count * steps.length;
  console.log(
    `workers: ${workers}, ${count} items through ${steps.length} empty steps: ${(total / working).toFixed(0)} item-steps/s while they worked (${working.toFixed(1)} s), ${seconds.toFixed(1)} s with the source and the end`,
  );
} finally {
  await world.close();
}
await measureBoss(await server.createDatabase());
await server.stop();

/** The same number of chunk jobs, each completed at once. */
async function measureBoss(url: string): Promise<void> {
  const sql = new SQL(url, { max: 8 });
  const boss = new PgBoss({ db: fromBunSql(sql), schedule: false });
  await boss.start();
  await boss.createQueue("raw");
  const jobs = Math.ceil(count / chunkSize);
  await boss.insert(
    "raw",
    Array.from({ length: jobs }, (_, index) => ({ data: { index } })),
  );
  const began = performance.now();
  let done = 0;
  while (done < jobs) {
    const taken = await boss.fetch("raw", { batchSize: 1 });
    for (const { id } of taken) await boss.complete("raw", id);
    done += taken.length;
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `pg-boss alone: ${jobs} jobs, one by one: ${(jobs / seconds).toFixed(0)} jobs/s, which with ${chunkSize} items and ${steps.length} steps each would be ${((jobs * chunkSize * steps.length) / seconds).toFixed(0)} item-steps/s if nothing were written`,
  );
  await boss.stop({ graceful: false });
  await sql.close();
}
