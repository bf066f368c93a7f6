/** A flusso whose data folder is saved at a random moment, put back later, and worked on again: what came of it outside, counted. */
import { Database } from "bun:sqlite";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openJournalReader } from "../../stores/sqlite/store.ts";
import { readItemViews } from "../../server/history/item-view.ts";
import { makeInstallationWorld, type InstallationWorld } from "./installation-world.ts";
import { makeRandom } from "./random.ts";
import type { RunDocument } from "./run-document.ts";
import { makeVerbale } from "./verbali.ts";

export interface RestoredEnd {
  /** How many exchanges with the outside had been when the data were saved. */
  readonly savedAt: number;
  readonly change: string;
  readonly notified: number;
  /** Requests of one protocol that SEND accepted beyond the first. */
  readonly secondNotifications: number;
  /** Notice codes of live notifications that cannot be paid. */
  readonly deadCodes: readonly string[];
  /** Verbali that a run calls done, with other documents than SEND has, and no word of it. */
  readonly untold: readonly string[];
  /** How the verbali of the runs after it ended. */
  readonly codes: readonly (string | null)[];
}

type Verbale = ReturnType<typeof makeVerbale>;

type Change = readonly [string, (verbale: Verbale) => unknown];

const changes: readonly [Change, ...Change[]] = [
  ["none", (verbale) => verbale],
  ["amount", (verbale) => ({ ...verbale, importoRidottoCents: 9_900 })],
  ["place", (verbale) => ({ ...verbale, luogo: "Via Corretta" })],
];

/** Plays one seed from its beginning to its end; the world is closed. */
export async function playRestored(seed: number): Promise<RestoredEnd> {
  const random = makeRandom(seed);
  const savedAt = random() < 0.3 ? 0 : 1 + Math.floor(random() * 40);
  const [change, apply] = changes[Math.floor(random() * changes.length)] ?? changes[0];
  let exchanges = 0;
  let save = (): void => {};
  const world = await makeInstallationWorld({
    observe: () => {
      exchanges += 1;
      if (exchanges === savedAt) save();
    },
  });
  try {
    const copy = join(world.folder, "copia");
    const ended = new Map<string, RunDocument>();
    const keep = ({ document }: { readonly document: RunDocument }): string => {
      ended.set(document.run.id, document);
      return document.run.id;
    };
    const run = async (name: string, of: readonly unknown[]): Promise<string> => {
      const input = world.file(name, toLines(of));
      return keep(await world.json(["run", "send", "--ente", "prova", "--json", "--input", input]));
    };
    const verbali = [1, 2, 3, 4].map((n) => makeVerbale(n, world.freshDay));
    await run("prima.jsonl", [makeVerbale(90, world.freshDay)]);
    let isSaved = false;
    save = () => {
      cpSync(world.dataFolder, copy, { recursive: true });
      isSaved = true;
    };
    exchanges = 0;
    if (savedAt === 0) save();
    const first = await run("g.jsonl", verbali);
    if (!isSaved) save();
    rmSync(world.dataFolder, { recursive: true });
    cpSync(copy, world.dataFolder, { recursive: true });
    ended.clear();
    // Every other seed gives the file that the copy may not know.
    const files = seed % 2 === 0 ? ["--input", world.file("g.jsonl", toLines(verbali))] : [];
    await world.postino(["realign", "--ente", "prova", ...files]);

    // The flusso under way, the same and a changed one, in any order; a person tries what was rejected.
    const acts: readonly (() => Promise<unknown>)[] = [
      () => world.postino(["resume", first]),
      () => run("g.jsonl", verbali),
      () => run("g2.jsonl", verbali.map(apply)),
    ];
    for (const act of shuffle(acts, random)) {
      await act();
      for (const id of ended.keys())
        if (random() < 0.5)
          await world.json(["resume", id, "--only", "rejected", "--json"]).then(keep, () => {});
    }
    return { savedAt, change, ...(await judge(world, [...ended.values()])) };
  } finally {
    await world.close();
  }
}

function toLines(verbali: readonly unknown[]): string {
  return verbali.map((verbale) => JSON.stringify(verbale)).join("\n");
}

interface Sent {
  readonly protocol: string;
  readonly iun: string;
  readonly codes: readonly string[];
  readonly digests: ReadonlySet<string>;
}

async function judge(
  world: InstallationWorld,
  documents: readonly RunDocument[],
): Promise<Omit<RestoredEnd, "savedAt" | "change">> {
  const items = documents.flatMap((document) => document.items);
  const sent = readSent(world);
  const payable = readPayable(world);
  const byIun = new Map(sent.map((one) => [one.iun, one]));
  const warned = await readWarned(
    world,
    documents.map(({ run }) => run.id),
  );
  const untold = items.filter(({ iun, artifacts }) => {
    const there = byIun.get(iun ?? "");
    if (there === undefined || warned.has(`${iun}`)) return false;
    const own = artifacts.filter(({ name }) => name.endsWith(".pdf"));
    return own.some(
      ({ sha256 }) => !there.digests.has(Buffer.from(sha256, "hex").toString("base64")),
    );
  });
  return {
    notified: sent.length,
    secondNotifications: sent.length - new Set(sent.map(({ protocol }) => protocol)).size,
    deadCodes: sent.flatMap(({ codes }) => codes).filter((code) => !payable.has(code)),
    untold: untold.map(({ key }) => key),
    codes: items.map(({ code }) => code),
  };
}

/** The notifications beside whose verbale the grid, the CSV and `status` say that SEND has other signatures, in every run that has them. */
async function readWarned(
  { dataFolder }: InstallationWorld,
  runs: readonly string[],
): Promise<ReadonlySet<string>> {
  const reader = openJournalReader(join(dataFolder, "postino.sqlite"));
  if (reader === null) throw new Error("no journal");
  const warned = new Set<string>();
  const silent = new Set<string>();
  for (const run of runs)
    for await (const { iun, warnings } of readItemViews(reader, run, []))
      (warnings.some((warning) => warning.includes("altro momento")) ? warned : silent).add(
        `${iun}`,
      );
  await reader.close();
  return warned.difference(silent);
}

interface Request {
  readonly documents: readonly { readonly digests: { readonly sha256: string } }[];
  readonly recipients: readonly {
    readonly payments?: readonly {
      readonly pagoPa: {
        readonly noticeCode: string;
        readonly attachment?: { readonly digests: { readonly sha256: string } };
      };
    }[];
  }[];
}

function readSent({ folder }: InstallationWorld): readonly Sent[] {
  const db = new Database(join(folder, "simulator", "send.sqlite"), { readonly: true });
  const rows = db
    .query<{ protocol: string; iun: string; body: string }, []>(
      "SELECT protocol, iun, body FROM requests WHERE status = 'ACCEPTED'",
    )
    .all();
  db.close();
  return rows.map(({ protocol, iun, body }) => {
    const { documents, recipients } = JSON.parse(body) as Request;
    const payments = recipients.flatMap((recipient) => recipient.payments ?? []);
    const files = [...documents, ...payments.flatMap(({ pagoPa }) => pagoPa.attachment ?? [])];
    return {
      protocol,
      iun,
      codes: payments.map(({ pagoPa }) => pagoPa.noticeCode),
      digests: new Set(files.map(({ digests }) => digests.sha256)),
    };
  });
}

/** The notice codes of positions that are open, from the payment system's own data. */
function readPayable({ folder }: InstallationWorld): ReadonlySet<string> {
  const db = new Database(join(folder, "simulator", "gpd.sqlite"), { readonly: true });
  const rows = db.query<{ document: string }, []>("SELECT document FROM kept").all();
  db.close();
  const open = rows.filter(({ document }) => /"status":"(VALID|PUBLISHED)"/.test(document));
  return new Set(open.flatMap(({ document }) => document.match(/\b3\d{17}\b/g) ?? []));
}

function shuffle<Act>(acts: readonly Act[], random: () => number): readonly Act[] {
  const places = acts.map((act) => ({ act, at: random() }));
  return places.toSorted((a, b) => a.at - b.at).map(({ act }) => act);
}
