/** What enti share is read and typed once, and never given again once its text is another. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkFiles } from "../../../../loader/check/check.ts";
import { openPipelineFiles } from "../../../../loader/pipeline/files.ts";
import { resolveFrom } from "../../../../loader/pipeline/resolve.ts";
import { goodPipeline, registry, settingsSchema, withFolder } from "./pipeline-kit.ts";

const baseText = `service: { baseUrl: "http://prova.example", apiKey: { secret: CHIAVE }, vat: 10 }
columns: { Targa: targa, Importo: importo }
`;

function writeEnte(codice: string, more = ""): string {
  return `extends: [base-provincia.yaml]\nente: { codice: ${codice}, nome: Comune di ${codice} }\n${more}`;
}

const folderOfTwo = {
  "send.yaml": goodPipeline,
  "enti/base-provincia.yaml": baseText,
  "enti/alfa.yaml": writeEnte("alfa"),
  "enti/beta.yaml": writeEnte("beta"),
};

describe("enti of one base", () => {
  const edits = [
    {
      what: "a value of the base",
      file: "enti/base-provincia.yaml",
      text: baseText.replace("vat: 10", "vat: 11"),
      vat: { alfa: 11, beta: 11 },
      codes: [],
    },
    {
      what: "an ente that says otherwise",
      file: "enti/beta.yaml",
      text: writeEnte("beta", "service: { vat: 4 }\n"),
      vat: { alfa: 10, beta: 4 },
      codes: [],
    },
    {
      what: "a fault in a part that nobody changes",
      file: "enti/base-provincia.yaml",
      text: baseText.replace("Importo: importo", "Importo: { a: b }"),
      vat: { alfa: 10, beta: 10 },
      codes: ["enti/base-provincia.yaml:2 P005"],
    },
    {
      what: "a fault in a part that one of them changes",
      file: "enti/base-provincia.yaml",
      text: baseText.replace("vat: 10", "vat: molto"),
      vat: { alfa: undefined, beta: undefined },
      codes: ["enti/base-provincia.yaml:1 P005"],
    },
    {
      what: "a step of the pipeline",
      file: "send.yaml",
      text: `${goodPipeline}  - uses: nessuno\n`,
      vat: { alfa: 10, beta: 10 },
      codes: ["send.yaml P004"],
    },
    {
      what: "the head of the pipeline",
      file: "send.yaml",
      text: `schedule: { cron: "99 * * * *", timezone: Europe/Rome, ifMissed: skip, ifRunning: skip }\n${goodPipeline}`,
      vat: { alfa: 10, beta: 10 },
      codes: ["send.yaml P020"],
    },
  ] as const;

  for (const isSaved of [true, false])
    for (const { what, file, text, vat, codes } of edits)
      test(`${what}, ${isSaved ? "saved" : "in the editor"}: seen at once, and gone when it is taken back`, async () => {
        await withFolder(folderOfTwo, async (folder) => {
          const unsaved = new Map<string, string>();
          const files = openPipelineFiles(folder, settingsSchema, unsaved);
          const look = async () => {
            const { problems } = await checkFiles({
              pipelinesFolder: folder,
              registry,
              settingsSchema,
              openFiles: () => files,
            });
            const enti = [await files.readEnte("alfa"), await files.readEnte("beta")];
            return {
              vat: enti.map(
                ({ settings }) => (settings?.["service"] as { vat?: unknown } | undefined)?.vat,
              ),
              codes: problems.map(({ file: where, line, code }) => {
                const name = where.slice(folder.length + 1);
                return name === "send.yaml" ? `${name} ${code}` : `${name}:${line} ${code}`;
              }),
            };
          };
          const write = async (content: string): Promise<void> => {
            if (isSaved) await writeFile(join(folder, file), content);
            else unsaved.set(resolve(folder, file), content);
          };
          expect(await look()).toEqual({ vat: [10, 10], codes: [] });

          await write(text);

          expect(await look()).toEqual({ vat: [vat.alfa, vat.beta], codes: [...codes] });
          await write(folderOfTwo[file]);
          expect(await look()).toEqual({ vat: [10, 10], codes: [] });
        });
      });

  test("each knows where its values are written", async () => {
    await withFolder(folderOfTwo, async (folder) => {
      const files = openPipelineFiles(folder, settingsSchema);
      const origins = [];

      for (const codice of ["alfa", "beta"]) {
        const { origins: found } = await files.readEnte(codice);
        origins.push([found["settings.columns.Targa"], found["settings.ente.nome"]]);
      }

      expect(origins).toEqual([
        [join(folder, "enti/base-provincia.yaml:2"), join(folder, "enti/alfa.yaml:2")],
        [join(folder, "enti/base-provincia.yaml:2"), join(folder, "enti/beta.yaml:2")],
      ]);
    });
  });
});

describe("a pipeline of many enti", () => {
  test("an ente's own change and expression stay its own", async () => {
    const steps = goodPipeline.replace(
      "- uses: load",
      "- uses: load\n    with: { inbox: $(ente.ente.codice) }",
    );
    const change = "pipelines: { send: { change: { check: { with: { days: 30 } } } } }\n";
    const texts = {
      ...folderOfTwo,
      "enti/beta.yaml": writeEnte("beta", change),
      "send.yaml": steps,
    };

    await withFolder(texts, async (folder) => {
      const files = openPipelineFiles(folder, settingsSchema);
      const found = [];
      for (const ente of ["alfa", "beta", "alfa"]) {
        const { resolved, problems } = await resolveFrom(files, {
          pipeline: "send",
          ente,
          params: {},
          registry,
          settingsSchema,
        });
        found.push([
          problems.map(({ message }) => message),
          ...(resolved?.steps ?? []).slice(0, 2).map((step) => step.with),
        ]);
      }

      const alfa = [[], { inbox: "alfa", pattern: "*.csv" }, { days: 90, strict: true }];
      const beta = [[], { inbox: "beta", pattern: "*.csv" }, { days: 30, strict: true }];
      expect(found).toEqual([alfa, beta, alfa]);
    });
  });
});
