/** A stolen folder tells no names: an office works with sealed data, and nothing that lies on its disk, or in its backup, says whom it is about. */
import { afterAll, beforeAll, expect } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { findWords, listFilesBelow } from "../support/find-bytes.ts";
import { createMovingClock } from "../support/half-year/clock.ts";
import {
  type Ended,
  type InstallationWorld,
  makeInstallationWorld,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const clock = createMovingClock(Date.now());
let world: InstallationWorld;
let key: string;

beforeAll(async () => {
  world = await makeInstallationWorld({ clock, dayMs: 1 });
  key = join(world.folder, "chiave-dei-dati");
  copyFileSync(
    join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml"),
    join(world.pipelinesFolder, "seguito.yaml"),
  );
});
afterAll(() => world.close());

const withKey = () => ({ env: { POSTINO_KEY_FILE: key } });
const postino = async (...args: readonly string[]): Promise<Ended> =>
  await world.postino(args, withKey());

const surname = "Zzyxquartz";
const rejected = "Wwvbadaddress";
const words: string[] = [
  surname,
  "Ghermiopoldo",
  rejected,
  "ZZ901ZQ",
  "Piazzale Quarantotti",
  "zzyx.prova@pec.example",
];
let run = "";

/** What of our words the folder tells: the archive of a flusso is another coding of the same. */
function steal(folder = world.dataFolder): readonly string[] {
  return findWords(folder, listFilesBelow(folder), words);
}

testInOrder("an office with sealed data", [
  [
    "makes its key elsewhere, and begins",
    async () => {
      const inside = await postino("key", "create", join(world.dataFolder, "chiave"));
      const made = await postino("key", "create", key);
      const again = await postino("key", "create", key);

      expect(inside.code).toBe(2);
      expect(inside.stderr).toContain("sta nella cartella dei dati");
      expect([made.code, made.stderr]).toEqual([0, ""]);
      expect(made.stdout).toContain("La cartella dei dati nasce cifrata.");
      expect(again.code).toBe(2);
      expect([
        statSync(key).mode & 0o777,
        statSync(join(world.dataFolder, "portachiavi.json")).mode & 0o777,
      ]).toEqual([0o600, 0o600]);
    },
  ],
  [
    "sends, follows and finds as any other",
    async () => {
      const verbale = makeVerbale(1, world.freshDay, { targa: "ZZ901ZQ" });
      const named = {
        ...verbale,
        destinatario: {
          ...verbale.destinatario,
          cognome: surname,
          nome: "Ghermiopoldo",
          pec: "zzyx.prova@pec.example",
          indirizzo: { ...verbale.destinatario.indirizzo, via: "Piazzale Quarantotti" },
        },
      };
      words.push(String(verbale.destinatario.codiceFiscale));
      const other = makeVerbale(2, world.freshDay);
      const wrong = {
        ...other,
        destinatario: { ...other.destinatario, cognome: rejected, codiceFiscale: "SBAGLIATO" },
      };
      const lines = [named, wrong].map((one) => JSON.stringify(one)).join("\n");
      const input = world.file("flusso.jsonl", lines);
      const sent = await world.json(
        ["run", "send", "--ente", "prova", "--input", input, "--json", "--wait", "1m"],
        withKey(),
      );
      run = sent.document.run.id;
      clock.moveTo(clock.now() + 60_000);
      const followed = await postino("run", "seguito", "--ente", "prova", "--wait", "3h", "--json");
      const found = await postino("find", surname, "--json");
      const byHead = await postino("find", surname.slice(0, 6), "--json");
      const byEnd = await postino("find", "901ZQ", "--json");
      const nobody = await postino("find", "Zzyxquarzo", "--json");
      for (const { iuv, noticeCodes } of sent.document.items) words.push(...iuv, ...noticeCodes);

      expect(sent.document.run.counts).toMatchObject({ done: 1, rejected: 1 });
      expect(words.length).toBeGreaterThan(8);
      expect(followed.code).toBe(0);
      const listNumbers = ({ stdout }: Ended): readonly string[] =>
        (JSON.parse(stdout) as { verbali: { numero: string }[] }).verbali.map(
          ({ numero }) => numero,
        );
      expect([found, byHead, byEnd, nobody].map(listNumbers)).toEqual([
        [verbale.numero],
        [verbale.numero],
        [verbale.numero],
        [],
      ]);
    },
  ],
  [
    "whoever takes the folder, or a backup, learns no name; with the key the same words are read",
    async () => {
      const copies = join(world.folder, "copie");
      mkdirSync(copies);
      const backup = await postino("backup", join(copies, "notte.tar"));
      const status = await postino("status", run, "--json");

      expect([backup.code, backup.stderr]).toEqual([0, ""]);
      expect(steal()).toEqual([]);
      expect(steal(copies)).toEqual([]);
      expect(status.stdout).toContain("TAX_CODE_FORM");
    },
  ],
  [
    "without the key, or with another, nothing is read or written, and one sentence says what to do",
    async () => {
      const other = join(world.folder, "altra");
      const text = readFileSync(key, "utf8");
      writeFileSync(other, `postino-chiave-1:${Buffer.alloc(32, 7).toString("base64url")}\n`);
      const env = (path: string) => ({ env: { POSTINO_KEY_FILE: path } });
      const none = await world.postino(["status", run], { env: {} });
      const wrong = await world.postino(["status", run], env(other));
      const gone = await world.postino(
        ["purge", "--before", "2020-01-01", "--ente", "prova"],
        env(join(world.folder, "no")),
      );
      writeFileSync(other, text.slice(0, 30));
      const torn = await world.postino(["status", run], env(other));
      const ring = join(world.dataFolder, "portachiavi.json");
      renameSync(ring, `${ring}.via`);
      const noRing = await postino("status", run);
      const emptied = await postino("vacuum");
      renameSync(`${ring}.via`, ring);

      expect([none, wrong, gone, torn, noRing, emptied].map(({ code }) => code)).toEqual([
        5, 5, 5, 5, 5, 5,
      ]);
      expect(none.stderr).toContain(
        "Errore: I dati sono cifrati e la chiave non c'è: POSTINO_KEY_FILE non è impostato",
      );
      expect(wrong.stderr).toContain(`La chiave in ${other} non è quella di questi dati.`);
      expect(gone.stderr).toContain("non esiste. Nulla è stato letto né scritto.");
      expect(torn.stderr).toContain("non è quella di questi dati");
      expect(noRing.stderr).toContain("manca il portachiavi");
      for (const { stderr } of [none, wrong, gone, torn, noRing, emptied])
        expect(stderr).not.toContain("    at ");
      expect((await postino("status", run, "--json")).code).toBe(3);
    },
  ],
  [
    "the check-up says that the data are sealed, and where a key lies that a thief would have too",
    async () => {
      const good = await postino("doctor", "--ente", "prova");
      const inside = join(world.dataFolder, "chiave");
      copyFileSync(key, inside);
      const bad = await world.postino(["doctor", "--ente", "prova"], {
        env: { POSTINO_KEY_FILE: inside },
      });
      const status = await world.postino(["key", "status"], { env: { POSTINO_KEY_FILE: inside } });
      rmSync(inside);

      expect(good.stdout).toContain(`I dati sul disco sono cifrati; la chiave è in ${key}.`);
      expect(bad.stdout).toContain("✗ La chiave dei dati cifrati sta nella cartella dei dati");
      expect([status.code, status.stdout.includes("Spostarla altrove.")]).toEqual([1, true]);
    },
  ],
  [
    "a backup comes back with its key alone, and what it brings is sealed",
    async () => {
      const folder = join(world.folder, "ripristino");
      const backup = join(world.folder, "copie", "notte.tar");
      const without = await world.postino(["restore", backup], { env: { POSTINO_DATA: folder } });
      const isThere = existsSync(folder);
      const env = { POSTINO_DATA: folder, POSTINO_KEY_FILE: key };
      const back = await world.postino(["restore", backup], { env });
      const status = await world.postino(["status", run, "--json"], { env });

      expect([without.code, isThere]).toEqual([5, false]);
      expect([back.code, back.stderr]).toEqual([0, ""]);
      expect(steal(folder)).toEqual([]);
      expect(JSON.parse(status.stdout)).toEqual(
        JSON.parse((await postino("status", run, "--json")).stdout),
      );
    },
  ],
  [
    "another data key, another master key: all is read, nothing is told, and the old ones open nothing",
    async () => {
      const ring = join(world.dataFolder, "portachiavi.json");
      const before = readFileSync(ring, "utf8");
      const rotated = await postino("key", "rotate");
      const after = readFileSync(ring, "utf8");
      const next = join(world.folder, "chiave-nuova");
      const master = await postino("key", "rotate", "--master", next);
      const old = await postino("status", run);
      key = next;
      const status = await postino("key", "status");

      expect([rotated.code, rotated.stderr]).toEqual([0, ""]);
      expect(idsOf(after)).toHaveLength(1);
      expect(idsOf(after)).not.toEqual(idsOf(before));
      expect([master.code, old.code]).toEqual([0, 5]);
      expect(status.stdout).toContain(next);
      expect((await postino("find", surname, "--json")).stdout).toContain(run);
      expect((await postino("files", run, "--to", join(world.folder, "file"))).code).toBe(0);
      expect(steal()).toEqual([]);
    },
  ],
  [
    "in clear again the same search finds them all, and sealed once more none",
    async () => {
      const opened = await postino("key", "unseal");
      const told = new Set(steal().map((line) => line.slice(line.lastIndexOf(": ") + 2)));
      const plain = await world.postino(["find", surname, "--json"], { env: {} });
      const created = await postino("key", "create", key);
      const halfway = await postino("key", "status");
      const sealed = await postino("key", "seal");
      const again = await postino("key", "seal");

      expect([opened.code, opened.stderr]).toEqual([0, ""]);
      // Of what is drawn in a document alone the search knows nothing; all of these stand in the journal too.
      expect(words.filter((word) => !told.has(word))).toEqual([]);
      expect(plain.stdout).toContain(run);
      expect([created.code, sealed.code, again.code]).toEqual([0, 0, 0]);
      expect(halfway.stdout).toContain("una parte dei dati è ancora in chiaro");
      expect(again.stdout).toContain("Cifrati: 0 righe del registro e 0 documenti.");
      expect(steal()).toEqual([]);
      expect((await postino("status", run, "--json")).stdout).toContain("TAX_CODE_FORM");
    },
  ],
]);

function idsOf(ring: string): readonly string[] {
  return (JSON.parse(ring) as { keys: { id: string }[] }).keys.map(({ id }) => id);
}
