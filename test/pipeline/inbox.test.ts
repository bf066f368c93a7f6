/** The inbox of an ente in a whole installation: one run a file, the oldest first, and none that holds up the others. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toInstant } from "../../engine/host/clock.ts";
import { createFastClock } from "../support/fast-clock.ts";
import { makeInstallationWorld, type InstallationWorld } from "../support/installation-world.ts";

const header =
  "numero;dataViolazione;oraViolazione;luogo;targa;articolo;descrizione;agente;importoRidottoCents;speseCents;destinatario.tipo;destinatario.cognome;destinatario.nome;destinatario.codiceFiscale;destinatario.indirizzo.via;destinatario.indirizzo.civico;destinatario.indirizzo.cap;destinatario.indirizzo.comune;destinatario.indirizzo.provincia";
const plain = "flusso: { dates: AAAA-MM-GG, amounts: cents }\n";

let world: InstallationWorld;
let inbox = "";

beforeEach(async () => {
  world = await makeInstallationWorld({
    enteYaml: (text) => text + plain,
    clock: createFastClock(),
  });
  writeFileSync(
    join(world.pipelinesFolder, "leggi.yaml"),
    "name: Lettura\nsteps:\n  - uses: load-verbali\n  - uses: validate\n",
  );
  inbox = join(world.dataFolder, "inbox", "prova");
  mkdirSync(inbox, { recursive: true });
});

afterEach(async () => {
  await world.close();
});

function drop(name: string, number: string, hour: number, change = (text: string) => text): void {
  const row = `${number};${world.freshDay};10:15;Via Roma;ZZ000ZZ;7;Sosta;m1;4200;850;PF;Inventati;Tommaso;NVNTMS66B24X001Q;Via Prove;1;24047;Treviglio;BG`;
  writeFileSync(join(inbox, name), change(`${header}\n${row}\n`));
  const at = new Date(`2026-01-01T0${hour}:00:00Z`);
  utimesSync(join(inbox, name), at, at);
}

test("a refused file is set aside and the others follow, each in a run of its own", async () => {
  drop("uno.csv", "A1", 2);
  drop("zero.csv", "A0", 1, (text) => text.replace("4200", "quarantadue"));
  drop("due.csv", "A2", 3);

  const ended = await world.postino(["run", "leggi", "--ente", "prova"]);

  expect(ended.code).toBe(2);
  const runs = JSON.parse((await world.postino(["runs", "--json"])).stdout) as {
    readonly runs: readonly { readonly state: string }[];
  };
  expect(runs.runs.map(({ state }) => state)).toEqual(["completed", "completed", "failed"]);
  expect(readdirSync(inbox).toSorted()).toEqual(["archivio", "rifiutati"]);
  const archived = readdirSync(join(inbox, "archivio")).toSorted();
  expect(archived.map((name) => name.slice(14))).toEqual(["uno.csv", "due.csv"]);
  expect(readdirSync(join(inbox, "rifiutati")).toSorted()).toEqual([
    "zero.csv",
    "zero.csv.rapporto.txt",
  ]);
  expect(ended.stdout + ended.stderr).toContain(
    "Il file zero.csv è ora in rifiutati/, con il suo rapporto.",
  );
});

test("an empty inbox is told, and what waits in it", async () => {
  drop("tre.csv.part", "A3", 4);

  const ended = await world.postino(["run", "leggi", "--ente", "prova"]);

  expect(ended.code).toBe(0);
  expect(ended.stdout + ended.stderr).toContain(
    "Nella cartella di arrivo non c'è alcun file «*.csv» pronto.",
  );
  expect(readdirSync(inbox)).toContain("tre.csv.part");
});

test.each([
  [["sette.csv"], null],
  [
    ["sette.csv", "otto.csv"],
    "Resta nella cartella di arrivo, uno per flusso: otto.csv. Ripetere il comando finché ne restano; senza --json si leggono tutti di seguito.",
  ],
  [
    ["sette.csv", "otto.csv", "nove.csv"],
    "Restano nella cartella di arrivo, uno per flusso: otto.csv, nove.csv. Ripetere il comando finché ne restano; senza --json si leggono tutti di seguito.",
  ],
] as const)(
  "--json with %j: one document, of the oldest, and the others by name",
  async (names, told) => {
    for (const [at, name] of names.entries()) drop(name, `A7${at}`, at + 1);

    const first = await world.postino(["run", "leggi", "--ente", "prova", "--json"]);
    const left = readdirSync(inbox).filter((name) => name.endsWith(".csv"));
    await world.postino(["run", "leggi", "--ente", "prova"]);

    const { items } = JSON.parse(first.stdout) as { readonly items: readonly { key: string }[] };
    expect(items.map(({ key }) => key)).toEqual(["A70"]);
    if (told === null) expect(first.stderr).not.toContain("cartella di arrivo");
    else expect(first.stderr).toContain(`${told}\n`);
    expect(left.toSorted()).toEqual(names.slice(1).toSorted());
  },
);

test("serve reads all files of one tick in a run each, the bad one set aside; what waits is on the page and told by doctor", async () => {
  writeFileSync(
    join(world.pipelinesFolder, "leggi.yaml"),
    'name: Lettura\nschedule: { cron: "0 * * * *", timezone: Europe/Rome, ifMissed: run-once, ifRunning: skip }\nsteps:\n  - uses: load-verbali\n  - uses: validate\n',
  );
  drop("tre.csv.part", "A3", 4);
  // Makes the journal, in which the schedule has a past.
  await world.postino(["run", "leggi", "--ente", "prova"]);
  drop("quattro.csv", "A4", 1, (text) => text.replace("4200", "quarantadue"));
  drop("cinque.csv", "A5", 2);
  drop("sei.csv", "A6", 3);
  const db = new Database(join(world.dataFolder, "postino.sqlite"));
  db.run("INSERT OR REPLACE INTO schedules (pipeline, ente, since) VALUES ('leggi', 'prova', ?)", [
    toInstant(Date.now() - 150 * 60_000),
  ]);
  const { seq } = db.query("SELECT coalesce(max(seq), 0) AS seq FROM runs").get() as {
    seq: number;
  };
  db.close();

  const server = world.start(["serve", "--port", "0"]);
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: http://")) ?? [];
  const ended = () => {
    const reading = new Database(join(world.dataFolder, "postino.sqlite"), { readonly: true });
    const rows = reading
      .query<{ state: string; total: number }, [number]>(
        "SELECT state, (SELECT count(*) FROM items WHERE items.run = runs.seq) AS total FROM runs WHERE seq > ? ORDER BY seq",
      )
      .all(seq);
    reading.close();
    return rows;
  };
  while (ended().filter(({ state }) => /^(completed|failed)/.test(state)).length < 3)
    await Bun.sleep(20);
  const page = await (await fetch(`${url}/programmazioni`)).text();
  server.kill("SIGTERM");
  await server.ended;
  const doctor = await world.postino(["doctor", "--ente", "prova"]);

  expect(ended()).toEqual([
    { state: "failed", total: 0 },
    { state: "completed", total: 1 },
    { state: "completed", total: 1 },
  ]);
  expect(readdirSync(inbox).toSorted()).toEqual(["archivio", "rifiutati", "tre.csv.part"]);
  expect(readdirSync(join(inbox, "rifiutati"))).toContain("quattro.csv.rapporto.txt");
  expect(page).toContain("tre.csv.part");
  expect(page).toContain("Il nome dice che la copia non è finita");
  expect(doctor.stdout).toMatch(
    /prova\/tre\.csv\.part, dal .*: il nome dice che la copia non è finita\./,
  );
});
