/** Families of enti, whom a change touches, two enti side by side, and a base that changed since an ente was tried. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { runHere } from "../support/run-here.ts";
import { verbaliLines } from "../support/verbali.ts";

const repository = resolve(import.meta.dir, "../..");
const shipped = readFileSync(join(repository, "pipelines/enti/borgolieto.yaml"), "utf8");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-famiglie-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base = `send: { baseUrl: "http://127.0.0.1:8098/send", over20Grams: true, paFee: 100, subject: Verbale, uploadHosts: [a.example, b.example] }
payments: { adapter: gpd, baseUrl: "http://127.0.0.1:8098/gpd/debt-positions-service/v1" }
render: { prefetto: Bergamo, giudiceDiPace: Bergamo }
esiti: { to: file, format: csv }
pipelines:
  send:
    change:
      transmit: { retry: { times: 12 } }
`;

const formatEnte = (codice: string, more = ""): string => `extends: [base-bergamo.yaml]
ente: { codice: ${codice}, nome: Comune di ${codice}, codiceFiscale: "89999990164" }
send: { apiKey: { secret: DEMO_SEND_KEY } }
payments:
  subscriptionKey: { secret: DEMO_GPD_KEY }
  segregationCode: "12"
  iban: IT60X0542811101000000123456
signing:
  signers:
    comandante:
      pkcs12: { file: ${join(repository, "data/demo/keys/comandante.p12")}, password: { secret: DEMO_KEY_PASSWORD } }
${more}`;

function write(path: string, text: string): void {
  writeFileSync(join(folder, "pipelines", path), text);
}

/** Two of the family, and one outside of it. */
function writeFamily(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "pipelines/enti"), { recursive: true });
  for (const name of ["send.yaml", "annulla.yaml"])
    copyFileSync(join(repository, "pipelines", name), join(folder, "pipelines", name));
  write("enti/base-bergamo.yaml", base);
  write("enti/treviglio.yaml", formatEnte("treviglio"));
  write(
    "enti/dalmine.yaml",
    formatEnte("dalmine", "render: { prefetto: Milano }\n").replace(
      "send: {",
      "send: { paFee: 50,",
    ),
  );
  write(
    "enti/borgolieto.yaml",
    shipped.replaceAll("../../data/demo/keys", join(repository, "data/demo/keys")),
  );
}

function git(...args: readonly string[]): void {
  const ended = Bun.spawnSync(["git", "-c", "user.name=p", "-c", "user.email=p@p", ...args], {
    cwd: folder,
  });
  if (ended.exitCode !== 0) throw new Error(ended.stderr.toString());
}

async function postino(...args: readonly string[]) {
  const environment = { PATH: process.env["PATH"], POSTINO_DATA: join(folder, "data") };
  return await runHere(args, { folder, environment, stdin: undefined });
}

const sortTexts = (left: string, right: string): number => (left < right ? -1 : 1);

interface ImpactDocument {
  readonly changed: readonly string[];
  readonly groups: readonly {
    readonly pipeline: string | null;
    readonly enti: readonly string[];
    readonly fate: string;
    readonly changes: readonly {
      readonly path: string;
      readonly before: { readonly text: string; readonly origin: string } | null;
      readonly after: { readonly text: string; readonly origin: string } | null;
    }[];
  }[];
}

async function readImpact(...args: readonly string[]): Promise<ImpactDocument> {
  const ended = await postino("impact", ...args, "--json");
  if (ended.stdout === "") throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as ImpactDocument;
}

describe("a family", () => {
  beforeEach(writeFamily);

  test("groups merge, lists replace, and every value says where it is written", async () => {
    const check = await postino("check");
    const shown = await postino("show", "send", "--ente", "dalmine");

    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining("nessun errore")]);
    const line = (text: string): string =>
      shown.stdout
        .split("\n")
        .find((one) => one.includes(text))
        ?.replaceAll(/ {2,}/g, "  ") ?? "";
    expect(line("prefetto:")).toContain("Milano  # pipelines/enti/dalmine.yaml:12");
    expect(line("giudiceDiPace:")).toContain("Bergamo  # pipelines/enti/base-bergamo.yaml:3");
    expect(line("paFee:")).toContain("50  # pipelines/enti/dalmine.yaml:3");
    expect(line("times: 12")).toContain("# pipelines/enti/base-bergamo.yaml:8");
  });

  test("a base may have a base, the last of several wins, and null takes a value away", async () => {
    write("enti/base-italia.yaml", "send: { paFee: 10, vat: 10 }\nrender: { luogo: Roma }\n");
    write("enti/base-bergamo.yaml", `extends: [base-italia.yaml]\n${base}`);
    write("enti/base-iva.yaml", "send: { vat: 4, subject: null }\n");
    write(
      "enti/treviglio.yaml",
      formatEnte("treviglio").replace("[base-bergamo.yaml]", "[base-bergamo.yaml, base-iva.yaml]"),
    );

    const { stdout, code } = await postino("show", "send", "--ente", "treviglio");

    expect(code).toBe(0);
    expect(stdout).toMatch(/paFee: 100 +# pipelines\/enti\/base-bergamo\.yaml:2/);
    expect(stdout).toMatch(/vat: 4 +# pipelines\/enti\/base-iva\.yaml:1/);
    expect(stdout).toMatch(/luogo: Roma +# pipelines\/enti\/base-italia\.yaml:2/);
    expect(stdout).toContain("subject: Violazione del Codice della Strada");
  });

  test.each([
    [
      "its own codice fiscale",
      {
        "enti/base-bergamo.yaml": `${base}ente: { codiceFiscale: "89999990164" }\n`,
        "enti/treviglio.yaml": formatEnte("treviglio").replace(
          `, codiceFiscale: "89999990164"`,
          "",
        ),
      },
      "base-bergamo.yaml:9",
      "P045",
      `"ente.codiceFiscale"`,
    ],
    [
      "its IBAN",
      {
        "enti/base-bergamo.yaml": base.replace(
          "adapter: gpd,",
          "adapter: gpd, postalIban: IT60X0542811101000000123456,",
        ),
      },
      "base-bergamo.yaml:2",
      "P045",
      `"payments.postalIban"`,
    ],
    [
      "a secret",
      {
        "enti/base-bergamo.yaml": base.replace(
          "paFee: 100,",
          "paFee: 100, pdnd: { tokenUrl: https://a.example, audience: a, clientId: b, keyId: c, purposeId: d, privateKey: { secret: COMUNE_PDND } },",
        ),
      },
      "base-bergamo.yaml:1",
      "P045",
      `"send.pdnd.privateKey.secret"`,
    ],
    [
      "the permission to be real",
      { "enti/base-bergamo.yaml": `live: true\n${base}` },
      "base-bergamo.yaml:1",
      "P045",
      `"live"`,
    ],
    [
      "a circle",
      {
        "enti/base-bergamo.yaml": `extends: [base-due.yaml]\n${base}`,
        "enti/base-due.yaml": "extends: [base-bergamo.yaml]\n",
      },
      "base-due.yaml:1",
      "P046",
      "base-bergamo.yaml → base-due.yaml → base-bergamo.yaml",
    ],
    [
      "itself",
      { "enti/base-bergamo.yaml": `extends: [base-bergamo.yaml]\n${base}` },
      "base-bergamo.yaml:1",
      "P046",
      "circolo",
    ],
    [
      "a base that is not there",
      { "enti/treviglio.yaml": formatEnte("treviglio").replace("base-bergamo", "base-bergam") },
      "treviglio.yaml:1",
      "P017",
      "forse: base-bergamo.yaml",
    ],
    [
      "a file outside",
      {
        "enti/treviglio.yaml": formatEnte("treviglio").replace(
          "base-bergamo.yaml",
          "../../fuori.yaml",
        ),
      },
      "treviglio.yaml:1",
      "P046",
      "non può essere una base",
    ],
    [
      "a key that is none, once for all",
      { "enti/base-bergamo.yaml": `${base}lawz: {}\n` },
      "base-bergamo.yaml:9",
      "P003",
      "forse: law",
    ],
    [
      "a value that does not fit, once for all",
      { "enti/base-bergamo.yaml": base.replace("paFee: 100", "paFee: 900") },
      "base-bergamo.yaml:1",
      "P005",
      "paFee",
    ],
    ["no YAML", { "enti/base-bergamo.yaml": "send: [\n" }, "base-bergamo.yaml:", "P001", "P001"],
  ] as const)(
    "what must not be in a base, or cannot be one: %s",
    async (_what, files, place, code, told) => {
      for (const [path, text] of Object.entries(files)) write(path, text);

      const ended = await postino("check");

      expect(ended.code).toBe(2);
      expect(ended.stdout).toContain(`pipelines/enti/${place}`);
      expect(ended.stdout).toContain(told);
      const lines = ended.stdout.split("\n").filter((line) => line.includes(` ${code}:`));
      expect(lines).toHaveLength(1);
    },
  );

  test("a base is no ente: it is not offered, and naming it to check looks at its family", async () => {
    write("enti/base-bergamo.yaml", base.replace("paFee: 100", "paFee: 900"));

    const named = await postino("check", "pipelines/enti/base-bergamo.yaml");
    const run = await postino("show", "send", "--ente", "base-bergamo");

    expect([named.code, named.stdout]).toEqual([2, expect.stringContaining("base-bergamo.yaml:1")]);
    expect(run.code).toBe(2);
    expect((await postino("diff", "treviglio", "nessuno")).stderr).not.toContain("base-bergamo");
  });
});

describe("impact", () => {
  beforeEach(() => {
    writeFamily();
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "prima");
  });

  test("a base touches its family alone, and of it those who do not say otherwise", async () => {
    write(
      "enti/base-bergamo.yaml",
      base
        .replace("paFee: 100", "paFee: 90")
        .replace("Bergamo, g", "Brescia, g")
        .replace("times: 12", "times: 15"),
    );

    const impact = await readImpact();

    expect(impact.changed).toEqual(["enti/base-bergamo.yaml"]);
    expect(
      impact.groups.map(({ pipeline, enti, changes }) => [
        pipeline,
        enti,
        changes.map(({ path, before, after }) => [path, before?.text, after?.text]),
      ]),
    ).toEqual([
      [
        null,
        ["treviglio"],
        [
          ["settings.send.paFee", "100", "90"],
          ["settings.render.prefetto", "Bergamo", "Brescia"],
        ],
      ],
      ["send", ["dalmine", "treviglio"], [["steps.transmit.retry.times", "12", "15"]]],
    ]);
    expect(impact.groups[0]?.changes[0]?.after?.origin).toBe("pipelines/enti/base-bergamo.yaml:1");
  });

  test("a pipeline touches those who have not changed that part themselves", async () => {
    const path = join(folder, "pipelines/send.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8")
        .replaceAll("times: 8", "times: 9")
        .replace("zip\n", "zip\n    concurrency: 2\n"),
    );

    const { groups } = await readImpact();
    const text = (await postino("impact")).stdout;

    expect(
      groups.map(({ pipeline, enti, changes }) => [
        pipeline,
        enti,
        changes.map((change) => change.path),
      ]),
    ).toEqual([
      [
        "send",
        ["dalmine", "treviglio"],
        ["steps.reset-iuv.retry.times", "steps.close-origin.retry.times", "steps.zip.concurrency"],
      ],
      [
        "send",
        ["borgolieto"],
        [
          "steps.reset-iuv.retry.times",
          "steps.transmit.retry.times",
          "steps.close-origin.retry.times",
          "steps.zip.concurrency",
        ],
      ],
    ]);
    expect(text).toContain("Cambiano 3 enti su 3.");
    expect(text).toContain("  steps.zip.concurrency: (non scritto) → 2");
  });

  test("comments change nobody; a file of its own, a new one and one that is gone change one", async () => {
    write("enti/base-bergamo.yaml", `# un commento\n${base}`);
    expect((await postino("impact")).stdout).toContain("Nessuno dei 3 enti cambia");

    write("enti/dalmine.yaml", formatEnte("dalmine"));
    write("enti/nuovo.yaml", formatEnte("nuovo"));
    rmSync(join(folder, "pipelines/enti/borgolieto.yaml"));
    const all = await readImpact();
    const one = await readImpact("pipelines/enti/nuovo.yaml");

    expect(
      all.groups.map(({ enti, fate }) => `${enti.join(" ")} ${fate}`).toSorted(sortTexts),
    ).toEqual(["borgolieto removed", "dalmine changed", "nuovo added"]);
    expect(one.groups.map(({ enti }) => enti)).toEqual([["nuovo"]]);
  });

  test("a new step, another order, and a list that is replaced are told", async () => {
    const path = join(folder, "pipelines/send.yaml");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace("  - uses: zip", "  - id: archivio\n    uses: zip"),
    );
    write("enti/base-bergamo.yaml", base.replace("[a.example, b.example]", "[a.example]"));

    const { groups } = await readImpact();

    const changes = groups.flatMap((group) =>
      group.changes.map(({ path: at, before, after }) => `${at}: ${before?.text} → ${after?.text}`),
    );
    expect(changes).toContain("settings.send.uploadHosts: [a.example, b.example] → [a.example]");
    expect(changes).toContain("steps.zip.uses: zip → undefined");
    expect(changes).toContain("steps.archivio.uses: undefined → zip");
    expect(changes.some((change) => change.startsWith("steps: "))).toBe(true);
  });

  test("since a revision, against another folder, and what cannot be compared", async () => {
    write("enti/base-bergamo.yaml", base.replace("paFee: 100", "paFee: 90"));
    git("commit", "-qam", "dopo");

    expect((await readImpact()).groups).toEqual([]);
    expect((await readImpact("--since", "HEAD~1")).groups.map(({ enti }) => enti)).toEqual([
      ["treviglio"],
    ]);
    const copy = join(folder, "copia");
    mkdirSync(join(copy, "enti"), { recursive: true });
    for (const name of [
      "send.yaml",
      "annulla.yaml",
      "enti/treviglio.yaml",
      "enti/dalmine.yaml",
      "enti/borgolieto.yaml",
    ])
      copyFileSync(join(folder, "pipelines", name), join(copy, name));
    writeFileSync(join(copy, "enti/base-bergamo.yaml"), base);
    expect((await readImpact("--against", copy)).groups.map(({ enti }) => enti)).toEqual([
      ["treviglio"],
    ]);
    for (const [args, told] of [
      [["--since", "mai"], "la revisione mai non esiste"],
      [["--against", "vuota"], "Nella cartella vuota non c'è alcuna pipeline"],
      [["pipelines/manca.yaml"], "Il file pipelines/manca.yaml non è nella cartella"],
      [["--since", "HEAD", "--against", copy], "due confronti diversi"],
    ] as const) {
      const ended = await postino("impact", ...args);
      expect([ended.code, ended.stdout]).toEqual([2, ""]);
      expect(ended.stderr).toContain(told);
    }
    rmSync(join(folder, ".git"), { recursive: true });
    expect((await postino("impact")).stderr).toContain("--against CARTELLA");
  });

  test("diff puts two enti side by side", async () => {
    const { stdout, code } = await postino("diff", "treviglio", "dalmine");

    expect(code).toBe(0);
    expect(stdout).toContain(
      "  settings.send.paFee: 100 → 50\n      pipelines/enti/base-bergamo.yaml:1 → pipelines/enti/dalmine.yaml:3",
    );
    expect((await postino("diff", "treviglio", "dalmine", "--pipeline", "send")).stdout).toBe(
      "treviglio e dalmine sono uguali.\n",
    );
    expect((await postino("diff", "borgolieto", "dalmine", "--pipeline", "send")).stdout).toContain(
      "steps.transmit.retry.times: 8 → 12",
    );
    for (const [args, told] of [
      [["treviglio"], "Manca <ENTE>"],
      [["treviglio", "nessuno"], "L'ente «nessuno» non ha un file"],
      [["treviglio", "dalmine", "--pipeline", "sned"], "La pipeline «sned» non esiste"],
    ] as const) {
      const ended = await postino("diff", ...args);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(told);
    }
  });
});

describe("a base that changed since an ente was tried", () => {
  let world: InstallationWorld;
  beforeAll(async () => {
    world = await makeInstallationWorld({ validationMs: 86_400_000 });
  });
  afterAll(() => world.close());

  test("is told by check until the ente is tried again; and a run that waits keeps its pipeline", async () => {
    const send = join(world.pipelinesFolder, "send.yaml");
    const written = readFileSync(send, "utf8");
    const untried = async (): Promise<string> =>
      (await world.postino(["check"])).stdout.split("\n").find((line) => line.includes("P042")) ??
      "";
    const input = world.file("uno.jsonl", verbaliLines(1, world.freshDay));
    for (const args of [
      ["init", "-q"],
      ["add", "-A", "pipelines"],
      ["-c", "user.name=p", "-c", "user.email=p@p", "commit", "-qm", "prima"],
    ])
      Bun.spawnSync(["git", ...args], { cwd: world.folder });

    expect(await untried()).toBe("");
    await world.postino(["try", input, "--ente", "prova"]);
    writeFileSync(send, written.replace("zip", "zip # un commento"));
    expect(await untried()).toBe("");
    const waiting = await world.json([
      "run",
      "send",
      "--ente",
      "prova",
      "--input",
      input,
      "--wait",
      "1s",
      "--json",
    ]);
    writeFileSync(send, written.replace("within: 24h", "within: 36h"));

    expect(await untried()).toMatch(
      /pipelines\/send\.yaml:1:1: avviso P042: l'ente prova non è stato provato da quando questo file è cambiato/,
    );
    const { stdout } = await world.postino(["impact"]);
    expect(stdout).toContain("steps.import-iun.within: 24h → 36h");
    expect(stdout).toContain("Non ancora provati con queste modifiche: prova.");
    expect(stdout).toContain("1 flusso aperto non cambia: conserva la pipeline con cui è partito.");
    expect(stdout).toContain(`${waiting.document.run.id} (send, prova): in attesa`);
    await world.postino(["try", input, "--ente", "prova"]);
    expect(await untried()).toBe("");
    expect((await world.postino(["impact"])).stdout).not.toContain("Non ancora provati");
  });
});
