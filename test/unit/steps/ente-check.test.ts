/** check on what the ente file and the pipeline say of each other: signers that sign, codes whose check digits fit. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFiles } from "../../../loader/check/check.ts";
import { loadRegistry, type StepRegistry } from "../../../loader/pipeline/registry.ts";
import { EnteSettings } from "../../../integrations/ente.ts";

let registry: StepRegistry;
let folder: string;

beforeAll(async () => {
  registry = await loadRegistry({ folders: ["steps"] });
  folder = mkdtempSync(join(tmpdir(), "postino-ente-"));
  mkdirSync(join(folder, "enti"));
  cpSync("pipelines/send.yaml", join(folder, "send.yaml"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const sound = readFileSync("pipelines/enti/borgolieto.yaml", "utf8");

function signing(settings: string): string {
  return `${sound}pipelines: { send: { change: { sign: { with: { ${settings} } } } } }\n`;
}

/** Severity, code and message of each problem, with the words under its caret and what was probably meant. */
async function told(ente: string): Promise<readonly string[]> {
  writeFileSync(join(folder, "enti", "borgolieto.yaml"), ente);
  const { problems } = await checkFiles({
    pipelinesFolder: folder,
    registry,
    settingsSchema: EnteSettings,
  });
  return problems
    .filter(({ code }) => code !== "P022")
    .map(({ severity, code, message, excerpt = "", column, endColumn, maybe }) => {
      const words = excerpt.slice(column - 1, (endColumn ?? column) - 1);
      return `${severity} ${code} «${words}» ${message}${maybe === undefined ? "" : ` (${maybe})`}`;
    });
}

describe("the signer", () => {
  test("one that can sign in that mode is not spoken of", async () => {
    expect(await told(sound)).toEqual([]);
    expect(await told(signing("mode: otp, signer: segretario"))).toEqual([]);
    expect(await told(signing("mode: upload"))).toEqual([]);
  });

  test("an unknown name is told with the nearest", async () => {
    expect(await told(signing("signer: comandate"))).toEqual([
      'error P060 «comandate» l\'ente non ha un firmatario "comandate" (comandante)',
    ]);
  });

  test("a key file cannot sign with an OTP", async () => {
    expect(await told(signing("mode: otp"))).toEqual([
      'error P060 «otp» il firmatario "comandante" non ha una firma remota, e mode: otp la vuole',
    ]);
  });

  test("who uploads has no key to sign with", async () => {
    const uploads = sound.replace("  signers:\n", "  signers:\n    vice: { upload: {} }\n");

    expect(
      await told(
        `${uploads}pipelines: { send: { change: { sign: { with: { signer: vice } } } } }\n`,
      ),
    ).toEqual([
      'error P060 «vice» il firmatario "vice" non ha una chiave, e mode: automatic la vuole',
    ]);
  });

  test("uploads want authorities to hold them against", async () => {
    const trusting = signing("mode: upload").replace("  trust: ../../data/demo/keys\n", "");

    expect(await told(trusting)).toEqual([
      "error P060 «upload» il file dell'ente non dice di quali autorità fidarsi per i PDF firmati altrove",
    ]);
  });
});

describe("codes with check digits", () => {
  test("a wrong digit in the ente's codice fiscale is an error at its place", async () => {
    expect(await told(sound.replace("89999990164", "89999990165"))).toEqual([
      'error P060 «"89999990165"» nel file dell\'ente "ente.codiceFiscale" ha una cifra sbagliata o scambiata',
    ]);
  });

  test("two digits of an IBAN changed about are an error at its place", async () => {
    const ente = sound.replace("IT60X0542811101000000123456", "IT60X0542811101000000132456");

    expect(await told(ente)).toEqual([
      'error P060 «IT60X0542811101000000132456» nel file dell\'ente "payments.iban" ha un carattere sbagliato o scambiato',
    ]);
  });
});

describe("a form that does not fit", () => {
  test("is told in words, not as an expression", async () => {
    writeFileSync(
      join(folder, "enti", "borgolieto.yaml"),
      sound.replace("IT60X0542811101000000123456", "IT60 X054 2811 1010 0000 0123 456"),
    );

    const { problems } = await checkFiles({
      pipelinesFolder: folder,
      registry,
      settingsSchema: EnteSettings,
    });

    expect(problems.find(({ code }) => code === "P005")?.remedy).toBe(
      "un IBAN italiano ha 27 caratteri, senza spazi: IT, due cifre, una lettera maiuscola, dieci cifre, dodici tra cifre e lettere maiuscole",
    );
  });
});

describe("texts that SEND wants in a form of its own", () => {
  test("a name of the ente that ends with a line break would make SEND refuse every verbale", async () => {
    const folded = sound.replace("nome: Comune di Borgolieto", "nome: >\n    Comune di Borgolieto");

    expect(folded).not.toBe(sound);
    expect(await told(folded)).toEqual([
      'error P005 «>» nel file dell\'ente "ente.nome" non ha la forma prevista',
    ]);
  });

  test("a name of the ente has at most the 88 characters that SEND takes", async () => {
    const named = (length: number): string =>
      sound.replace("nome: Comune di Borgolieto", `nome: ${"a".repeat(length)}`);

    expect(await told(named(88))).toEqual([]);
    expect(await told(named(89))).toEqual([
      `error P005 «${"a".repeat(89)}» nel file dell'ente "ente.nome" è troppo lungo: al massimo 88 caratteri`,
    ]);
  });

  test("a group with an accent is none that SEND can read", async () => {
    const accented = sound.replace("send:\n", "send:\n  group: polizia-città\n");

    expect(await told(accented)).toEqual([
      'error P005 «polizia-città» nel file dell\'ente "send.group" non ha la forma prevista',
    ]);
  });

  test("the title of the documents is one line", async () => {
    expect(
      await told(
        `${sound}pipelines: { send: { change: { transmit: { with: { documentTitle: "Verbale\\ndi accertamento" } } } } }\n`,
      ),
    ).toEqual([
      'error P005 «"Verbale\\ndi accertamento"» nel passo "transmit" "with.documentTitle" non ha la forma prevista',
    ]);
  });
});

describe("calls a second to the payment system", () => {
  const paced = (line: string): string =>
    sound.replace("  adapter: gpd\n", `  adapter: gpd\n${line}`);

  test.each([
    ["none named", "", []],
    ["nine", "  requestsPerSecond: 9\n", []],
    ["ten, all that GPD lets through", "  requestsPerSecond: 10\n", []],
    [
      "eleven",
      "  requestsPerSecond: 11\n",
      [
        "warning P061 «11» 11 chiamate al secondo sono più di quante ne passano: GPD ne ammette 10 per chiave",
      ],
    ],
    [
      "the hundred of before",
      "  requestsPerSecond: 100\n",
      [
        "warning P061 «100» 100 chiamate al secondo sono più di quante ne passano: GPD ne ammette 10 per chiave",
      ],
    ],
  ] as const)("%s", async (_how, line, problems) => {
    expect(await told(paced(line))).toEqual([...problems]);
  });
});
