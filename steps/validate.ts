/** Checks a verbale more strictly than SEND, whose refusals cost money and name one fault at a time: here all faults are told at once. */
import { Type } from "typebox";
import { toRomeDay } from "../engine/host/clock.ts";
import { ItemRejected, RunBlocked } from "../engine/host/errors.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { PostalTable } from "../integrations/flusso/port.ts";
import type { PositionNames } from "../integrations/payments/port.ts";
import {
  pureStep,
  readPaymentCosts,
  readPositionNames,
  type Services,
} from "../integrations/services.ts";
import { checkAct, type ActOptions } from "./checks/act.ts";
import { checkAddress, checkTownOfCap, cleanAddress, isForeign } from "./checks/address.ts";
import { checks, type CheckCode, type Finding, type CheckSeverity } from "./checks/catalogue.ts";
import { checkCodes } from "./checks/codes.ts";
import { checkPrint } from "./checks/print.ts";
import { buildPrintedRows } from "./checks/print-rows.ts";
import { checkSender } from "./checks/ente.ts";
import { inspectCosts } from "./checks/costs.ts";
import { inspectEnteCodes } from "./checks/ente-codes.ts";
import { checkDoubts } from "./checks/doubts.ts";
import { checkFlusso, checkHistory, checkViolation } from "./checks/history.ts";
import { checkRecipient, formatDenomination, pickTaxId } from "./checks/recipient.ts";
import {
  checkAmounts,
  checkData,
  checkNoticeCodes,
  checkPositions,
  checkTerm,
  type TermOptions,
} from "./checks/verbale.ts";
import { type AskedTerm, extendPassedTerm } from "./law/ask-downtimes.ts";
import { countTerm } from "./law/count-term.ts";
import { readLaw } from "./law/law.ts";
import {
  type Doubts,
  type Neighbours,
  ReadVerbaleField,
  ValidationField,
} from "./schemas/fields.ts";
import type { Indirizzo, Verbale } from "./schemas/verbale.ts";

const severity = Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("off")]);
const severities = Object.fromEntries(
  Object.entries(checks).map(([code, spec]) => [
    code,
    Type.Optional(
      Type.Union(severity.anyOf, {
        description: `${spec.about} Di norma ${spec.severity}.`,
      }),
    ),
  ]),
);

export default pureStep({
  title: "Controlli",
  summary:
    "Controlla destinatario, indirizzo, importi e termini, con più rigore di SEND: tutti i difetti di un verbale in una volta",
  needs: ["ente", "flusso", "desk", "register"],
  config: Type.Object(
    {
      limitDays: Type.Optional(
        Type.Integer({
          minimum: 1,
          description:
            "Giorni per notificare; se manca, quelli dell'art. 201 CdS (90, o `law: terms: notification` dell'ente)",
        }),
      ),
      marginDays: Type.Integer({
        minimum: 0,
        default: 10,
        description: "Avvisa quando al termine mancano meno giorni di questi",
      }),
      toleranceKmh: Type.Number({
        minimum: 0,
        default: 5,
        description:
          "Tolleranza sulla velocità rilevata, km/h (art. 345 del regolamento CdS, da verificare)",
      }),
      tolerancePercent: Type.Number({
        minimum: 0,
        maximum: 100,
        default: 5,
        description: "Tolleranza in percento, dove supera quella in km/h (come sopra)",
      }),
      calibrationDays: Type.Integer({
        minimum: 1,
        default: 366,
        description: "Quanti giorni vale una taratura (DM 282/2017, un anno: da verificare)",
      }),
      severity: Type.Optional(
        Type.Object(severities, {
          additionalProperties: false,
          description: "Gravità dei singoli controlli: error scarta, warning avvisa, off tace",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reads: ReadVerbaleField,
  adds: ValidationField,
  examples: ["{}", "marginDays: 20\n", "severity:\n  CAP_TOWN: warning\n  AMOUNT_RATE: off\n"],
  inspect: async (config, ctx) => [...inspectEnteCodes(ctx), ...inspectCosts(config, ctx)],
  async run(item, ctx) {
    const { verbale, neighbours = {}, doubts = [] } = item.data;
    const { marginDays } = ctx.config;
    const today = toRomeDay(ctx.clock.now());
    const chosen = (ctx.config.severity ?? {}) as Partial<Record<CheckCode, CheckSeverity>>;
    const pickSeverity = (code: CheckCode): CheckSeverity => chosen[code] ?? checks[code].severity;
    const ofEnte = checkSender({
      send: ctx.services.ente.send,
      costs: readPaymentCosts(ctx.services.ente),
    });
    const blocking = ofEnte.filter(({ code }) => pickSeverity(code) === "error");
    if (blocking[0] !== undefined) throw enteFaultsError(blocking[0].code, blocking, ctx.ente);
    const isPostalAsked = postalChecks.some((code) => pickSeverity(code) !== "off");
    const postal = isPostalAsked ? await ctx.services.flusso.readPostalTable() : null;
    const term = { today, marginDays, ...(await askTerm(verbale, today, ctx)) };
    const isProtocolAsked = pickSeverity("PROTOCOL_IN_USE") !== "off";
    const isViolationAsked = pickSeverity("SAME_VIOLATION") !== "off";
    const history = [
      ...(isViolationAsked ? await checkViolation(item.key, verbale, ctx, neighbours) : []),
      ...(await checkHistory(item.key, verbale, ctx, isProtocolAsked)),
    ];
    const names = readPositionNames(ctx.services.ente);
    const cases = ctx.services.ente.render?.casiArt201;
    const act = { ...ctx.config, ...(cases !== undefined && { cases }) };
    const facts = { ofEnte, names, term, act, postal, neighbours, doubts, history };
    const findings = collectFindings(verbale, facts);
    if (findings.length > 0)
      ctx.log.debug("checks found", {
        itemKey: item.key,
        codes: [...new Set(findings.map(({ code }) => code))],
      });
    const errors = findings.filter(({ code }) => pickSeverity(code) === "error");
    if (errors[0] !== undefined)
      throw new ItemRejected(errors[0].code, errors.map(({ message }) => message).join(" "), {
        hint: errors.some(({ code }) => notForSend.has(code))
          ? "Seguire il rimedio: con SEND il verbale, così com'è, non si notifica. Nulla è stato inviato."
          : "Correggere il verbale nel gestionale e mandarlo con un altro flusso. Nulla è stato inviato.",
      });
    const denomination = formatDenomination(verbale.destinatario);
    const address = cleanAddress(verbale.destinatario.indirizzo);
    return {
      validation: {
        checkedOn: today,
        taxId: pickTaxId(verbale.destinatario),
        denomination,
        address,
        printedRows: [...buildPrintedRows(denomination, address)],
        notifyBy: term.term.day,
        warnings: findings
          .filter(({ code }) => pickSeverity(code) === "warning")
          .map(({ message }) => message),
        ...(pickSeverity("PROTOCOL_IN_USE") === "error" ? {} : { isProtocolShared: true }),
        ...(pickSeverity("SAME_VIOLATION") === "error" ? {} : { isViolationShared: true }),
      },
    };
  },
});

/** The term to notify, moved by malfunctions of SEND where it has passed. */
async function askTerm(
  { contestazioneImmediata, dataViolazione: start, destinatario }: Verbale,
  today: string,
  ctx: StepContext<{ readonly limitDays?: number }, Pick<Services, "ente" | "desk" | "register">>,
): Promise<AskedTerm> {
  const { limitDays: days } = ctx.config;
  const law = readLaw(ctx.services.ente.law);
  const isAbroad = isForeign(destinatario.indirizzo);
  const options = { start, isAbroad, ...(days !== undefined && { days }) };
  // Art. 201 c. 1: to those who answer with a driver who was told on the spot.
  const name = contestazioneImmediata === true ? "contestedNotification" : "notification";
  const counted = countTerm(law, name, options);
  return await extendPassedTerm(counted, { law, asOf: today }, ctx);
}

/** Without these nobody asks the table of CAPs. */
const postalChecks: readonly CheckCode[] = ["CAP_TOWN", "CAP_TOWN_DOUBT"];

/** Faults that no correction of a value mends. */
const notForSend: ReadonlySet<CheckCode> = new Set(["FOREIGN_RECIPIENT", "DEADLINE_PASSED"]);

/** What the ente file has wrong would reject every verbale: the run waits until it is mended. */
function enteFaultsError(code: CheckCode, findings: readonly Finding[], ente: string): RunBlocked {
  return new RunBlocked(
    code,
    `${findings.map(({ message }) => message).join(" ")} Nulla è stato inviato.`,
    { hint: { action: "resume", first: `Correggere il file dell'ente ${ente}.` } },
  );
}

interface Facts {
  /** What was found in the ente file. */
  readonly ofEnte: readonly Finding[];
  readonly names: PositionNames;
  readonly term: TermOptions;
  readonly act: ActOptions;
  /** `null`: the check of CAP and town is off. */
  readonly postal: PostalTable | null;
  readonly neighbours: Neighbours;
  readonly doubts: Doubts;
  /** What live notifications say of it. */
  readonly history: readonly Finding[];
}

/** Every finding, in the order of the catalogue, each once. */
function collectFindings(
  verbale: Verbale,
  { ofEnte, names, term, act, postal, neighbours, doubts, history }: Facts,
): readonly Finding[] {
  const { destinatario } = verbale;
  const found = [
    ...checkCodes(verbale),
    ...checkAddressAndCap(destinatario.indirizzo, postal),
    ...checkRecipient(destinatario),
    ...checkPrint(verbale),
    ...checkTerm(verbale, term),
    ...checkAmounts(verbale),
    ...checkData(verbale),
    ...checkAct(verbale, act),
    ...ofEnte,
    ...checkDoubts(doubts),
    ...checkFlusso(neighbours),
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

/** Where the table is sure, the first digits of the CAP add nothing; where they are of another province, its doubts do not. */
function checkAddressAndCap(address: Indirizzo, postal: PostalTable | null): readonly Finding[] {
  const found = checkAddress(address);
  const byTable = postal === null ? [] : checkTownOfCap(address, postal);
  if (byTable.some(({ code }) => code === "CAP_TOWN"))
    return [...found.filter(({ code }) => code !== "CAP_PROVINCE"), ...byTable];
  return found.some(({ code }) => code === "CAP_PROVINCE") ? found : [...found, ...byTable];
}
