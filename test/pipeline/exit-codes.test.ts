/** `run --json` and `resume` as a script sees them: the document, the exit codes, the same flusso twice, a step from outside. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import type { RunDocument } from "../support/run-document.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

/** A technician's own step: registers with an office that never says whether it took the letter. */
const ownStep = `import { effectStep, RetryLater, Type } from "postino";

export default effectStep({
  summary: "Registra il verbale presso un ufficio che non conferma",
  effect: "keyed",
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({}),
  adds: Type.Object({ registered: Type.Boolean() }),
  examples: ["{}"],
  run() {
    throw new RetryLater("L'ufficio non ha risposto.");
  },
  reconcile() {
    return { status: "unknown", reason: "L'ufficio non sa dire se la registrazione c'è." };
  },
});
`;

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
});
afterAll(async () => {
  await world.close();
});

function run(input: string, pipeline = "send"): string[] {
  return ["run", pipeline, "--ente", "prova", "--input", input, "--wait", "10m"];
}

/** The document and the exit code of a process of its own. */
async function readDocument(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout } = await world.start([...args, "--json"], { env }).ended;
  return { code, document: JSON.parse(stdout) as RunDocument };
}

function file(first: number, count = 1): string {
  return world.file(`flusso-${first}.jsonl`, verbaliLines(count, world.freshDay, first));
}

describe("run --json", () => {
  test("prints the documented document and nothing else, exit 0", async () => {
    const ended = await world.start([...run(file(101, 2)), "--json"]).ended;

    const document = JSON.parse(ended.stdout) as {
      run: Record<string, unknown>;
      items: Record<string, unknown>[];
    };
    expect(ended.code).toBe(0);
    expect(Object.keys(document)).toEqual(["run", "items"]);
    expect(document.run).toEqual({
      id: expect.stringMatching(/^\d{8}-\d{4}$/),
      pipeline: "send",
      ente: "prova",
      state: "completed",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      counts: { total: 2, done: 2, rejected: 0, waiting: 0, inDoubt: 0, failed: 0 },
    });
    expect(document.items.map((item) => item["key"])).toEqual(["T00101", "T00102"]);
    expect(document.items[0]).toEqual({
      key: "T00101",
      state: "done",
      step: null,
      code: null,
      note: expect.anything(),
      iuv: [expect.stringMatching(/^01\d{15}$/), expect.stringMatching(/^01\d{15}$/)],
      noticeCodes: [expect.stringMatching(/^301\d{15}$/), expect.stringMatching(/^301\d{15}$/)],
      token: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      iun: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}-[A-Z]{4}-\d{6}-[A-Z]-1$/),
      artifacts: [
        artifact("T00101-verbale.pdf"),
        artifact("T00101-avviso.pdf"),
        artifact(`prova-${world.today}-verbali-firmati.zip`),
      ],
    });
  });

  test("a rejected verbale leaves the others alone, exit 3", async () => {
    const foreign = makeVerbale(111, world.freshDay);
    const input = world.file(
      "scarto.jsonl",
      [
        JSON.stringify({
          ...foreign,
          destinatario: { ...foreign.destinatario, codiceFiscale: "NVNTMS66B24X001A" },
        }),
        JSON.stringify(makeVerbale(112, world.freshDay)),
      ].join("\n"),
    );

    const { code, document } = await readDocument(run(input));

    expect({ code, state: document.run.state }).toEqual({
      code: 3,
      state: "completed-with-rejections",
    });
    expect(document.items.map(({ key, state, step }) => ({ key, state, step }))).toEqual([
      { key: "T00111", state: "rejected", step: "validate" },
      { key: "T00112", state: "done", step: null },
    ]);
  });

  test("an own step outside the repository whose effect nobody can tell leaves the item in doubt, exit 6", async () => {
    const folder = join(world.folder, "passi");
    mkdirSync(folder);
    writeFileSync(join(folder, "registra-ufficio.ts"), ownStep);
    writeFileSync(
      join(world.pipelinesFolder, "ufficio.yaml"),
      `name: Con un passo proprio
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: registra-ufficio
    retry: { times: 3, wait: 10ms, maxWait: 10ms }
`,
    );
    const env = { POSTINO_STEPS: folder };

    const { code, document } = await readDocument(run(file(121), "ufficio"), env);
    const listed = await world.postino(["steps", "registra-ufficio"], { env });

    expect({ code, state: document.run.state, items: document.items.length }).toEqual({
      code: 6,
      state: "waiting-for-person",
      items: 1,
    });
    expect(document.items[0]).toMatchObject({
      state: "in-doubt",
      step: "registra-ufficio",
      note: "L'ufficio non sa dire se la registrazione c'è.",
    });
    expect(listed.stdout).toStartWith(
      "registra-ufficio: Registra il verbale presso un ufficio che non conferma\n",
    );
  });

  test("a go-ahead that nobody has given leaves the run waiting, exit 4, and answer lets it end", async () => {
    writeFileSync(
      join(world.pipelinesFolder, "benestare.yaml"),
      `name: Con benestare
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
    approval: true
`,
    );

    const { code, document } = await readDocument(run(file(131), "benestare"));
    const wrong = await world.postino(["answer", document.run.id, "--otp", "-"], {
      stdin: "1\n",
    });
    const asked = await world.postino(["status", document.run.id]);
    const answered = await world.postino(["answer", document.run.id, "--approve"]);

    expect({ code, state: document.run.state }).toEqual({ code: 4, state: "waiting-for-person" });
    expect({ code: wrong.code, stderr: wrong.stderr }).toEqual({
      code: 2,
      stderr: `Il flusso ${document.run.id} aspetta un'altra risposta: Confermare per proseguire con il passo «Controlli»: Controlla destinatario, indirizzo, importi e termini, con più rigore di SEND: tutti i difetti di un verbale in una volta.\n`,
    });
    expect(asked.stdout).toMatch(
      /\nServe il benestare di un responsabile, entro il \d\d\/\d\d\/\d{4} \d\d:\d\d\.\n/,
    );
    expect(answered.code).toBe(0);
    expect(answered.stdout).toContain(`Flusso ${document.run.id}: completato — 1 su 1 conclusi.\n`);
  });
});

describe("the same flusso twice", () => {
  test("sends nothing again and says so per verbale; corrected data of a sent verbale are refused", async () => {
    const input = file(201, 2);
    const first = await world.json([...run(input), "--json"]);
    const before = counts();

    const second = await world.postino(run(input));
    const corrected = world.file(
      "corretto.jsonl",
      JSON.stringify(makeVerbale(201, world.freshDay, { descrizione: "Altra descrizione" })),
    );
    const third = await world.json([...run(corrected), "--json"]);
    const again = await world.postino(["resume", third.document.run.id, "--only", "rejected"]);

    expect(first.code).toBe(0);
    expect(second.code).toBe(0);
    const said = `Già inviato con il flusso ${first.document.run.id}: non è stato inviato di nuovo.`;
    expect(second.stdout.split(said).length - 1).toBe(2);
    expect(third.code).toBe(3);
    expect(third.document.items[0]).toMatchObject({
      key: "T00201",
      state: "rejected",
      code: "ALREADY_SENT_OTHERWISE",
      note: `Il verbale è già stato inviato con il flusso ${first.document.run.id}, con dati diversi da questi. Nulla è stato inviato di nuovo.`,
    });
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 2,
      stderr: `T00201: risulta già inviato con il flusso ${first.document.run.id}: non si invia una seconda volta.\n`,
    });
    expect(counts()).toEqual(before);
  });
});

function counts() {
  const { send, gpd } = world.report();
  return {
    accepted: send.accepted,
    refused: send.refused,
    requests: send.requests.length,
    positions: gpd.positions.length,
  };
}

function artifact(name: string) {
  return {
    name,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    bytes: expect.any(Number),
    path: expect.stringMatching(/\/data\/artifacts\/[0-9a-f]{2}\/[0-9a-f]{64}$/),
  };
}
