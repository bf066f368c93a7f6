/** The commands that only read, and what a person who mistypes is told: check, show, steps, runs, status, export, help. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale, verbaliLines } from "../support/verbali.ts";

const main = join(import.meta.dir, "..", "..", "server", "main.ts");

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
});
afterAll(async () => {
  await world.close();
});

const steps = "steps:\n  - uses: load-verbali\n  - uses: validate\n";

/** Broken pipelines by name: text, and where which error is found first. */
const broken: Readonly<Record<string, readonly [text: string, place: string]>> = {
  "passo-ignoto": [`name: A\n${steps}  - uses: rendr\n`, "5:11: errore P004"],
  "chiave-ignota": [`name: A\n${steps}    retri: { times: 1 }\n`, "5:5: errore P003"],
  "tipo-sbagliato": [`name: A\n${steps}    with: { limitDays: molti }\n`, "5:24: errore P005"],
  "campo-mancante": [`name: A\n${steps}  - uses: zip\n`, "5:11: errore P012"],
  "zero-iniziale": [
    `name: A\nparams:\n  istat: { type: string, default: 058091, help: Codice }\n${steps}`,
    "3:35: errore P006",
  ],
  "diciotto-cifre": [
    `name: A\nparams:\n  avviso: { type: string, default: 301000000000000144, help: Avviso }\n${steps}`,
    "3:36: errore P006",
  ],
  tabulazione: ["name: A\nsteps:\n\t- uses: load-verbali\n", "3:1: errore P008"],
  "passo-successivo": [
    `name: A\nsteps:\n  - uses: load-verbali\n  - uses: validate\n  - uses: import-iun\n  - uses: reset-iuv\n  - uses: render\n  - uses: sign\n    with: { signer: comandante }\n  - uses: transmit\n`,
    "5:11: errore P011",
  ],
  "cron-sbagliato": [
    `name: A\nschedule: { cron: "61 6 * * *", timezone: Europe/Rome }\n${steps}`,
    "2:20: errore P020",
  ],
};

describe("check", () => {
  test("names file, line, column and code of every broken pipeline, exit 2", async () => {
    const folder = join(world.folder, "rotte");
    mkdirSync(folder);
    const files = Object.entries(broken).map(([name, [text]]) => {
      writeFileSync(join(folder, `${name}.yaml`), text);
      return `rotte/${name}.yaml`;
    });

    const ended = await world.postino(["check", ...files]);

    const found = ended.stdout.split("\n").filter((line) => /: errore P\d{3}: /.test(line));
    const places = Object.entries(broken).map(([name, [, place]]) => `rotte/${name}.yaml:${place}`);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 2, stderr: "" });
    expect(places.filter((place) => !found.some((line) => line.startsWith(`${place}: `)))).toEqual(
      [],
    );
    expect(ended.stdout).toContain("rotte/passo-ignoto.yaml:5:11: errore P004: ");
  });

  test("an ente that changes a step which is gone, exit 2 at its line", async () => {
    const folder = join(world.folder, "altre");
    mkdirSync(join(folder, "enti"), { recursive: true });
    writeFileSync(join(folder, "send.yaml"), `name: A\n${steps}`);
    writeFileSync(
      join(folder, "enti", "prova.yaml"),
      `ente: { codice: prova, nome: Prova, codiceFiscale: "89999990164" }
send: { baseUrl: "http://127.0.0.1:1/send", apiKey: { secret: A } }
payments: { baseUrl: "http://127.0.0.1:1/gpd", segregationCode: "01", iban: IT60X0542811101000000123456 }
signing: { signers: {} }
pipelines:
  send:
    change:
      firma: { with: { mode: otp } }
`,
    );

    const ended = await world.postino(["check"], { env: { POSTINO_PIPELINES: "altre" } });

    expect(ended.code).toBe(2);
    expect(ended.stdout).toStartWith("altre/enti/prova.yaml:8:7: errore P040: ");
  });

  test("without faults says so, exit 0", async () => {
    const ended = await world.postino(["check"]);

    expect([ended.code, ended.stdout]).toEqual([
      0,
      "2 file controllati: nessun errore\nSpese di notifica (prova): le scrive SEND sulle posizioni di GPD, e il destinatario le paga con l'avviso; lo prova postino doctor.\nNota: l'elenco dei CAP di PagoPA non è mai stato importato; con la tabella fornita le frazioni non si controllano. Per importarlo: postino postal import FILE\n",
    ]);
  });
});

test("show tells where each value comes from, steps lists them with what they do", async () => {
  const shown = await world.postino(["show", "send", "--ente", "prova"]);
  const listed = await world.postino(["steps"]);
  const one = await world.postino(["steps", "sign"]);

  expect(shown.code).toBe(0);
  expect(shown.stdout).toStartWith("# Pipeline send, ente prova\nname: Notifica di prova ");
  expect(shown.stdout).toMatch(/^ {6}pattern: "\*\.jsonl" +# pipelines\/send\.yaml:4$/m);
  expect(shown.stdout).toMatch(/^ {6}onInvalidRow: refuse +# valore predefinito$/m);
  expect(listed.code).toBe(0);
  expect(listed.stdout.split("\n").map((line) => line.split(" ")[0])).toContain("transmit");
  expect(one.stdout).toContain(
    "\nLegge: documents. Aggiunge: signedDocuments (Documenti firmati).\n",
  );
});

test("runs, status and export tell a run in words, JSON and CSV", async () => {
  const wrong = makeVerbale(2, world.freshDay);
  const input = world.file(
    "flusso.jsonl",
    [
      makeVerbale(1, world.freshDay),
      {
        ...wrong,
        destinatario: { ...wrong.destinatario, codiceFiscale: "NVNTMS66B24X001A" },
      },
    ]
      .map((verbale) => JSON.stringify(verbale))
      .join("\n"),
  );
  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  const { id } = document.run;

  const runs = await world.postino(["runs"]);
  const filtered = await world.postino(["runs", "--json", "--ente", "prova", "--state", "blocked"]);
  const status = await world.postino(["status", id]);
  const json = await world.json(["export", id, "--format", "json"]);
  const csv = await world.postino(["export", id]);
  const none = await world.postino(["status", "20000101-0001"]);

  expect(runs.stdout.split("\n")[1]).toStartWith(`${id}  prova  send      Completato con scarti  `);
  expect(runs.stdout).toContain("  1/2 (1 scartato)  ");
  expect(filtered.stdout).toBe('{"runs":[]}\n');
  expect(status.code).toBe(3);
  expect(status.stdout).toEndWith(
    `\nFlusso ${id}: completato con scarti — 1 su 2 conclusi, 1 scartato.\n`,
  );
  expect(status.stdout).toContain("\n    Che cosa fare: ");
  expect([json.code, json.document]).toEqual([0, document]);
  expect(csv.stdout.trimEnd().split("\n")).toHaveLength(3);
  expect(csv.stdout).toContain("T00001;");
  expect([none.code, none.stderr]).toEqual([
    2,
    "Il flusso 20000101-0001 non esiste. L'elenco: postino runs\n",
  ]);
});

describe("a person who mistypes", () => {
  const usage =
    "Uso: postino run <pipeline> --ente <codice> [--input FILE] [--first N] [--param k=v]… [--wait 10m] [--json]\n";
  const mistyped: readonly (readonly [args: readonly string[], says: string])[] = [
    [["rsume"], "Il comando «rsume» non esiste. Forse: postino resume.\n"],
    [
      ["run", "send", "--inptu", "a"],
      `L'opzione --inptu non esiste per questo comando. Forse: --input\n${usage}`,
    ],
    [["run", "send", "--ente"], `L'opzione --ente vuole un valore.\n${usage}`],
    [["run", "send", "--json=si"], `L'opzione --json non vuole un valore.\n${usage}`],
    [["run"], `Manca <pipeline>.\n${usage}`],
    [["run", "send"], `Manca --ente (per esempio: --ente borgolieto).\n${usage}`],
    [["run", "send", "altro"], `«altro» è di troppo.\n${usage}`],
    [
      ["run", "send", "--ente", "prova", "--wait", "presto"],
      `--wait vuole una durata come 30s, 10m o 2h, non «presto».\n${usage}`,
    ],
    [["run", "send", "--ente", "prova", "--input", "nulla.csv"], "Il file nulla.csv non esiste.\n"],
    [["run", "send", "--ente="], `L'opzione --ente vuole un valore.\n${usage}`],
    [
      ["run", "send", "--ente", "prova", "--ente", "altro"],
      `L'opzione --ente è scritta due volte.\n${usage}`,
    ],
    [["postal", "import", "."], "Il file . non si può leggere.\n"],
  ];
  test("is told in Italian what is meant, exit 2", async () => {
    for (const [args, says] of mistyped) {
      const ended = await world.postino(args);

      expect({ args, code: ended.code, stdout: ended.stdout }).toEqual({
        args,
        code: 2,
        stdout: "",
      });
      expect(ended.stderr).toStartWith(says);
    }
  });

  test("is told that a pipeline reads no file, instead of a run that leaves the file aside", async () => {
    const path = join(world.folder, "pipelines", "riprese.yaml");
    writeFileSync(
      path,
      "name: Riprese\nsteps:\n  - uses: load-open-notifications\n  - uses: import-iun\n",
    );
    try {
      const ended = await world.postino(["run", "riprese", "--ente", "prova", "--input", path]);

      expect([ended.code, ended.stdout, ended.stderr]).toEqual([
        2,
        "",
        "La pipeline «riprese» non legge un file di verbali. Togliere --input.\n",
      ]);
    } finally {
      rmSync(path);
    }
  });

  test("is reminded of the warnings of check by their number, in run and show", async () => {
    const path = join(world.folder, "pipelines", "avvisi.yaml");
    const text = `name: Avvisi\nsteps:\n  - uses: load-verbali\n    with: { pattern: "*.jsonl" }\n  - uses: validate\n  - uses: reset-iuv\n  - uses: render\n    with: { verbale: { blocks: { orari: { type: text, paragraphs: [Di mattina] } } } }\n`;
    const input = world.file("avvisi.jsonl", verbaliLines(1, world.freshDay, 700));
    try {
      writeFileSync(path, text);
      const show = await world.postino(["show", "avvisi", "--ente", "prova"]);
      const run = await world.postino(["run", "avvisi", "--ente", "prova", "--input", input]);
      const check = await world.postino(["check"]);

      expect([show.code, show.stderr]).toEqual([0, "1 avviso: postino check\n"]);
      expect(run.stderr).toStartWith("1 avviso: postino check\n");
      expect(run.stderr).not.toContain("non si stampa");
      expect(check.stdout).toContain("il blocco «orari» non si stampa");
    } finally {
      rmSync(path);
    }
  });

  test("leaves the answer unread, and no fault is told", async () => {
    const reader = Bun.spawn(["sh", "-c", '"$0" "$1" steps | true', process.execPath, main], {
      stderr: "pipe",
      env: { ...process.env, POSTINO_DATA: world.folder },
    });

    expect(await new Response(reader.stderr).text()).toBe("");
  });

  test("finds every command in the help, and help for each", async () => {
    // Real processes: each command begins on its own.
    const help = await world.start(["--help"]).ended;
    const names = help.stdout
      .split("\n")
      .flatMap((line) => /^ {2}([a-z]+)/.exec(line)?.[1] ?? [])
      .filter((name, index, all) => all.indexOf(name) === index);

    expect(help.code).toBe(0);
    for (const name of ["run", "resume", "cancel", "answer", "runs", "status", "export", "check"])
      expect(names).toContain(name);
    const all = await Promise.all(
      names.map(async (name) => ({ name, ended: await world.start([name, "--help"]).ended })),
    );
    for (const { name, ended } of all) {
      expect({ name, code: ended.code, stderr: ended.stderr }).toEqual({
        name,
        code: 0,
        stderr: "",
      });
      expect(ended.stdout).toStartWith(`postino ${name}`);
    }
  });
});
