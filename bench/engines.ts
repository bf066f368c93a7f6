/** Our engine beside those of others, in one run: 1,000 items through seven empty steps, each durable; `bun bench/engines.ts [ITEMS]` after `bun install` in this folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { fromBunSql, PgBoss } from "pg-boss";
import { postgresFolder, startPostgres } from "../test/support/postgres.ts";
import { tellFigure, tellWords } from "./figure.ts";
import { createEmptyRunner } from "./empty-steps.ts";

const items = Number(process.argv[2] ?? 1_000);
const steps = 7;
const chunkSize = 200;
const sideBySide = 8;

await measurePostino();
await measureOthers();
process.exit(0);

/** Seconds until all items are through. */
type Work = () => Promise<void>;

async function tellRate(name: string, where: string, work: Work): Promise<void> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const about = { items, steps, where };
  tellFigure(`engines.${name}`, (items * steps) / seconds, "item-steps/s", about);
  tellFigure(`engines.${name}-cpu`, (user + system) / (items * steps), "µs/item-step", about);
}

async function measurePostino(): Promise<void> {
  const runner = await createEmptyRunner();
  try {
    await tellRate("postino", "SQLite, WAL, synchronous=FULL", async () => {
      await runner.driveItems(items, steps);
    });
  } finally {
    await runner.close();
  }
}

async function measureOthers(): Promise<void> {
  if (postgresFolder === null) tellWords("no PostgreSQL: pg-boss and DBOS are not measured");
  else {
    // Without fsync, which is to the advantage of the others.
    const server = await startPostgres();
    await measureBoss(await server.createDatabase());
    await tryEngine("DBOS", async () => await measureDbos(await server.createDatabase()));
    await server.stop();
  }
  await tryEngine("openworkflow", measureOpenWorkflow);
  await tryEngine("BullMQ", measureBull);
}

async function tryEngine(name: string, measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    tellWords(`${name} is not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A package of this folder's own; the types of what may be absent are not asked for. */
async function load(name: string): Promise<Record<string, never>> {
  return (await import(Bun.resolveSync(name, import.meta.dir))) as Record<string, never>;
}

async function measureBoss(url: string): Promise<void> {
  const sql = new SQL(url, { max: sideBySide });
  await sql`CREATE TABLE bench_items (id int PRIMARY KEY, chunk int NOT NULL, step int NOT NULL)`;
  await sql`INSERT INTO bench_items SELECT n, n / ${chunkSize}, 0 FROM generate_series(0, ${items - 1}) AS n`;
  const boss = new PgBoss({ db: fromBunSql(sql), schedule: false });
  boss.on("error", () => undefined);
  await boss.start();
  for (const name of ["chunk", "step"]) await boss.createQueue(name);
  const chunks = Math.ceil(items / chunkSize);
  await boss.insert(
    "chunk",
    Array.from({ length: chunks }, (_, chunk) => ({ data: { chunk } })),
  );
  await tellRate(
    "pg-boss-chunk",
    "PostgreSQL, a job a chunk, an UPDATE an item and step",
    async () => {
      await workOff(boss, "chunk", chunks, async (data) => {
        for (let step = 1; step <= steps; step += 1) {
          const own =
            await sql`SELECT id FROM bench_items WHERE chunk = ${data["chunk"]} AND step = ${step - 1}`;
          await sql.begin(async (one) => {
            for (const { id } of own as { id: number }[])
              await one`UPDATE bench_items SET step = ${step} WHERE id = ${id}`;
          });
        }
      });
    },
  );
  await boss.insert(
    "step",
    Array.from({ length: items }, (_, id) => ({ data: { id, step: 1 } })),
  );
  await tellRate("pg-boss-step", "PostgreSQL, a job an item and step", async () => {
    await workOff(boss, "step", items * steps, async (data) => {
      const step = Number(data["step"]);
      if (step < steps) await boss.send("step", { id: data["id"], step: step + 1 });
    });
  });
  await boss.stop({ graceful: false });
  await sql.close();
}

type JobData = Readonly<Record<string, unknown>>;

async function workOff(
  boss: PgBoss,
  queue: string,
  jobs: number,
  work: (data: JobData) => Promise<void>,
): Promise<void> {
  let done = 0;
  async function takeJobs(): Promise<void> {
    while (done < jobs)
      for (const { id, data } of await boss.fetch<JobData>(queue, { batchSize: 1 })) {
        await work(data);
        await boss.complete(queue, id);
        done += 1;
      }
  }
  await Promise.all(Array.from({ length: sideBySide }, takeJobs));
}

interface Dbos {
  setConfig(config: object): void;
  registerWorkflow(work: () => Promise<void>, options: object): () => Promise<void>;
  runStep(work: () => Promise<void>, options: object): Promise<void>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
}

async function measureDbos(url: string): Promise<void> {
  const dbos = (await load("@dbos-inc/dbos-sdk"))["DBOS"] as unknown as Dbos;
  dbos.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    logLevel: "error",
    runAdminServer: false,
  });
  const walk = dbos.registerWorkflow(
    async () => {
      for (let step = 1; step <= steps; step += 1)
        await dbos.runStep(() => Promise.resolve(), { name: `empty-${step}` });
    },
    { name: "walk" },
  );
  await dbos.launch();
  await tellRate("dbos", "PostgreSQL, a workflow an item", async () => await walkAll(walk));
  await dbos.shutdown();
}

interface Flow {
  run(): Promise<{ result(options?: object): Promise<unknown> }>;
}

interface OpenWorkflow {
  defineWorkflow(
    spec: object,
    work: (given: {
      step: { run(spec: object, work: () => unknown): Promise<unknown> };
    }) => Promise<void>,
  ): Flow;
  newWorker(options: object): { start(): Promise<void>; stop(): Promise<void> };
}

async function measureOpenWorkflow(): Promise<void> {
  const { OpenWorkflow } = (await load("openworkflow")) as unknown as {
    OpenWorkflow: new (options: object) => OpenWorkflow;
  };
  const { BackendSqlite } = (await load("openworkflow/sqlite")) as unknown as {
    BackendSqlite: { connect(path: string): { stop(): Promise<void> } };
  };
  const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
  const backend = BackendSqlite.connect(join(folder, "flows.sqlite"));
  const engine = new OpenWorkflow({ backend });
  const flow = engine.defineWorkflow({ name: "walk" }, async ({ step }) => {
    for (let at = 1; at <= steps; at += 1) await step.run({ name: `empty-${at}` }, () => null);
  });
  const worker = engine.newWorker({ concurrency: sideBySide });
  await worker.start();
  await tellRate("openworkflow", "SQLite, a workflow an item", async () => {
    const handles = await Promise.all(Array.from({ length: items }, () => flow.run()));
    for (const handle of handles) await handle.result({ timeoutMs: 600_000 });
  });
  await worker.stop();
  await backend.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function walkAll(walk: () => Promise<void>): Promise<void> {
  let left = items;
  async function take(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await walk();
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, take));
}

interface Queue {
  add(name: string, data: object): Promise<unknown>;
  addBulk(jobs: readonly object[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Redis as Debian brings it, writing each change to the disk as our journal does. */
async function measureBull(): Promise<void> {
  const program = Bun.which("redis-server");
  if (program === null) throw new Error("redis-server is not installed");
  const { Queue, Worker } = (await load("bullmq")) as unknown as {
    Queue: new (name: string, options: object) => Queue;
    Worker: new (
      name: string,
      work: (job: { data: JobData }) => Promise<void>,
      options: object,
    ) => {
      close(): Promise<void>;
    };
  };
  const folder = mkdtempSync(join(tmpdir(), "postino-bench-"));
  const port = 16_379;
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const server = Bun.spawn(
    [program, ...options, "--appendonly", "yes", "--appendfsync", "always"],
    {
      stdout: "ignore",
    },
  );
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const queue = new Queue("walk", { connection });
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  let done = 0;
  const work = async ({ data }: { data: JobData }): Promise<void> => {
    const step = Number(data["step"]);
    if (step < steps) await queue.add("walk", { id: data["id"], step: step + 1 });
    done += 1;
    if (done === items * steps) resolve(undefined);
  };
  await queue.addBulk(
    Array.from({ length: items }, (_, id) => ({ name: "walk", data: { id, step: 1 } })),
  );
  await tellRate("bullmq", "Redis, appendfsync always, a job an item and step", async () => {
    const worker = new Worker("walk", work, { connection, concurrency: sideBySide });
    await ended;
    await worker.close();
  });
  await queue.close();
  server.kill();
  await server.exited;
  rmSync(folder, { recursive: true, force: true });
}
