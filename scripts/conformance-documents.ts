/** `bun run conformance:documents`: every model with ordinary and worst data, held against veraPDF (PDF/A-2b) and qpdf; also the PDFs given as arguments. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnteContent, VerbaleContent } from "../documents/content.ts";
import { neutralCrest, readCrest } from "../documents/crest.ts";
import type { NoticeChanges } from "../documents/model.ts";
import { noticeModel, verbaleModel, verbaleModelNames } from "../documents/models.ts";
import { createNoticeRenderer } from "../documents/notice.ts";
import type { Drawing } from "../documents/pdf-writer.ts";
import { createVerbaleRenderer } from "../documents/verbale.ts";
import {
  postalEnte,
  sampleEnte,
  sampleVerbale,
  singleAmount,
  worstVerbale,
} from "../test/unit/documents/samples.ts";
import { missingTools, validatePdfA } from "./conformance/verapdf.ts";

// One pixel, RGBA: what a PNG crest brings along.
const pngPixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DQAAAEAQGA6ZvXhwAAAABJRU5ErkJggg==";

const verbali: readonly (readonly [string, VerbaleContent])[] = [
  ["ordinario", sampleVerbale],
  ["importo-unico", singleAmount],
  ["peggiore", worstVerbale],
];
const enti: readonly (readonly [string, EnteContent])[] = [
  ["senza-conto-postale", sampleEnte],
  ["con-conto-postale", postalEnte],
  [
    "scarno",
    { nome: "X", codiceFiscale: "89999990164", conAvviso: false, costiAlDestinatario: false },
  ],
];

async function writeSamples(folder: string): Promise<string[]> {
  const paths: string[] = [];
  const crests: readonly (readonly [string, Drawing])[] = [
    ["scudo", neutralCrest()],
    ["png", await readCrest(Buffer.from(pngPixel, "base64"))],
  ];
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    const path = join(folder, `${name}.pdf`);
    await writeFile(path, bytes);
    paths.push(path);
  };
  for (const [crestName, crest] of crests)
    for (const [enteName, ente] of enti)
      for (const [verbaleName, verbale] of verbali) {
        const name = `${crestName}-${enteName}-${verbaleName}`;
        for (const model of verbaleModelNames) {
          const renderer = createVerbaleRenderer(verbaleModel(model), { ente, crest });
          await put(`${model}-${name}`, (await renderer.render(verbale)).bytes);
        }
        for (const changes of noticeVariants) {
          const renderer = createNoticeRenderer(noticeModel(changes), { ente, crest });
          const language = changes.second?.language ?? "it";
          await put(`notice-cds-${language}-${name}`, (await renderer.render(verbale)).bytes);
        }
      }
  return paths;
}

const noticeVariants: readonly NoticeChanges[] = [
  {},
  { second: { language: "de" } },
  { second: { language: "sl" } },
  { second: { language: "fr" } },
];

async function main(given: readonly string[]): Promise<number> {
  const missing = [...missingTools(), ...["qpdf"].filter((name) => Bun.which(name) === null)];
  if (missing.length > 0) {
    console.error(`conformance: not installed: ${missing.join(", ")}`);
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), "postino-conformance-"));
  try {
    const paths = given.length > 0 ? given : await writeSamples(folder);
    let faulty = 0;
    for (const { path, faults } of await validatePdfA("2b", paths)) {
      const checked = Bun.spawnSync(["qpdf", "--check", path]);
      const all =
        checked.exitCode === 0 ? faults : [...faults, `qpdf: ${checked.stderr.toString()}`];
      if (all.length === 0) continue;
      faulty += 1;
      console.log(`${path.replace(`${folder}/`, "")}\n  ${all.join("\n  ")}`);
    }
    console.log(`${paths.length} files, ${faulty} not PDF/A-2b`);
    return faulty === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
