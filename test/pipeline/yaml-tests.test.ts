/** `postino test`: the shipped tests pass, what people and faults do in a test happens, and what is wrong is told with its place. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { runHere } from "../support/run-here.ts";

const repository = resolve(import.meta.dir, "../..");
let folder = "";

interface Outcome {
  readonly name: string;
  readonly place: string;
  readonly failures: readonly {
    readonly place: string;
    readonly keys: string;
    readonly expected?: string;
    readonly got: string;
  }[];
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-prove-"));
  const enti = join(folder, "pipelines", "enti");
  mkdirSync(enti, { recursive: true });
  mkdirSync(join(folder, "pipelines", "tests"));
  for (const name of ["send.yaml", "annulla.yaml"])
    cpSync(join(repository, "pipelines", name), join(folder, "pipelines", name));
  const shipped = readFileSync(join(repository, "pipelines/enti/borgolieto.yaml"), "utf8");
  // Addresses of the real services: a test reaches none of them.
  const ente = shipped
    .replaceAll("../../data/demo/keys", join(repository, "data/demo/keys"))
    .replace("http://127.0.0.1:8098/send", "https://api.notifichedigitali.example");
  writeFileSync(join(enti, "borgolieto.yaml"), ente);
  const change = (step: string): string =>
    `${ente}\npipelines:\n  send:\n    change:\n      ${step}\n`;
  writeFileSync(
    join(enti, "remota.yaml"),
    change("sign: { with: { mode: otp, signer: segretario } }").replace(
      "codice: borgolieto",
      "codice: remota",
    ),
  );
  writeFileSync(
    join(enti, "altrove.yaml"),
    change("sign: { with: { mode: upload, signer: comandante } }").replace(
      "codice: borgolieto",
      "codice: altrove",
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join("pipelines", "tests", `${name}.yaml`);
  writeFileSync(join(folder, path), text);
  return path;
}

async function postino(args: readonly string[], where = folder) {
  return await runHere(args, {
    folder: where,
    environment: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      POSTINO_DATA: join(folder, "data"),
    },
    stdin: undefined,
  });
}

async function play(
  name: string,
  text: string,
): Promise<{ code: number; outcomes: readonly Outcome[] }> {
  const ended = await postino(["test", write(name, text), "--json"]);
  if (ended.stdout === "") throw new Error(ended.stderr);
  const { tests } = JSON.parse(ended.stdout) as { readonly tests: readonly Outcome[] };
  return { code: ended.code, outcomes: tests };
}

test("every shipped pipeline has tests, and they pass", async () => {
  const pipelines = join(repository, "pipelines");
  const run = new Set<string>();
  for (const name of readdirSync(join(pipelines, "tests"))) {
    const file = parse(readFileSync(join(pipelines, "tests", name), "utf8")) as TestsAsWritten;
    for (const { pipeline, next = [] } of file.tests)
      for (const one of [pipeline ?? file.pipeline, ...next.map((act) => act.run)])
        if (one !== undefined) run.add(one);
  }

  const ended = await postino(["test", "--json"], repository);

  const { tests, coverage } = JSON.parse(ended.stdout) as {
    readonly tests: readonly Outcome[];
    readonly coverage: Readonly<
      Record<
        "checks" | "notes",
        { readonly reached: readonly string[]; readonly missed: readonly string[] }
      >
    >;
  };
  expect(tests.flatMap(({ failures }) => failures)).toEqual([]);
  expect(ended.code).toBe(0);
  expect([...run].toSorted()).toEqual(
    readdirSync(pipelines)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => name.replace(".yaml", ""))
      .toSorted(),
  );
  expect(coverage.checks.reached).toContain("TAX_CODE_CHECK");
  expect(coverage.notes.reached).toContain("PAID_AFTER_CANCEL");
  expect(coverage.notes.missed).toContain("IUV_IN_USE");
  expect(coverage.notes.missed).not.toContain("PAID_AFTER_CANCEL");
}, 60_000);

interface TestsAsWritten {
  readonly pipeline?: string;
  readonly tests: readonly {
    readonly pipeline?: string;
    readonly next?: readonly { readonly run?: string }[];
  }[];
}

test("people answer: a wrong OTP and the right one, signed files of which some are missing at first", async () => {
  const { code, outcomes } = await play(
    "persone",
    `pipeline: send
tests:
  - name: OTP sbagliato, poi giusto
    ente: remota
    given: { count: 1 }
    expect: { state: waiting-for-person, asks: otp, exit: 4 }
    next:
      - answers: [{ otp: "000000" }]
        expect: { state: waiting-for-person, asks: otp }
      - answers: [{ otp: "123456" }]
        expect: { state: completed, verbali: { V1: { state: done, iun: true } } }
  - name: i PDF firmati altrove, prima senza V2
    ente: altrove
    given: { count: 2 }
    answers: [{ files: { without: [V2] } }, { files: {} }]
    expect: { state: completed, counts: { done: 2 } }
`,
  );

  expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
  expect(code).toBe(0);
});

test("the first test of the guide is one, and passes", async () => {
  const guide = readFileSync(join(repository, "docs/it/prove.md"), "utf8");
  const [, first = ""] = /```yaml\n(# pipelines\/tests\/send\.yaml\n[\s\S]*?)```/.exec(guide) ?? [];

  const { code, outcomes } = await play("guida", first);

  expect(outcomes.map(({ failures }) => failures)).toEqual([[]]);
  expect(code).toBe(0);
  // The journal of the installation is not the test's.
  expect(readdirSync(join(folder, "data"))).toEqual(["provati"]);
});

test("a slow SEND, a lost reply after the time limit, and a file with the columns of the ente", async () => {
  cpSync(
    join(repository, "data/demo/flusso-2026-11.csv"),
    join(folder, "pipelines/tests/flusso.csv"),
  );

  const { outcomes } = await play(
    "lento",
    `pipeline: send
ente: borgolieto
tests:
  - name: lento
    given: { count: 1 }
    mocks: { send: { slow: 20s } }
    wait: 1h
    expect: { state: completed, send: { accepted: 1 } }
  - name: più lento di quanto si aspetta
    given: { count: 1 }
    mocks: { send: { answers: [{ call: POST /requests, slow: 50s }] } }
    expect: { state: completed, send: { accepted: 1 } }
  - name: il file della dimostrazione, i primi due
    given: { file: flusso.csv }
    first: 2
    expect: { state: completed, counts: { total: 2, done: 2 }, verbali: { 2026-V-0101: { state: done } } }
`,
  );

  expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
});

test("what does not hold is told with its place, expected and got; JUnit and the exit code too", async () => {
  const file = write(
    "sbagliata",
    `pipeline: send
ente: borgolieto
tests:
  - name: si aspetta troppo
    given: { verbali: [{ numero: A1 }] }
    expect:
      state: blocked
      verbali:
        A1: { code: CAP_TOWN, note: "<nota>" }
        A9: { state: done }
      send:
        accepted: 7
  - name: risponde a chi non chiede
    given: { count: 1 }
    answers: [{ otp: "123456" }]
    expect: { state: completed }
  - name: muore dove non passa nessuno
    given: { count: 1 }
    crash: group-after-outcome:99
    expect: { state: completed }
`,
  );

  const ended = await postino(["test", file, "--junit", "prove.xml"]);

  expect(ended.code).toBe(1);
  const at = "pipelines/tests/sbagliata.yaml";
  for (const line of [
    `${at}:7: expect.state\n        atteso:   blocked\n        ottenuto: completed`,
    `${at}:9: expect.verbali.A1.code\n        atteso:   CAP_TOWN\n        ottenuto: nulla`,
    `${at}:10: expect.verbali.A9\n        atteso:   il verbale nel flusso\n        ottenuto: nulla`,
    `${at}:12: expect.send.accepted\n        atteso:   7\n        ottenuto: 1`,
    "c'è una risposta (otp), ma il flusso non chiede nulla: è completed",
    "il punto «group-after-outcome:99» non è mai stato raggiunto",
    "3 prove: 3 non passate.",
  ])
    expect(ended.stdout).toContain(line);
  const junit = readFileSync(join(folder, "prove.xml"), "utf8");
  expect(junit).toContain(`<testsuite name="${at}" tests="3" failures="3"`);
  expect(junit).toContain("un testo con «&lt;nota&gt;»");
}, 20_000);

describe("a file of tests that is wrong", () => {
  const head = "pipeline: send\ntests:\n";
  test.each([
    [
      "an unknown key",
      `${head}  - { name: a, gven: { count: 1 }, expect: { state: completed } }\n`,
      ":3:",
      "given",
    ],
    [
      "an unknown state",
      `${head}  - name: a\n    expect: { state: completd }\n`,
      ":4:",
      "completed",
    ],
    [
      "an unknown field of a verbale",
      `${head}  - name: a\n    given: { verbali: [{ numer: A1 }] }\n    expect: { exit: 0 }\n`,
      ":4:",
      "numero",
    ],
    [
      "no expectation",
      `${head}  - { name: a, given: { count: 1 } }\n`,
      ":3:",
      "non si aspetta nulla",
    ],
    [
      "an unknown pipeline",
      "pipeline: sned\ntests:\n  - { name: a, expect: { exit: 0 } }\n",
      ":1:",
      "forse: send",
    ],
    [
      "an unknown ente",
      `${head}  - { name: a, ente: borgoleto, expect: { exit: 0 } }\n`,
      ":3:",
      "forse: borgolieto",
    ],
    [
      "no pipeline",
      "tests:\n  - { name: a, expect: { exit: 0 } }\n",
      ":2:",
      "non dice quale pipeline",
    ],
    [
      "a time that is none",
      `${head}  - { name: a, clock: domani, expect: { exit: 0 } }\n`,
      ":3:",
      "giorno e ora di Roma",
    ],
    [
      "two ways to begin",
      `${head}  - { name: a, given: { count: 1, file: x.csv }, expect: { exit: 0 } }\n`,
      ":3:",
      "si escludono",
    ],
    [
      "a point that is none",
      `${head}  - { name: a, crash: after-lunch, expect: { exit: 0 } }\n`,
      ":3:",
      "after-intent",
    ],
    ["no tests at all", "pipeline: send\ntests: []\n", ":2:", "tests"],
    ["an empty file", "", ":1:", "il file è vuoto"],
    ["no YAML", "tests: [\n", ":", "P001"],
  ])("%s", async (_what, text, line, told) => {
    const { code, stderr, stdout } = await postino(["test", write("difetto", text)]);

    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`pipelines/tests/difetto.yaml${line}`);
    expect(stderr).toContain(told);
  });
});

test.each([
  [["test", "manca.yaml"], "Il file manca.yaml non esiste."],
  [["test", "--ente", "nessuno"], "L'ente «nessuno» non ha un file."],
])("wrong usage: %p", async (args, told) => {
  const { code, stderr } = await postino(args);

  expect(code).toBe(2);
  expect(stderr).toContain(told);
});
