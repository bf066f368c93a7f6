/** The documents that conformance:documents judges: every model with ordinary and worst data, and what the codes in them must say. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { EnteContent, VerbaleContent } from "../../documents/model/content.ts";
import { readNeutralCrest, readCrest } from "../../documents/layout/crest.ts";
import type { NoticeChanges, VerbaleChanges } from "../../documents/model/model.ts";
import {
  buildNoticeModel,
  buildVerbaleModel,
  verbaleModelNames,
} from "../../documents/model/models.ts";
import { createNoticeRenderer } from "../../documents/sheets/notice.ts";
import type { Drawing } from "../../documents/pdf/pdf-shared.ts";
import type { PdfFile } from "../../documents/pdf/pdf-writer.ts";
import { createVerbaleRenderer } from "../../documents/sheets/verbale.ts";
import {
  bilingual,
  postalEnte,
  sampleEnte,
  sampleVerbale,
  singleAmount,
  withPhotographs,
  worstVerbale,
} from "../../test/unit/documents/sheets/samples.ts";

/** One file to judge. */
export interface Sample {
  /** Row of the table that it counts in. */
  readonly group: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What every QR and every Data Matrix of the file must say; empty for a verbale. */
  readonly qr: readonly string[];
  readonly matrix: readonly string[];
}

export interface SampleOptions {
  /** One crest and the telling cases: what CI has time for. */
  readonly isQuick: boolean;
}

// One pixel, RGBA: what a PNG crest brings along.
const pngPixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DQAAAEAQGA6ZvXhwAAAABJRU5ErkJggg==";

const verbali: readonly (readonly [string, VerbaleContent])[] = [
  ["ordinario", sampleVerbale],
  ["importo-unico", singleAmount],
  ["peggiore", worstVerbale],
  ["fotografie", withPhotographs],
];
const enti: readonly (readonly [string, EnteContent])[] = [
  ["senza-conto-postale", sampleEnte],
  ["con-conto-postale", postalEnte],
  [
    "scarno",
    { nome: "X", codiceFiscale: "89999990164", conAvviso: false, costiAlDestinatario: false },
  ],
];
const verbaleVariants: readonly (readonly [string, VerbaleChanges])[] = [
  ["it", {}],
  ["de", bilingual("de").verbale],
  ["sl", bilingual("sl").verbale],
  ["fr", bilingual("fr").verbale],
];
const noticeVariants: readonly (readonly [string, NoticeChanges])[] = [
  ["it", {}],
  ["de", bilingual("de").avviso],
  ["sl", bilingual("sl").avviso],
  ["fr", bilingual("fr").avviso],
];

/** Renders every model, language, ente and verbale into the folder. */
export async function writeSamples(
  folder: string,
  { isQuick }: SampleOptions,
): Promise<readonly Sample[]> {
  const crests: (readonly [string, Drawing])[] = [["scudo", readNeutralCrest()]];
  if (!isQuick) crests.push(["png", readCrest(Buffer.from(pngPixel, "base64"))]);
  const samples: Sample[] = [];
  const writeSample = async (
    group: string,
    name: string,
    { bytes }: PdfFile,
    codes: { readonly qr: readonly string[]; readonly matrix: readonly string[] },
  ): Promise<void> => {
    const path = join(folder, `${name}.pdf`);
    await writeFile(path, bytes);
    samples.push({ group: `unsigned ${group}`, name, path, bytes, ...codes });
  };
  for (const [crestName, crest] of crests)
    for (const [enteName, ente] of enti)
      for (const [verbaleName, verbale] of verbali) {
        const name = `${crestName}-${enteName}-${verbaleName}`;
        for (const model of verbaleModelNames)
          for (const [language, changes] of verbaleVariants) {
            const renderer = createVerbaleRenderer(buildVerbaleModel(model, changes), {
              ente,
              crest,
            });
            const file = await renderer.render(verbale);
            await writeSample(model, `${model}-${language}-${name}`, file, { qr: [], matrix: [] });
          }
        for (const [language, changes] of noticeVariants) {
          const renderer = createNoticeRenderer(buildNoticeModel(changes), { ente, crest });
          const file = await renderer.render(verbale);
          await writeSample(
            "notice-cds",
            `notice-cds-${language}-${name}`,
            file,
            buildCodes(ente, verbale),
          );
        }
      }
  for (const pipeline of ["ordinanze", "solleciti"])
    for (const { name, bytes } of await previewAct(folder, pipeline))
      await writeSample(pipeline, name, { bytes, pages: 0 }, { qr: [], matrix: [] });
  return samples;
}

/** The acts that are made of YAML and texts alone, as `postino preview` draws them. */
async function previewAct(
  folder: string,
  pipeline: string,
): Promise<readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[]> {
  const out = join(folder, pipeline);
  const root = resolve(import.meta.dir, "../..");
  const words = ["preview", "--ente", "borgolieto", "--pipeline", pipeline, "--out", out];
  const child = Bun.spawn([process.execPath, join(root, "server", "main.ts"), ...words], {
    env: {
      POSTINO_DATA: join(folder, "data"),
      POSTINO_PIPELINES: join(root, "data", "demo", "altri-atti"),
    },
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error(`postino ${words.join(" ")}`);
  const names = (await readdir(out)).filter((name) => name.endsWith(".pdf"));
  return await Promise.all(
    names.map(async (name) => ({
      name: `${pipeline}-${name.slice(0, -".pdf".length)}`,
      bytes: new Uint8Array(await readFile(join(out, name))),
    })),
  );
}

/** Always signed in every mode: each model, two languages, two amounts and postal account, ordinary and worst. */
const signedNames: readonly string[] = [
  ...verbaleModelNames.flatMap((model) => [
    `${model}-it-scudo-senza-conto-postale-ordinario`,
    `${model}-it-scudo-con-conto-postale-peggiore`,
    `${model}-de-scudo-senza-conto-postale-ordinario`,
  ]),
  "notice-cds-it-scudo-senza-conto-postale-ordinario",
  "notice-cds-it-scudo-con-conto-postale-peggiore",
  "notice-cds-de-scudo-con-conto-postale-ordinario",
];

/** The samples that are signed in every mode; unless it is to be quick, all worst data in every language are among them. */
export function pickSamplesToSign(
  unsigned: readonly Sample[],
  { isQuick }: SampleOptions,
): readonly Sample[] {
  const chosen = unsigned.filter(
    ({ name }) => signedNames.includes(name) || (!isQuick && /-scudo-.*-peggiore$/.test(name)),
  );
  for (const name of signedNames)
    if (!chosen.some((sample) => sample.name === name)) throw new Error(`no sample ${name}`);
  return chosen;
}

/** Sources: AVV 2.1 (QR) and Poste's annex to it (Data Matrix), written out by hand once more. */
function buildCodes(
  ente: EnteContent,
  verbale: VerbaleContent,
): { readonly qr: readonly string[]; readonly matrix: readonly string[] } {
  const qr = verbale.payments.map(
    ({ noticeCode, amountCents }) =>
      `PAGOPA|002|${noticeCode}|${ente.codiceFiscale}|${String(amountCents).padStart(2, "0")}`,
  );
  if (ente.postalAccount === undefined) return { qr, matrix: [] };
  const account = ente.postalAccount.padStart(12, "0");
  const name =
    verbale === worstVerbale
      ? "WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW WWWWWWW"
      : "ZANNA SLAZAK D'ANGELO TEPES-MUNOZ";
  const reason = `VIOLAZIONE CODICE DELLA STRADA, VERBALE N. ${verbale.numero}`;
  const matrix = verbale.payments.map(
    ({ noticeCode, amountCents }) =>
      `codfase=NBPA;18${noticeCode}12${account}10${String(amountCents).padStart(10, "0")}3896` +
      `1P1${ente.codiceFiscale}${verbale.recipient.taxId}${name.padEnd(40)}${reason.padEnd(110)}${" ".repeat(12)}A`,
  );
  return { qr, matrix };
}
