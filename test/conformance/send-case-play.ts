/** Plays one sample case of SEND's own tests against the simulated SEND, or against the one rule that it is about. */
import { checkDelivery, isTaxIdGood } from "../../simulators/send/checks/rules.ts";
import { checkGatewayBody } from "../../simulators/send/checks/gateway.ts";
import {
  production,
  testEnvironment,
  type CapRow,
  type Environment,
  type SimulatedKey,
} from "../../simulators/send/options.ts";
import { createSendSimulator, type SendSimulator } from "../../simulators/send/simulator.ts";
import type { WireError, WireRequest } from "../../integrations/send/wire.ts";
import { fakeClock, paTaxId, type FakeClock } from "../unit/integrations/send/setup.ts";
import { type Fields, textOf } from "./case-file.ts";
import { actionOf, type Making as Next, type Sending } from "./send-case-actions.ts";
import { largestFile, RequestMaker, senderOf } from "./send-case-request.ts";
import type { SendCase } from "./send-case.ts";

/** What came of a case. */
export interface Played {
  readonly outcome: "accepted" | "rejected";
  /** HTTP status, or the last status of the request. */
  readonly status: string;
  readonly errors: readonly WireError[];
  /** Sentences before the last that did not end as they say. */
  readonly detours: readonly string[];
}

export interface CaseTables {
  readonly capTable: string | readonly CapRow[];
  readonly countries: string | readonly string[];
  readonly taxonomyCodes: ReadonlySet<string>;
}

/** Plays a case to its end; the case is one whose parts are all known. */
export async function playCase(one: SendCase, tables: CaseTables): Promise<Played> {
  if ("taxId" in one.input) return playTaxId(one);
  const game = await openGame(one, tables);
  try {
    return await play(one, game);
  } finally {
    game.simulator.close();
  }
}

/** pn-commons normalises a code before it looks; the lists are asked unless the test skips them. */
function playTaxId({ input, note }: SendCase): Played {
  const taxId = textOf(input["taxId"], "").replaceAll(/\s/g, "").toUpperCase();
  const [skipsWhite, skipsBlack] = skippedLists(note);
  const environment = {
    ...production,
    taxIdWhiteList: new Set(input["inWhiteList"] === true && !skipsWhite ? [taxId] : []),
    taxIdBlackList: new Set(input["inBlackList"] === true && !skipsBlack ? [taxId] : []),
  };
  const any = ["PF", "PG"] as const;
  const types = any.filter((type) => type === input["recipientType"]);
  const isAccepted = (types.length === 0 ? any : types).some((type) =>
    isTaxIdGood(taxId, type, environment),
  );
  const outcome = isAccepted ? "accepted" : "rejected";
  return { outcome, status: "check", errors: [], detours: [] };
}

/** `args=['true', 'false', 'true']` of the upstream call: isPf, skipCheckWhiteList, skipCheckBlackList; one alone is the second. */
function skippedLists(note: string): readonly [boolean, boolean] {
  const args = [...(/args=\[([^\]]*)\]/.exec(note)?.[1] ?? "").matchAll(/true|false/g)].map(
    ([word]) => word === "true",
  );
  return args.length === 1 ? [args[0] === true, false] : [args[1] === true, args[2] === true];
}

interface Game {
  readonly simulator: SendSimulator;
  readonly clock: FakeClock;
  /** By the name of the sender. */
  readonly keys: ReadonlyMap<string, SimulatedKey>;
}

const alone: Sending = {
  does: "send",
  sender: "Comune_Multi",
  skips: "none",
  spoils: "none",
  bytes: "pdf",
  wants: null,
};

function actionsOf({ input }: SendCase): readonly (Sending | Next)[] {
  const actions = (input.actions ?? []).map(actionOf);
  const known = actions.filter((each) => typeof each !== "string");
  return known.length === 0 ? [alone] : known;
}

async function openGame(one: SendCase, tables: CaseTables): Promise<Game> {
  const clock = fakeClock();
  const names = new Set(
    actionsOf(one).flatMap((each) => (each.does === "send" ? each.sender : [])),
  );
  // The key of the first sender belongs to the PA that the case names, unless it is about another one.
  const isOfAnother = one.code === "PN_DELIVERY_INVALID_SENDER_TAX_ID";
  const first = isOfAnother ? paTaxId : senderOf(one);
  const keys = new Map(
    [...names].map((name, index): [string, SimulatedKey] => [
      name,
      {
        key: `k-${index}`,
        paTaxId: index === 0 ? first : `0000000${String(100 + index)}9`,
        over20Grams: !isLight(one, name),
      },
    ]),
  );
  const simulator = await createSendSimulator({
    file: ":memory:",
    clock,
    apiKeys: [...keys.values()],
    capTable: tables.capTable,
    countries: tables.countries,
    environment: {
      taxonomyCodes: tables.taxonomyCodes,
      taxIdWhiteList: testEnvironment.taxIdWhiteList,
      // Source: pn-b2b-client names the configuration of its environment: PhysicalAddressValidationLength 500.
      addressRowLength: 500,
      maxFileBytes: largestFile,
      ...settingsOf(one),
    },
  });
  return { simulator, clock, keys };
}

/** A PA that may send 20 grams and no more: Comune_2 of these suites, unless the case says so of another. */
function isLight({ note }: SendCase, sender: string): boolean {
  return sender === "Comune_2" || /\bPA non (?:elencata in abilitazione|abilitata)/i.test(note);
}

async function play(one: SendCase, { simulator, clock, keys }: Game): Promise<Played> {
  const maker = new RequestMaker(simulator);
  const actions = actionsOf(one);
  const hasPayment = (one.input.actions ?? []).some((action) => action.includes("codice avviso"));
  const detours: string[] = [];
  let next: Next | null = null;
  let before: { readonly request: Fields; readonly notices: readonly string[] } | null = null;
  let last: Played | null = null;
  for (const [index, action] of actions.entries()) {
    if (action.does === "make") {
      next = action;
      continue;
    }
    const key = keys.get(action.sender) ?? { key: "none", paTaxId };
    const made = await maker.make(one, {
      action,
      key: key.key,
      senderTaxId: key.paTaxId,
      creditorTaxId: next?.creditor === "other" ? "01199250158" : "77777777777",
      notices: next?.notice === "same" ? (before?.notices ?? []) : [],
      hasPayment,
    });
    const request: Fields =
      next === null || before === null
        ? made.request
        : { ...made.request, ...sharedBy(next, before.request, index) };
    before = { request, notices: made.notices };
    next = null;
    last = isOfOneLayer(one)
      ? deliveryOnly(request, one)
      : await send(request, { action, key: key.key, simulator, clock, stage: one.stage });
    if (index < actions.length - 1 && action.wants !== null && last.status !== action.wants)
      detours.push(`the sentence ${index + 1} wants ${action.wants} and ended ${last.status}`);
  }
  if (last === null) throw new Error("the case sends nothing");
  return { ...last, detours };
}

/** Protocol and token of the notification after another one. */
function sharedBy({ protocol, token }: Next, before: Fields, index: number): Fields {
  const text = {
    given: token.is === "given" ? token.text : "",
    same: before["idempotenceToken"],
    new: `t-${index}`,
    none: undefined,
  }[token.is];
  return {
    paProtocolNumber: protocol === "same" ? before["paProtocolNumber"] : `P-${index}0`,
    // Left out of the JSON when there is none.
    idempotenceToken: text,
  };
}

async function send(
  request: Fields,
  {
    action,
    key,
    simulator,
    clock,
    stage,
  }: {
    readonly action: Sending;
    readonly key: string;
    readonly simulator: SendSimulator;
    readonly clock: FakeClock;
    readonly stage: "sync" | "async";
  },
): Promise<Played> {
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const path = "/delivery/v2.5/requests";
  const body = JSON.stringify(request);
  const answer = await simulator.app.request(path, { method: "POST", headers, body });
  const told = (await answer.json()) as Fields & { errors?: readonly WireError[] };
  const common = { detours: [], errors: told.errors ?? [] };
  if (answer.status !== 202)
    return { ...common, outcome: "rejected", status: String(answer.status) };
  if (stage === "sync" && action.wants === null)
    return { ...common, outcome: "accepted", status: "202" };
  clock.advance(1000);
  const query = new URLSearchParams({
    notificationRequestId: String(told["notificationRequestId"]),
  });
  const found = await simulator.app.request(`${path}?${query.toString()}`, { headers });
  const verdict = (await found.json()) as Fields & { errors?: readonly WireError[] };
  const status = String(verdict["notificationRequestStatus"]);
  const outcome = status === "ACCEPTED" ? "accepted" : "rejected";
  return { outcome, status, errors: verdict.errors ?? [], detours: [] };
}

/** Cases of pn-delivery's own unit tests: the gateway does not stand before them. */
export function isOfOneLayer({ source }: SendCase): boolean {
  return /(?:^|[/:])pn-delivery[:@]/.test(source);
}

function deliveryOnly(request: Fields, one: SendCase): Played {
  // A test of the charset alone says nothing of lengths.
  const isOfCharset = "denominationValidationType" in one.input;
  const environment: Environment = {
    ...production,
    checkTaxonomy: false,
    taxIdWhiteList: testEnvironment.taxIdWhiteList,
    ...(isOfCharset ? { denominationLength: 1000 } : {}),
    ...settingsOf(one),
  };
  const ofGateway = checkGatewayBody("2.5", request).filter(
    (text) => !(isOfCharset && text.includes("is too long")),
  );
  const errors = layerErrors(request, environment, ofGateway);
  const isRejected = errors.length > 0;
  return {
    outcome: isRejected ? "rejected" : "accepted",
    status: isRejected ? "400" : "202",
    errors,
    detours: [],
  };
}

/** What the gateway keeps away pn-delivery's checks cannot read: there the schema speaks, as the validation of beans does upstream. */
function layerErrors(
  request: Fields,
  environment: Environment,
  ofGateway: readonly string[],
): readonly WireError[] {
  if (ofGateway.some((text) => /missing required|instance type|too short: must have/.test(text)))
    return [{ code: "PN_INVALID_BODY", detail: ofGateway.join(", ") }];
  // Held against the schema just now.
  const body = request as unknown as WireRequest;
  const errors = checkDelivery(body, { key: "k", paTaxId: body.senderTaxId }, environment, () => 0);
  return errors.length > 0 || ofGateway.length === 0
    ? errors
    : [{ code: "PN_INVALID_BODY", detail: ofGateway.join(", ") }];
}

/** SEND's settings that the case names, under our names. */
function settingsOf({ input }: SendCase): Partial<Environment> {
  const known: readonly (readonly [string, string, keyof Environment])[] = [
    ["physicalAddressValidationPattern", "string", "addressCharset"],
    ["physicalAddressValidationLength", "number", "addressRowLength"],
    ["denominationLength", "number", "denominationLength"],
    ["excludedCharacter", "string", "denominationExcluded"],
    ["maxAttachmentsCount", "number", "maxDocuments"],
    ["maxRecipientsCount", "number", "maxRecipients"],
    ["checkTaxonomyCodeEnabled", "boolean", "checkTaxonomy"],
    ["enableSenderTaxIdCongruence", "boolean", "checkSenderTaxId"],
  ];
  const named = known.flatMap(([name, type, ours]) =>
    typeof input[name] === type ? [[ours, input[name]]] : [],
  );
  return {
    ...(input["inWhiteList"] === true ? { taxIdWhiteList: taxIdsOf(input) } : {}),
    ...(input["inBlackList"] === true ? { taxIdBlackList: taxIdsOf(input) } : {}),
    ...(Object.fromEntries(named) as Partial<Environment>),
  };
}

function taxIdsOf({ recipients = [] }: SendCase["input"]): ReadonlySet<string> {
  return new Set(recipients.map(({ taxId }) => String(taxId)));
}
