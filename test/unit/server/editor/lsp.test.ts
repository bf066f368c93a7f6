/** The language server as an editor meets it: a process, a real client, texts that are half typed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { applyFixes } from "../../../../loader/check/fix.ts";
import { toPosition, buildSource } from "../../../../loader/yaml/diagnostics.ts";
import { type EditorClient, startEditor } from "../../../support/editor-client.ts";
import { repositoryFolder } from "../../../support/repository.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "postino-lsp-")));
const send = "pipelines/send.yaml";
const ente = "pipelines/enti/borgolieto.yaml";
let editor: EditorClient;
let sendText: string;
let enteText: string;

beforeAll(async () => {
  cpSync(join(repositoryFolder, "pipelines"), join(folder, "pipelines"), { recursive: true });
  cpSync(join(repositoryFolder, "data/demo/keys"), join(folder, "data/demo/keys"), {
    recursive: true,
  });
  mkdirSync(join(folder, "passi"));
  mkdirSync(join(folder, "data/secrets"), { recursive: true });
  writeFileSync(join(folder, "data/secrets/BORGOLIETO_SEND"), "valore-che-non-si-legge");
  writeFileSync(
    join(folder, "passi/controlla-protocollo.ts"),
    `import { pureStep, Type } from "postino";
export default pureStep({
  title: "Protocollo",
  summary: "Controlla che il protocollo abbia l'anno",
  config: Type.Object(
    { anno: Type.Optional(Type.Integer({ minimum: 2000, description: "L'anno che il protocollo deve avere" })) },
    { additionalProperties: false },
  ),
  reads: Type.Object({ verbale: Type.Object({ numero: Type.String() }) }),
  adds: Type.Object({}),
  examples: ["anno: 2026"],
  run: () => ({}),
});
`,
  );
  writeFileSync(
    join(folder, "pipelines/lotti.yaml"),
    `name: A lotti
params:
  lotto: { type: string, required: true, help: Codice del lotto }
steps:
  - id: lettura
    uses: load-verbali
    with: { inbox: $(params.lotto) }
  - uses: controlla-protocollo
`,
  );
  sendText = readFileSync(join(folder, send), "utf8");
  enteText = readFileSync(join(folder, ente), "utf8");
  editor = await startEditor(folder, { POSTINO_STEPS: join(folder, "passi") });
});

afterAll(async () => {
  expect(await editor.close()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

// What a test left half typed is no business of the next one.
afterEach(async () => {
  await editor.put(send, sendText);
  await editor.put(ente, enteText);
});

/** The file with a piece typed in place of another. */
function typeOver(text: string, meant: string, typed: string): string {
  expect(text).toContain(meant);
  return text.replace(meant, () => typed);
}

const inSend = (meant: string, typed: string) =>
  [send, () => typeOver(sendText, meant, typed)] as const;
const inEnte = (meant: string, typed: string) =>
  [ente, () => typeOver(enteText, meant, typed)] as const;
const inChange = (typed: string) => [ente, () => `${enteText}pipelines:\n${typed}`] as const;

describe("completion", () => {
  /** Place: what is offered, the first ones, and what must not be. */
  const places: Readonly<
    Record<
      string,
      readonly [
        place: readonly [string, () => string],
        offered: readonly string[],
        not?: readonly string[],
      ]
    >
  > = {
    "keys of an empty pipeline": [
      [send, () => "|"],
      ["name", "steps", "schedule", "params"],
      ["uses"],
    ],
    "a key that is begun": [inSend("schedule: {", "sche|: {"), ["schedule"], ["name", "steps"]],
    "keys of a step": [
      inSend("    within: 24h\n", "    |\n"),
      ["retry", "within", "with", "approval"],
      ["uses"],
    ],
    "keys of a new step": [
      inSend("  - uses: zip\n", "  - |\n  - uses: zip\n"),
      ["uses"],
      ["codice"],
    ],
    "steps, own ones too": [
      inSend("uses: render", "uses: |"),
      ["render", "controlla-protocollo"],
      ["load-verbal"],
    ],
    "sources for the first step": [inSend("uses: load-verbali", "uses: |"), ["load-verbali"]],
    "settings of a step in a line": [
      inSend("with: { split: per-verbale }", "with: { | }"),
      ["split"],
      ["model"],
    ],
    "settings of a step below it": [
      inSend("    with: { split: per-verbale }", "    with:\n      |"),
      ["split"],
      ["mode"],
    ],
    "settings of an own step": [
      inSend("  - uses: zip\n", "  - uses: controlla-protocollo\n    with: { | }\n  - uses: zip\n"),
      ["anno"],
      ["split"],
    ],
    "choices of a setting": [inSend("split: per-verbale", "split: |"), ["per-verbale", "single"]],
    "choices that are half typed": [
      inSend("mode: automatic", "mode: ot|"),
      ["automatic", "otp", "upload"],
    ],
    "keys of a column's rule": [
      inEnte("    Targa: targa\n", "    Targa: { | }\n"),
      ["to", "values", "default", "split", "join", "empty", "format"],
      ["targa"],
    ],
    "how a cell is taken apart": [
      inEnte("    Targa: targa\n", "    Targa: { split: | }\n"),
      ["cognome-nome", "via-civico", "data-ora", "first"],
    ],
    "forms of dates": [
      inEnte("  dates: GG/MM/AAAA\n", "  dates: |\n"),
      ["GG/MM/AA", "AAAAMMGG", "seriale"],
    ],
    "keys of a rule for rows": [
      inEnte("  dates: GG/MM/AAAA\n", "  skip:\n    - { | }\n"),
      ["column", "is", "begins", "empty"],
    ],
    "truth values": [inSend("within: 24h", "approval: |"), ["true", "false"]],
    "durations, the usual first": [inSend("wait: 30s", "wait: |"), ["30s", "10m"]],
    "signers of the enti": [
      inSend("signer: comandante", "signer: |"),
      ["comandante", "segretario"],
    ],
    "data of the ente": [inSend("$(ente.codice)", "$(|"), ["$(ente.codice)", "$(ente.nome)"]],
    "time zones": [inSend("Europe/Rome", "|"), ["Europe/Rome"]],
    "what happens to a missed run": [
      inSend("ifMissed: run-once", "ifMissed: |"),
      ["run-once", "skip"],
    ],
    "parameters of the pipeline": [
      [
        "pipelines/altra.yaml",
        () =>
          "name: x\nparams:\n  lotto: {}\nsteps:\n  - uses: load-verbali\n    with: { inbox: $(par| }\n",
      ],
      ["$(params.lotto)"],
    ],
    "sections of an ente": [
      inEnte("\nlive: false", "\n|"),
      ["live", "pipelines", "law", "esiti"],
      ["send", "payments"],
    ],
    "keys of a section": [inEnte("  settore: Polizia Locale", "  |"), ["settore"], ["nome", "pec"]],
    "the codice is the file's name": [inEnte("codice: borgolieto", "codice: |"), ["borgolieto"]],
    "payment systems": [inEnte("adapter: gpd", "adapter: |"), ["gpd", "govpay", "file"]],
    "names of secrets": [
      inEnte("secret: DEMO_SEND_KEY", "secret: |"),
      ["BORGOLIETO_SEND", "DEMO_GPD_KEY"],
      ["comandante"],
    ],
    "fields for a column": [
      inEnte("Targa: targa", "Targa: |"),
      ["targa", "veicolo.marca"],
      ["numero", "protocollo"],
    ],
    "fields for a column that is new": [
      inEnte("    Targa: targa\n", "    Targa: targa\n    Foto: |\n"),
      ["veicolo.marca"],
      ["targa"],
    ],
    "fields that are the same for every verbale": [
      inEnte("  dates: GG/MM/AAAA\n", "  constants:\n    |\n"),
      ["veicolo.marca", "veicolo.nazione"],
      ["agente", "targa", "dates"],
    ],
    "words that a constant may be": [
      inEnte("  dates: GG/MM/AAAA\n", "  constants: { destinatario.tipo: | }\n"),
      ["PF", "PG"],
      ["sì"],
    ],
    "any text for a constant": [
      inEnte("  dates: GG/MM/AAAA\n", "  constants: { agente: | }\n"),
      [],
      ["PF", "sì"],
    ],
    "words that the values of a column mean": [
      inEnte(
        "    Targa: targa\n",
        "    Targa: targa\n    Tp: { to: destinatario.tipo, values: { F: | } }\n",
      ),
      ["PF", "PG"],
    ],
    "words of a flag, a line each": [
      inEnte(
        "    Targa: targa\n",
        '    Targa: targa\n    Sul posto:\n      to: "contestazioneImmediata"\n      values:\n        OK: |\n',
      ),
      ["sì", "no"],
      ["PF"],
    ],
    "what a column says where it is empty": [
      inEnte(
        "    Targa: targa\n",
        "    Targa: targa\n    Ruolo: { to: destinatario.qualita, default: | }\n",
      ),
      ["proprietario", "locatario"],
    ],
    "ways to write dates": [inEnte("dates: GG/MM/AAAA", "dates: |"), ["GG/MM/AAAA", "AAAA-MM-GG"]],
    "pipelines of the folder": [inChange("  |\n"), ["send", "seguito", "lotti"]],
    "what an ente says of a pipeline": [
      inChange("  send:\n    |\n"),
      ["change", "add", "remove", "schedule", "params"],
    ],
    "steps to change": [
      inChange("  send:\n    change:\n      |\n"),
      ["validate", "transmit"],
      ["follow"],
    ],
    "steps to change in a line": [inChange("  send: { change: { vali| } }\n"), ["validate", "zip"]],
    "ids of a pipeline of one's own": [
      inChange("  lotti:\n    change:\n      |\n"),
      ["lettura", "controlla-protocollo"],
      ["load-verbali"],
    ],
    "keys of a change": [
      inChange("  send: { change: { zip: { | } } }\n"),
      ["with", "retry", "within"],
    ],
    "settings in a change": [
      inChange("  send:\n    change:\n      validate:\n        with:\n          |\n"),
      ["marginDays", "severity"],
      ["split"],
    ],
    "settings in a change of an own step": [
      inChange("  lotti: { change: { controlla-protocollo: { with: { | } } } }\n"),
      ["anno"],
    ],
    "checks whose severity is chosen": [
      inChange("  send: { change: { validate: { with: { severity: { | } } } } }\n"),
      ["CAP_TOWN", "AMOUNT_RATE", "SAME_VIOLATION"],
    ],
    severities: [
      inChange(
        "  send:\n    change:\n      validate:\n        with:\n          severity:\n            CAP_TOWN: |\n",
      ),
      ["error", "warning", "off"],
    ],
    "steps to remove": [inChange("  send: { remove: [|] }\n"), ["zip", "validate"]],
    "steps to remove, one a line": [inChange("  send:\n    remove:\n      - z|\n"), ["zip"]],
    "steps beside which one goes": [
      inChange("  send: { add: [{ after: |, step: { uses: zip } }] }\n"),
      ["validate", "sign"],
    ],
    "an added step": [
      inChange("  send: { add: [{ after: zip, step: { uses: | } }] }\n"),
      ["controlla-protocollo", "check-receipts"],
    ],
    "parameters that an ente gives": [inChange("  lotti: { params: { | } }\n"), ["lotto"]],
  };
  for (const [name, [[file, text], offered, not = []]] of Object.entries(places))
    test(name, async () => {
      const items = await editor.complete(file, text());

      const labels = items.map(({ label }) => label);
      for (const label of offered) expect(labels).toContain(label);
      for (const label of not) expect(labels).not.toContain(label);
    });

  test("a source stands first for the first step, and last for the others", async () => {
    const first = await editor.complete(send, typeOver(sendText, "uses: load-verbali", "uses: |"));
    const later = await editor.complete(send, typeOver(sendText, "uses: zip", "uses: |"));

    expect(first.slice(0, 6).map(({ label }) => label)).toEqual([
      "load-cancelled-positions",
      "load-notification",
      "load-notified",
      "load-open-notifications",
      "load-register",
      "load-verbali",
    ]);
    expect(later[0]?.label).toBe("cancel-notification");
  });

  test("a group opens below its key, and a value that YAML would take for a number stands between quotes", async () => {
    const keys = await editor.complete(send, typeOver(sendText, "    within: 24h\n", "    |\n"));
    const versions = await editor.complete(
      ente,
      typeOver(enteText, 'apiVersion: "2.5"', "apiVersion: |"),
    );
    const inLine = await editor.complete(
      send,
      typeOver(sendText, "with: { split: per-verbale }", "with: { | }"),
    );

    const inserted = (items: typeof keys, label: string) =>
      items.find((item) => item.label === label)?.textEdit?.newText;
    expect(inserted(keys, "retry")).toBe("retry:\n      ");
    expect(inserted(keys, "within")).toBe("within: ");
    expect(inserted(versions, "2.6")).toBe('"2.6"');
    expect(inserted(inLine, "split")).toBe("split: ");
  });
});

describe("diagnostics", () => {
  const slips: Readonly<
    Record<
      string,
      readonly [place: readonly [string, () => string], line: string, codes: readonly string[]]
    >
  > = {
    "a step misspelt": [inSend("uses: render", "uses: rendr"), "  - uses: rendr", ["P004"]],
    "a key in Italian": [inSend("    within: 24h", "    entro: 24h"), "    entro: 24h", ["P003"]],
    "a cron that no clock has": [inSend("30 6 * * 1-5", "30 26 * * 1-5"), "schedule:", ["P020"]],
    "a code without quotes": [
      inEnte('segregationCode: "12"', "segregationCode: 07"),
      "  segregationCode: 07",
      ["P006"],
    ],
    "a column to nowhere": [inEnte("Targa: targa", "Targa: tarqa"), "    Targa: tarqa", ["P060"]],
    "a secret that is not there": [
      inEnte("DEMO_SEND_KEY", "DEMO_SEND_KEI"),
      "DEMO_SEND_KEI",
      ["P060"],
    ],
    "a step that the pipeline has not": [
      inChange("  send: { remove: [firma] }\n"),
      "  send: { remove: [firma] }",
      ["P040"],
    ],
    "half a file": [
      [send, () => "name: Prova\nsteps:\n  - uses: load-verbali\n    with: {"],
      "    with: {",
      ["P001"],
    ],
  };
  for (const [name, [[file, text], line, codes]] of Object.entries(slips))
    test(name, async () => {
      const found = (await editor.type(file, text())).filter(({ severity }) => severity === 1);

      expect(found.map(({ code }) => String(code))).toEqual([...codes]);
      const lines = text().split("\n");
      expect(found.map(({ range }) => lines[range.start.line])).toEqual([
        expect.stringContaining(line),
      ]);
    });

  test("the words are those of check, and the mark stands under the word, behind an emoji too", async () => {
    const text = typeOver(
      sendText,
      "  - uses: zip\n    with: { split: per-verbale }",
      "  - { id: zip, uses: zipp } # 😀\n  - { approval: 😀, uses: zap }",
    );

    const found = (await editor.type(send, text)).filter(({ code }) => code === "P004");

    expect(found[0]?.message).toStartWith(
      'il passo "zipp" non esiste\nforse: zip\npassi disponibili: cancel-notification, ',
    );
    expect(found[1]?.range).toEqual({
      start: { line: 14, character: 26 },
      end: { line: 14, character: 29 },
    });
  });

  test("what is mended in one file is no longer told in the other", async () => {
    const change = `${enteText}pipelines: { send: { change: { timbra: { within: 1h } } } }\n`;
    await editor.type(send, sendText);
    const before = (await editor.type(ente, change)).filter(({ severity }) => severity === 1);

    await editor.type(send, sendText.replace("  - uses: zip\n", "  - uses: zip\n    id: timbra\n"));
    const after = (await editor.type(ente, `${change}#\n`)).filter(
      ({ severity }) => severity === 1,
    );

    expect(before.map(({ code }) => code)).toEqual(["P040"]);
    expect(after).toEqual([]);
  });

  test("an ente behind many others is checked as its pipeline is, also while both are open", async () => {
    for (let i = 10; i < 40; i++)
      writeFileSync(
        join(folder, `pipelines/enti/a${i}.yaml`),
        enteText.replace("codice: borgolieto", `codice: a${i}`),
      );
    await editor.type(send, sendText);

    const found = await editor.type(
      ente,
      `${enteText}pipelines: { send: { change: { firma: { within: 1h } } } }\n`,
    );

    for (let i = 10; i < 40; i++) rmSync(join(folder, `pipelines/enti/a${i}.yaml`));
    expect(found.filter(({ severity }) => severity === 1).map(({ code }) => code)).toEqual([
      "P040",
    ]);
  });

  test("a file of another program is left alone", async () => {
    const items = await editor.complete("docker/compose.yaml", "services:\n  |\n");

    expect(items).toEqual([]);
  });
});

describe("hover", () => {
  const places: Readonly<Record<string, readonly [readonly [string, () => string], string]>> = {
    "a step": [inSend("uses: zip", "uses: zi|p"), "**zip** · "],
    "an own step": [
      [
        "pipelines/altra.yaml",
        () => "name: x\nsteps:\n  - uses: load-verbali\n  - uses: controlla|-protocollo\n",
      ],
      "Controlla che il protocollo abbia l'anno.",
    ],
    "a setting with its example": [
      inSend("split: per-verbale", "spl|it: per-verbale"),
      "```yaml\nwith:\n  split: single\n```",
    ],
    "a key with what holds without it": [inSend("times: 8", "tim|es: 8"), "Se manca vale `5`."],
    "a key that must be there": [inEnte("codiceFiscale: ", "codice|Fiscale: "), "Obbligatorio."],
    "a check": [
      inChange("  send: { change: { validate: { with: { severity: { CAP_T|OWN: off } } } } }\n"),
      "Di norma error.",
    ],
    "a column": [inEnte("Targa: targa", "Targa: ta|rga"), "**targa**"],
    "a secret that is there": [
      inEnte("DEMO_SEND_KEY", "BORGOLIETO|_SEND"),
      "Segreto **BORGOLIETO_SEND**: c'è, nella cartella dei segreti.",
    ],
    "a secret that is not": [inEnte("DEMO_SEND_KEY", "NON|_CE"), "postino secret set NON_CE"],
    "a step that is changed": [
      inChange("  send: { change: { val|idate: { within: 1h } } }\n"),
      "**validate** · Controlli",
    ],
  };
  for (const [name, [[file, text], told]] of Object.entries(places))
    test(name, async () => {
      const shown = await editor.hover(file, text());

      expect(shown).toContain(told);
      expect(shown).not.toContain("valore-che-non-si-legge");
    });
});

describe("definitions", () => {
  const places: Readonly<
    Record<string, readonly [readonly [string, () => string], file: string, line: number]>
  > = {
    "an own step's file": [
      [
        "pipelines/altra.yaml",
        () => "name: x\nsteps:\n  - uses: load-verbali\n  - uses: controlla|-protocollo\n",
      ],
      "passi/controlla-protocollo.ts",
      0,
    ],
    "a changed step in its pipeline": [
      inChange("  send: { change: { val|idate: { within: 1h } } }\n"),
      send,
      6,
    ],
    "a step beside which one goes": [
      inChange("  send: { add: [{ after: zi|p, step: { uses: zip } }] }\n"),
      send,
      13,
    ],
    "a removed step": [inChange("  lotti: { remove: [lett|ura] }\n"), "pipelines/lotti.yaml", 4],
    "a pipeline": [inChange("  sen|d: {}\n"), send, 0],
    "a secret's file": [
      inEnte("DEMO_SEND_KEY", "BORGOLIETO|_SEND"),
      "data/secrets/BORGOLIETO_SEND",
      0,
    ],
    "a signer": [inSend("signer: comandante", "signer: coman|dante"), ente, 40],
  };
  for (const [name, [[file, text], target, line]] of Object.entries(places))
    test(name, async () => {
      await editor.type(send, sendText);
      await editor.type(ente, enteText);

      const found = await editor.define(file, text());

      expect(found.map(({ uri, range }) => [uri, range.start.line])).toEqual([
        [pathToFileURL(join(folder, target)).href, line],
      ]);
    });
});

describe("corrections", () => {
  test("the correction of check, the likely one, and all safe ones at once", async () => {
    const text = sendText
      .replace("steps:", "passi:")
      .replace("    within: 24h", "    entro: 24h")
      .replace("uses: render", "uses: rendr");
    await editor.type(send, text);

    const safe = await editor.listActions(send, 18);
    const likely = await editor.listActions(send, 9);
    const [all] = await editor.listActions(send, 0, ["source.fixAll"]);

    expect(safe.map(({ title, isPreferred }) => [title, isPreferred])).toContainEqual([
      "Correzione: scrivi within",
      true,
    ]);
    expect(likely.map(({ title }) => title)).toContain("Forse: scrivi render");
    const edits = all?.edit?.changes?.[pathToFileURL(join(folder, send)).href] ?? [];
    expect(edits.map(({ newText }) => newText)).toEqual(["steps", "within"]);
    const source = buildSource(send, text);
    const offset = ({ line, character }: { line: number; character: number }) =>
      (source.lineStarts[line] ?? 0) + character;
    const fixes = edits.map(({ range, newText }) => ({
      start: offset(range.start),
      end: offset(range.end),
      text: newText,
    }));
    expect(applyFixes(text, fixes).text).toContain("\nsteps:\n");
    expect(toPosition(source, fixes[0]?.start ?? 0)).toEqual({ line: 4, column: 1 });
  });
});

describe("rename of an ente", () => {
  const pointed = () => typeOver(enteText, "codice: borgolieto", "codice: borgo|lieto");

  test("the codice and the file go together, and what stays behind is said", async () => {
    const edit = await editor.rename(ente, pointed(), "borgonuovo");

    expect(edit?.documentChanges).toEqual([
      expect.objectContaining({ edits: [expect.objectContaining({ newText: "borgonuovo" })] }),
      {
        kind: "rename",
        oldUri: pathToFileURL(join(folder, ente)).href,
        newUri: pathToFileURL(join(folder, "pipelines/enti/borgonuovo.yaml")).href,
      },
    ]);
    expect(editor.shown.at(-1)).toContain("restano sotto il codice di prima");
  });

  test("a name that no file can have, or that another ente has, is refused in words", async () => {
    await expect(editor.rename(ente, pointed(), "borgo nuovo")).rejects.toThrow(
      "non va bene come codice",
    );
    await expect(editor.rename(ente, pointed(), "borgolieto")).rejects.toThrow("C'è già un ente");
  });

  test("nothing else can be renamed", async () => {
    expect(
      await editor.rename(ente, typeOver(enteText, "nome: Comune", "nome: Com|une"), "x"),
    ).toBeNull();
  });

  test("a file that gets another name in the tree takes its codice along", async () => {
    await editor.type(ente, enteText);

    const edit = await editor.renameFile(ente, "pipelines/enti/borgosole.yaml");

    expect(
      Object.values(edit?.changes ?? {})
        .flat()
        .map(({ newText }) => newText),
    ).toEqual(["borgosole"]);
  });
});

describe("a step of one's own that does not load", () => {
  test("is told with its line, and the editor is served all the same", async () => {
    const broken = join(folder, "rotti");
    mkdirSync(broken, { recursive: true });
    writeFileSync(
      join(broken, "mio.ts"),
      'import { pureStep } from "postino";\n\nthrow new Error("manca");\n',
    );
    const other = await startEditor(folder, { POSTINO_STEPS: broken });

    const found = await other.type(send, sendText.replace("uses: zip", "uses: zap"));
    const code = await other.close();

    expect(other.shown).toEqual([
      expect.stringMatching(/mio\.ts" non si può caricare, alla riga 3: manca\. /),
    ]);
    expect(found.filter(({ severity }) => severity === 1).map(({ code: told }) => told)).toEqual([
      "P004",
    ]);
    expect(code).toBe(0);
  });
});
