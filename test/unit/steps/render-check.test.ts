/** check on models: every fault of an ente's changes, of its texts and of its crest, with place, caret and remedy. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../../loader/yaml/diagnostics.ts";
import { formatProblem } from "../../../server/words/problems.ts";
import { checkFiles } from "../../../loader/check/check.ts";
import { resolvePipeline } from "../../../loader/pipeline/resolve.ts";
import { loadRegistry, type StepRegistry } from "../../../loader/pipeline/registry.ts";
import { EnteSettings } from "../../../integrations/ente.ts";

let registry: StepRegistry;
let folder: string;

beforeAll(async () => {
  registry = await loadRegistry({ folders: ["steps"] });
  folder = mkdtempSync(join(tmpdir(), "postino-models-"));
  mkdirSync(join(folder, "enti"));
  cpSync("pipelines/send.yaml", join(folder, "send.yaml"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sound = readFileSync("pipelines/enti/borgolieto.yaml", "utf8");

/** The ente file with settings of the render step, `lines` indented by the caller from the left edge. */
function withRender(lines: string): string {
  const indented = lines.replaceAll(/^(?=.)/gm, "          ");
  return `${sound}pipelines:\n  send:\n    change:\n      render:\n        with:\n${indented}\n`;
}

async function problemsOf(ente: string): Promise<readonly Problem[]> {
  writeFileSync(join(folder, "enti", "borgolieto.yaml"), ente);
  const { problems } = await checkFiles({
    pipelinesFolder: folder,
    registry,
    settingsSchema: EnteSettings,
  });
  return problems;
}

/** Each problem as it is shown, without the path and the list of what may stand there. */
async function told(ente: string): Promise<readonly string[]> {
  return (await problemsOf(ente)).map((problem) => {
    const { options: _options, ...rest } = problem;
    return formatProblem({ ...rest, file: "e.yaml", line: 1 });
  });
}

/** Severity, code, message; what the caret is under; what was probably meant; how to mend it. */
interface Expected {
  readonly name: string;
  readonly with: string;
  readonly says: string;
  readonly at: string;
  readonly maybe?: string;
  readonly remedy?: string;
}

const wrong: readonly Expected[] = [
  {
    name: "a block of the order that does not exist",
    with: "verbale:\n  order: [intestazione, apertura, in-breve, senza-riduzione, premessa, violazione, dettagli, altri-dettagli, contestazione, importi, pagamento, riccorso, ricorso, conducente, fotografie, send, spese-notifica, dati-personali, firma]",
    says: "errore P060: verbale, order.11: il blocco «riccorso» non c'è",
    at: "riccorso",
    maybe: "ricorso",
    remedy: "correggi il nome, oppure scrivi il blocco in blocks",
  },
  {
    name: "a quality that the addressee cannot have",
    with: "verbale:\n  qualita: { propietario: chi possiede il veicolo }",
    says: "errore P060: verbale, qualita.propietario: «propietario» non è una qualità del destinatario",
    at: "propietario",
    maybe: "proprietario",
  },
  {
    name: "a block that is printed twice",
    with: "verbale:\n  order: [intestazione, apertura, in-breve, senza-riduzione, premessa, violazione, dettagli, altri-dettagli, contestazione, importi, pagamento, ricorso, ricorso, conducente, fotografie, send, spese-notifica, dati-personali, firma]",
    says: "avviso P061: verbale, order.12: il blocco «ricorso» è già nell'ordine: si stampa due volte",
    at: "ricorso",
  },
  {
    name: "blocks that are left out",
    with: "verbale:\n  order: [intestazione, apertura, in-breve, senza-riduzione, violazione, dettagli, altri-dettagli, contestazione, importi, pagamento, conducente, fotografie, send, spese-notifica, dati-personali, firma]",
    says: "avviso P061: verbale, order: non si stampa più: «premessa», «ricorso»",
    at: "order",
    remedy: "verifica che il verbale resti completo anche senza",
  },
  {
    name: "an empty order",
    with: "verbale:\n  order: []",
    says: "errore P060: verbale, order: l'ordine non nomina nessun blocco: il verbale sarebbe vuoto",
    at: "order",
  },
  {
    name: "a changed block whose name is misspelt",
    with: "verbale:\n  blocks:\n    ricorsi:\n      paragraphs: [Testo]",
    says: "errore P060: verbale, blocks.ricorsi: al blocco «ricorsi» manca type",
    at: "ricorsi",
    maybe: "ricorso",
    remedy: "correggi il nome, oppure aggiungi type: text",
  },
  {
    name: "a new block that the order does not name",
    with: "verbale:\n  blocks:\n    orari:\n      type: text\n      paragraphs: [Testo]",
    says: "avviso P061: verbale, blocks.orari: il blocco «orari» non si stampa",
    at: "orari",
    remedy: "aggiungi orari a order",
  },
  {
    name: "a kind of block that does not exist",
    with: "verbale:\n  blocks:\n    firma: { type: signatur }",
    says: 'errore P005: nel passo "render" "with.verbale.blocks.firma.type" non può essere "signatur"',
    at: "signatur",
    maybe: "signature",
  },
  {
    name: "a text that its block does not print",
    with: "verbale:\n  blocks:\n    firma:\n      paragraphs: [Testo]",
    says: "errore P060: verbale, blocks.firma.paragraphs: un blocco signature non stampa «paragraphs»",
    at: "paragraphs",
  },
  {
    name: "a value that does not exist",
    with: 'verbale:\n  blocks:\n    firma:\n      lines: ["Il {ente.comandate}, {data}"]',
    says: "errore P060: verbale, blocks.firma.lines.0: «ente.comandate» non è un valore",
    at: "{ente.comandate}",
    maybe: "ente.comandante",
  },
  {
    name: "a condition on a value that does not exist",
    with: "verbale:\n  blocks:\n    send: { when: costi }",
    says: "errore P060: verbale, blocks.send.when: «costi» non è un valore",
    at: "costi",
  },
  {
    name: "an emphasis that is not closed",
    with: 'verbale:\n  blocks:\n    firma:\n      lines: ["Con **grande evidenza"]',
    says: "errore P060: verbale, blocks.firma.lines.0: «**» si apre e non si chiude",
    at: "**grande evidenza",
    remedy: "scrivi **così** ciò che va in evidenza",
  },
  {
    name: "a brace that stands alone",
    with: 'verbale:\n  footer: "{ente.nome} } verbale {numero}"',
    says: "errore P060: verbale, footer: la graffa «}» è sola",
    at: "}",
  },
  {
    name: "a letter that the fonts lack",
    with: 'verbale:\n  blocks:\n    firma:\n      lines: ["Комуна di Borgolieto"]',
    says: "errore P060: verbale, blocks.firma.lines.0: i caratteri «К» (U+041A), «о» (U+043E), «м» (U+043C), «у» (U+0443), «н» (U+043D), «а» (U+0430) non si possono stampare",
    at: "К",
    remedy: "scrivi il testo con lettere latine",
  },
  {
    name: "a footer whose value may be absent",
    with: 'verbale:\n  footer: "Protocollo {protocollo}"',
    says: "errore P060: verbale, footer: «protocollo» può mancare, e senza il suo valore questo testo resta vuoto",
    at: "{protocollo}",
  },
  {
    name: "a text with a value that the ente does not give",
    with: 'verbale:\n  blocks:\n    firma:\n      lines: ["**{ente.comandante}**", "{ente.pec}"]',
    says: "avviso P061: questo testo non si stampa: l'ente non dà «ente.pec»",
    at: "{ente.pec}",
  },
  {
    name: "amounts with other than five columns",
    with: "verbale:\n  blocks:\n    importi:\n      columns: [Quando, Totale]",
    says: "errore P060: verbale, blocks.importi.columns: la tabella degli importi ha cinque colonne, qui le intestazioni sono 2",
    at: "columns",
    remedy: "columns: [Quando, Codice avviso pagoPA, Sanzione, Spese, Totale]",
  },
  {
    name: "a margin that SEND does not allow",
    with: "verbale:\n  page: { margins: { left: 5 } }",
    says: 'errore P005: nel passo "render" "with.verbale.page.margins.left" è troppo piccolo: almeno 10',
    at: "5",
  },
  {
    name: "a margin of the notice that pagoPA does not allow",
    with: "avviso:\n  page: { margins: { top: 61 } }",
    says: 'errore P005: nel passo "render" "with.avviso.page.margins.top" è troppo grande: al massimo 60',
    at: "61",
  },
  {
    name: "a language without texts, in the verbale",
    with: "verbale:\n  second: { language: la }",
    says: "errore P060: verbale, second.language: il modello del verbale non ha testi in «la»",
    at: "la",
    remedy: "scegli un'altra lingua, oppure scrivi i testi in second.blocks",
  },
  {
    name: "a language without texts, in the notice",
    with: "avviso:\n  second: { language: en }",
    says: "errore P060: avviso, second.language: il modello dell'avviso non ha testi in «en»",
    at: "en",
    remedy: "scegli un'altra lingua, oppure scrivi i testi in second.texts",
  },
  {
    name: "a translation of a block that does not exist",
    with: "verbale:\n  second:\n    language: de\n    blocks:\n      firme: { lines: [Text] }",
    says: "errore P060: verbale, second.blocks.firme: il blocco «firme» non c'è",
    at: "firme",
    maybe: "firma",
  },
  {
    name: "a translation with fewer rows",
    with: "verbale:\n  second:\n    language: de\n    blocks:\n      violazione: { rows: [{ label: Ort }] }",
    says: "errore P060: verbale, second.blocks.violazione.rows: rows: in italiano sono 7, in «de» 1",
    at: "rows",
  },
  {
    name: "an Italian text that was changed without its translation",
    with: "verbale:\n  blocks:\n    dati-personali: { paragraphs: [Altro testo] }\n  second: { language: fr }",
    says: "avviso P061: verbale, blocks.dati-personali.paragraphs: «paragraphs» di «dati-personali» è cambiato solo in italiano",
    at: "paragraphs",
    remedy: "scrivi anche second.blocks.dati-personali.paragraphs",
  },
  {
    name: "a subject with a value that does not exist",
    with: 'avviso:\n  subject: "Violazione, verbale {nummero}"',
    says: "errore P060: avviso, subject: «nummero» non è un valore",
    at: "{nummero}",
    maybe: "numero",
  },
  {
    name: "a subject that is too long whatever the verbale",
    with: `avviso:\n  subject: "V${"iolazione ".repeat(9)}{numero}"`,
    says: "errore P060: avviso, subject: l'oggetto dell'avviso ha almeno 92 caratteri, pagoPA ne ammette 90",
    at: `"V${"iolazione ".repeat(9)}{numero}"`,
  },
  {
    name: "a subject in capitals",
    with: 'avviso:\n  subject: "VERBALE NUMERO {numero}"',
    says: "errore P060: avviso, subject: l'oggetto dell'avviso è tutto in maiuscole",
    at: '"VERBALE NUMERO {numero}"',
  },
  {
    name: "a subject without initial capital",
    with: 'avviso:\n  subject: "verbale {numero}"',
    says: "errore P060: avviso, subject: l'oggetto dell'avviso comincia con una minuscola",
    at: '"verbale {numero}"',
  },
  {
    name: "a subject that may be empty",
    with: 'avviso:\n  subject: "Verbale {protocollo}"',
    says: "errore P060: avviso, subject: «protocollo» può mancare, e senza il suo valore questo testo resta vuoto",
    at: "{protocollo}",
  },
  {
    name: "a fixed text of the notice with a value",
    with: 'avviso:\n  texts: { scelta: "Scegli {numero}" }',
    says: "errore P060: avviso, texts.scelta: i testi fissi dell'avviso non hanno valori tra graffe",
    at: "{numero}",
    remedy: "i valori stanno in subject e in info",
  },
  {
    name: "a fixed text that does not exist",
    with: "avviso:\n  texts: { sceltta: Testo }",
    says: 'errore P003: chiave "sceltta" non riconosciuta in "with.avviso.texts" nel passo "render"',
    at: "sceltta",
    maybe: "scelta",
  },
  {
    name: "a line of the creditor that is too long",
    with: `avviso:\n  info: "Informazioni ${"molto ".repeat(16)}utili"`,
    says: "errore P060: la riga di informazioni dell'avviso ha 114 caratteri, pagoPA ne ammette 100",
    at: `"Informazioni ${"molto ".repeat(16)}utili"`,
  },
];

describe("check tells of a model", () => {
  test.each([...wrong])("$name", async ({ with: lines, says, at, maybe, remedy }) => {
    const ente = says.includes("ente.pec") ? withRender(lines).replace(/^ {2}pec: .*\n/m, "") : "";

    const problems = await problemsOf(ente === "" ? withRender(lines) : ente);

    const shown = problems.map((problem) => formatProblem(problem));
    expect(shown).toHaveLength(1);
    const [problem] = problems;
    expect(shown[0]?.split("\n")[0]).toEndWith(`: ${says}`);
    expect(problem?.file).toBe(join(folder, "enti", "borgolieto.yaml"));
    const { excerpt = "", column = 0, endColumn } = problem ?? {};
    expect(excerpt.slice(column - 1, endColumn === undefined ? undefined : endColumn - 1)).toBe(at);
    expect(problem?.maybe).toBe(maybe);
    if (remedy !== undefined) expect(problem?.remedy).toBe(remedy);
  });

  test("nothing where nothing is wrong, in any language", async () => {
    for (const language of ["de", "sl", "fr"])
      expect(
        await told(
          withRender(
            `verbale: { second: { language: ${language} } }\navviso: { second: { language: ${language} } }`,
          ),
        ),
      ).toEqual([]);
  });

  test("all faults at once, beside those that the schema tells", async () => {
    const problems = await problemsOf(
      withRender(
        'verbale:\n  page: { margins: { left: 5 } }\n  blocks:\n    firma:\n      lines: ["{data", "{ente.nom}"]\n      lins: [x]',
      ),
    );

    expect(problems.map(({ code, column }) => [code, column])).toEqual([
      ["P005", 38],
      ["P060", 26],
      ["P060", 35],
      ["P003", 17],
    ]);
  });
});

describe("check tells of the ente's own data on the documents", () => {
  test("a crest that is not there, with where it was looked for", async () => {
    const [shown] = await told(sound.replace("render:\n", "render:\n  stemma: stemma.png\n"));

    expect(shown).toBe(
      `e.yaml:1:11: errore P060: lo stemma "stemma.png" non si può usare
   |
 1 |   stemma: stemma.png
   |           ^^^^^^^^^^  il file non c'è
   = correzione: scrivi il percorso a partire dalla cartella del file dell'ente`,
    );
  });

  test("a crest that is neither PNG nor SVG of paths", async () => {
    writeFileSync(join(folder, "enti", "stemma.svg"), '<svg viewBox="0 0 9 9"><g/></svg>');
    writeFileSync(join(folder, "enti", "stemma.png"), Buffer.from([0x89, 0x50, 1, 2, 3]));

    const svg = await told(sound.replace("render:\n", "render:\n  stemma: stemma.svg\n"));
    const png = await told(sound.replace("render:\n", "render:\n  stemma: stemma.png\n"));
    rmSync(join(folder, "enti", "stemma.png"));

    expect(svg[0]).toContain(
      "lo stemma SVG contiene <g>: deve essere fatto di soli elementi <path>",
    );
    expect(png[0]).toContain("lo stemma PNG è guasto");
  });

  test("a logo of pagoPA that is not there, or is no picture", async () => {
    writeFileSync(join(folder, "enti", "logo.png"), "testo");

    const gone = await told(sound.replace("render:\n", "render:\n  logoPagopa: manca.svg\n"));
    const wrong = await told(sound.replace("render:\n", "render:\n  logoPagopa: logo.png\n"));
    rmSync(join(folder, "enti", "logo.png"));

    expect(gone[0]).toContain('il logo di pagoPA "manca.svg" non si può usare');
    expect(wrong[0]).toContain("il file non è né un PNG né un SVG");
  });

  test("a letter that the fonts lack, in the ente's name", async () => {
    const [shown] = await told(sound.replace("nome: Comune di", "nome: Ōмune di"));

    expect(shown).toBe(
      `e.yaml:1:10: errore P060: ente.nome: il carattere «м» (U+043C) non si può stampare
   |
 1 |   nome: Ōмune di Borgolieto
   |          ^  i font dei documenti non lo hanno
   = correzione: scrivi il testo con lettere latine`,
    );
  });

  test("a postal slip without Poste's permission", async () => {
    const account = 'payments:\n  postalAccount: "16302093"\n';

    const [shown] = await told(sound.replace("payments:\n", account));
    const permitted = await told(
      sound.replace("payments:\n", `${account}  postalAuthorization: AUT. DB/SISB/E 00000\n`),
    );

    expect(shown).toBe(
      `e.yaml:1:3: avviso P061: il bollettino postale esce senza l'autorizzazione di Poste alla stampa in proprio
   |
 1 |   postalAccount: "16302093"
   |   ^^^^^^^^^^^^^
   = consiglio: postalAuthorization: "AUT. DB/… DEL …"`,
    );
    expect(permitted).toEqual([]);
  });

  test("an authority of appeal that the verbale would not name", async () => {
    const [shown, ...others] = await told(sound.replace(/^ {2}prefetto: .*\n/m, ""));

    expect(others).toEqual([]);
    expect(shown).toContain(
      'avviso P061: il verbale non dice la Prefettura competente per il ricorso: manca "render.prefetto"',
    );
    expect(shown).toContain("= consiglio: render: { prefetto: … }");
  });
});

test("a run does not begin with a wrong model", async () => {
  writeFileSync(
    join(folder, "enti", "borgolieto.yaml"),
    withRender("verbale: { order: [intestazione, saluti] }"),
  );

  const { resolved, problems } = await resolvePipeline({
    pipelinesFolder: folder,
    pipeline: "send",
    ente: "borgolieto",
    params: {},
    registry,
    settingsSchema: EnteSettings,
  });

  expect(resolved).toBeNull();
  expect(problems.map(({ message }) => message)).toContain(
    "verbale, order.1: il blocco «saluti» non c'è",
  );
});
