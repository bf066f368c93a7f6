/** SEND's own cases about what `validate` sees (recipient, tax code, address, PEC), put to `validate` where they are at hand. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromInstant } from "../../engine/clock.ts";
import type { EffectContext } from "../../engine/contract.ts";
import { ItemRejected } from "../../engine/errors.ts";
import type { PostalTable } from "../../integrations/flusso/port.ts";
import { tableOf } from "../../integrations/flusso/postal-table.ts";
import type { Validation } from "../../steps/schemas/fields.ts";
import type { Destinatario, Verbale } from "../../steps/schemas/verbale.ts";
import validate from "../../steps/validate.ts";
import type { SendCase } from "./send-case.ts";
import { casesFile, hasCases, postalFolder } from "./send-openapi.ts";
import { tally, type Verdict } from "./tally.ts";

setDefaultTimeout(120_000);
if (!hasCases) console.warn("validate-cases: skipped, the sample cases of SEND are not at hand");

/** Fields of a recipient that a verbale has too. */
const visible =
  /^(taxId|recipientType|denomination|digitalDomicile(\.address|\.type)?|physicalAddress\..+|payments.*)$/;

type Fields = Readonly<Record<string, unknown>>;

/** Why `validate` cannot be asked; the first that fits counts. */
const notApplicable: readonly (readonly [(one: SendCase) => boolean, string])[] = [
  [
    ({ kind }) => !["taxid", "address", "sync"].includes(kind),
    "about documents, payments or taxonomy codes: validate sees the verbale alone",
  ],
  [
    ({ input }) => (input.actions ?? []).some((action) => /preload|sha256|allegat/.test(action)),
    "about uploaded files",
  ],
  [({ input }) => (input.recipients ?? []).length > 1, "a verbale has one recipient"],
  [
    ({ input }) =>
      (input.recipients ?? []).some(
        ({ recipientType: type }) =>
          type !== undefined && type !== "PF" && type !== "PG" && type !== "any",
      ),
    "the reader of a flusso takes no other recipient than PF and PG (FLUSSO_TYPE)",
  ],
  [
    ({ input }) => input.recipients === undefined && typeof input["taxId"] !== "string",
    "about the notification, which is made from the ente file",
  ],
  [
    ({ input, expect: wanted }) => wanted === "rejected" && input.notification !== undefined,
    "about the notification, which is made from the ente file",
  ],
  [
    ({ input }) =>
      (input.recipients ?? []).some((fields) =>
        Object.keys(fields).some((name) => !visible.test(name)),
      ),
    "about a field that a verbale does not have",
  ],
  [
    ({ input }) =>
      ["denominationValidationType", "denominationLength", "physicalAddressValidationPattern"].some(
        (name) => name in input,
      ),
    "about another configuration of SEND than that of its environments",
  ],
  [
    ({ input }) => "inBlackList" in input && input["inBlackList"] === true,
    "a list of one of SEND's test environments",
  ],
  [
    ({ input }) => "inWhiteList" in input && input["inWhiteList"] === true,
    "a list of one of SEND's test environments",
  ],
  [
    ({ note }) => note.includes("only the numeric check runs here"),
    "one validator alone is tested there",
  ],
  [
    ({ note }) => note.includes("is mocked"),
    "the tax code check itself is replaced by a mock in that test",
  ],
  [
    ({ input }) => (input.actions ?? []).length > 1,
    "a sequence of requests: only SEND knows the first when the second comes",
  ],
];

/** SEND takes it and `validate` does not, or the other way round: why that is meant so; `told` is what validate says. */
const explained: readonly (readonly [
  (one: SendCase, told: string, isMended: boolean) => boolean,
  string,
])[] = [
  [
    (one, told, isMended) => one.expect === "rejected" && told === "" && isMended,
    "validate mends it before anything is sent (blanks, capitals, letters that Latin-1 does not have) and says so: SEND never sees what it would refuse",
  ],
  [
    ({ expect: wanted, input }, told) =>
      wanted === "rejected" &&
      told === "" &&
      (input.recipients ?? []).some(({ denomination }) => {
        const { length } = typeof denomination === "string" ? denomination : "";
        return length > 80 && length <= 88;
      }),
    "the case is older than SEND's limit of 88 characters for a name (80 until 2024, send.md section 4)",
  ],
  [
    (one, told) => one.expect === "accepted" && told.startsWith("TAX_CODE_DATE"),
    "SEND looks at form and check letter alone; a birth date that does not exist is nobody's code (pagopa.md section 7)",
  ],
  [
    (one, told) => one.expect === "accepted" && told.startsWith("VAT_CHECK") && takesZeros(one),
    "seven zeros pass SEND's sum and are no company (pagopa.md section 7)",
  ],
  [
    (one, told) => one.expect === "accepted" && told.startsWith("CHARSET_"),
    "SEND's pattern for addresses is a setting of its environments; what it refuses in names is kept out of addresses too (send.md V-13, V-16)",
  ],
  [
    ({ input }, told) =>
      told === "" &&
      (input.recipients ?? []).some((fields) => fields["digitalDomicile.address"] === null),
    "a verbale without PEC gets no digital domicile: the client never sends an empty field",
  ],
  [
    (one, told) => one.expect === "accepted" && told.includes("FOREIGN_RECIPIENT"),
    "an address abroad: fines go there by another procedure, with another term (art. 201 CdS)",
  ],
  [
    (one, told) => one.expect === "accepted" && /la riga di stampa ne ha 44/.test(told),
    "SEND's test environment of that suite allows rows of 500 characters, its production 44 (pn-delivery V-14, ENV)",
  ],
  [
    (one, told) =>
      one.expect === "accepted" &&
      /CAP: manca|CAP: non è|Provincia: non è una sigla|Provincia: manca|non stanno insieme/.test(
        told,
      ),
    "SEND's normaliser mends it or asks the registries; validate wants the exact triple, because a refusal costs (send.md section 7)",
  ],
];

function takesZeros({ input }: SendCase): boolean {
  const fields: Fields = input.recipients?.[0] ?? { taxId: input["taxId"] };
  return typeof fields["taxId"] === "string" && fields["taxId"].startsWith("0000000");
}

interface Answer {
  readonly outcome: "accepted" | "rejected";
  /** What is sent is not what the case has. */
  readonly isMended: boolean;
  /** Code of the first finding, then all findings as the operator reads them. */
  readonly told: string;
}

async function answerOf(one: SendCase, postal: PostalTable): Promise<Answer> {
  const verbale = verbaleOf(one);
  const end = await ask(verbale, postal);
  if (end instanceof ItemRejected)
    return { outcome: "rejected", isMended: false, told: `${end.code} ${end.message}` };
  const { destinatario } = verbale;
  const { civico: _civico, stato: _stato, ...address } = destinatario.indirizzo;
  const isMended =
    end.taxId !== destinatario.codiceFiscale ||
    end.denomination !== destinatario.denominazione ||
    Object.entries(address).some(
      ([name, text]) => (end.address as Readonly<Record<string, unknown>>)[name] !== text,
    );
  return { outcome: "accepted", isMended, told: "" };
}

async function ask(verbale: Verbale, postal: PostalTable): Promise<ItemRejected | Validation> {
  const ctx = {
    config: { limitDays: 90, marginDays: 10, severity: { CAP_TOWN: "error" } },
    services: {
      ente: {
        payments: { adapter: "gpd" },
        send: { subject: "Violazione del CdS", taxonomyCode: "010101P" },
      },
      flusso: { postal: async () => postal },
    },
    clock: { now: () => fromInstant("2026-11-23T05:30:00Z") },
    holders: async () => new Map(),
  } as unknown as EffectContext<unknown, unknown>;
  try {
    const item = { key: verbale.numero, round: 1, data: { verbale } };
    const fields = await validate.runOne?.(item, ctx);
    // The step itself made it.
    return (fields as { readonly validation: Validation }).validation;
  } catch (error) {
    if (error instanceof ItemRejected) return error;
    throw error;
  }
}

/** White-listed in SEND's test environments although its check letter is wrong; a right one stands for it where the case is not about it. */
const testPerson = "CLMCST42R12D969Z";
const rightPerson = "RSSMRA80A01H501U";

/** The recipient of the case in a verbale that is right in all else; SEND's tests fill up what they do not say as here. */
function verbaleOf({ kind, input }: SendCase): Verbale {
  const fields: Fields = input.recipients?.[0] ?? {
    taxId: input["taxId"],
    recipientType: input["recipientType"],
  };
  const text = (name: string, otherwise: string): string => {
    const value = fields[name];
    return value === null ? "" : typeof value === "string" ? value : otherwise;
  };
  const maybe = (field: string, name: string): Record<string, string> =>
    typeof fields[name] === "string" ? { [field]: fields[name] } : {};
  const own = text("taxId", rightPerson);
  const taxId = kind !== "taxid" && own === testPerson ? rightPerson : own;
  const type = text("recipientType", "PF");
  const isCompany = type === "PG" || (type === "any" && /^\d+$/.test(taxId));
  const destinatario: Destinatario = {
    tipo: isCompany ? "PG" : "PF",
    denominazione: text("denomination", "Mario Rossi"),
    codiceFiscale: taxId,
    ...maybe("pec", "digitalDomicile.address"),
    indirizzo: {
      via: text("physicalAddress.address", "Via Roma 1"),
      cap: text("physicalAddress.zip", "20121"),
      comune: text("physicalAddress.municipality", "MILANO"),
      provincia: text("physicalAddress.province", "MI"),
      ...maybe("presso", "physicalAddress.at"),
      ...maybe("dettagli", "physicalAddress.addressDetails"),
      ...maybe("frazione", "physicalAddress.municipalityDetails"),
      ...maybe("stato", "physicalAddress.foreignState"),
    },
  };
  return {
    numero: "AB123",
    dataViolazione: "2026-11-03",
    luogo: "Via Roma",
    targa: "AA000AA",
    articolo: "7/9",
    descrizione: "Accesso in ZTL",
    agente: "matr. 12",
    importoRidottoCents: 8300,
    importoScontatoCents: 5810,
    speseCents: 1500,
    destinatario,
  };
}

function verdictOf(
  one: SendCase,
  { outcome, told, isMended }: Answer,
): { verdict: Verdict; why: string } {
  if (outcome === one.expect) return { verdict: "agreed", why: "" };
  for (const [fits, why] of explained)
    if (fits(one, told, isMended)) return { verdict: "disagreed", why };
  return {
    verdict: "unexplained",
    why: `expected ${one.expect}, got ${outcome} ${told} ${JSON.stringify(one.input.recipients ?? one.input)}`,
  };
}

function fullTable(): PostalTable {
  const lines = readFileSync(join(postalFolder, "PagoPA-ListaCLP.csv"), "utf8").split(/\r?\n/);
  const rows = lines.slice(1).flatMap((line) => {
    const [cap, town, province] = line.split(";");
    return cap === undefined || town === undefined || province === undefined
      ? []
      : [{ cap, town, province }];
  });
  return tableOf(rows, "2026-11-23");
}

test.skipIf(!hasCases)(
  "every case about a recipient is agreed, explained or not applicable",
  async () => {
    const cases = readFileSync(casesFile, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SendCase);
    const postal = fullTable();
    const rows: { id: string; verdict: Verdict; why: string }[] = [];

    for (const one of cases) {
      const reason = notApplicable.find(([fits]) => fits(one))?.[1];
      rows.push(
        reason === undefined
          ? { id: one.id, ...verdictOf(one, await answerOf(one, postal)) }
          : { id: one.id, verdict: "not applicable", why: reason },
      );
    }

    for (const row of rows) tally({ suite: "validate, SEND cases", ...row });
    expect(postal.extent).toBe("all");
    expect(rows.filter(({ verdict }) => verdict === "unexplained")).toEqual([]);
    expect(rows.filter(({ verdict }) => verdict === "agreed").length).toBeGreaterThan(20);
  },
);
