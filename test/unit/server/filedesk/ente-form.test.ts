/** The guided form of an ente's file: what it shows, and that a change touches its own letters alone. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { editText } from "../../../../server/filedesk/form/edit-text.ts";
import { fillEnteForm, readEnteForm } from "../../../../server/filedesk/form/ente-form.ts";
import type { EnteFormField } from "../../../../server/history/edited-files.ts";

const demo = readFileSync(
  join(import.meta.dir, "../../../../pipelines/enti/borgolieto.yaml"),
  "utf8",
);

function listFields(text: string): readonly EnteFormField[] {
  return readEnteForm(text)?.sections.flatMap(({ fields }) => fields) ?? [];
}

/** The form as it is sent when these were typed over what it showed. */
function fill(text: string, typed: Readonly<Record<string, string>>): string {
  const fields = listFields(text);
  const given = new Map<string, string>();
  for (const { name, kind, value, otherwise } of fields) {
    const shown = kind === "switch" && value === "" ? (otherwise ?? "") : value;
    const one = typed[name] ?? shown;
    if (kind !== "switch" || one === "true") given.set(name, one);
  }
  return fillEnteForm(
    text,
    given,
    fields.map(({ name }) => name),
  );
}

const file = `# Nota in testa
ente:
  codice: prova # non cambiare
  nome: "Comune di Prova"
  codiceFiscale: "00000000000"

send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo
payments:
  adapter: gpd
  # il conto
  iban: 'IT60X0542811101000000123456'
  sconosciuta: 3
signing:
`;

describe("one value changed", () => {
  test.each([
    [
      "a plain word",
      { "ente.codice": "altro" },
      ["-  codice: prova # non cambiare", "+  codice: altro # non cambiare"],
    ],
    [
      "in double quotes",
      { "ente.nome": 'Comune «di» "Là"' },
      ['-  nome: "Comune di Prova"', '+  nome: "Comune «di» \\"Là\\""'],
    ],
    [
      "in single quotes",
      { "payments.iban": "IT00X" },
      ["-  iban: 'IT60X0542811101000000123456'", "+  iban: 'IT00X'"],
    ],
    ["added behind the others", { "payments.cbill": "ABCDE" }, ["+  cbill: ABCDE"]],
    ["a code with zeros", { "payments.segregationCode": "02" }, ['+  segregationCode: "02"']],
    ["a word that YAML reads otherwise", { "ente.settore": "no" }, ['+  settore: "no"']],
    [
      "a text with a colon",
      { "ente.settore": "Ufficio: Verbali # 2" },
      ['+  settore: "Ufficio: Verbali # 2"'],
    ],
    [
      "euro",
      { "send.paFee": "1,5" },
      [
        "-send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo",
        "+send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND }, paFee: 150 } # collaudo",
      ],
    ],
    ["no amount", { "payments.dueDays": "molti" }, ["+  dueDays: molti"]],
    [
      "a secret",
      { "payments.subscriptionKey.secret": "A_GPD" },
      ["+  subscriptionKey: { secret: A_GPD }"],
    ],
    [
      "a switch put on",
      { "send.over20Grams": "true" },
      [
        "-send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo",
        "+send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND }, over20Grams: true } # collaudo",
      ],
    ],
    [
      "a switch put off that is on by itself",
      { "send.active": "" },
      [
        "-send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo",
        "+send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND }, active: false } # collaudo",
      ],
    ],
    ["below a key without a value", { "signing.trust": "chiavi" }, ["+  trust: chiavi"]],
    [
      "in a section that is not there",
      { "render.luogo": "Prova" },
      ["+render:", "+  luogo: Prova", "+"],
    ],
    ["two keys deep", { "payments.govpay.user": "u" }, ["+  govpay:", "+    user: u"]],
    ["at the top", { live: "true" }, ["+live: true"]],
    ["taken away", { "payments.iban": "" }, ["-  iban: 'IT60X0542811101000000123456'"]],
    [
      "taken away from braces",
      { "send.baseUrl": "" },
      [
        "-send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo",
        "+send: { apiKey: { secret: A_SEND } } # collaudo",
      ],
    ],
    [
      "a secret taken away",
      { "send.apiKey.secret": "" },
      [
        "-send: { baseUrl: http://a.example/send, apiKey: { secret: A_SEND } } # collaudo",
        "+send: { baseUrl: http://a.example/send } # collaudo",
      ],
    ],
    ["nothing", {}, []],
  ])("%s", (_, typed, expected) => {
    const changed = fill(file, typed);

    expect(diff(file, changed)).toEqual([...expected]);
    expect(() => parse(changed) as unknown).not.toThrow();
    // Sent once more as it is now shown, nothing moves.
    expect(fill(changed, {})).toBe(changed);
  });

  test("line ends of Windows stay", () => {
    const changed = editText("a: 1\r\nb: 2\r\n", ["a"], "3");

    expect(changed).toBe("a: 3\r\nb: 2\r\n");
  });

  test("every field of the demonstration's ente can be written and is read back; taken away, its words are gone", () => {
    const wrong: string[] = [];
    for (const { name, path, isInFile, value } of listFields(demo)) {
      if (isInFile) continue;
      const written = editText(demo, path, "Zeta 9: «x» # y");
      const back = listFields(written).find((field) => field.name === name);
      if (back?.value !== "Zeta 9: «x» # y") wrong.push(`${name}: ${back?.value}`);
      const without = editText(written, path, null);
      if (value === "" && without.replaceAll(/\n+/g, "\n") !== demo.replaceAll(/\n+/g, "\n"))
        wrong.push(`${name} leaves something`);
    }

    expect(wrong).toEqual([]);
  });

  test("the demonstration's ente as it is shown is sent back as it was, comments and all", () => {
    expect(fill(demo, {})).toBe(demo);
  });
});

describe("what is shown", () => {
  test("kinds, words, and what holds where the file says nothing", () => {
    const fields = listFields(file);
    const find = (name: string) => fields.find((field) => field.name === name);

    expect(find("ente.codiceFiscale")).toMatchObject({
      label: "Codice fiscale",
      kind: "text",
      value: "00000000000",
      isRequired: true,
    });
    expect(find("send.paFee")).toMatchObject({ kind: "euro", value: "", otherwise: "1,00" });
    expect(find("send.apiKey.secret")).toMatchObject({
      label: "Chiave di SEND",
      kind: "secret",
      value: "A_SEND",
    });
    expect(find("send.feePolicy")).toMatchObject({
      kind: "choice",
      options: ["FLAT_RATE", "DELIVERY_MODE"],
      otherwise: "DELIVERY_MODE",
    });
    expect(find("live")).toMatchObject({ kind: "switch", otherwise: "false" });
  });

  test("no section and no field is called by its key", () => {
    const form = readEnteForm(file);
    const bare = form?.sections.flatMap(({ key, title, fields }) => [
      ...(title === key ? [key] : []),
      ...fields.filter(({ label }) => /^[a-z]/.test(label)).map(({ name }) => name),
    ]);

    expect(bare).toEqual([]);
  });

  test("labels of a section are told apart", () => {
    const twice = readEnteForm(file)?.sections.flatMap(({ key, fields }) => {
      const labels = fields.map(({ label }) => label);
      return labels
        .filter((label, place) => labels.indexOf(label) !== place)
        .map((one) => `${key}: ${one}`);
    });

    expect(twice).toEqual([]);
  });

  test.each([
    ["unknown keys", file, [["payments.sconosciuta", 12]]],
    [
      "lists and names of one's own",
      "signing:\n  signers:\n    a: {}\nsend: { uploadHosts: [a.b] }\nsend-seguito: x\n",
      [
        ["signing.signers", 2],
        ["send.uploadHosts", 4],
        ["send-seguito", 5],
      ],
    ],
  ])("%s are told with their line", (_, text, expected) => {
    expect(readEnteForm(text)?.rest.map(({ name, line }) => [name, line])).toEqual([
      ...expected,
    ] as never);
  });

  test.each([
    ["a block of text", "ente:\n  nome: |\n    Comune\n    di Prova\n", "ente.nome"],
    ["an alias", "a: &x Prova\nente:\n  nome: *x\n", "ente.nome"],
    ["an anchor", "ente:\n  nome: &x Prova\n", "ente.nome"],
    ["a reference in the place of a switch", "send:\n  active: $(ente.x)\n", "send.active"],
    ["no amount", "send:\n  paFee: molto\n", "send.paFee"],
    ["a list in the place of a text", "ente:\n  nome: [a, b]\n", "ente.nome"],
    ["a word that is no choice", "send:\n  feePolicy: BOH\n", "send.feePolicy"],
  ])("%s stays in the file", (_, text, name) => {
    expect(listFields(text).find((field) => field.name === name)?.isInFile).toBe(true);
    expect(fill(text, { [name]: "true" })).toBe(text);
  });

  test.each([
    ["a list", "- a\n"],
    ["broken", "ente: {\n"],
    ["two equal keys", "a: 1\na: 2\n"],
  ])("%s is for the editor", (_, text) => {
    expect(readEnteForm(text)).toBeNull();
  });

  test("an empty file has its sections to be filled", () => {
    expect(fill("", { "ente.codice": "prova" })).toBe("ente:\n  codice: prova\n");
  });
});

/** Lines taken away and added. */
function diff(before: string, after: string): readonly string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  const removed = old.filter((line) => !fresh.includes(line)).map((line) => `-${line}`);
  const rest = [...old];
  const added = fresh.filter((line) => {
    const place = rest.indexOf(line);
    if (place === -1) return true;
    rest.splice(place, 1);
    return false;
  });
  return [...removed, ...added.map((line) => `+${line}`)];
}
