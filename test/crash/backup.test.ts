/** A backup that is made while a flusso goes out, killed and made again; put back later, killed and put back again: nothing is sent twice. And a file that is not as it was written puts nothing back. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { testInOrder } from "../support/chapters.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
} from "../support/installation-world.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { verbaliLines } from "../support/verbali.ts";
import { damageStored } from "../support/stored-blobs.ts";

const count = 12;
const wait = ["--wait", "10m"];

describe("backup and restore", () => {
  let world: InstallationWorld;
  let requests = 0;
  let isBusy = false;
  let during: { readonly killed: Ended; readonly made: Ended } | undefined;
  let backup: string;
  let run: string;

  beforeAll(async () => {
    world = await makeInstallationWorld({
      // The run stands still in the middle of its work: some verbali are on SEND, most are not.
      observe: async ({ method, url }) => {
        if (method === "POST" && /\/send\/delivery\/.*requests$/.test(url)) requests += 1;
        if (requests !== 5 || during !== undefined || isBusy) return;
        isBusy = true;
        const env = { POSTINO_CRASH_AT: "backup-after-journal" };
        const killed = await world.start(["backup", backup], { env }).ended;
        during = { killed, made: await world.start(["backup", backup]).ended };
      },
    });
    backup = join(world.folder, "copie", "notte.tar");
    mkdirSync(join(world.folder, "copie"));
    // What else an office has in its data.
    await world.postino(["user", "add", "anna", "--role", "operatore"]);
    for (const [path, text] of others) {
      mkdirSync(join(world.dataFolder, path, ".."), { recursive: true });
      writeFileSync(join(world.dataFolder, path), text);
    }
  });
  afterAll(() => world.close());

  const others = [
    ["inbox/prova/in attesa è qui.txt", "un flusso che aspetta"],
    [`outbox/prova/esiti/${"lungo-".repeat(25)}.csv`, "esiti"],
    ["drafts/0123/file/bozza.csv", "bozza"],
    ["secrets/PROVA_SEND_KEY", "segreto"],
    ["simulator/send.sqlite", "l'altra parte"],
  ] as const;

  const list = (): readonly string[] =>
    existsSync(world.dataFolder) ? readdirSync(world.dataFolder).toSorted() : [];

  testInOrder("a night's backup brings the office back", [
    [
      "it is made while a flusso goes out, also after one that was killed",
      async () => {
        const input = world.file("flusso.jsonl", verbaliLines(count, world.freshDay));
        const { code, document } = await world.json([
          "run",
          "send",
          "--ente",
          "prova",
          "--input",
          input,
          "--json",
          ...wait,
        ]);
        run = document.run.id;

        expect([code, document.run.counts.done]).toEqual([0, count]);
        expect(during?.killed.signal).toBe("SIGKILL");
        expect([during?.made.code, during?.made.stderr]).toEqual([0, ""]);
        expect(during?.made.stdout).toContain(`Copia scritta in ${backup} (`);
        expect(during?.made.stdout).toContain("): 1 flusso, ");
        // Nothing is left of the one that was killed.
        expect(readdirSync(join(world.folder, "copie"))).toEqual(["notte.tar"]);
      },
    ],
    [
      "any tar program lists it; secrets and the other side are not in it",
      async () => {
        const { stdout } = Bun.spawnSync(["tar", "-tf", backup]);
        const names = stdout.toString().trim().split("\n");

        expect(names.slice(0, 2)).toEqual(["postino.json", "postino.sqlite"]);
        expect(names.at(-1)).toBe("fine.json");
        expect(names).toContain("databases/persone.sqlite");
        expect(names).toContain("files/drafts/0123/file/bozza.csv");
        expect(
          names.filter((name) => /secret|simulator|witness|ricerca|\.lock/.test(name)),
        ).toEqual([]);
      },
    ],
    [
      "it replaces neither a file nor data, and lies outside of them",
      async () => {
        const again = await world.postino(["backup", backup]);
        const inside = await world.postino(["backup", join(world.dataFolder, "copia.tar")]);
        const nowhere = await world.postino(["backup", join(world.folder, "non", "copia.tar")]);
        const over = await world.postino(["restore", backup]);

        expect([again.code, inside.code, nowhere.code, over.code]).toEqual([2, 2, 2, 5]);
        expect(again.stderr).toContain("c'è già");
        expect(inside.stderr).toContain("sta nella cartella dei dati");
        expect(over.stderr).toContain("ci sono già dei dati (il registro dei flussi, e altri");
      },
    ],
    [
      "a restore that is killed lets nobody work until it has ended",
      async () => {
        rmSync(world.dataFolder, { recursive: true });
        const env = { POSTINO_CRASH_AT: "restore-after-file:5" };
        const killed = await world.postino(["restore", backup], { env });
        const tried = await world.postino(["resume", run]);
        const other = join(world.folder, "copie", "altra.tar");
        writeFileSync(other, readFileSync(backup));
        const moved = await world.postino(["restore", other]);

        expect(killed.signal).toBe("SIGKILL");
        expect([tried.code, tried.stderr]).toEqual([
          5,
          expect.stringContaining(`postino restore ${backup}`),
        ]);
        // The same backup under another name is the same backup.
        expect([moved.code, moved.stderr]).toEqual([0, ""]);
        expect(moved.stdout).toContain("  postino realign --ente prova\n");
        expect(list()).not.toContain("secrets");
        expect(list()).not.toContain("ripristino-in-corso.json");
        for (const [path, text] of others.slice(0, 3))
          expect(readFileSync(join(world.dataFolder, path), "utf8")).toBe(text);
      },
    ],
    [
      "the run asks before it acts, then ends: each verbale was sent once",
      async () => {
        const before = await world.json(["resume", run, "--json"]);
        const realigned = await world.postino(["realign", "--ente", "prova"]);
        const { code, document } = await world.json(["resume", run, "--json", ...wait]);

        expect([before.code, before.document.run.state]).toEqual([5, "blocked"]);
        expect(realigned.code).toBe(0);
        expect({ code, counts: document.run.counts }).toEqual({
          code: 0,
          counts: expect.objectContaining({ total: count, done: count }),
        });
        const { send, gpd } = world.report();
        expect({
          accepted: send.accepted,
          open: gpd.positions.filter(({ status }) => status === "VALID").length,
        }).toEqual({ accepted: count, open: count });
      },
    ],
    [
      "what the log says of it",
      async () => {
        const { stdout } = await world.postino(["audit", "export"]);
        const whole = await world.postino(["audit", "verify"]);

        expect(stdout).toContain('"action":"ripristino"');
        expect(whole.code).toBe(0);
      },
    ],
    [
      "a document that is gone from the disk is told, and the rest is in the backup",
      async () => {
        const { document } = await world.json(["status", run, "--json"]);
        const gone = document.items[0]?.artifacts[0]?.sha256 ?? "";
        damageStored(join(world.dataFolder, "artifacts"), gone, "missing");
        const made = await world.postino(["backup", join(world.folder, "copie", "poi.tar")]);

        expect([made.code, made.stdout]).toEqual([
          3,
          expect.stringContaining(
            `Sul disco 1 documento manca o non è più com'era: nella copia non ci sono.\n  ${gone}`,
          ),
        ]);
      },
    ],
  ]);
});

describe("a file that is not as it was written", () => {
  let world: InstallationWorld;
  let whole: Buffer;
  const into = (): string => join(world.folder, "vuota");

  beforeAll(async () => {
    world = await makeInstallationWorld();
    const input = world.file("flusso.jsonl", verbaliLines(1, world.freshDay));
    await world.postino(["run", "send", "--ente", "prova", "--input", input, ...wait]);
    await world.postino(["backup", join(world.folder, "buona.tar")]);
    whole = readFileSync(join(world.folder, "buona.tar"));
  });
  afterAll(() => world.close());

  async function restore(bytes: Uint8Array): Promise<Ended> {
    const path = world.file("provata.tar", bytes);
    const ended = await world.postino(["restore", path], { env: { POSTINO_DATA: into() } });
    expect(existsSync(into()) ? readdirSync(into()) : []).toEqual([]);
    return ended;
  }
  const flip = (at: number): Uint8Array => {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
    return bytes;
  };

  const altered = [
    ["in the first header", () => 100],
    ["in the size of an entry", () => 512 + 512 + 130],
    ["in the journal", () => 20_000],
    ["in what fills an entry up", () => 1_023],
    ["in the middle", () => Math.floor(whole.length / 2)],
    ["before the end", () => whole.length - 2_049],
  ] as const;
  for (const [where, at] of altered)
    test(`one bit ${where}`, async () => {
      const { code, stderr } = await restore(flip(at()));

      expect(code).toBe(5);
      expect(stderr).toMatch(
        /^Errore: (La copia non è più com'era stata scritta|La copia è incompleta)/,
      );
      expect(stderr).toContain("Nulla è stato scritto.");
    });

  const torn = [
    ["without its last byte", () => whole.length - 1],
    ["without its end", () => whole.length - 2_048],
    ["half of it", () => Math.floor(whole.length / 2)],
    ["its first block", () => 512],
    ["its first bytes", () => 7],
  ] as const;
  for (const [what, end] of torn)
    test(`torn: ${what}`, async () => {
      const { code, stderr } = await restore(whole.subarray(0, end()));

      expect([code, stderr]).toEqual([
        5,
        expect.stringContaining("La copia è incompleta: le manca la fine. Nulla è stato scritto."),
      ]);
    });

  const strange = [
    ["nothing", Buffer.alloc(0)],
    ["a text", Buffer.from("verbale;targa\n1;AA000AA\n".repeat(200))],
    ["a tar of somebody else", Bun.spawnSync(["tar", "-cf", "-", "package.json"]).stdout],
  ] as const;
  for (const [what, bytes] of strange)
    test(`no backup: ${what}`, async () => {
      const { code, stderr } = await restore(bytes);

      expect([code, stderr]).toEqual([
        5,
        expect.stringContaining("Il file non è una copia fatta da «postino backup»."),
      ]);
    });

  test("a file that is not there", async () => {
    const env = { POSTINO_DATA: into() };
    const { code, stderr } = await world.postino(["restore", "non-c-e.tar"], { env });

    expect([code, stderr]).toEqual([2, "Il file non-c-e.tar non c'è.\n"]);
  });
});

describe.skipIf(noPostgres !== "")(`a journal in PostgreSQL${noPostgres}`, () => {
  let server: PostgresServer;
  let world: InstallationWorld;

  beforeAll(async () => {
    server = await startPostgres();
    world = await makeInstallationWorld();
  });
  afterAll(async () => {
    await world.close();
    await server.stop();
  });

  test("goes into a backup and comes back, into a file and into a database that is empty", async () => {
    const store = { POSTINO_STORE: await server.createDatabase() };
    const input = world.file("flusso.jsonl", verbaliLines(3, world.freshDay));
    const send = ["run", "send", "--ente", "prova", "--input", input, "--json", ...wait];
    await world.json(send, { env: store });
    const backup = join(world.folder, "copia.tar");
    const made = await world.postino(["backup", backup], { env: store });
    const over = await world.postino(["restore", backup], {
      env: { ...store, POSTINO_DATA: join(world.folder, "altrove") },
    });
    const places = [
      { POSTINO_DATA: join(world.folder, "in-un-file") },
      {
        POSTINO_DATA: join(world.folder, "in-un-database"),
        POSTINO_STORE: await server.createDatabase(),
      },
    ];

    expect([made.code, over.code]).toEqual([0, 5]);
    expect(over.stderr).toContain("ci sono già dei dati (il registro dei flussi)");
    for (const env of places) {
      const restored = await world.postino(["restore", backup], { env });
      const before = await world.json(send, { env });
      const realigned = await world.postino(["realign", "--ente", "prova"], { env });
      const { code, document } = await world.json(send, { env });

      expect([restored.code, before.code, realigned.code]).toEqual([0, 5, 0]);
      expect([code, document.run.counts.done]).toEqual([0, 3]);
    }
    expect(world.report().send.accepted).toBe(3);
  });
});
