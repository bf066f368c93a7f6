/** Builds and plays one sample case of SEND's own tests against the simulated SEND; used by send-cases.test.ts. */
import { createHash } from "node:crypto";
import { deliveryErrors } from "../../integrations/send/simulator-rules.ts";
import {
  production,
  testEnvironment,
  type Environment,
} from "../../integrations/send/simulator-options.ts";
import { createSendSimulator, type SendSimulator } from "../../integrations/send/simulator.ts";
import { isTaxIdAccepted } from "../../integrations/send/simulator-taxid.ts";
import type { WireError, WirePreloaded, WireRequest } from "../../integrations/send/wire.ts";
import { fakeClock, paTaxId } from "../unit/send/setup.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface SendCase {
  readonly id: string;
  readonly kind: string;
  readonly stage: "sync" | "async";
  readonly input: Fields & {
    readonly notification?: Fields;
    readonly recipients?: readonly Fields[];
    readonly actions?: readonly string[];
  };
  readonly expect: "accepted" | "rejected";
  readonly code: string | null;
  readonly note: string;
}

/** What came of a case. */
export interface Played {
  readonly outcome: "accepted" | "rejected";
  /** HTTP status, or the last status of the request. */
  readonly status: string;
  readonly errors: readonly WireError[];
}

export interface CaseTables {
  readonly capTable: string;
  readonly countries: string;
  readonly taxonomyCodes: ReadonlySet<string>;
}

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

/** Plays a case to its end. */
export async function playCase(one: SendCase, tables: CaseTables): Promise<Played> {
  if (typeof one.input["taxId"] === "string") return playTaxId(one);
  const game = await openGame(one, tables);
  try {
    return await game.play();
  } finally {
    game.close();
  }
}

function playTaxId({ input }: SendCase): Played {
  const taxId = String(input["taxId"]).replaceAll(/\s/g, "").toUpperCase();
  const types = input["recipientType"] === "any" ? (["PF", "PG"] as const) : null;
  const type = input["recipientType"] === "PG" ? "PG" : "PF";
  const isRight = (types ?? [type]).some((each) => isTaxIdAccepted(taxId, each));
  const isAccepted =
    input["inBlackList"] === true ? false : input["inWhiteList"] === true || isRight;
  return { outcome: isAccepted ? "accepted" : "rejected", status: "check", errors: [] };
}

interface Game {
  play(): Promise<Played>;
  close(): void;
}

async function openGame(one: SendCase, tables: CaseTables): Promise<Game> {
  const clock = fakeClock();
  const sender = textOf(one.input.notification?.["senderTaxId"], paTaxId);
  const isLight = (one.input.actions ?? []).some((action) => action.includes('"Comune_2"'));
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock,
    apiKeys: [
      {
        key: "k",
        paTaxId: /^\d{11}$/.test(sender) ? sender : paTaxId,
        over20Grams: !isLight,
      },
    ],
    capTable: tables.capTable,
    countries: tables.countries,
    environment: environmentOf(one.input, tables),
  });
  const maker = new RequestMaker(simulator);
  const actions = one.input.actions ?? ["la notifica viene inviata"];

  async function send(request: Fields, action: string): Promise<Played> {
    const answer = await simulator.app.request("/delivery/v2.5/requests", {
      method: "POST",
      headers: { "x-api-key": "k", "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const body = (await answer.json()) as Fields & { errors?: readonly WireError[] };
    if (answer.status !== 202)
      return { outcome: "rejected", status: String(answer.status), errors: body.errors ?? [] };
    if (one.stage === "sync" && !action.includes("si attende"))
      return { outcome: "accepted", status: "202", errors: [] };
    clock.advance(1000);
    const query = new URLSearchParams({
      notificationRequestId: String(body["notificationRequestId"]),
    });
    const found = await simulator.app.request(`/delivery/v2.5/requests?${query.toString()}`, {
      headers: { "x-api-key": "k" },
    });
    const verdict = (await found.json()) as Fields & { errors?: readonly WireError[] };
    const status = String(verdict["notificationRequestStatus"]);
    return {
      outcome: status === "ACCEPTED" ? "accepted" : "rejected",
      status,
      errors: verdict.errors ?? [],
    };
  }

  return {
    async play() {
      let last: Played | null = null;
      let changes: Fields = { paProtocolNumber: "P-1" };
      let notices: readonly string[] = [];
      for (const [index, action] of actions.entries()) {
        if (action.startsWith("viene generata")) {
          const token = /idempotenceToken "([^"]+)"/.exec(action)?.[1];
          // A new protocol and fresh notices each time, unless the case keeps them.
          if (!action.includes("uguale codice avviso")) notices = [];
          changes = {
            paProtocolNumber: action.includes("uguale paProtocolNumber") ? "P-1" : `P-${index}0`,
            ...(token === undefined ? {} : { idempotenceToken: token }),
          };
          continue;
        }
        const made = await maker.make(one, action, notices);
        notices = made.notices;
        const request = { ...changes, ...made.request, ...(index === 0 ? {} : changes) };
        last = isOfOneLayer(one) ? deliveryOnly(request, one) : await send(request, action);
      }
      if (last === null) throw new Error(`case ${one.id} sends nothing`);
      return last;
    },
    close: () => simulator.close(),
  };
}

/** Cases of pn-delivery's own unit tests: the gateway does not stand before them. */
function isOfOneLayer({ id }: SendCase): boolean {
  return /^(DELIVERY|FORMAL)-/.test(id);
}

function deliveryOnly(request: Fields, { input }: SendCase): Played {
  const environment: Environment = {
    ...production,
    checkTaxonomy: false,
    taxIdWhiteList: testEnvironment.taxIdWhiteList,
    ...charsetOf(input),
    // A test of the charset alone says nothing of lengths.
    ...("denominationValidationType" in input && !("denominationLength" in input)
      ? { denominationLength: 1000 }
      : {}),
  };
  const errors = deliveryErrors(
    request as unknown as WireRequest,
    { key: "k", paTaxId },
    environment,
    () => 0,
  );
  return {
    outcome: errors.length === 0 ? "accepted" : "rejected",
    status: errors.length === 0 ? "202" : "400",
    errors,
  };
}

function environmentOf(input: SendCase["input"], tables: CaseTables): Partial<Environment> {
  return {
    taxonomyCodes: tables.taxonomyCodes,
    taxIdWhiteList: testEnvironment.taxIdWhiteList,
    // Source: pn-b2b-client names the configuration of its environment: PhysicalAddressValidationLength 500.
    addressRowLength: 500,
    ...charsetOf(input),
  };
}

function charsetOf(input: SendCase["input"]): Partial<Environment> {
  const pattern = input["physicalAddressValidationPattern"];
  const length = input["denominationLength"];
  const excluded = input["excludedCharacter"];
  return {
    ...(typeof pattern === "string" ? { addressCharset: pattern } : {}),
    ...(typeof length === "number" ? { denominationLength: length } : {}),
    ...(typeof excluded === "string" ? { denominationExcluded: excluded } : {}),
  };
}

/** Makes requests out of the flat fields of a case. */
class RequestMaker {
  readonly #simulator: SendSimulator;
  readonly #named = new Map<string, Promise<Fields>>();
  #number = 0;

  constructor(simulator: SendSimulator) {
    this.#simulator = simulator;
  }

  async make(
    one: SendCase,
    action: string,
    notices: readonly string[],
  ): Promise<{ readonly request: Fields; readonly notices: readonly string[] }> {
    const given = one.input.notification ?? {};
    const policy = textOf(given["notificationFeePolicy"], "FLAT_RATE");
    const used: string[] = [];
    const isWithoutRecipients = one.note.includes("campo recipents");
    const recipients: Fields[] = [];
    for (const fields of isWithoutRecipients ? [] : (one.input.recipients ?? [{}]))
      recipients.push(await this.#recipient(fields, { policy, action, notices, used }));
    const base: Record<string, unknown> = {
      idempotenceToken: "t",
      subject: "Notifica",
      physicalCommunicationType: "AR_REGISTERED_LETTER",
      senderDenomination: "Comune di Esempio",
      senderTaxId: paTaxId,
      taxonomyCode: "010101P",
      notificationFeePolicy: policy,
      ...(policy === "DELIVERY_MODE" ? { paFee: 0, vat: 10 } : {}),
    };
    for (const [name, value] of Object.entries(given)) {
      if (name === "documents") continue;
      assign(base, name, name === "additionalLanguages" ? String(value).split(",") : value);
    }
    return {
      request: {
        ...base,
        recipients,
        documents: await this.#documents(given["documents"], action),
      },
      notices: used,
    };
  }

  async #documents(given: unknown, action: string): Promise<readonly Fields[]> {
    const documents: Fields[] = [];
    if (Array.isArray(given))
      for (const { ref } of given as readonly { ref: { key: string } }[])
        documents.push(await this.#namedFile(ref.key));
    const names = typeof given === "string" ? given.split(";") : ["DOC_1_PG"];
    if (!Array.isArray(given))
      for (const name of names) {
        const pages = Number(/DOC_(\d+)_PG/.exec(name)?.[1] ?? "1");
        documents.push(await this.#file(this.#pdf(pages), "application/pdf", action));
      }
    return documents;
  }

  async #recipient(
    fields: Fields,
    world: {
      readonly policy: string;
      readonly action: string;
      readonly notices: readonly string[];
      readonly used: string[];
    },
  ): Promise<Fields> {
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
    for (const [name, value] of Object.entries(fields)) {
      const [group = "", field] = name.split(".");
      if (group === "physicalAddress") assign(address, field ?? "", value);
      else if (group === "digitalDomicile" && field !== undefined) {
        hasDigital = true;
        assign(digital, field, value);
      } else if (!group.startsWith("payments") && group !== "digitalDomicile")
        assign(recipient, name, value);
    }
    const payments = await this.#payments(fields, world);
    return {
      ...recipient,
      physicalAddress: address,
      ...(hasDigital ? { digitalDomicile: digital } : {}),
      ...(payments.length === 0 ? {} : { payments }),
    };
  }

  async #payments(
    fields: Fields,
    world: {
      readonly policy: string;
      readonly action: string;
      readonly notices: readonly string[];
      readonly used: string[];
    },
  ): Promise<readonly Fields[]> {
    if (Array.isArray(fields["payments"])) return await this.#givenPayments(fields["payments"]);
    const names = Object.keys(fields).filter((name) => name.startsWith("payments"));
    const isCodeKept = world.notices.length > 0 || world.action.includes("senza preload");
    if (fields["payments"] === null || (names.length === 0 && !isCodeKept)) return [];
    const payments: Fields[] = [];
    for (let index = 0; index < Number(fields["payments.count"] ?? 1); index += 1) {
      const payment: Record<string, unknown> = {};
      const isF24Only =
        fields["payments[].pagoPa.attachment"] === null &&
        (fields["payments[].pagoPa.applyCost"] ?? null) === null;
      if (!isF24Only) payment["pagoPa"] = await this.#pagoPa(fields, index, world);
      if (typeof fields["payments[].f24"] === "string")
        payment["f24"] = await this.#f24(fields, world);
      payments.push(payment);
    }
    return payments;
  }

  async #pagoPa(
    fields: Fields,
    index: number,
    world: {
      readonly policy: string;
      readonly action: string;
      readonly notices: readonly string[];
      readonly used: string[];
    },
  ): Promise<Fields> {
    this.#number += 1;
    const noticeCode = world.notices[index] ?? `302010${String(this.#number).padStart(12, "0")}`;
    const pagoPa: Record<string, unknown> = {
      noticeCode,
      creditorTaxId: "77777777777",
      applyCost: world.policy === "DELIVERY_MODE",
    };
    for (const field of ["noticeCode", "creditorTaxId", "applyCost"]) {
      const value = fields[`payments[].pagoPa.${field}`];
      if (value !== undefined) assign(pagoPa, field, value);
    }
    world.used.push(String(pagoPa["noticeCode"]));
    if (fields["payments[].pagoPa.attachment"] === "SI")
      pagoPa["attachment"] = await this.#file(this.#pdf(1), "application/pdf", world.action);
    return pagoPa;
  }

  async #f24(fields: Fields, { action }: { readonly action: string }): Promise<Fields> {
    this.#number += 1;
    const bytes = new TextEncoder().encode(JSON.stringify({ f24: this.#number }));
    const f24: Record<string, unknown> = {
      title: "F24",
      applyCost: false,
      metadataAttachment: await this.#file(bytes, "application/json", action),
    };
    for (const field of ["title", "applyCost"]) {
      const value = fields[`payments[].f24.${field}`];
      if (value !== undefined) assign(f24, field, value);
    }
    return f24;
  }

  async #givenPayments(given: readonly Fields[]): Promise<readonly Fields[]> {
    const payments: Fields[] = [];
    for (const { pagoPa, f24 } of given as readonly { pagoPa?: Fields; f24?: Fields }[]) {
      const payment: Record<string, unknown> = {};
      if (pagoPa !== undefined) {
        const { attachment, ...rest } = pagoPa as Fields & {
          attachment?: { ref: { key: string } };
        };
        this.#number += 1;
        payment["pagoPa"] = {
          noticeCode: `302010${String(this.#number).padStart(12, "0")}`,
          creditorTaxId: "77777777777",
          applyCost: false,
          ...rest,
          ...(attachment === undefined
            ? {}
            : { attachment: await this.#namedFile(attachment.ref.key) }),
        };
      }
      if (f24 !== undefined) payment["f24"] = { ...(await this.#f24({}, { action: "" })), ...f24 };
      payments.push(payment);
    }
    return payments;
  }

  /** The same name is the same file. */
  async #namedFile(name: string): Promise<Fields> {
    let file = this.#named.get(name);
    if (file === undefined) {
      file = this.#file(this.#pdf(1), "application/pdf", "");
      this.#named.set(name, file);
    }
    return await file;
  }

  #pdf(pages: number): Uint8Array {
    this.#number += 1;
    return new TextEncoder().encode(
      `%PDF-1.7\n1 0 obj <</Type /Pages /Count ${pages}>> endobj\n% ${this.#number}\n%%EOF`,
    );
  }

  async #file(bytes: Uint8Array, contentType: string, action: string): Promise<Fields> {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    const answer = await this.#simulator.app.request("/delivery/attachments/preload", {
      method: "POST",
      headers: { "x-api-key": "k", "content-type": "application/json" },
      body: JSON.stringify([{ sha256, contentType }]),
    });
    const [slot] = (await answer.json()) as [Required<WirePreloaded>];
    const isSkipped =
      action.includes("senza preload allegato") ||
      (action.includes("senza caricare nessun allegato json") &&
        contentType === "application/json");
    if (!isSkipped)
      await this.#simulator.app.request(slot.url, {
        method: "PUT",
        headers: {
          "content-type": contentType,
          "x-amz-meta-secret": slot.secret,
          "x-amz-checksum-sha256": sha256,
        },
        body: bytes as BodyInit,
      });
    const declared = action.includes("sha256 differente")
      ? createHash("sha256").update("altro").digest("base64")
      : sha256;
    return {
      digests: { sha256: declared },
      contentType,
      ref: { key: slot.key, versionToken: "v" },
    };
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function assign(target: Record<string, unknown>, name: string, value: unknown): void {
  if (value === null && !required.has(name)) delete target[name];
  else target[name] = value;
}
