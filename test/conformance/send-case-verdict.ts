/** What the suite says of one sample case and why, by what the case holds and what came of it, never by its name. */
import type { CapRow } from "../../simulators/send/options.ts";
import { type CaseText, textOf } from "./case-file.ts";
import { type NotApplicable, verdictBy } from "./case-verdict.ts";
import { isOfOneLayer, playCase, type CaseTables, type Played } from "./send-case-play.ts";
import { wantedTexts, type SendCase } from "./send-case.ts";
import type { CaseVerdict } from "./tally.ts";

export interface VerdictWorld extends CaseTables {
  /** The rows of PagoPA's table, read by the test: a second reading beside the simulator's. */
  readonly rows: readonly CapRow[];
}

/** What came of a case when the simulated SEND was asked. */
export function verdictOf(line: CaseText, world: VerdictWorld): Promise<CaseVerdict> {
  return verdictBy(line, notApplicable, async (one) =>
    judge(one, await playCase(one, world), world),
  );
}

/** Why a case is not played; the first that fits counts. */
const notApplicable: NotApplicable = [
  [
    ({ input: { denominationValidationType: type } }) =>
      type !== undefined && type !== "ISO_LATIN_1",
    "a charset mode that SEND does not run in its environments",
  ],
];

function judge(one: SendCase, played: Played, world: VerdictWorld): CaseVerdict {
  const difference = differenceOf(one, played);
  if (difference === null) return { verdict: "agreed", why: leftOut(one, played) };
  for (const [fits, verdict, why] of explained)
    if (fits(one, played, world)) return { verdict, why };
  const said = played.errors.map(({ code, detail }) => `${code} ${detail ?? ""}`).join("; ");
  return {
    verdict: "unexplained",
    why: `${difference}; expected ${one.expect} ${one.code ?? ""}, got ${played.status} ${said}`,
  };
}

/** What the legal pipeline says where the informal one has a code of its own. */
const legalTexts: Readonly<Record<string, RegExp>> = {
  PN_DELIVERY_DUPLICATED_RECIPIENT_TAX_ID: /Duplicated recipient taxId/,
  PN_DELIVERY_PHYSICAL_ADDRESS_INVALID_CHARACTERS: /contains invalid characters/,
  PN_DELIVERY_PROVINCE_REQUIRED: /No province provided/,
  PN_DELIVERY_DUPLICATED_ATTACHMENTS: /Same attachment compares/,
};

/** What the rule says that one validator of the informal pipeline is alone with, by the name of its test. */
const ownTexts: Readonly<Record<string, RegExp>> = {
  PgTaxId: /accepts only numerical/,
  RecipientTaxIdSyntax: /Invalid taxId|Duplicated recipient taxId/,
  PhysicalAddress: /contains invalid characters|exceed max length|PhysicalAddress cannot be null/,
  ProvinceRequired: /No province provided/,
  UniqueAttachments: /Same attachment compares/,
};

/** The rules of pn-delivery's informal pipeline are those of the legal one, each tested alone and with a code of its own. */
function isInformal({ note }: SendCase): boolean {
  return note.includes("informal (bonarie) pipeline");
}

/** The text of the one rule that the case is about; `null`: it is not known here which. */
function ruleOf({ code, source }: SendCase): RegExp | null {
  const validator = /(\w+)Validator(?:Test)?\.java/.exec(source)?.[1] ?? "";
  return legalTexts[code ?? ""] ?? ownTexts[validator] ?? null;
}

/** How the end differs from what the case wants: outcome, status, code, texts; `null`: in nothing. */
function differenceOf(one: SendCase, { outcome, status, errors, detours }: Played): string | null {
  const { code } = one;
  if (detours[0] !== undefined) return detours[0];
  const rule = isInformal(one) ? ruleOf(one) : null;
  const isOfRule = errors.some(({ detail = "" }) => rule?.test(detail) === true);
  // Its validator stands alone: what the rest of the request is refused for says nothing of it.
  if (rule !== null && one.expect === "accepted") return isOfRule ? "refused by the rule" : null;
  if (outcome !== one.expect) return "another outcome";
  if (code !== null && /^\d{3}$/.test(code)) {
    if (status !== code) return "another status";
  } else if (code === "REFUSED") {
    if (status !== "REFUSED") return "refused elsewhere";
  } else if (isInformal(one)) {
    if (rule !== null && !isOfRule) return "another reason";
  } else if (code !== null && !errors.some((error) => error.code === code)) return "another code";
  const missing = isInformal(one)
    ? undefined
    : wantedTexts(one).find((text) => !errors.some(({ detail = "" }) => detail.includes(text)));
  return missing === undefined ? null : `no error says «${missing}»`;
}

/** What of the case was not compared although it agrees; empty: all of it was. */
function leftOut(one: SendCase, { status, outcome }: Played): string {
  if (one.expect === "accepted")
    return outcome === "accepted" ? "" : "the one rule alone: the whole request fails other checks";
  if (isInformal(one) && ruleOf(one) === null)
    return `the outcome alone: ${one.code ?? "it"} is of the informal pipeline`;
  if (one.code === null && status !== "check") return "the outcome alone: the case names no code";
  return "";
}

type Explained = readonly [
  (one: SendCase, played: Played, world: VerdictWorld) => boolean,
  "disagreed" | "not applicable",
  string,
];

const explained: readonly Explained[] = [
  [
    ({ note, expect: wanted }, { errors }) =>
      note.includes("taxId check is mocked") &&
      wanted === "accepted" &&
      errors.every(({ detail = "" }) => detail.startsWith("Invalid taxId")),
    "disagreed",
    "the tax code check itself is replaced by a mock in that test",
  ],
  [
    (one, { outcome, errors }) =>
      isOfOneLayer(one) &&
      one.expect === outcome &&
      (one.code ?? "").startsWith("PN_GENERIC_INVALIDPARAMETER") &&
      errors.some(({ code }) => code === "PN_INVALID_BODY"),
    "disagreed",
    "what pn-delivery's own validation of beans refuses the gateway refuses before it, as PN_INVALID_BODY",
  ],
  [
    (one, { errors }) =>
      isAboutAddress(one) &&
      one.expect === "accepted" &&
      errors.some(({ detail = "" }) => /Cap, city and Province|Country not found/i.test(detail)),
    "disagreed",
    "SEND's normaliser mends missing CAPs, abbreviated towns and foreign spellings; the simulator, like validate, wants the exact triple",
  ],
  [
    (one, { status }) =>
      isAboutAddress(one) &&
      status === "ACCEPTED" &&
      ["REFUSED", "NOT_VALID_ADDRESS"].includes(one.code ?? "") &&
      (one.input.recipients ?? []).every(
        (fields) =>
          !/^\s*(?:ital.*|it)?\s*$/i.test(textOf(fields["physicalAddress.foreignState"], "")),
      ),
    "disagreed",
    "abroad the simulator knows the names of countries alone; what else SEND's normaliser refuses there it does not know",
  ],
  [
    (one, { status }, { rows }) =>
      isAboutAddress(one) &&
      status === "ACCEPTED" &&
      ["REFUSED", "NOT_VALID_ADDRESS"].includes(one.code ?? "") &&
      isListed(one, rows),
    "disagreed",
    "CAP, town and province stand together in PagoPA's table: what is refused is the street, which only SEND's normaliser knows",
  ],
  [
    (one, { errors }) =>
      isAboutAddress(one) &&
      one.expect === "accepted" &&
      errors.some(({ detail = "" }) => detail.includes("^(\\w|\\ |\\-)*$")),
    "disagreed",
    "the case's CAP has a character that the OpenAPI's own pattern of `zip` refuses",
  ],
  [
    (one, { status }) =>
      ["REFUSED", "F24_METADATA_NOT_VALID"].includes(one.code ?? "") &&
      status === "ACCEPTED" &&
      (one.input.recipients ?? []).some((fields) =>
        Object.entries(fields).some(
          ([name, value]) => /^payments\[\d*\]\.f24$/.test(name) && typeof value === "string",
        ),
      ),
    "not applicable",
    "content of a metadata file that the case only names: the simulator checks its form and who carries the cost",
  ],
];

function isAboutAddress({ kind, input }: SendCase): boolean {
  return (
    kind === "address" ||
    (input.recipients ?? []).some((fields) =>
      Object.keys(fields).some((name) => name.startsWith("physicalAddress.")),
    )
  );
}

/** Do the three stand in one row of the table, as they are written? */
function isListed({ input }: SendCase, rows: readonly CapRow[]): boolean {
  const text = (value: unknown): string => textOf(value, "").trim().toUpperCase();
  return (input.recipients ?? []).every((fields) =>
    rows.some(
      ({ cap, locality, province }) =>
        cap === text(fields["physicalAddress.zip"]) &&
        locality.toUpperCase() === text(fields["physicalAddress.municipality"]) &&
        province === text(fields["physicalAddress.province"]),
    ),
  );
}
