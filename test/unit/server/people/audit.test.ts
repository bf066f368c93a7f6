/** The audit log: what is written, by whom, and that nothing of it can be changed unseen. */
import { afterEach, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPeople } from "../../../../server/people/people.ts";
import { createFakeClock } from "../../../support/fake-clock.ts";
import { makePeopleWorld, type PeopleWorld } from "../../../support/people-world.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

function makeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "postino-people-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return join(folder, "persone.sqlite");
}

function fillLog(path: string, rows: number): void {
  const people = openPeople(path, { clock: createFakeClock("2026-11-23T09:40:00Z") });
  for (let n = 1; n <= rows; n += 1)
    people.audit.append({
      actor: "anna",
      action: "lettura",
      ente: "roccaserena",
      subject: `20261123-0001/V${n}`,
      detail: { n },
    });
  people.close();
}

function verify(path: string) {
  const people = openPeople(path);
  try {
    return people.audit.verify();
  } finally {
    people.close();
  }
}

/** As somebody who can write the file and knows SQL. */
function tamper(path: string, sql: string): void {
  const db = new Database(path);
  db.run("DROP TRIGGER audit_is_not_changed");
  db.run("DROP TRIGGER audit_is_not_shortened");
  db.run(sql);
  db.close();
}

describe("the chain", () => {
  test("is whole as it was written, by several processes, and the file is its owner's alone", () => {
    const path = makeFile();
    fillLog(path, 3);
    fillLog(path, 2);

    const verdict = verify(path);
    expect(verdict).toMatchObject({ status: "whole", rows: 5 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("is of the form that the documents tell: sha256 of the hash before, a line end, and the row as a JSON list", () => {
    const path = makeFile();
    fillLog(path, 1);
    const people = openPeople(path);
    const [row] = people.audit.listRows({ limit: 1 });
    people.close();
    const text = `${"0".repeat(64)}\n[1,"2026-11-23T09:40:00.000Z","anna","lettura","roccaserena","20261123-0001/V1","{\\"n\\":1}",null]`;

    expect(row?.hash).toBe(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
  });

  test.each([
    [
      "a row that says another person",
      "UPDATE audit SET actor = 'ugo' WHERE seq = 4",
      4,
      "non è più come fu scritta",
    ],
    [
      "a row that says another time",
      "UPDATE audit SET at = '2026-11-23T09:41:00.000Z' WHERE seq = 2",
      2,
      "non è più come fu scritta",
    ],
    [
      "a row whose details are gone",
      "UPDATE audit SET detail = NULL WHERE seq = 7",
      7,
      "non è più come fu scritta",
    ],
    ["a row that is gone", "DELETE FROM audit WHERE seq = 5", 5, "questa riga manca"],
    ["the first that is gone", "DELETE FROM audit WHERE seq = 1", 1, "questa riga manca"],
    [
      "the newest that are gone",
      "DELETE FROM audit WHERE seq > 7",
      8,
      "questa riga, e quelle dopo, mancano",
    ],
    ["everything that is gone", "DELETE FROM audit", 1, "questa riga, e quelle dopo, mancano"],
    [
      "two rows that changed places",
      "UPDATE audit SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4); UPDATE audit SET seq = -seq WHERE seq < 0",
      3,
      "non segue la riga precedente",
    ],
    [
      "a row whose own hash was made to fit",
      "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'f') WHERE seq = 6",
      6,
      "non è più come fu scritta",
    ],
    [
      "a row that was put in",
      "INSERT INTO audit SELECT 11, at, 'ugo', action, ente, subject, detail, address, previous, hash FROM audit WHERE seq = 10",
      11,
      "non segue la riga precedente",
    ],
  ])("names the first row that does not fit: %s", (_what, sql, row, why) => {
    const path = makeFile();
    fillLog(path, 10);
    tamper(path, sql);

    expect(verify(path)).toEqual({ status: "broken", row, why });
  });

  test("without taking the guards away nothing is changed at all", () => {
    const path = makeFile();
    fillLog(path, 2);
    const db = new Database(path);
    cleanups.push(() => db.close());

    expect(() => db.run("UPDATE audit SET actor = 'ugo'")).toThrow("only added to");
    expect(() => db.run("DELETE FROM audit WHERE seq = 2")).toThrow("only added to");
  });

  test("knows a hash that was noted down elsewhere", () => {
    const path = makeFile();
    fillLog(path, 4);
    const people = openPeople(path);
    cleanups.push(() => people.close());
    const [newest] = people.audit.listRows({ limit: 1 });

    expect(people.audit.hasHash(newest!.hash.toUpperCase())).toBe(true);
    expect(people.audit.hasHash("0".repeat(64))).toBe(false);
  });
});

describe("what is written", () => {
  async function makeWorld(): Promise<PeopleWorld> {
    const world = await makePeopleWorld();
    cleanups.push(() => world.close());
    await world.addUser("anna", [{ ente: "*", role: "operatore" }], { fullName: "Anna Bianchi" });
    await world.addUser("lina", [{ ente: "roccaserena", role: "sola-lettura" }]);
    await world.addUser("capo", [{ ente: "*", role: "amministratore" }]);
    return world;
  }
  const told = ({ people }: PeopleWorld, actor: string): string[] =>
    people.audit
      .listRows({ actor, limit: 100 })
      .toReversed()
      .map(({ action, ente, subject, detail }) =>
        [action, ente, subject, detail].filter((one) => one !== null).join(" "),
      );

  test("who came in, read a verbale, took lists, gave a go-ahead, decided, cancelled, was refused, left", async () => {
    const world = await makeWorld();
    const anna = await world.signIn("anna");
    const run = "/flussi/20261123-0002";
    const key = encodeURIComponent(world.dashboard.journal.flusso("20261123-0002").items[0]!.key);
    await anna.get(`${run}/verbali/${key}`);
    await anna.get(`${run}/verbali/${key}`, { "x-postino-parts": "1" });
    await anna.get("/api/runs/20261123-0002.csv");
    await anna.post("/flussi/20261123-0003/otp", { otp: "123456" }, "/flussi/20261123-0003");
    await anna.post(`${run}/benestare`, { by: "Qualcun Altro" }, run);
    await anna.post(
      `${run}/dubbi`,
      { word: "ask", reason: "Visto su SEND", by: "Altri", confirmed: "1" },
      `${run}/dubbi`,
    );
    await anna.post(`${run}/riprendi`, {}, run);
    await anna.post(`${run}/annulla`, {}, run);
    await anna.get("/persone");
    await anna.post("/uscita", {}, "/profilo");

    expect(told(world, "anna")).toEqual([
      'accesso {"con":"parola"}',
      `lettura roccaserena 20261123-0002/${decodeURIComponent(key)}`,
      "elenco roccaserena 20261123-0002.csv",
      "otp valdoria 20261123-0003",
      'benestare roccaserena 20261123-0002 {"nome":"Anna Bianchi"}',
      "lettura roccaserena 20261123-0002",
      'decisione roccaserena 20261123-0002 {"solo":"in-doubt","parola":"ask","nome":"Anna Bianchi"}',
      "ripresa roccaserena 20261123-0002 {}",
      "annullo roccaserena 20261123-0002",
      "vietato GET /persone",
      "uscita",
    ]);
    expect(JSON.stringify(world.people.audit.listRows({ limit: 100 }))).not.toContain("123456");
  });

  test("what a script reads again and again is one line in ten minutes", async () => {
    const world = await makeWorld();
    const anna = await world.signIn("anna");
    for (let n = 0; n < 12; n += 1) {
      await anna.get("/api/runs/20261123-0002");
      await world.clock.advance(60_000);
    }
    await anna.get("/api/runs/20261123-0001");

    expect(told(world, "anna")).toEqual([
      'accesso {"con":"parola"}',
      "elenco roccaserena 20261123-0002",
      "elenco roccaserena 20261123-0002",
      "elenco montefosco 20261123-0001",
    ]);
  });

  test("a go-ahead and a decision bear the name of the session, whatever the form says", async () => {
    const world = await makeWorld();
    const anna = await world.signIn("anna");
    const run = "/flussi/20261123-0002";
    const page = await (await anna.get(`${run}/dubbi`)).text();
    await anna.post(`${run}/benestare`, { by: "Qualcun Altro" }, run);
    await anna.post(
      `${run}/dubbi`,
      { word: "ask", reason: "Visto su SEND", by: "Altri", confirmed: "1" },
      `${run}/dubbi`,
    );

    expect(page).not.toContain('name="by"');
    expect(page).toContain("<strong>Anna Bianchi</strong>");
    expect(world.dashboard.answers[0]?.answer).toEqual({ kind: "approval", by: "Anna Bianchi" });
    expect(world.dashboard.resumed[0]?.request.decision?.by).toBe("Anna Bianchi");
  });

  test("what was done to people: added, roles, link, disabled, sessions", async () => {
    const world = await makeWorld();
    const boss = await world.signIn("capo");
    await boss.post(
      "/persone/lina/ruoli",
      { tenuto: "sola-lettura@roccaserena", personali: "si" },
      "/persone/lina",
    );
    await boss.post("/persone/lina/invito", {}, "/persone/lina");
    await boss.post("/persone/lina/uscita", {}, "/persone/lina");
    await boss.post("/persone/lina/stato", { stato: "disattivata" }, "/persone/lina");
    await boss.post("/persone/lina/stato", { stato: "attiva" }, "/persone/lina");

    expect(told(world, "capo")).toEqual([
      'accesso {"con":"parola"}',
      'persona-ruoli lina {"ruoli":"sola-lettura@roccaserena","datiPersonali":true}',
      'invito lina {"scade":"2026-11-26T09:40:00.000Z"}',
      'uscita-ovunque lina {"sessioni":0}',
      "persona-disattivata lina",
      "persona-riattivata lina",
    ]);
  });

  test("the page filters, and the CSV holds the same rows with their hashes", async () => {
    const world = await makeWorld();
    const boss = await world.signIn("capo");
    await world.signIn("anna");

    const page = await (await boss.get("/registro-accessi?persona=anna&azione=accesso")).text();
    expect(page).toContain("la catena è intera");
    expect(page.match(/<th scope="row">/g)).toHaveLength(1);
    const csv = await (await boss.get("/registro-accessi.csv?persona=anna")).text();
    const [newest] = world.people.audit.listRows({ actor: "anna", limit: 1 });
    expect(csv).toContain(newest!.hash);
    expect(csv).not.toContain("capo");
  });
});
