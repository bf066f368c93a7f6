/** The pipelines of all enti as a server keeps them: a broken file stops only itself, and what did not change is not read again. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../engine/host/logger.ts";
import { EnteSettings } from "../../../integrations/ente.ts";
import { openPipelineFiles } from "../../../loader/pipeline/files.ts";
import { loadRegistry } from "../../../loader/pipeline/registry.ts";
import { readConfig } from "../../../server/config.ts";
import { openPipelineBook, type PipelineBook } from "../../../server/pipeline-book.ts";

const steps = loadRegistry({ folders: ["steps"] });
const sample = readFileSync("pipelines/enti/borgolieto.yaml", "utf8");
const scheduled = (head: string) => `name: Prova
schedule: ${head}
steps:
  - uses: load-verbali
  - uses: validate
`;

let folder: string;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postino-book-"));
  logged = [];
  mkdirSync(join(folder, "enti"));
  for (const codice of ["alfa", "beta"])
    put(`enti/${codice}.yaml`, sample.replaceAll("borgolieto", codice));
  put("ore.yaml", scheduled('{ cron: "0 * * * *" }'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

async function openBook(): Promise<PipelineBook> {
  const note = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    const { file, line = "", fault = "" } = fields ?? {};
    const where = String(file).replace(`${folder}/`, "");
    logged.push(`${message} ${where} ${String(line)} ${String(fault)}`.trim());
  };
  return openPipelineBook({
    config: { ...readConfig({}), pipelinesFolder: folder },
    registry: await steps,
    log: { ...silentLogger, error: note, info: note },
    reportBug: () => null,
  });
}

async function listPairs(book: PipelineBook): Promise<readonly string[]> {
  const { scheduled: found, unreadable } = await book.listSchedules();
  return [
    ...found.map(({ pipeline, ente, schedule }) => `${ente} ${pipeline} ${schedule.cron}`),
    ...unreadable.map(({ pipeline, ente }) => `${ente} ${pipeline} unreadable`),
  ];
}

async function listBroken(book: PipelineBook): Promise<readonly string[]> {
  const { broken = [] } = await book.readCatalog();
  return broken.map(({ file, line, ente, message }) =>
    [file.replace(`${folder}/`, ""), line, ente, message].join(" | "),
  );
}

describe("a broken file stops only itself", () => {
  test("an ente file that is no YAML: the other ente keeps its schedule", async () => {
    const book = await openBook();
    await book.listSchedules();

    put("enti/alfa.yaml", sample.replaceAll("borgolieto", "alfa").replace("live: ", "live:"));

    expect(await listPairs(book)).toEqual(["beta ore 0 * * * *", "alfa ore unreadable"]);
    expect(await listBroken(book)).toEqual([
      "enti/alfa.yaml | 14 | alfa | dopo i due punti serve uno spazio",
    ]);
  });

  const wrong: Readonly<Record<string, string>> = {
    '{ cron: "* * * * *", timezone: "+01:00" }': `il fuso orario "+01:00" è uno scarto fisso, che non segue l'ora legale`,
    '{ cron: "0 25 * * *" }': 'cron "0 25 * * *" non è valido: nel campo ore "25" non va',
    '{ cron: "0 6 * * *", ifMissed: mai }':
      'nella pipeline "schedule.ifMissed" non può essere "mai"',
  };
  for (const [head, message] of Object.entries(wrong))
    test(`schedule: ${head}`, async () => {
      put("altra.yaml", scheduled(head));
      const book = await openBook();

      expect(await listPairs(book)).toEqual([
        "alfa ore 0 * * * *",
        "beta ore 0 * * * *",
        "alfa altra unreadable",
        "beta altra unreadable",
      ]);
      expect(await listBroken(book)).toEqual([`altra.yaml | 2 |  | ${message}`]);
    });

  test("a fault elsewhere in the pipeline leaves its schedule due, so that the row tells it", async () => {
    put("altra.yaml", `${scheduled('{ cron: "5 * * * *" }')}  - uses: validete\n`);
    const book = await openBook();

    expect(await listPairs(book)).toContain("alfa altra 5 * * * *");
    expect(await listBroken(book)).toEqual(['altra.yaml | 6 |  | il passo "validete" non esiste']);
  });

  test("a pipeline that only people start is not broken by a parameter without value", async () => {
    put(
      "a-mano.yaml",
      `name: A mano\nparams: { lotto: { required: true } }\n${scheduled("~").split("\n").slice(2).join("\n")}`,
    );
    const book = await openBook();

    expect(await listBroken(book)).toEqual([]);
  });
});

test("the log tells a broken file once, again when it is broken otherwise, and when it is mended", async () => {
  const book = await openBook();
  const good = scheduled('{ cron: "0 * * * *" }');
  for (const text of [good, "nome", "nome", `${good}passi: []\n`, good]) {
    put("ore.yaml", text);
    await book.listSchedules();
  }

  expect(logged).toEqual([
    "file broken ore.yaml 1 il file deve contenere chiavi, una per riga",
    'file broken ore.yaml 6 chiave "passi" non riconosciuta nella pipeline',
    "file mended ore.yaml",
  ]);
});

describe("files are read again only where they changed", () => {
  test("the same object until time or size change", async () => {
    const files = openPipelineFiles(folder, EnteSettings);
    const first = await files.readEnte("alfa");

    expect(await files.readEnte("alfa")).toBe(first);

    const file = join(folder, "enti/alfa.yaml");
    utimesSync(file, new Date(1_000), new Date(1_000));
    const touched = await files.readEnte("alfa");
    put("enti/alfa.yaml", `${sample.replaceAll("borgolieto", "alfa")}# altro\n`);
    const longer = await files.readEnte("alfa");
    rmSync(file);

    expect(touched).not.toBe(first);
    expect(longer).not.toBe(touched);
    expect((await files.readEnte("alfa")).root).toBeNull();
  });
});

test("the folders of arrivals are those of the enti, and those that their pipelines name", async () => {
  put(
    "ore.yaml",
    scheduled('{ cron: "0 * * * *" }').replace(
      "load-verbali\n",
      "load-verbali\n    with: { inbox: comune }\n",
    ),
  );
  put(
    "a-mano.yaml",
    "name: A mano\nsteps:\n  - uses: load-verbali\n    with: { inbox: $(ente.codice)-zona }\n  - uses: validate\n",
  );
  const book = await openBook();

  const inboxes = await book.readInboxes();

  expect([...inboxes.keys()].toSorted()).toEqual([
    "alfa",
    "alfa-zona",
    "beta",
    "beta-zona",
    "comune",
  ]);
});
