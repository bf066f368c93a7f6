/** What is over goes, with a certificate; what is open stays; and nothing of a name is left on the disk. */
import { afterAll, beforeAll, expect } from "bun:test";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  mkdirSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { readArtifacts } from "../../stores/blobs/store.ts";
import { testInOrder } from "../support/chapters.ts";
import { createMovingClock } from "../support/half-year/clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runJournalSql } from "../support/journal-sql.ts";
import { makeVerbale } from "../support/verbali.ts";

const dayMs = 86_400_000;
const clock = createMovingClock(Date.now());
let world: InstallationWorld;

beforeAll(async () => {
  world = await makeInstallationWorld({
    clock,
    dayMs: 1,
    enteYaml: (text) => `${text}retention: { notified: 100, unsent: 30, files: 30, detail: 30 }\n`,
  });
  copyFileSync(
    join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml"),
    join(world.pipelinesFolder, "seguito.yaml"),
  );
});
afterAll(() => world.close());

const day = (days: number): string =>
  new Date(clock.now() + days * dayMs).toISOString().slice(0, 10);
const follow = ["run", "seguito", "--ente", "prova", "--wait", "3h", "--json"];

interface Purged {
  readonly notified: number;
  readonly unsent: number;
  readonly files: number;
  readonly documents: readonly string[];
  readonly kept: Readonly<Record<string, number>>;
  readonly certificate: { readonly path: string } | null;
}

async function purge(before: string, ...more: readonly string[]): Promise<Purged> {
  const ended = await world.postino([
    "purge",
    "--before",
    before,
    "--ente",
    "prova",
    "--json",
    ...more,
  ]);
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  return JSON.parse(ended.stdout) as Purged;
}

/** Every file of the installation that holds the word, below the data folder. */
function findWord(word: string): readonly string[] {
  const walk = (folder: string): readonly string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
  return walk(world.dataFolder)
    .filter((path) => readFileSync(path).includes(word))
    .map((path) => path.slice(world.dataFolder.length + 1));
}

const surname = "Zzyxquartz";
const rejected = "Wwvbadaddress";
let run = "";
let numero = "";

testInOrder(
  "from the notification to its deletion",
  [
    [
      "a verbale that SEND accepted, and one that never went",
      async () => {
        const verbale = makeVerbale(1, world.freshDay);
        ({ numero } = verbale);
        const { destinatario } = verbale;
        const named = {
          ...verbale,
          destinatario: { ...destinatario, cognome: surname, pec: "prova@pec.it" },
        };
        const other = makeVerbale(2, world.freshDay);
        const wrong = {
          ...other,
          destinatario: { ...other.destinatario, cognome: rejected, codiceFiscale: "SBAGLIATO" },
        };
        const lines = [named, wrong].map((one) => JSON.stringify(one)).join("\n");
        const input = world.file("flusso.jsonl", lines);
        const sent = await world.json([
          "run",
          "send",
          "--ente",
          "prova",
          "--input",
          input,
          "--json",
          "--wait",
          "1m",
        ]);
        run = sent.document.run.id;

        expect(sent.document.run.counts).toMatchObject({ done: 1, rejected: 1 });
        // The journal, the index of the search apart, and documents.
        expect(findWord(surname)).toContain("postino.sqlite");
      },
    ],
    [
      "nothing is deleted sooner than the terms of the ente, however late the day that is asked for",
      async () => {
        const purged = await purge(day(0));

        expect([purged.notified, purged.unsent, purged.certificate]).toEqual([0, 0, null]);
        expect(purged.kept).toEqual({ "without-end": 1 });
      },
    ],
    [
      "what may still be paid stays, also after 100 days",
      async () => {
        clock.moveTo(clock.now() + 60_000);
        await world.json(follow);
        runJournalSql(world.dataFolder, [
          "UPDATE record_versions SET data = json_set(data, '$.payable.reduced', '2999-01-01') WHERE kind = 'terms'",
        ]);
        clock.moveTo(clock.now() + 120 * dayMs);
        const purged = await purge(day(0), "--dry-run");

        expect([purged.notified, purged.unsent, purged.kept]).toEqual([0, 1, { unpaid: 1 }]);
        runJournalSql(world.dataFolder, [
          "UPDATE record_versions SET data = json_set(data, '$.payable.reduced', ?) WHERE kind = 'terms'",
          [day(-60)],
        ]);
        // Over, but for less than the ente's 100 days.
        expect((await purge(day(0), "--dry-run")).kept).toEqual({ young: 1 });
      },
    ],
    [
      "a trial says what would go, and deletes nothing",
      async () => {
        clock.moveTo(clock.now() + 120 * dayMs);
        const { notified, unsent, kept, certificate } = await purge(day(0), "--dry-run");

        expect({ notified, unsent, kept, certificate }).toEqual({
          notified: 1,
          unsent: 1,
          kept: {},
          certificate: null,
        });
        expect(findWord(surname)).toContain("postino.sqlite");
      },
    ],
    [
      "then names go, everywhere on the disk; numbers, codes, IUN and the legal end stay",
      async () => {
        const archive = join(world.dataFolder, "inbox", "prova", "archivio");
        mkdirSync(archive, { recursive: true });
        writeFileSync(join(archive, "vecchio.csv"), surname);
        writeFileSync(join(archive, "nuovo.csv"), "nuovo");
        const [old, fresh] = [clock.now() - 90 * dayMs, clock.now()].map((ms) => ms / 1000);
        utimesSync(join(archive, "vecchio.csv"), old ?? 0, old ?? 0);
        utimesSync(join(archive, "nuovo.csv"), fresh ?? 0, fresh ?? 0);
        // A search makes its index, with names.
        await world.postino(["find", surname]);
        const before = await world.json(["status", run, "--json"]);
        const documents = before.document.items.flatMap(({ artifacts }) => artifacts);

        const purged = await purge(day(0));

        // And the esiti of months ago.
        expect([purged.notified, purged.unsent, purged.files, purged.kept]).toEqual([1, 1, 2, {}]);
        expect([findWord(surname), findWord(rejected)]).toEqual([[], []]);
        expect(findWord(surname.toUpperCase())).toEqual([]);
        expect(readdirSync(archive)).toEqual(["nuovo.csv"]);
        const store = readArtifacts(join(world.dataFolder, "artifacts"));
        for (const { sha256 } of documents) {
          expect(purged.documents).toContain(sha256);
          expect(await store.has(sha256)).toBe(false);
        }
        await store.close();
        const after = await world.json(["status", run, "--json"]);
        const pick = ({ document }: typeof after) =>
          document.items.map(({ key, state, code, iuv, noticeCodes, token, iun }) => ({
            key,
            state,
            code,
            iuv,
            noticeCodes,
            token,
            iun,
          }));
        expect(pick(after)).toEqual(pick(before));
        const [followed] = runJournalSql<{ day: string }>(world.dataFolder, [
          "SELECT v.data ->> '$.recipients[0].perfezionamento.day' AS day FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = 'followed'",
        ]);
        expect(followed?.day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      },
    ],
    [
      "the certificate has counts, days and hashes, and nobody's name",
      async () => {
        const folder = join(world.dataFolder, "outbox", "prova", "cancellazioni");
        const [name = ""] = readdirSync(folder);
        const text = readFileSync(join(folder, name), "utf8");
        const told = JSON.parse(text) as {
          cancellati: object;
          impronteDeiDocumenti: readonly string[];
        };
        const audit = await world.postino(["audit", "export"]);

        expect(told.cancellati).toMatchObject({
          verbaliNotificati: 1,
          verbaliMaiInviati: 1,
          file: 2,
        });
        expect(told.impronteDeiDocumenti.length).toBeGreaterThan(2);
        expect(text).not.toContain(numero);
        expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
        expect(audit.stdout).toContain('"action":"cancellazione"');
      },
    ],
    [
      "again there is nothing to do; what was deleted is followed no more, and its number is not sent again",
      async () => {
        const again = await purge(day(0));
        const followed = await world.json(follow);
        const input = world.file(
          "ancora.jsonl",
          JSON.stringify({
            ...makeVerbale(1, day(-10)),
            numero,
            destinatario: makeVerbale(1, day(-10)).destinatario,
          }),
        );
        const sent = await world.json([
          "run",
          "send",
          "--ente",
          "prova",
          "--input",
          input,
          "--json",
          "--wait",
          "1m",
        ]);

        expect([again.notified, again.unsent, again.certificate]).toEqual([0, 0, null]);
        expect(followed.document.items).toEqual([]);
        expect(sent.document.items.map(({ state, iun }) => [state, iun === null])).not.toEqual([
          ["done", false],
        ]);
        expect(world.report().send.accepted).toBe(1);
      },
    ],
    [
      "what is typed wrong is told",
      async () => {
        const wrong = await Promise.all(
          [["--before", "ieri"], ["--before", "2026-02-30"], ["--before", "2999-01-01"], []].map(
            (args) => world.postino(["purge", ...args]),
          ),
        );

        expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
        expect(wrong[1]?.stderr).toContain(
          "--before vuole un giorno come 2021-11-29, non «2026-02-30».",
        );
      },
    ],
  ],
  120_000,
);
