/** Checks a verbale more strictly than SEND, whose refusals cost money and name one fault at a time: here all faults are told at once. */
import { Type } from "typebox";
import { toRomeDay } from "../engine/host/clock.ts";
import { ItemRejected, requireRow, RunBlocked } from "../engine/host/errors.ts";
import type { InspectContext, SettingFault } from "../engine/step/inspect.ts";
import { pureStep } from "../integrations/services.ts";
import { cleanAddress } from "./checks/address.ts";
import { checks } from "./checks/catalogue.ts";
import { inspectCosts } from "./checks/costs.ts";
import { inspectEnteCodes } from "./checks/ente-codes.ts";
import { inspectActChecks } from "./kinds/inspect.ts";
import { type JudgedFinding, judgeVerbale, pickSeverity } from "./checks/judge-verbale.ts";
import { buildPrintedRows } from "./checks/print-rows.ts";
import { formatDenomination, pickTaxId } from "./checks/recipient.ts";
import { describeTaken, takeResidence } from "./looking/take-residence.ts";
import { ReadVerbaleField, ValidationField } from "./schemas/fields.ts";
import { ResidenceField } from "./schemas/looked-up.ts";

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
      repeatedReasons: Type.Integer({
        minimum: 0,
        default: 20,
        description:
          "In quanti altri verbali del flusso può stare lo stesso motivo di mancata contestazione, prima che sia una formula di stile",
      }),
      faults: Type.Union([Type.Literal("reject"), Type.Literal("keep")], {
        default: "reject",
        description:
          "Che cosa succede a un verbale con difetti. reject: è scartato; keep: prosegue con i suoi difetti, solo verso il registro (passo register)",
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
  reads: Type.Object({
    ...ReadVerbaleField.properties,
    residence: Type.Optional(ResidenceField.properties.residence),
  }),
  adds: ValidationField,
  examples: ["{}", "marginDays: 20\n", "severity:\n  CAP_TOWN: warning\n  AMOUNT_RATE: off\n"],
  inspect: async (config, ctx) => [
    ...inspectEnteCodes(ctx),
    ...inspectCosts(config, ctx),
    ...inspectKeep(config, ctx),
    ...inspectActChecks(ctx),
  ],
  async run(item, ctx) {
    const { residence } = item.data;
    const verbale = takeResidence(item.data.verbale, residence);
    const today = toRomeDay(ctx.clock.now());
    const { blocking, findings, term } = await judgeVerbale(
      { ...item, data: { ...item.data, verbale } },
      ctx,
    );
    if (blocking.length > 0) throw enteFaultsError(blocking, ctx.ente);
    if (findings.length > 0)
      ctx.log.debug("checks found", {
        itemKey: item.key,
        codes: [...new Set(findings.map(({ code }) => code))],
      });
    const errors = findings.filter(({ severity: own }) => own === "error");
    if (errors[0] !== undefined && ctx.config.faults !== "keep")
      throw new ItemRejected(errors[0].code, errors.map(({ message }) => message).join(" "), {
        hint: errors.some(({ code }) => notForSend.has(code))
          ? `Seguire il rimedio: con SEND ${verbale.atto === undefined ? "il verbale" : "l'atto"}, così com'è, non si notifica. Nulla è stato inviato.`
          : `Correggere ${verbale.atto === undefined ? "il verbale" : "l'atto"} nel gestionale e mandarlo con un altro flusso. Nulla è stato inviato.`,
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
        ...(term !== null && { notifyBy: term.day }),
        ...(verbale.destinatari !== undefined && {
          others: verbale.destinatari.map((other) => ({
            taxId: pickTaxId(other),
            denomination: formatDenomination(other),
            address: cleanAddress(other.indirizzo),
          })),
        }),
        warnings: [
          ...describeTaken(residence),
          ...findings
            .filter(({ severity: own }) => own === "warning")
            .map(({ message }) => message),
        ],
        ...(errors.length > 0 && {
          faults: errors.map(({ code, message }) => ({ code, text: message })),
        }),
        ...(pickSeverity(ctx.config, "PROTOCOL_IN_USE") === "error"
          ? {}
          : { isProtocolShared: true }),
        ...(pickSeverity(ctx.config, "SAME_VIOLATION") === "error"
          ? {}
          : { isViolationShared: true }),
      },
    };
  },
});

/** What has faults may be kept, but go nowhere: behind `keep` stands the register alone. */
function inspectKeep(
  { faults }: Readonly<Record<string, unknown>>,
  { uses }: InspectContext,
): readonly SettingFault[] {
  const later = uses.slice(uses.indexOf("validate") + 1);
  if (faults !== "keep" || (later.length === 1 && later[0] === "register")) return [];
  return [
    {
      within: "with",
      path: ["faults"],
      message: `con "keep" i verbali con difetti proseguono, e dopo questo passo può esserci solo "register"`,
      why:
        later.length === 0 ? "dopo non c'è alcun passo" : `qui dopo c'è anche: ${later.join(", ")}`,
      remedy: 'togli la riga: i verbali con difetti sono scartati ("reject")',
    },
  ];
}

/** Faults that no correction of a value mends. */
const notForSend: ReadonlySet<string> = new Set(["FOREIGN_RECIPIENT", "DEADLINE_PASSED"]);

/** What the ente file has wrong would reject every verbale: the run waits until it is mended. */
function enteFaultsError(findings: readonly JudgedFinding[], ente: string): RunBlocked {
  return new RunBlocked(
    requireRow(findings[0], "finding").code,
    `${findings.map(({ message }) => message).join(" ")} Nulla è stato inviato.`,
    { hint: { action: "resume", first: `Correggere il file dell'ente ${ente}.` } },
  );
}
