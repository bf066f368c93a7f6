/** Puts what a sample case says of the notification to the ente file, its checks and the 20 gram rule: what a verbale takes from there. */
import { Value } from "typebox/value";
import { ItemRejected } from "../../engine/host/errors.ts";
import { EnteIdentity } from "../../integrations/ente.ts";
import { SendSettings } from "../../integrations/send/settings.ts";
import { checks } from "../../steps/checks/catalogue.ts";
import { checkSender } from "../../steps/checks/ente.ts";
import { assertWeight } from "../../steps/sending/weight.ts";
import { settings } from "../unit/integrations/send/setup.ts";
import { type Fields, textOf } from "./case-file.ts";
import { actionOf } from "./send-case-actions.ts";
import type { SendCase } from "./send-case.ts";
import type { Answer } from "./validate-case.ts";

/** Fields of a notification and where the ente file has them. */
const ofSend: Readonly<Record<string, string>> = {
  subject: "subject",
  taxonomyCode: "taxonomyCode",
  notificationFeePolicy: "feePolicy",
  paFee: "paFee",
  vat: "vat",
  pagoPaIntMode: "pagoPaIntMode",
  physicalCommunicationType: "physicalCommunication",
  group: "group",
};
const ofIdentity: Readonly<Record<string, string>> = {
  senderDenomination: "nome",
  senderTaxId: "codiceFiscale",
};
const creditor = /^payments\[\d*\]\.pagoPa\.creditorTaxId$/;

/** Fields of the case that the ente file decides. */
export function fieldsOfEnte({ input }: SendCase): Fields {
  const own = Object.entries(input.notification ?? {}).filter(
    ([name]) => name in ofSend || name in ofIdentity,
  );
  // The creditor of the payments is the ente, too.
  const creditors = (input.recipients ?? []).flatMap((fields) =>
    Object.entries(fields).filter(([name]) => creditor.test(name)),
  );
  return Object.fromEntries([...own, ...creditors]);
}

/** The ente file with the case's values in it. */
export function askEnte(one: SendCase): Answer {
  const send: Record<string, unknown> = { ...settings };
  const identity: Record<string, unknown> = {
    codice: "esempio",
    nome: "Comune di Esempio",
    codiceFiscale: "00000000018",
  };
  let isMended = false;
  for (const [name, value] of Object.entries(fieldsOfEnte(one))) {
    const inSend = ofSend[name];
    const part = inSend === undefined ? identity : send;
    const field = inSend ?? ofIdentity[name] ?? "codiceFiscale";
    // Left out: what has a default gets it, what has none is asked for.
    if (value !== null) part[field] = value;
    else if (field in settings) isMended = true;
    else delete part[field];
  }
  const faults = [...Value.Errors(SendSettings, send), ...Value.Errors(EnteIdentity, identity)].map(
    ({ instancePath, message }) => `${instancePath.slice(1)}: ${message}`,
  );
  if (faults.length > 0)
    return { outcome: "rejected", isMended, told: `SCHEMA ${faults.join("; ")}` };
  // Held against the schema just now.
  const found = checkSender({
    send: send as unknown as SendSettings,
    // The payment system of the case's ente is one that fits its mode.
    costs: {
      mode: send["pagoPaIntMode"] === "ASYNC" ? "ASYNC" : "SYNC",
      otherwise: "",
      who: "",
      gap: null,
    },
  });
  const errors = found.filter(({ code }) => checks[code].severity === "error");
  return errors[0] === undefined
    ? { outcome: "accepted", isMended, told: "" }
    : { outcome: "rejected", isMended, told: `${errors[0].code} ${errors[0].message}` };
}

/** The PA of the case may send 20 grams and no more. */
export function isOfWeight({ input, note }: SendCase): boolean {
  const isLight = (input.actions ?? [])
    .map(actionOf)
    .some(
      (action) => typeof action !== "string" && "sender" in action && action.sender === "Comune_2",
    );
  return note.includes("20Grammi") && isLight;
}

/** The documents of the case put to the 20 gram rule; payment attachments are left out for such an ente, as transmit leaves them out. */
export function askWeight({ input }: SendCase): Answer {
  const names = textOf(input.notification?.["documents"], "DOC_1_PG").split(";");
  const isMended = (input.recipients ?? []).some((fields) =>
    Object.entries(fields).some(
      ([name, value]) =>
        (name.endsWith(".attachment") && value === "SI") ||
        (name.endsWith(".f24") && typeof value === "string"),
    ),
  );
  try {
    assertWeight(names.map((name) => ({ pages: Number(/DOC_(\d+)_PG/.exec(name)?.[1] ?? "1") })));
    return { outcome: "accepted", isMended, told: "" };
  } catch (error) {
    if (!(error instanceof ItemRejected)) throw error;
    return { outcome: "rejected", isMended, told: `${error.code} ${error.message}` };
  }
}
