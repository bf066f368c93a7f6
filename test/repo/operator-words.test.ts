/** What operators read names no setting: a hint that needs one has words for them, and the name in the technician's alone. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TSchema } from "typebox";
import { describe, expect, test } from "bun:test";
import type { Hint } from "../../engine/host/hint.ts";
import { EnteSettings } from "../../integrations/ente.ts";
import { pendenzaRefusedError } from "../../integrations/payments/govpay/refusals.ts";
import { explainRefusalCode, explainRequestCode } from "../../integrations/send/notes/notes.ts";
import { loadRegistry } from "../../loader/pipeline/registry.ts";
import { formatPageHint, formatTerminalHint } from "../../server/words/hints.ts";
import { readRepositoryFile, repositoryFiles, repositoryFolder } from "../support/repository.ts";

/** The names that YAML may say: of the ente file and of the `with:` of each step. */
function collectKeys(schema: TSchema, into: Set<string>): void {
  const {
    properties,
    items,
    anyOf = [],
    patternProperties = {},
  } = schema as Readonly<
    Record<"properties" | "patternProperties", Readonly<Record<string, TSchema>> | undefined>
  > & { readonly items?: TSchema; readonly anyOf?: readonly TSchema[] };
  for (const [key, inner] of Object.entries(properties ?? {})) {
    into.add(key);
    collectKeys(inner, into);
  }
  const others = [...anyOf, ...Object.values(patternProperties ?? {}), ...(items ? [items] : [])];
  for (const inner of others) collectKeys(inner, into);
}

const registry = await loadRegistry({ folders: [join(repositoryFolder, "steps")] });
const keys = new Set<string>(["mode", "by", "within", "retry", "timeout", "with", "uses"]);
collectKeys(EnteSettings, keys);
for (const file of readdirSync(join(repositoryFolder, "steps")))
  if (file.endsWith(".ts")) {
    const known = registry.get(file.slice(0, -3));
    if (known !== undefined) collectKeys(known.step.config, keys);
  }
const all = [...keys].join("|");
const camel = [...keys].filter((key) => /[A-Z]/.test(key)).join("|");
// `a.b`, `key: value`, `«a: b:»`, and a key whose form alone gives it away.
const named = new RegExp(
  `«[a-zA-Z]+:[^»]*»|\\b(?:${camel})\\b|\\b(?:send|payments|signing|flusso|render|ente|gpd|govpay|csc)\\.(?:${all})\\b|\\b(?:live|mode|by|active|canary|notice|upload|pkcs12|csc|pin|pdnd|severity|within|retry|trust|timestamp|signers|subject|info|group|send): `,
);

describe("the words of settings", () => {
  test("are found", () => {
    for (const text of [
      "Controllare send.group nel file dell'ente.",
      "Scrivere «mode: otp» nel passo sign.",
      "Indicare over20Grams: false nel file dell'ente.",
      "Controllare baseUrl, rete e proxy.",
      "Correggere la sezione pdnd: del file dell'ente.",
    ])
      expect(text).toMatch(named);
    expect("Rimedio: correggere il verbale nel gestionale; poi: inviarlo.").not.toMatch(named);
  });

  // Settings, doctor, inspections and the pages of check's codes speak to technicians, the price service to programs; examples are YAML.
  const technical =
    /settings\.ts$|fault-pages\.ts$|\/doctor|inspect|error-codes|ente-codes|weight\.ts$|\.d\.ts$|price\.ts$|govpay\/backoffice\.ts$/;
  const rooms = /^(steps|integrations|engine|server\/(words|web|history)|server\/[^/]+$)/;
  const files = repositoryFiles(".ts", ".tsx").filter(
    (path) => rooms.test(path) && !technical.test(path) && !path.includes("openapi"),
  );

  test("stand in no sentence that an operator may read", () => {
    const found: string[] = [];
    for (const path of files)
      for (const sentence of listSentences(readRepositoryFile(path)))
        if (named.test(sentence)) found.push(`${path}: ${sentence}`);

    expect(found).toEqual([]);
    expect(files.length).toBeGreaterThan(200);
  });
});

/** Texts of several words, without what is said to technicians by its place: descriptions, examples, the second half of a setting. */
function listSentences(code: string): readonly string[] {
  const text = code
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/examples: \[[\s\S]*?\],\n/g, "")
    .replaceAll(/(askTechnician\(\s*(?:"[^"\n]*"|`[^`]*`),\s*)(?:"[^"\n]*"|`[^`]*`)/g, "$1");
  const literals = text.matchAll(/(?:(\w+)(?::| =)\s*)?("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g);
  const ofTechnicians = /^(?:technical|description|summary|remedy|right|why)$/;
  return [...literals].flatMap(([, place = "", literal = ""]) => {
    const sentence = literal.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, "X");
    return ofTechnicians.test(place) || !/[a-zà-ù]{3,} [a-zà-ù]/i.test(sentence) ? [] : [sentence];
  });
}

describe("a hint", () => {
  const answer = (code: string) => ({
    status: 422,
    headers: new Headers(),
    bytes: new Uint8Array(),
    body: { categoria: "RICHIESTA", codice: code, descrizione: "x", dettaglio: "y" },
  });
  const debtor = { type: "PF", taxId: "X", denomination: "X" } as const;
  const hints: readonly (readonly [string, Hint | undefined])[] = [
    ...[
      "PN_GENERIC_INVALIDPARAMETER_TAXONOMYCODE",
      "PN_DELIVERY_INVALID_SENDER_TAX_ID",
      "PN_DELIVERY_INVALIDPARAMETER_GROUP",
      "PN_DELIVERY_SEND_IS_DISABLED",
      "PN_INVALID_BODY",
    ].map((code) => [code, explainRequestCode(code).hint] as const),
    ...["SENDER_DISABLED_MORE_THAN_20_GRAMS", "PAYMENT_NOT_VALID", "NOT_VALID_ADDRESS"].map(
      (code) => [code, explainRefusalCode(code, "There isn't paFee").hint] as const,
    ),
    ...["APP_000", "TVR_000", "TRB_000", "VER_020", "VER_033", "VER_027", "DOM_000"].map(
      (code) => [code, pendenzaRefusedError(answer(code), debtor).hint] as const,
    ),
  ];

  test.each(hints)("of %s names no setting to an operator", (_code, hint) => {
    const page = formatPageHint(hint ?? "");

    expect(page).not.toBe("");
    expect(page).not.toMatch(named);
  });

  test("that needs a setting asks for the technician, who reads which", () => {
    const { hint } = explainRequestCode("PN_DELIVERY_INVALIDPARAMETER_GROUP");

    expect(formatPageHint(hint)).toBe(
      "Chiedere al tecnico di indicare uno dei gruppi della chiave di SEND. Poi premere «Riprendi».",
    );
    expect(formatTerminalHint(hint, { run: "20261128-0001" })).toBe(
      "Indicare in send.group uno dei gruppi della chiave. Poi: postino resume 20261128-0001",
    );
  });
});
