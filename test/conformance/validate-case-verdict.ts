/** What the suite of `validate` says of one sample case and why, by what the case holds and what was answered. */
import type { PostalTable } from "../../integrations/flusso/port.ts";
import { genericCaps } from "../../integrations/flusso/postal/provinces.ts";
import { type CaseText, textOf } from "./case-file.ts";
import { type NotApplicable, verdictBy } from "./case-verdict.ts";
import { askEnte, askWeight, fieldsOfEnte, isOfWeight } from "./ente-case.ts";
import { actionOf } from "./send-case-actions.ts";
import type { SendCase } from "./send-case.ts";
import type { CaseVerdict } from "./tally.ts";
import { type Answer, askValidate, recipientOf } from "./validate-case.ts";

/** What came of a case when `validate` was asked. */
export function verdictOf(line: CaseText, postal: PostalTable): Promise<CaseVerdict> {
  return verdictBy(line, notApplicable, async (one) => judge(one, await answerOf(one, postal)));
}

/** Whoever decides what the case is about; all of them where it is about several. */
async function answerOf(one: SendCase, postal: PostalTable): Promise<Answer> {
  if (isOfWeight(one)) return askWeight(one);
  const ofEnte = askEnte(one);
  if (ofEnte.outcome === "rejected") return ofEnte;
  const ofVerbale = await askValidate(one, postal);
  return { ...ofVerbale, isMended: ofVerbale.isMended || ofEnte.isMended };
}

/** What the client never sends, or makes itself: a wrong value of it cannot come from a verbale or an ente file. */
const neverAsked: ReadonlySet<string> = new Set([
  "idempotenceToken",
  "abstract",
  "amount",
  "paymentExpirationDate",
  "cancelledIun",
  "additionalLanguages",
]);

/** SEND's own configuration, as far as cases name it. */
const production: Readonly<Record<string, unknown>> = {
  denominationLength: 88,
  denominationValidationType: "ISO_LATIN_1",
  excludedCharacter: "|",
};
const configured =
  /^(?:denomination(?:Length|ValidationType)|excludedCharacter|physicalAddressValidation.*|max.*Count|checkTaxonomyCodeEnabled|enableSenderTaxIdCongruence)$/;

function namesOf({ input }: SendCase): readonly string[] {
  return (input.recipients ?? []).flatMap(Object.keys);
}

/** Why nobody can be asked; the first that fits counts. */
const notApplicable: NotApplicable = [
  [
    ({ input }) =>
      (input.actions ?? [])
        .map(actionOf)
        .some(
          (action) =>
            typeof action !== "string" &&
            action.does === "send" &&
            (action.skips !== "none" || action.spoils !== "none" || action.bytes !== "pdf"),
        ),
    "about uploaded files: only SEND sees them",
  ],
  [
    ({ input }) => (input.actions ?? []).length > 1,
    "a sequence of requests: only SEND knows the first when the second comes",
  ],
  [({ input }) => (input.recipients ?? []).length > 1, "a verbale has one recipient"],
  [({ note }) => /campo recipi?ents/.test(note), "a verbale has one recipient, never none"],
  [
    (one) => {
      const { recipientType: type } = recipientOf(one);
      return type !== undefined && type !== "PF" && type !== "PG" && type !== "any";
    },
    "the reader of a flusso takes no other recipient than PF and PG (FLUSSO_TYPE)",
  ],
  [
    ({ input, expect: wanted }) =>
      wanted === "rejected" &&
      Object.keys(input.notification ?? {}).some((name) => neverAsked.has(name)),
    "about a field that Postino never sends or makes itself",
  ],
  [
    (one) => {
      const documents = one.input.notification?.["documents"];
      const isOne = documents === undefined || !textOf(documents, ";").includes(";");
      return !isOne && !isOfWeight(one);
    },
    "about documents: a verbale has one, and Postino makes it once",
  ],
  [
    (one) => "digitalDomicile.type" in recipientOf(one),
    "a verbale has the address of a digital domicile alone: its type is always PEC",
  ],
  [
    (one) =>
      !isOfWeight(one) &&
      namesOf(one).some((name) => name.startsWith("payments")) &&
      Object.keys(fieldsOfEnte(one)).every((name) => !name.startsWith("payments")),
    "about payments: reset-iuv makes them, one notice code each, from the amounts of the verbale",
  ],
  [
    ({ input }) =>
      Object.keys(input).some((name) => configured.test(name) && input[name] !== production[name]),
    "about another configuration of SEND than that of its environments",
  ],
  [
    ({ input }) => input["inBlackList"] === true || input["inWhiteList"] === true,
    "a list of one of SEND's test environments",
  ],
  [
    ({ note }) => note.includes("only the numeric check runs here"),
    "one validator alone is tested there",
  ],
  [
    ({ note }) => note.includes("taxId check is mocked"),
    "the tax code check itself is replaced by a mock in that test",
  ],
  [
    (one) =>
      Object.keys(recipientOf(one)).length === 0 && Object.keys(fieldsOfEnte(one)).length === 0,
    "neither a recipient nor anything of the ente file is in it",
  ],
];

function judge(one: SendCase, answer: Answer): CaseVerdict {
  if (answer.outcome === one.expect) return { verdict: "agreed", why: "" };
  for (const [fits, why] of explained) if (fits(one, answer)) return { verdict: "disagreed", why };
  return {
    verdict: "unexplained",
    why: `expected ${one.expect}, got ${answer.outcome} ${answer.told} ${JSON.stringify(one.input)}`,
  };
}

/** SEND takes it and validate does not, or the other way round: why that is meant so. */
const explained: readonly (readonly [(one: SendCase, answer: Answer) => boolean, string])[] = [
  [
    (one, { told, isMended }) =>
      one.expect === "rejected" &&
      told === "" &&
      isMended &&
      Object.values(fieldsOfEnte(one)).includes(null),
    "what an ente file leaves out has a default: SEND never sees it absent",
  ],
  [
    (one, { told, isMended }) =>
      one.expect === "rejected" && told === "" && isMended && isOfWeight(one),
    "an ente without the permission sends no payment attachment: transmit leaves it out",
  ],
  [
    ({ expect: wanted, input }, { told }) =>
      wanted === "rejected" && told === "" && input.notification?.["paProtocolNumber"] === null,
    "a verbale without protocol goes by its number",
  ],
  [
    ({ expect: wanted, input }, { told }) =>
      wanted === "rejected" &&
      told === "" &&
      typeof input.notification?.["paProtocolNumber"] === "string" &&
      /^\s+|\s+$/.test(input.notification["paProtocolNumber"]),
    "blanks and line ends around a protocol are taken off; of an empty one the number takes the place",
  ],
  [
    (one, { told, isMended }) => one.expect === "rejected" && told === "" && isMended,
    "validate mends it before anything is sent (blanks, capitals, letters that Latin-1 does not have) and says so: SEND never sees what it would refuse",
  ],
  [
    (one, { told }) => {
      const { denomination } = recipientOf(one);
      const { length } = typeof denomination === "string" ? denomination : "";
      return one.expect === "rejected" && told === "" && length > 80 && length <= 88;
    },
    "the case is older than SEND's limit of 88 characters for a name (80 until 2024)",
  ],
  [
    ({ expect: wanted, input }, { told }) =>
      wanted === "accepted" &&
      told.startsWith("NAME_LENGTH") &&
      "denominationValidationType" in input,
    "a test of the charset alone: of names as long as that one SEND's own schema takes none (88 characters)",
  ],
  [
    (one, { told }) => one.expect === "accepted" && told.startsWith("TAX_CODE_DATE"),
    "SEND looks at form and check letter alone; a birth date that does not exist is nobody's code (pagopa.md section 7)",
  ],
  [
    (one, { told }) =>
      one.expect === "accepted" &&
      told.startsWith("VAT_CHECK") &&
      String(recipientOf(one)["taxId"]).startsWith("0000000"),
    "seven zeros pass SEND's sum and are no company (pagopa.md section 7)",
  ],
  [
    (one, { told }) => one.expect === "accepted" && told.startsWith("CHARSET_"),
    "SEND's pattern for addresses is a setting of its environments; what it refuses in names is kept out of addresses too",
  ],
  [
    ({ expect: wanted, input, code }, { told }) =>
      wanted === "rejected" &&
      told === "" &&
      (typeof input.notification?.["group"] === "string" ||
        code === "PN_DELIVERY_INVALID_SENDER_TAX_ID"),
    "which groups a key has and whose it is SEND alone knows: `postino doctor` asks it, and a run that it stops says what to mend",
  ],
  [
    (one, { told }) =>
      one.expect === "rejected" &&
      told === "" &&
      textOf(recipientOf(one)["physicalAddress.foreignState"], "x").trim() === "",
    "the state of an address is looked at and never sent",
  ],
  [
    (one, { told }) =>
      one.expect === "rejected" &&
      told === "" &&
      genericCaps.has(textOf(recipientOf(one)["physicalAddress.zip"], "")),
    "a generic CAP: SEND's normaliser takes the right one from the street or refuses; validate warns of it (CAP_GENERIC)",
  ],
  [
    (one, { told }) =>
      told === "" &&
      (recipientOf(one)["digitalDomicile.address"] ?? "") === "" &&
      "digitalDomicile.address" in recipientOf(one),
    "a verbale without PEC gets no digital domicile: the client never sends an empty field",
  ],
  [
    (one, { told }) => one.expect === "accepted" && told.includes("FOREIGN_RECIPIENT"),
    "an address abroad: fines go there by another procedure, with another term (art. 201 CdS)",
  ],
  [
    (one, { told }) => one.expect === "accepted" && /la riga di stampa ne ha 44/.test(told),
    "SEND's test environment of that suite allows rows of 500 characters, its production 44 (pn-delivery V-14, ENV)",
  ],
  [
    (one, { told }) =>
      one.expect === "accepted" &&
      /CAP: manca|CAP: non è|Provincia: non è una sigla|Provincia: manca|non stanno insieme/.test(
        told,
      ),
    "SEND's normaliser mends it or asks the registries; validate wants the exact triple, because a refusal costs",
  ],
  [
    (one, { told }) =>
      told === "" &&
      ["REFUSED", "NOT_VALID_ADDRESS"].includes(one.code ?? "") &&
      Object.keys(recipientOf(one)).some((name) => name.startsWith("physicalAddress.")),
    "CAP, town and province stand in PagoPA's table: which streets there are SEND's normaliser alone knows",
  ],
  [
    ({ expect: wanted, note }) =>
      wanted === "accepted" && note.includes("informal (bonarie) pipeline"),
    "one validator alone is tested there, and validate looks at the whole recipient",
  ],
];
