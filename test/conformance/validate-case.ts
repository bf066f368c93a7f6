/** Puts the recipient of a sample case to the step `validate`, as a verbale that is right in all else. */
import { silentLogger } from "../../engine/host/logger.ts";
import { runOnItem } from "../../engine/step/step.ts";
import { toEpochMs } from "../../engine/host/clock.ts";
import type { EffectContext } from "../../engine/step/context.ts";
import { ItemRejected } from "../../engine/host/errors.ts";
import type { PostalTable } from "../../integrations/flusso/port.ts";
import type { Validation } from "../../steps/schemas/fields.ts";
import type { Destinatario, Verbale } from "../../steps/schemas/verbale.ts";
import validate from "../../steps/validate.ts";
import type { Fields } from "./case-file.ts";
import type { SendCase } from "./send-case.ts";

export interface Answer {
  readonly outcome: "accepted" | "rejected";
  /** What is sent is not what the case has. */
  readonly isMended: boolean;
  /** Code of the first finding, then all findings as the operator reads them. */
  readonly told: string;
}

/** What validate says of the case's recipient, and of its protocol where it names one. */
export async function askValidate(one: SendCase, postal: PostalTable): Promise<Answer> {
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
      flusso: { readPostalTable: async () => postal },
    },
    clock: { now: () => toEpochMs("2026-11-23T05:30:00Z") },
    holders: async () => new Map(),
    log: silentLogger,
  } as unknown as EffectContext<unknown, unknown>;
  try {
    const item = { key: verbale.numero, round: 1, data: { verbale } };
    const fields = await runOnItem(validate, item, ctx);
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

/** The first recipient's fields, or those of a case that is a tax code alone. */
export function recipientOf({ input }: SendCase): Fields {
  if (input.recipients?.[0] !== undefined) return input.recipients[0];
  return "taxId" in input ? { taxId: input["taxId"], recipientType: input["recipientType"] } : {};
}

/** The recipient of the case in a verbale that is right in all else; SEND's tests fill up what they do not say as here. */
function verbaleOf(one: SendCase): Verbale {
  const fields = recipientOf(one);
  const hasAddress = fields["physicalAddress"] !== null;
  const text = (name: string, otherwise: string): string => {
    const isOfNone = !hasAddress && name.startsWith("physicalAddress.");
    const value = isOfNone ? null : fields[name];
    if (value === null) return "";
    return typeof value === "string" ? value : otherwise;
  };
  const maybe = (field: string, name: string): Record<string, string> =>
    typeof fields[name] === "string" ? { [field]: fields[name] } : {};
  const own = text("taxId", rightPerson);
  const taxId = one.kind !== "taxid" && own === testPerson ? rightPerson : own;
  const type = text("recipientType", "PF");
  const isCompany = type === "PG" || (type === "any" && /^\d+$/.test(taxId));
  const protocol = one.input.notification?.["paProtocolNumber"];
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
    ...(typeof protocol === "string" ? { protocollo: protocol } : {}),
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
