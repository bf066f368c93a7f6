/** SEND's own cases about what `validate` sees (recipient, tax code, address, PEC), put to `validate` where they are at hand. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromInstant } from "../../engine/clock.ts";
import type { EffectContext } from "../../engine/contract.ts";
import { ItemRejected } from "../../engine/errors.ts";
import type { PostalTable } from "../../integrations/flusso/port.ts";
import { tableOf } from "../../integrations/flusso/postal-table.ts";
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
const explained: readonly (readonly [(one: SendCase, told: string) => boolean, string])[] = [
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

interface Answer {
  readonly outcome: "accepted" | "rejected";
  /** Code of the first finding, then all findings as the operator reads them. */
  readonly told: string;
}

async function answerOf(one: SendCase, postal: PostalTable): Promise<Answer> {
  const error = await ask(verbaleOf(one), postal);
  return error === null
    ? { outcome: "accepted", told: "" }
    : { outcome: "rejected", told: `${error.code} ${error.message}` };
}

async function ask(verbale: Verbale, postal: PostalTable): Promise<ItemRejected | null> {
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
    await validate.runOne?.({ key: verbale.numero, round: 1, data: { verbale } }, ctx);
    return null;
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

function verdictOf(one: SendCase, { outcome, told }: Answer): { verdict: Verdict; why: string } {
  if (outcome === one.expect) return { verdict: "agreed", why: "" };
  for (const [fits, why] of explained) if (fits(one, told)) return { verdict: "disagreed", why };
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
