/** `postino try`: all of a flusso up to its first effect, and nothing of it anywhere; `run --first N` and the rest. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { testInOrder } from "../support/chapters.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

let world: InstallationWorld;
const calls: string[] = [];
const paTaxId = "89999990164";

const position = (iupd: string, iuv: string, status: string) => ({
  organization: paTaxId,
  iupd,
  status,
  options: [{ iuv, amountCents: 4_200 }],
});

beforeAll(async () => {
  world = await makeInstallationWorld({
    positions: [
      position(`${paTaxId}-aperta`, "01000000000000117", "VALID"),
      position(`${paTaxId}-pagata`, "01000000000000218", "PAID"),
    ],
    observe: (request) => void calls.push(request.method),
  });
});
afterAll(() => world.close());

interface TrialDocument {
  readonly trial: {
    readonly total: number;
    readonly folder: string | null;
    readonly counts: Readonly<Record<string, number>>;
    readonly would: Readonly<Record<string, number>>;
    readonly cost: { readonly atLeastCents: number; readonly atMostCents: number };
    readonly blockers: readonly { readonly code: string }[];
    readonly refusal: { readonly code: string } | null;
    readonly outside: boolean;
  };
  readonly items: readonly {
    readonly key: string;
    readonly line: number | null;
    readonly state: string;
    readonly code: string | null;
    readonly note: string | null;
    readonly cancels: readonly { readonly name: string; readonly state: string | null }[];
    readonly creates: readonly number[];
    readonly cost: { readonly atMostCents: number } | null;
    readonly files: readonly string[];
  }[];
}

async function tryIt(
  ...args: readonly string[]
): Promise<{ code: number | null; document: TrialDocument; stderr: string }> {
  const ended = await world.postino(["try", ...args, "--ente", "prova", "--json"]);
  const document = JSON.parse(ended.stdout) as TrialDocument;
  return { code: ended.code, document, stderr: ended.stderr };
}

function write(name: string, verbali: readonly object[]): string {
  return world.file(name, verbali.map((verbale) => `${JSON.stringify(verbale)}\n`).join(""));
}

/** `null`: nothing has run here yet. */
function readJournalBytes(): Buffer | null {
  const path = join(world.dataFolder, "postino.sqlite");
  return existsSync(path) ? readFileSync(path) : null;
}

test("what would be cancelled, opened and sent, at what cost, which rows not and why; and nothing of it happens", async () => {
  const journal = readJournalBytes();
  const { destinatario } = makeVerbale(2, world.freshDay);
  const input = write("prova.jsonl", [
    makeVerbale(101, world.freshDay, { posizioni: [{ iupd: `${paTaxId}-aperta` }] }),
    makeVerbale(102, world.freshDay, { posizioni: [{ iupd: `${paTaxId}-pagata` }] }),
    makeVerbale(103, world.freshDay, {
      destinatario: { ...destinatario, codiceFiscale: "NVNTMS66B24X001A" },
    }),
    makeVerbale(104, world.freshDay, {
      destinatario: { ...destinatario, pec: "tommaso@pec.example" },
    }),
  ]);
  const before = [world.report().gpd.positions, world.report().send];
  calls.length = 0;

  const { code, document } = await tryIt(input);

  expect(code).toBe(3);
  expect(
    document.items.map(({ key, line, state, code: why, creates }) => [
      key,
      line,
      state,
      why,
      creates,
    ]),
  ).toEqual([
    ["T00101", 1, "ready", null, [3_790, 5_050]],
    ["T00102", 2, "rejected", "ALREADY_PAID", []],
    ["T00103", 3, "rejected", "TAX_CODE_CHECK", []],
    ["T00104", 4, "ready", null, [3_790, 5_050]],
  ]);
  expect(document.items.map(({ cancels }) => cancels.map(({ state }) => state))).toEqual([
    ["open"],
    ["paid"],
    [],
    [],
  ]);
  // Two letters of 10.50 and VAT for one, one for the other, and SEND's euro.
  expect(document.items.map(({ cost }) => cost?.atMostCents ?? null)).toEqual([
    2_662,
    null,
    null,
    1_381,
  ]);
  expect(document.trial).toMatchObject({
    total: 4,
    counts: { taken: 4, ready: 2, rejected: 2, repeated: 0, later: 0, failed: 0 },
    would: { cancel: 1, create: 2, send: 2 },
    cost: { atLeastCents: 200, atMostCents: 4_043 },
    blockers: [],
    refusal: null,
    outside: true,
  });
  expect(document.items[0]?.files.map((path) => path.replace(/.*\//, ""))).toEqual([
    "anteprima-T00101-verbale.pdf",
    "anteprima-T00101-avviso.pdf",
  ]);
  const folder = join(world.dataFolder, "outbox", "prova", "prova");
  expect(readFileSync(join(folder, "anteprima-T00101-verbale.pdf")).subarray(0, 5).toString()).toBe(
    "%PDF-",
  );
  expect([...new Set(calls)]).toEqual(["GET"]);
  expect([world.report().gpd.positions, world.report().send]).toEqual(before);
  expect(readJournalBytes()).toEqual(journal);
});

test("a file of the inbox is tried where it lies, and the PDFs of the trial before are gone", async () => {
  const inbox = join(world.dataFolder, "inbox", "prova");
  mkdirSync(inbox, { recursive: true });
  const path = join(inbox, "arrivo.jsonl");
  writeFileSync(path, verbaliLines(2, world.freshDay, 201));

  const { code, document } = await tryIt(path, "--only", "T00202");

  expect(code).toBe(0);
  expect(document.items.map(({ key, line }) => [key, line])).toEqual([["T00202", 2]]);
  expect(readdirSync(inbox)).toEqual(["arrivo.jsonl"]);
  expect(readdirSync(join(world.dataFolder, "outbox", "prova", "prova")).toSorted()).toEqual([
    "anteprima-T00202-avviso.pdf",
    "anteprima-T00202-verbale.pdf",
  ]);
});

test("the table says it in words, and ends by saying that it was a trial", async () => {
  const input = world.file("parole.jsonl", verbaliLines(2, world.freshDay, 211));

  const { code, stdout } = await world.postino(["try", input, "--ente", "prova", "--first", "1"]);

  expect(code).toBe(0);
  expect(stdout).toContain("1 partirebbe.");
  expect(stdout).toContain("Provato 1 verbale su 2.");
  expect(stdout).toContain("Costo di SEND: da 1,00\u00a0€ a 26,62\u00a0€ al più");
  expect(stdout).toContain("Non provati, perché agiscono fuori o dopo: Nuovi IUV, Firma,");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(
    "Era una prova: nulla è stato inviato, annullato, numerato o registrato.",
  );
});

test("what stops a run at once is told, and the verbali are looked at all the same", async () => {
  const input = world.file("chiave.jsonl", verbaliLines(1, world.freshDay, 221));
  const env = { DEMO_KEY_PASSWORD: "sbagliata" };

  const ended = await world.postino(["try", input, "--ente", "prova", "--json"], { env });

  const { trial, items } = JSON.parse(ended.stdout) as TrialDocument;
  expect(ended.code).toBe(5);
  expect(trial.blockers).toHaveLength(1);
  expect(items.map(({ state }) => state)).toEqual(["ready"]);
});

test("an ente of real addresses is tried without asking anybody outside", async () => {
  const file = join(world.pipelinesFolder, "enti", "vera.yaml");
  const own = readFileSync(join(world.pipelinesFolder, "enti", "prova.yaml"), "utf8");
  writeFileSync(
    file,
    own
      .replace("codice: prova", "codice: vera")
      .replace(/baseUrl: .*\/send/, "baseUrl: https://api.notifichedigitali.example"),
  );
  const input = world.file("vera.jsonl", verbaliLines(1, world.freshDay, 231));
  calls.length = 0;

  const ended = await world.postino(["try", input, "--ente", "vera", "--json"]);

  const { trial, items } = JSON.parse(ended.stdout) as TrialDocument;
  expect(ended.code).toBe(5);
  expect(trial).toMatchObject({ outside: false, blockers: [{ code: "LIVE_NOT_ALLOWED" }] });
  expect(items.map(({ state, files }) => [state, files.length])).toEqual([["ready", 2]]);
  expect(calls).toEqual([]);
});

test.each([
  ["no ente", ["try", "x.jsonl"], "Manca --ente"],
  ["no such file", ["try", "manca.jsonl", "--ente", "prova"], "Il file manca.jsonl non esiste."],
  ["a folder", ["try", "pipelines", "--ente", "prova"], "Il file pipelines non si può leggere."],
  [
    "--first 0",
    ["try", "uno.jsonl", "--ente", "prova", "--first", "0"],
    "--first vuole quanti verbali, da 1 in su, non «0».",
  ],
  [
    "--pdf -1",
    ["try", "uno.jsonl", "--ente", "prova", "--pdf=-1"],
    "--pdf vuole un numero da 0 in su",
  ],
  [
    "an unknown verbale",
    ["try", "uno.jsonl", "--ente", "prova", "--only", "BOH"],
    "Nel file uno.jsonl non c'è il verbale BOH.",
  ],
  ["an unknown pipeline", ["try", "uno.jsonl", "--ente", "prova", "--pipeline", "sned"], "send"],
  ["an unknown ente", ["try", "uno.jsonl", "--ente", "provas"], "forse: prova"],
  [
    "run --first of words",
    ["run", "send", "--ente", "prova", "--first", "due"],
    "--first vuole quanti verbali",
  ],
])("wrong usage: %s", async (_what, args, told) => {
  world.file("uno.jsonl", verbaliLines(1, world.freshDay, 241));

  const { code, stderr, stdout } = await world.postino(args);

  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(told);
});

test("a file that a run would refuse is refused, with the exit code of run", async () => {
  const input = world.file("rotto.jsonl", "{ no json\n");

  const { code, document } = await tryIt(input);

  expect(code).toBe(2);
  expect(document.trial.refusal?.code).toBe("FLUSSO_REFUSED");
  expect(document.items).toEqual([]);
});

let ahead = "";

testInOrder("the first verbali of a file go ahead, and the rest follows when it is asked for", [
  [
    "the first two go, and what is left is told with the command",
    async () => {
      const inbox = join(world.dataFolder, "inbox", "prova");
      mkdirSync(inbox, { recursive: true });
      for (const name of readdirSync(inbox))
        if (name.endsWith(".jsonl")) await Bun.file(join(inbox, name)).delete();
      const input = world.file("molti.jsonl", verbaliLines(5, world.freshDay, 301));

      const { code, document } = await world.json([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--first",
        "2",
        "--json",
      ]);

      ahead = document.run.id;
      expect(code).toBe(0);
      expect(document.items.map(({ key, state }) => [key, state])).toEqual([
        ["T00301", "done"],
        ["T00302", "done"],
      ]);
      const { stdout } = await world.postino(["status", ahead]);
      expect(stdout).toContain("Presi i primi 2 verbali di 5: gli altri 3 non sono partiti.");
      expect(stdout).toContain(
        `Del file restano 3 verbali. Per inviare anche quelli: postino resume ${ahead} --rest`,
      );
    },
  ],
  [
    "a trial of the same file tells them apart",
    async () => {
      const { code, document } = await tryIt("molti.jsonl");

      expect(code).toBe(0);
      expect(document.items.map(({ key, state }) => [key, state])).toEqual([
        ["T00301", "repeated"],
        ["T00302", "repeated"],
        ["T00303", "ready"],
        ["T00304", "ready"],
        ["T00305", "ready"],
      ]);
      expect(document.items[0]?.note).toBe(
        `Già inviato con il flusso ${ahead}: non sarebbe inviato di nuovo.`,
      );
      const other = write("altro.jsonl", [
        makeVerbale(301, world.freshDay, { luogo: "Via Milano" }),
      ]);
      const changed = await tryIt(other);
      expect([changed.code, changed.document.items[0]?.code]).toEqual([
        3,
        "ALREADY_SENT_OTHERWISE",
      ]);
    },
  ],
  [
    "the rest goes out with the file that the run kept, once",
    async () => {
      await Bun.file(join(world.folder, "molti.jsonl")).delete();
      const posted = world.report().send.accepted;

      const { code, document } = await world.json(["resume", ahead, "--rest", "--json"]);

      expect(code).toBe(0);
      expect(document.items.map(({ key, state, code: why }) => [key, state, why])).toEqual([
        ["T00301", "done", "ALREADY_SENT"],
        ["T00302", "done", "ALREADY_SENT"],
        ["T00303", "done", null],
        ["T00304", "done", null],
        ["T00305", "done", null],
      ]);
      expect(world.report().send.accepted - posted).toBe(3);
      const again = await world.postino(["resume", ahead, "--rest"]);
      expect([again.code, again.stderr]).toEqual([
        2,
        `Del file del flusso ${ahead} non resta alcun verbale da inviare.\n`,
      ]);
    },
  ],
  [
    "more than the file has is the whole file",
    async () => {
      const input = world.file("pochi.jsonl", verbaliLines(1, world.freshDay, 311));

      const { code, stdout } = await world.postino([
        "run",
        "send",
        "--ente",
        "prova",
        "--input",
        input,
        "--first",
        "9",
      ]);

      expect(code).toBe(0);
      expect(stdout).not.toContain("--rest");
    },
  ],
]);
