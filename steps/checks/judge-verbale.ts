/** Every finding on a verbale with its severity, as the ente's settings have it: `validate` rejects by it, a form shows it beside its fields. */
import { toRomeDay } from "../../engine/host/clock.ts";
import { passOnCode, type PassedOnCode } from "../../engine/host/error-codes.ts";
import type { StepContext } from "../../engine/step/context.ts";
import type { PostalTable } from "../../integrations/flusso/port.ts";
import type { PositionNames } from "../../integrations/payments/port.ts";
import {
  type ActKind,
  readPaymentCosts,
  readPositionNames,
  type Services,
} from "../../integrations/services.ts";
import { judgeOwnChecks } from "../kinds/judge.ts";
import { checkFields } from "./fields.ts";
import { type AskedTerm, extendPassedTerm } from "../law/ask-downtimes.ts";
import type { LegalTerm } from "../law/count-term.ts";
import { readLaw } from "../law/law.ts";
import type { Doubts, Neighbours } from "../schemas/fields.ts";
import type { Destinatario, Verbale } from "../schemas/verbale.ts";
import { checkAct, checkQuality, type ActOptions } from "./act.ts";
import { checkAddress, checkTownOfCap } from "./address.ts";
import {
  buildFinding,
  checks,
  type CheckCode,
  type CheckSeverity,
  type Finding,
  formatFinding,
} from "./catalogue.ts";
import { checkCodes } from "./codes.ts";
import { checkDoubts } from "./doubts.ts";
import { checkSender } from "./ente.ts";
import { checkFlusso, checkHistory, checkViolation } from "./history.ts";
import { countNotificationTerm } from "./notification-term.ts";
import { checkPhotographs } from "./photographs.ts";
import { checkPrint } from "./print.ts";
import { checkRecipient, pickTaxId } from "./recipient.ts";
import { checkRenotification } from "./renotification.ts";
import {
  checkAmounts,
  checkData,
  checkNoticeCodes,
  checkPositions,
  checkTerm,
  type TermOptions,
} from "./verbale.ts";

/** What YAML says of the checks. */
export interface CheckConfig extends ActLimits {
  readonly limitDays?: number;
  readonly marginDays: number;
  readonly severity?: Partial<Record<CheckCode, CheckSeverity>>;
}

type ActLimits = Omit<ActOptions, "cases" | "today">;

export type CheckContext = StepContext<
  CheckConfig,
  Pick<Services, "ente" | "flusso" | "desk" | "register">
>;

/** Of the catalogue, or of the file of a kind of act. */
export interface JudgedFinding extends Finding<CheckCode | PassedOnCode> {
  readonly severity: CheckSeverity;
}

export interface Judgement {
  /** What the ente file has wrong: no verbale can go. Nothing else was looked at then. */
  readonly blocking: readonly JudgedFinding[];
  /** In the order of the catalogue. */
  readonly findings: readonly JudgedFinding[];
  /** To notify; `null`: not looked at, or the kind of act has none. */
  readonly term: LegalTerm | null;
}

/** What a check does as this ente has it. */
export function pickSeverity(
  { severity }: Pick<CheckConfig, "severity">,
  code: CheckCode,
): CheckSeverity {
  return severity?.[code] ?? checks[code].severity;
}

export interface CheckedItem {
  readonly key: string;
  readonly data: {
    readonly verbale: Verbale;
    readonly neighbours?: Neighbours;
    readonly doubts?: Doubts;
  };
}

/** Throws RetryLater where what it asks does not answer. */
export async function judgeVerbale(item: CheckedItem, ctx: CheckContext): Promise<Judgement> {
  const { verbale, neighbours = {}, doubts = [] } = item.data;
  const { config, services } = ctx;
  const today = toRomeDay(ctx.clock.now());
  const isOn = (code: CheckCode): boolean => pickSeverity(config, code) !== "off";
  const judge = (finding: Finding): JudgedFinding => ({
    ...finding,
    severity: pickSeverity(config, finding.code),
  });
  const ofEnte = checkSender({ send: services.ente.send, costs: readPaymentCosts(services.ente) });
  const blocking = ofEnte.map(judge).filter(({ severity }) => severity === "error");
  if (blocking.length > 0) return { blocking, findings: [], term: null };
  const asked = await askTerm(verbale, today, ctx);
  const postal = postalChecks.some(isOn) ? await services.flusso.readPostalTable() : null;
  const { act: kind } = services.ente;
  const term = asked === null ? null : { today, marginDays: config.marginDays, ...asked };
  const history = [
    ...(isOn("SAME_VIOLATION") ? await checkViolation(item.key, verbale, ctx, neighbours) : []),
    ...(await checkHistory(item.key, verbale, ctx, isOn("PROTOCOL_IN_USE"))),
  ];
  const law = readLaw(services.ente.law);
  const photographs = isOn("PHOTOGRAPH_UNUSABLE")
    ? await checkPhotographs(verbale, services.ente)
    : [];
  const anew = await checkRenotification(verbale, { register: services.register, law, today });
  const names = readPositionNames(services.ente);
  const cases = services.ente.render?.casiArt201;
  const act = { ...config, today, ...(cases !== undefined && { cases }) };
  const abroad = services.ente.send.abroad === true;
  const facts = {
    abroad,
    ofEnte,
    names,
    term,
    act,
    postal,
    neighbours,
    doubts,
    history: [...history, ...anew, ...photographs],
  };
  const found = collectFindings(verbale, { ...facts, kind }).map(judge);
  const own =
    kind === undefined
      ? []
      : judgeOwnChecks({ verbale, kind, today }, services.ente.atti?.[kind.name]?.severity);
  const ownFindings = own.map(({ code, severity, head, what, remedy }) => ({
    code: passOnCode(code),
    head,
    message: formatFinding(head, what, remedy),
    severity,
  }));
  return { blocking, findings: [...found, ...ownFindings], term: asked?.term ?? null };
}

/** The term to notify, moved by malfunctions of SEND where it has passed; `null`: the act has none. */
async function askTerm(
  verbale: Verbale,
  today: string,
  ctx: CheckContext,
): Promise<AskedTerm | null> {
  const { act: kind, law: settings } = ctx.services.ente;
  const law = readLaw(settings);
  const counted = countNotificationTerm(law, verbale, ctx.config.limitDays, kind);
  if (counted === null) return null;
  return await extendPassedTerm(counted, { law, asOf: today }, ctx);
}

/** Without these nobody asks the table of CAPs. */
const postalChecks: readonly CheckCode[] = ["CAP_TOWN", "CAP_TOWN_DOUBT"];

interface Reach {
  /** `null`: the check of CAP and town is off. */
  readonly postal: PostalTable | null;
  /** The ente reaches with SEND who is abroad and has a tax code. */
  readonly abroad: boolean;
}

interface Facts extends Reach {
  /** What was found in the ente file. */
  readonly ofEnte: readonly Finding[];
  readonly names: PositionNames;
  readonly term: TermOptions | null;
  readonly act: ActOptions;
  /** `undefined`: a verbale of the Codice della Strada. */
  readonly kind?: ActKind | undefined;
  readonly neighbours: Neighbours;
  readonly doubts: Doubts;
  /** What live notifications say of it, and its photographs. */
  readonly history: readonly Finding[];
}

/** Every finding, in the order of the catalogue, each once. */
function collectFindings(
  verbale: Verbale,
  { abroad, ofEnte, names, term, act, postal, neighbours, doubts, history, kind }: Facts,
): readonly Finding[] {
  const { destinatario } = verbale;
  const reach = { postal, abroad };
  const found = [
    ...checkCodes(verbale),
    ...checkAddressAndCap(destinatario, reach),
    ...checkRecipient(destinatario),
    ...checkOthers(verbale, reach),
    ...checkPrint(verbale),
    ...(term === null ? [] : checkTerm(verbale, term, kind)),
    ...checkAmounts(verbale, kind === undefined),
    ...(kind === undefined
      ? [...checkData(verbale), ...checkAct(verbale, act)]
      : checkFields(verbale, kind)),
    ...ofEnte,
    ...checkDoubts(doubts),
    ...checkFlusso(neighbours, act.repeatedReasons),
    ...history,
    ...checkNoticeCodes(verbale),
    ...checkPositions(verbale, names),
  ];
  const order = Object.keys(checks);
  const unique = new Map(found.map((each) => [each.code + each.message, each]));
  return [...unique.values()].toSorted(
    (left, right) => order.indexOf(left.code) - order.indexOf(right.code),
  );
}

/** Each of the other recipients as the first: one that is wrong makes SEND refuse all of them. */
function checkOthers(verbale: Verbale, reach: Reach): readonly Finding[] {
  const { destinatario, destinatari = [] } = verbale;
  const first = new Set(checkPrint(verbale).map(({ message }) => message));
  const found = destinatari.flatMap((other, index) =>
    [
      ...checkAddressAndCap(other, reach),
      ...checkRecipient(other),
      // Only a verbale says by which quality it is of each.
      ...(verbale.atto === undefined ? checkQuality({ destinatario: other }) : []),
      ...checkPrint({ ...verbale, destinatario: other }).filter(
        ({ message }) => !first.has(message),
      ),
    ].map(({ code, head, message }) => ({
      code,
      head: `Destinatario ${index + 2}`,
      message: `Destinatario ${index + 2}, ${lowerFirst(head)}${message.slice(head.length)}`,
    })),
  );
  const codes = [destinatario, ...destinatari].map(pickTaxId).filter((code) => code !== "");
  const twice = codes.findIndex((code, at) => codes.indexOf(code) !== at);
  if (twice === -1) return found;
  const what = `ha il codice fiscale di un altro destinatario dello stesso verbale.`;
  return [
    ...found,
    buildFinding(
      "RECIPIENT_TWICE",
      `Destinatario ${twice + 1}`,
      what,
      "toglierlo, o correggere il codice.",
    ),
  ];
}

/** `Codice fiscale` after a comma; `CAP` stays. */
function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Where the table is sure, the first digits of the CAP add nothing; where they are of another province, its doubts do not. */
function checkAddressAndCap(
  recipient: Destinatario,
  { postal, abroad }: Reach,
): readonly Finding[] {
  const address = recipient.indirizzo;
  const found = checkAddress(address, abroad && pickTaxId(recipient) !== "");
  const byTable = postal === null ? [] : checkTownOfCap(address, postal);
  if (byTable.some(({ code }) => code === "CAP_TOWN"))
    return [...found.filter(({ code }) => code !== "CAP_PROVINCE"), ...byTable];
  return found.some(({ code }) => code === "CAP_PROVINCE") ? found : [...found, ...byTable];
}
