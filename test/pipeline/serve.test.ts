/** `serve`: due times of a downtime, overlapping ticks, healthz, and the OTP of a person by command line and by form. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { toInstant } from "../../engine/host/clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { verbaliLines } from "../support/verbali.ts";

const iban = "IT60X0542811101000000123456";
let world: InstallationWorld;
beforeAll(async () => {
  // The OTP is looked for in all files afterwards: no other number may contain it.
  // Processes of their own: in one with the reading of those files SQLite's locks on the journal would be lost.
  world = await makeInstallationWorld({
    hasProcesses: true,
    enteYaml: (text) => text.replace(iban, "IT94X0542811101000000987987"),
  });
});
afterAll(async () => {
  await world.close();
});

function pipeline(name: string, text: string): void {
  writeFileSync(join(world.pipelinesFolder, `${name}.yaml`), text);
}

function scheduled(ifMissed: string, approval: string): string {
  return `name: Programmata
schedule: { cron: "0 * * * *", timezone: Europe/Rome, ifMissed: ${ifMissed}, ifRunning: skip }
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
${approval}`;
}

const otpPipeline = `name: Con OTP
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
  - uses: render
  - uses: sign
    with: { mode: otp, signer: segretario }
`;

interface Due {
  readonly pipeline: string;
  readonly state: string;
  readonly run: string | null;
  readonly reason: string | null;
}

/** Resolves once the query finds something. */
async function waitForRow(query: string): Promise<void> {
  while (inJournal([query]).length === 0) await Bun.sleep(20);
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the columns that it asks for
function inJournal<Row = unknown>(
  ...statements: Parameters<typeof runJournalSql> extends [string, ...infer Rest] ? Rest : never
): readonly Row[] {
  return runJournalSql<Row>(world.dataFolder, ...statements);
}

test("after a downtime ticks run once, are missed or are skipped for a run that is not over, as configured", async () => {
  pipeline("una-volta", scheduled("run-once", ""));
  pipeline("salta", scheduled("skip", ""));
  pipeline("impegnata", scheduled("run-once", "    approval: true\n"));
  const input = world.file("flusso.jsonl", verbaliLines(1, world.freshDay, 1));
  const { document } = await world.json([
    "run",
    "impegnata",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  // Known since two and a half hours ago: two or three full hours went by with nobody watching.
  const since = toInstant(Date.parse(document.run.createdAt) - 150 * 60_000);
  const insert = "INSERT INTO schedules (pipeline, ente, since) VALUES (?, 'prova', ?)";
  for (const name of ["una-volta", "salta", "impegnata"]) inJournal([insert, [name, since]]);

  const server = world.start(["serve", "--port", "0"]);
  await server.until("Pannello: http://");
  await server.until('"pipeline":"salta","ente":"prova"');
  await server.until('"pipeline":"una-volta","state":"completed"');
  server.kill("SIGTERM");
  const ended = await server.ended;

  const rows = inJournal<Due>([
    "SELECT pipeline, state, run, reason FROM due ORDER BY pipeline, due_at DESC",
  ]);
  const of = (name: string) => rows.filter((row) => row.pipeline === name);
  const [newest, ...older] = of("una-volta");
  expect(ended.code).toBe(0);
  expect([newest?.state, newest?.reason]).toEqual(["run", null]);
  expect(newest?.run).toMatch(/^\d{8}-\d{4}$/);
  expect(older.length).toBeGreaterThanOrEqual(1);
  for (const row of older)
    expect([row.state, row.reason]).toEqual([
      "missed",
      "All'ora prevista Postino era fermo; parte una volta sola, per la scadenza più recente.",
    ]);
  expect(new Set(of("salta").map((row) => `${row.state}: ${row.reason}`))).toEqual(
    new Set(["missed: All'ora prevista Postino era fermo."]),
  );
  expect(of("impegnata")[0]).toEqual({
    pipeline: "impegnata",
    state: "skipped",
    run: document.run.id,
    reason: `Non avviato: il flusso ${document.run.id} è ancora in corso.`,
  });
});

test("a file that breaks takes no schedule away: the row of the due time names file and line, a wrong time zone stops only its own", async () => {
  pipeline("puntuale", scheduled("run-once", ""));
  const file = join(world.pipelinesFolder, "enti", "prova.yaml");
  const good = readFileSync(file, "utf8");
  const first = world.start(["serve", "--port", "0"]);
  await first.until("Pannello: http://");
  await waitForRow("SELECT 1 FROM schedules WHERE pipeline = 'puntuale' AND last_read IS NOT NULL");
  first.kill("SIGTERM");
  await first.ended;
  const since = toInstant(Date.now() - 150 * 60_000);
  inJournal(
    ["UPDATE schedules SET since = ? WHERE pipeline = 'puntuale'", [since]],
    ["DELETE FROM due WHERE pipeline = 'puntuale'"],
  );
  pipeline("fuso", scheduled("run-once", "").replace("Europe/Rome", '"+01:00"'));
  writeFileSync(file, `${good}live:false\n`);

  const second = world.start(["serve", "--port", "0"]);
  await second.until('"pipeline":"puntuale","ente":"prova","dueAt"');
  await second.until("scheduled start failed");
  const url = await pageUrl(second.pid);
  const home = await (await fetch(url)).text();
  const metrics = await (await fetch(`${url}/metrics`)).text();
  writeFileSync(file, good);
  second.kill("SIGTERM");
  const { stdout, stderr } = await second.ended;

  const line = good.split("\n").length;
  const [newest] = inJournal<Due>([
    "SELECT pipeline, state, run, reason FROM due WHERE pipeline = 'puntuale' ORDER BY due_at DESC LIMIT 1",
  ]);
  expect(newest).toEqual({
    pipeline: "puntuale",
    state: "missed",
    run: null,
    reason: `Il flusso non è partito: pipelines/enti/prova.yaml, riga ${line}: dopo i due punti serve uno spazio`,
  });
  expect(home).toContain("pipelines/enti/prova.yaml");
  expect(metrics).toContain('postino_broken_file{file="pipelines/enti/prova.yaml",ente="prova"} 1');
  expect(stdout + stderr).toContain(
    '"message":"file broken","file":"pipelines/fuso.yaml","line":2,"fault":"il fuso orario',
  );
});

test("an OTP by command line: a wrong one is told and may be repeated, the right one signs, none is kept anywhere", async () => {
  pipeline("firma", otpPipeline);
  const input = world.file("otp.jsonl", verbaliLines(1, world.freshDay, 2));
  const waiting = await world.postino(["run", "firma", "--ente", "prova", "--input", input]);
  const [id = ""] = /\d{8}-\d{4}/.exec(waiting.stdout) ?? [];
  const answer = ["answer", id, "--otp", "-"];

  const inArguments = await world.postino(["answer", id, "--otp", "123456"]);
  const wrong = await world.postino(answer, { stdin: "918273\n" });
  const right = await world.postino(answer, {
    stdin: "123456\n",
    env: { POSTINO_LOG: "debug" },
  });

  expect(waiting.code).toBe(4);
  expect(waiting.stdout).toContain(
    `Per dare l'OTP: postino answer ${id} --otp -   (poi si scrive il codice e si preme Invio)\n`,
  );
  expect([inArguments.code, inArguments.stderr.split("\n")[0]]).toEqual([
    2,
    "L'OTP non si scrive negli argomenti: usare «--otp -», poi scrivere il codice e premere Invio.",
  ]);
  expect(wrong.code).toBe(4);
  expect(wrong.stdout).toContain("OTP");
  expect(right.code).toBe(0);
  const said = [waiting, wrong, right].map(({ stdout, stderr }) => stdout + stderr).join("");
  expect(/123456|918273/.test(said)).toBe(false);
  expect(filesWith(world.dataFolder, ["123456", "918273"])).toEqual([]);
});

test("serve answers on /healthz, and the dashboard's form takes the OTP", async () => {
  pipeline("firma", otpPipeline);
  const input = world.file("modulo.jsonl", verbaliLines(1, world.freshDay, 3));
  const waiting = await world.json(["run", "firma", "--ente", "prova", "--input", input, "--json"]);
  const { id } = waiting.document.run;
  const server = world.start(["serve", "--port", "0", "--no-scheduler"]);
  await server.until("Pannello: http://");
  const url = await pageUrl(server.pid);

  const health = await fetch(`${url}/healthz`);
  const page = await fetch(`${url}/flussi/${id}`);
  const html = await page.text();
  const [, csrf = ""] = /name="csrf" value="([0-9a-f]{32})"/.exec(html) ?? [];
  const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const posted = await fetch(`${url}/flussi/${id}/otp`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url, cookie },
    body: new URLSearchParams({ csrf, otp: "123 456" }),
  });
  await server.until('"pipeline":"firma","state":"completed"');
  server.kill("SIGTERM");
  const ended = await server.ended;

  expect(health.status).toBe(200);
  expect([posted.status, posted.headers.get("location")]).toEqual([303, `/flussi/${id}?fatto=otp`]);
  expect(ended.code).toBe(0);
  expect(/123 ?456/.test(ended.stdout + ended.stderr)).toBe(false);
  expect(filesWith(world.dataFolder, ["123456", "123 456"])).toEqual([]);
});

/** Where the dashboard answers, as the card beside the journal says. */
async function pageUrl(pid: number): Promise<string> {
  const card = JSON.parse(
    readFileSync(join(world.dataFolder, "postino.sqlite.owner.json"), "utf8"),
  ) as { pid: number; url: string };
  expect(card.pid).toBe(pid);
  return card.url;
}

/** Files below the folder that contain one of the texts. */
function filesWith(folder: string, texts: readonly string[]): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return texts.some((text) => bytes.includes(text));
    });
}
