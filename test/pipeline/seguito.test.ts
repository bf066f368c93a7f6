/** From a sent verbale to its legal end and past it: the shipped pipeline seguito, by polling and by stream, with a correction, and after an older version. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect } from "bun:test";
import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../engine/host/clock.ts";
import { createHttp } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import { createSendStreams } from "../../integrations/send/streams.ts";
import { ensureVerdictStream } from "../../integrations/send/verdicts.ts";
import { testInOrder } from "../support/chapters.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";
import { settings } from "../unit/integrations/send/setup.ts";

let world: InstallationWorld;
beforeAll(async () => {
  // A letter has left, arrived and taken effect before anybody looks.
  world = await makeInstallationWorld({ dayMs: 1 });
  const shipped = join(resolve(import.meta.dir, "../.."), "pipelines", "seguito.yaml");
  copyFileSync(shipped, join(world.pipelinesFolder, "seguito.yaml"));
});
afterAll(async () => {
  await world.close();
});

function readRecords(kind: string): readonly { key: string; subject: string; data: string }[] {
  const db = new Database(join(world.dataFolder, "postino.sqlite"), { readonly: true });
  try {
    return db
      .query<{ key: string; subject: string; data: string }, [string]>(
        "SELECT r.key, r.subject, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? ORDER BY r.subject",
      )
      .all(kind);
  } finally {
    db.close();
  }
}

function readFollowed() {
  return readRecords("followed").map(({ key, subject, data }) => ({
    iun: key,
    numero: subject,
    ...(JSON.parse(data) as {
      readonly status: string;
      readonly recipients: readonly { readonly perfezionamento?: { readonly rule: string } }[];
      readonly warnings?: readonly string[];
      readonly corrections: readonly { readonly redo: readonly string[] }[];
    }),
  }));
}

const seguito = ["run", "seguito", "--ente", "prova", "--json"];
const all = [...seguito, "--param", "tutte=true"];

function at(via: string, n: number): string {
  const verbale = makeVerbale(n, world.freshDay);
  const { destinatario } = verbale;
  const indirizzo = { ...destinatario.indirizzo, via, civico: "" };
  return JSON.stringify({ ...verbale, destinatario: { ...destinatario, indirizzo } });
}

testInOrder(
  "a notification from its IUN on: polled, corrected, told by the stream, taken over from an older version",
  [
    [
      "what was accepted is followed to its end, and nobody is asked again before time",
      async () => {
        const lines = [
          at("VIA @OK_890", 1),
          at("VIA @FAIL-Irreperibile_890", 2),
          at("VIA @OK_890 @VIEWED", 3),
        ];
        const input = world.file("flusso.jsonl", `${lines.join("\n")}\n`);
        await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);

        const first = await world.json(seguito);
        const second = await world.json(seguito);

        expect([first.code, first.document.items.map(({ state }) => state)]).toEqual([
          0,
          ["done", "done", "done"],
        ]);
        expect([second.code, second.document.items]).toEqual([0, []]);
        expect(
          readFollowed().map(({ numero, status, recipients }) => [
            numero,
            status,
            recipients[0]?.perfezionamento?.rule,
          ]),
        ).toEqual([
          ["T00001", "EFFECTIVE_DATE", "analog"],
          ["T00002", "EFFECTIVE_DATE", "untraceable"],
          ["T00003", "VIEWED", "viewed"],
        ]);
      },
    ],
    [
      "a correction makes its notification an item again, and says what has to be redone",
      async () => {
        const wrong = readFollowed().find(({ numero }) => numero === "T00002");
        const answer = await fetch(`${world.url}/send/control/rework`, {
          method: "POST",
          body: JSON.stringify({ iun: wrong?.iun }),
        });
        // The month in which nobody would ask is over.
        const db = new Database(join(world.dataFolder, "postino.sqlite"));
        db.run("UPDATE records SET due_at = '2026-01-01T00:00:00.000Z' WHERE kind = 'followed'");
        db.close();

        const run = await world.json(seguito);

        expect(answer.status).toBe(204);
        expect(run.document.items.map(({ key, state }) => [key, state])).toEqual([
          [wrong?.iun ?? "", "done"],
        ]);
        const [, corrected] = readFollowed();
        expect(corrected?.recipients[0]?.perfezionamento?.rule).toBe("analog");
        expect(corrected?.warnings).toEqual([
          expect.stringContaining("SEND ha corretto la storia di questa notifica il"),
        ]);
        expect(corrected?.corrections.map(({ redo }) => redo)).toEqual([
          ["terms", "costs", "evidence", "reported"],
        ]);
      },
    ],
    [
      "by stream only those are asked for of whom the stream tells, whatever their time",
      async () => {
        writeFileSync(
          join(world.pipelinesFolder, "per-stream.yaml"),
          `name: Seguito per stream
steps:
  - uses: load-notified
    with: { by: stream }
  - uses: follow
`,
        );
        const streams = createSendStreams({
          settings: { ...settings, baseUrl: `${world.url}/send` },
          sender: { denomination: "Comune di Prova", taxId: "89999990164" },
          apiKey: "chiave-di-prova",
          http: createHttp(),
          clock: systemClock,
          limiter: createLimiter(systemClock),
        });
        await ensureVerdictStream(streams, {
          ente: "prova",
          group: undefined,
          streamVersion: undefined,
        });
        const [late] = readFollowed();
        await fetch(`${world.url}/send/control/view`, {
          method: "POST",
          body: JSON.stringify({ iun: late?.iun }),
        });

        const run = await world.json(["run", "per-stream", "--ente", "prova", "--json"]);

        const [seen] = readFollowed();
        expect(run.document.items.map(({ key, state }) => [key, state])).toEqual([
          [late?.iun ?? "", "done"],
        ]);
        expect([late?.status, seen?.status]).toEqual(["EFFECTIVE_DATE", "VIEWED"]);
        // Looked at after the term, which stays.
        expect(seen?.recipients[0]?.perfezionamento?.rule).toBe("analog");
      },
    ],
    [
      "what a version without a register has sent is followed too, to the end of the pipeline",
      async () => {
        const db = new Database(join(world.dataFolder, "postino.sqlite"));
        const kinds = "('act', 'verdict', 'followed', 'takenOver')";
        db.run(`DELETE FROM records WHERE kind IN ${kinds}`);
        db.run(`DELETE FROM record_versions WHERE kind IN ${kinds}`);
        db.close();

        const run = await world.json(all);
        const again = await world.json(all);

        expect([run.code, run.document.items.map(({ state }) => state)]).toEqual([
          0,
          ["done", "done", "done"],
        ]);
        expect(again.document.items).toEqual([]);
        expect(readFollowed().map(({ numero }) => numero)).toEqual(["T00001", "T00002", "T00003"]);
      },
    ],
  ],
);
