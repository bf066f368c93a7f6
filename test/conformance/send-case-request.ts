/** Makes whole requests out of the flat fields of a sample case, and uploads their files to the simulated SEND. */
import { createHash } from "node:crypto";
import type { SendSimulator } from "../../simulators/send/simulator.ts";
import type { WirePreloaded } from "../../integrations/send/wire.ts";
import { paTaxId } from "../unit/integrations/send/setup.ts";
import { type Fields, isFields, textOf } from "./case-file.ts";
import type { Sending } from "./send-case-actions.ts";
import type { SendCase } from "./send-case.ts";

/** Required fields leave as explicit null, optional ones not at all: so does the generated client of these tests. */
const required: ReadonlySet<string> = new Set([
  "paProtocolNumber",
  "subject",
  "recipients",
  "documents",
  "physicalCommunicationType",
  "notificationFeePolicy",
  "senderDenomination",
  "senderTaxId",
  "taxonomyCode",
  "denomination",
  "recipientType",
  "taxId",
  "address",
  "municipality",
  "type",
  "noticeCode",
  "creditorTaxId",
  "applyCost",
  "title",
  "metadataAttachment",
]);

/** What one request is made of besides the fields of the case. */
export interface Making {
  readonly action: Sending;
  /** API key that announces the files. */
  readonly key: string;
  readonly senderTaxId: string;
  readonly creditorTaxId: string;
  /** Notice codes to be used again; empty: new ones. */
  readonly notices: readonly string[];
  /** Recipients of whom the case says no payment have one all the same. */
  readonly hasPayment: boolean;
}

interface RecipientWorld extends Making {
  readonly policy: string;
  /** Collects the notice codes of the request. */
  readonly used: string[];
}

/** One per case: every file that it makes is another, except where the case names it. */
export class RequestMaker {
  readonly #simulator: SendSimulator;
  readonly #named = new Map<string, Promise<Fields>>();
  #number = 0;

  constructor(simulator: SendSimulator) {
    this.#simulator = simulator;
  }

  /** The body of a request, and the notice codes in it. */
  async make(
    one: SendCase,
    making: Making,
  ): Promise<{ readonly request: Fields; readonly notices: readonly string[] }> {
    const given = one.input.notification ?? {};
    const policy = textOf(given["notificationFeePolicy"], "FLAT_RATE");
    const used: string[] = [];
    const isWithoutRecipients = /campo recipi?ents/.test(one.note);
    const recipients: Fields[] = [];
    for (const fields of isWithoutRecipients ? [] : (one.input.recipients ?? [{}]))
      recipients.push(await this.#recipient(fields, { ...making, policy, used }));
    const base: Record<string, unknown> = {
      paProtocolNumber: "P-1",
      idempotenceToken: "t",
      subject: "Notifica",
      physicalCommunicationType: "AR_REGISTERED_LETTER",
      senderDenomination: "Comune di Esempio",
      senderTaxId: making.senderTaxId,
      taxonomyCode: "010101P",
      notificationFeePolicy: policy,
      ...(policy === "DELIVERY_MODE" ? { paFee: 0, vat: 10 } : {}),
    };
    for (const [name, value] of Object.entries(given)) {
      if (name === "documents") continue;
      const isList = name === "additionalLanguages" && typeof value === "string";
      assign(base, name, isList ? value.split(",") : value);
    }
    const documents =
      given["documents"] === null ? null : await this.#documents(given["documents"], making);
    return { request: { ...base, recipients, documents }, notices: used };
  }

  async #documents(given: unknown, making: Making): Promise<readonly Fields[]> {
    const documents: Fields[] = [];
    if (Array.isArray(given)) {
      for (const document of given) {
        const file = await this.#namedFile(keyOf(document), "application/pdf", making);
        documents.push({ ...file, ...ownFields(document) });
      }
      return documents;
    }
    for (const name of textOf(given, "DOC_1_PG").split(";")) {
      const pages = Number(/DOC_(\d+)_PG/.exec(name)?.[1] ?? "1");
      documents.push(await this.#pdf(pages, making));
    }
    return documents;
  }

  async #recipient(fields: Fields, world: RecipientWorld): Promise<Fields> {
    const recipient: Record<string, unknown> = {
      recipientType: "PF",
      taxId: "CLMCST42R12D969Z",
      denomination: "Mario Rossi",
    };
    const address: Record<string, unknown> = {
      address: "Via Roma 1",
      zip: "20121",
      municipality: "MILANO",
      province: "MI",
      foreignState: "ITALIA",
    };
    const digital: Record<string, unknown> = { type: "PEC", address: "prova@pec.it" };
    let hasDigital = false;
    let hasAddress = true;
    for (const [name, value] of Object.entries(fields)) {
      const [group = "", field] = name.split(".");
      if (group === "physicalAddress" && field === undefined) hasAddress = value !== null;
      else if (group === "physicalAddress") assign(address, field ?? "", value);
      else if (group === "digitalDomicile" && field !== undefined) {
        hasDigital = true;
        assign(digital, field, value);
      } else if (!group.startsWith("payments") && group !== "digitalDomicile")
        assign(recipient, name, value);
    }
    const payments = await this.#payments(fields, world);
    return {
      ...recipient,
      ...(hasAddress ? { physicalAddress: address } : {}),
      ...(hasDigital ? { digitalDomicile: digital } : {}),
      ...(payments.length === 0 ? {} : { payments }),
    };
  }

  async #payments(fields: Fields, world: RecipientWorld): Promise<readonly Fields[]> {
    const given = fields["payments"];
    if (Array.isArray(given)) return await this.#givenPayments(given, world);
    const names = Object.keys(fields).filter((name) => name.startsWith("payments"));
    if (given === null || (names.length === 0 && !world.hasPayment)) return [];
    const payments: Fields[] = [];
    for (let index = 0; index < Number(fields["payments.count"] ?? 1); index += 1)
      payments.push(await this.#payment(ofPayment(fields, index), index, world));
    return payments;
  }

  async #payment(fields: Fields, index: number, world: RecipientWorld): Promise<Fields> {
    const payment: Record<string, unknown> = {};
    const hasF24 = typeof fields["f24"] === "string";
    const isWithoutPagoPa =
      fields["pagoPa"] === null ||
      (hasF24 &&
        fields["pagoPa.attachment"] === null &&
        (fields["pagoPa.applyCost"] ?? null) === null);
    if (!isWithoutPagoPa) payment["pagoPa"] = await this.#pagoPa(fields, index, world);
    if (hasF24) payment["f24"] = await this.#f24(fields, world);
    return payment;
  }

  async #pagoPa(fields: Fields, index: number, world: RecipientWorld): Promise<Fields> {
    const pagoPa: Record<string, unknown> = {
      noticeCode: world.notices[index] ?? this.#noticeCode(),
      creditorTaxId: world.creditorTaxId,
      applyCost: world.policy === "DELIVERY_MODE",
    };
    for (const field of ["noticeCode", "creditorTaxId", "applyCost"])
      if (`pagoPa.${field}` in fields) assign(pagoPa, field, fields[`pagoPa.${field}`]);
    world.used.push(String(pagoPa["noticeCode"]));
    if (fields["pagoPa.attachment"] === "SI") pagoPa["attachment"] = await this.#pdf(1, world);
    return pagoPa;
  }

  async #f24(fields: Fields, making: Making): Promise<Fields> {
    this.#number += 1;
    // FLAT in the name of the file: the one of a sender who bears the costs. Of other files the content is not known.
    const content = String(fields["f24"]).includes("FLAT")
      ? { f24Standard: { applyCost: false, number: this.#number } }
      : { f24: this.#number };
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const f24: Record<string, unknown> = {
      title: "F24",
      applyCost: false,
      metadataAttachment: await this.#file(bytes, "application/json", making),
    };
    for (const field of ["title", "applyCost"])
      if (`f24.${field}` in fields) assign(f24, field, fields[`f24.${field}`]);
    return f24;
  }

  async #givenPayments(
    given: readonly unknown[],
    making: RecipientWorld,
  ): Promise<readonly Fields[]> {
    const payments: Fields[] = [];
    for (const { pagoPa, f24 } of given.filter(isFields)) {
      const payment: Record<string, unknown> = {};
      if (isFields(pagoPa)) {
        const { attachment, ...rest } = pagoPa;
        payment["pagoPa"] = {
          noticeCode: this.#noticeCode(),
          creditorTaxId: making.creditorTaxId,
          applyCost: false,
          ...rest,
          ...(attachment === undefined || attachment === null
            ? {}
            : { attachment: await this.#namedFile(keyOf(attachment), "application/pdf", making) }),
        };
      }
      if (isFields(f24)) {
        const { metadataAttachment, ...rest } = f24;
        const file =
          metadataAttachment === undefined || metadataAttachment === null
            ? {}
            : {
                metadataAttachment: await this.#namedFile(
                  keyOf(metadataAttachment),
                  "application/json",
                  making,
                ),
              };
        payment["f24"] = { ...(await this.#f24({ f24: "" }, making)), ...rest, ...file };
      }
      payments.push(payment);
    }
    return payments;
  }

  #noticeCode(): string {
    this.#number += 1;
    return `302010${String(this.#number).padStart(12, "0")}`;
  }

  /** The same name is the same file. */
  async #namedFile(name: string, contentType: string, making: Making): Promise<Fields> {
    const known = this.#named.get(`${name} ${contentType}`);
    if (known !== undefined) return await known;
    const file =
      contentType === "application/pdf"
        ? this.#pdf(1, making)
        : this.#file(new TextEncoder().encode(`{"f24":"${name}"}`), contentType, making);
    this.#named.set(`${name} ${contentType}`, file);
    return await file;
  }

  async #pdf(pages: number, making: Making): Promise<Fields> {
    this.#number += 1;
    const start = making.action.bytes === "no pdf" ? "PK" : "%PDF-1.7";
    const text = `${start}\n1 0 obj <</Type /Pages /Count ${pages}>> endobj\n% ${this.#number}\n%%EOF`;
    const padding = making.action.bytes === "too big" ? " ".repeat(largestFile) : "";
    return await this.#file(new TextEncoder().encode(text + padding), "application/pdf", making);
  }

  async #file(bytes: Uint8Array, contentType: string, { action, key }: Making): Promise<Fields> {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const answer = await this.#simulator.app.request("/delivery/attachments/preload", {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: JSON.stringify([{ sha256, contentType }]),
    });
    const [slot] = (await answer.json()) as [Required<WirePreloaded>];
    const kind = contentType === "application/json" ? "json" : "pdf";
    if (action.skips !== "all" && action.skips !== kind)
      await this.#simulator.app.request(slot.url, {
        method: "PUT",
        headers: {
          "content-type": contentType,
          "x-amz-meta-secret": slot.secret,
          "x-amz-checksum-sha256": sha256,
        },
        body: bytes as BodyInit,
      });
    const isSpoilt = action.spoils === "all" || action.spoils === kind;
    return {
      digests: {
        sha256: isSpoilt ? createHash("sha256").update("altro").digest("base64") : sha256,
      },
      contentType,
      ref: { key: slot.key, versionToken: "v" },
    };
  }
}

/** The simulated SEND of the cases takes no larger file: bytes enough to see the limit, not to fill the memory. */
export const largestFile = 100_000;

/** The fields of one payment without their prefix: those of all payments, then its own. */
function ofPayment(fields: Fields, index: number): Fields {
  const own = (prefix: string): [string, unknown][] =>
    Object.entries(fields).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    );
  return Object.fromEntries([...own("payments[]."), ...own(`payments[${index}].`)]);
}

/** What a document says of itself besides its file, which is one of ours. */
function ownFields(document: unknown): Fields {
  if (!isFields(document)) return {};
  const names = ["title", "docIdx", "contentType"].filter((name) => name in document);
  return Object.fromEntries(names.map((name) => [name, document[name]]));
}

function keyOf(attachment: unknown): string {
  const ref = isFields(attachment) ? attachment["ref"] : null;
  return isFields(ref) ? String(ref["key"]) : JSON.stringify(attachment);
}

function assign(target: Record<string, unknown>, name: string, value: unknown): void {
  if (value === null && !required.has(name)) delete target[name];
  else target[name] = value;
}

/** The sender of the first PA of a case: the one that it names, where that is eleven digits. */
export function senderOf({ input }: SendCase): string {
  const given = textOf(input.notification?.["senderTaxId"], paTaxId);
  return /^\d{11}$/.test(given) ? given : paTaxId;
}
