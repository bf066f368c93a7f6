/** Asks ANPR whether each person among the recipients is alive and where they live, before anything is spent; off until a pipeline names it. */
import { Type } from "typebox";
import { ItemRejected } from "../engine/host/errors.ts";
import type { StepContext } from "../engine/step/context.ts";
import type { InspectContext, SettingFault } from "../engine/step/inspect.ts";
import type { Item } from "../engine/step/item.ts";
import { normaliseTaxCode, personTaxCodeFault } from "../integrations/flusso/port.ts";
import { pureStep, type Services } from "../integrations/services.ts";
import { formatDayAfter } from "./law/format-day.ts";
import {
  type JudgedPerson,
  judgeResidence,
  type ResidenceConfig,
  type Stopped,
} from "./looking/judge-residence.ts";
import { VerbaleField } from "./schemas/fields.ts";
import { type ResidenceCheck, ResidenceField } from "./schemas/looked-up.ts";
import type { Verbale } from "./schemas/verbale.ts";

type Context = StepContext<ResidenceConfig, Pick<Services, "lookups" | "register">>;

export default pureStep({
  title: "Residenza in ANPR",
  summary:
    "Chiede ad ANPR se il destinatario è in vita e dove risiede, prima di spendere: facoltativo",
  needs: ["lookups", "register"],
  config: Type.Object(
    {
      moved: Type.Union([Type.Literal("reject"), Type.Literal("take"), Type.Literal("note")], {
        default: "reject",
        description:
          "Residenza diversa. reject: il verbale è scartato e la scheda propone l'indirizzo di ANPR; take: si usa quello di ANPR (il passo viene prima di validate); note: si usa quello del flusso, con una nota",
      }),
      unknown: Type.Union([Type.Literal("note"), Type.Literal("reject")], {
        default: "note",
        description:
          "Non trovato in ANPR, o iscritto all'AIRE. note: prosegue con una nota; reject: è scartato",
      }),
      compare: Type.Union([Type.Literal("town"), Type.Literal("street"), Type.Literal("number")], {
        default: "number",
        description:
          "Fin dove l'indirizzo del flusso e quello di ANPR devono coincidere: comune, via, numero civico",
      }),
    },
    { additionalProperties: false },
  ),
  reads: VerbaleField,
  adds: ResidenceField,
  note: ({ residence }) => describeResidence(residence),
  examples: ["{}", "moved: take\n", "moved: note\nunknown: reject\ncompare: street\n"],
  inspect: (config, ctx) => Promise.resolve([...inspectPlace(config, ctx), ...inspectEnte(ctx)]),
  async run(item, ctx) {
    const judged = await judgePeople(item, ctx);
    const elsewhere = judged.flatMap(({ checked, elsewhere: found }) =>
      found === undefined ? [] : [{ recipient: checked.recipient, ...found }],
    );
    const [first] = judged;
    if (elsewhere.length > 0 && first !== undefined)
      await ctx.services.register.write([
        {
          kind: "residence",
          key: item.key,
          subject: ctx.runId,
          data: {
            run: ctx.runId,
            round: item.round,
            askedOn: first.checked.askedOn ?? "",
            use: judged.some(({ checked }) => checked.outcome === "taken") ? "taken" : "told",
            people: elsewhere.map(({ recipient, since, address }) => ({
              recipient,
              since,
              address: { ...address },
            })),
          },
        },
      ]);
    const stopped = judged.flatMap((one) => one.stopped ?? []);
    if (stopped.length > 0) throw stoppedError(stopped, item.data.verbale);
    return { residence: { people: judged.map(({ checked }) => checked) } };
  },
});

/** Persons with a tax code that can be one; what is wrong with the others is what `validate` says. */
async function judgePeople(
  item: Item<{ readonly verbale: Verbale }>,
  ctx: Context,
): Promise<readonly JudgedPerson[]> {
  const { numero, destinatario, destinatari = [] } = item.data.verbale;
  const isConfirmed = await isCorrected(item, ctx);
  const judged: JudgedPerson[] = [];
  for (const [recipient, one] of [destinatario, ...destinatari].entries()) {
    const taxCode = normaliseTaxCode(one.codiceFiscale ?? "");
    if (one.tipo !== "PF" || personTaxCodeFault(taxCode) !== null) continue;
    const { runId, signal, config } = ctx;
    const answer = await ctx.services.lookups.findResidence({ taxCode, numero, runId, signal });
    judged.push(judgeResidence(recipient, one, answer, { config, isConfirmed }));
  }
  return judged;
}

/** A person who corrects a verbale knows what ANPR said of it: the address that stands then is theirs. */
async function isCorrected({ key, round }: Item<unknown>, ctx: Context): Promise<boolean> {
  if (round === 1) return false;
  const { register } = ctx.services;
  const told = await register.read("residence", key);
  const scheda = (await register.read("scheda", key))?.data;
  return (
    told !== null &&
    scheda !== undefined &&
    scheda.run === ctx.runId &&
    scheda.round === round &&
    scheda.by !== ""
  );
}

const differences = {
  town: "in un altro comune",
  street: "in un'altra via",
  number: "a un altro numero civico",
} as const;

function stoppedError(stopped: readonly Stopped[], verbale: Verbale): ItemRejected {
  const first = stopped.find(({ why }) => why === "dead") ?? stopped[0];
  if (first === undefined) throw new Error("nobody stops it");
  const note = `${stopped.map((one) => describeStop(one, verbale)).join(" ")} Nulla è stato speso.`;
  const hint = hints[first.why];
  if (first.why === "dead") return new ItemRejected("RECIPIENT_DEAD", note, { hint });
  if (first.why === "moved") return new ItemRejected("RECIPIENT_MOVED", note, { hint });
  return new ItemRejected("RECIPIENT_NOT_FOUND", note, { hint });
}

const hints = {
  dead: "Archiviare il verbale: la sanzione non passa agli eredi (art. 199 CdS). Se c'è un altro obbligato, mandare per lui un altro verbale dal gestionale.",
  moved:
    "Aprire la scheda del verbale: propone l'indirizzo di ANPR, da prendere o da correggere, e si rimanda. Chi conferma quello del flusso corregge almeno un dato e scrive perché.",
  unknown:
    "Controllare il codice fiscale e la residenza con l'ufficio anagrafe, correggere la scheda e rimandare; chi risiede all'estero si notifica con la procedura per l'estero.",
  abroad: "Notificare con la procedura per l'estero (termine di 360 giorni).",
} as const;

function describeStop({ recipient, why, day, difference }: Stopped, verbale: Verbale): string {
  const isAlone = (verbale.destinatari ?? []).length === 0;
  const who = isAlone ? "Il destinatario" : `Il destinatario ${recipient + 1}`;
  const since = day === null ? "" : ` d${formatDayAfter("al", day)}`;
  if (why === "dead")
    return `${who} risulta deceduto in ANPR${day === null ? "" : ` ${formatDayAfter("il", day)}`}.`;
  if (why === "moved")
    return `${who} risiede${since} ${differences[difference ?? "town"]}, secondo ANPR.`;
  if (why === "unknown") return `ANPR non trova ${who.toLowerCase()}.`;
  return `${who} risulta residente all'estero (AIRE).`;
}

const outcomeNotes: Readonly<Partial<Record<ResidenceCheck["people"][number]["outcome"], string>>> =
  {
    moved: "ANPR ha un altro indirizzo: si usa quello del flusso.",
    taken: "Indirizzo preso da ANPR, al posto di quello del flusso.",
    confirmed: "ANPR ha un altro indirizzo: vale quello di chi ha corretto.",
    unknown: "ANPR non trova il destinatario (può essere iscritto all'AIRE): non controllato.",
    abroad: "ANPR dà il destinatario residente all'estero (AIRE).",
    "no-address": "ANPR non dà un indirizzo: non controllato.",
    "not-asked": "ANPR non è stata interrogata: è una prova.",
  };

function describeResidence({ people }: ResidenceCheck): string | null {
  const notes = new Set(people.flatMap(({ outcome }) => outcomeNotes[outcome] ?? []));
  return notes.size === 0 ? null : [...notes].join(" ");
}

/** What is taken from ANPR is checked as what came with the flusso. */
function inspectPlace(
  { moved }: Readonly<Record<string, unknown>>,
  { uses }: InspectContext,
): readonly SettingFault[] {
  const [own, check] = [uses.indexOf("look-up-residence"), uses.indexOf("validate")];
  const faults: SettingFault[] = [];
  if (moved === "take" && (check < 0 || check < own))
    faults.push({
      within: "with",
      path: ["moved"],
      message: `con "take" l'indirizzo di ANPR va controllato da validate, che qui non viene dopo.`,
      remedy: "metti il passo prima di validate, oppure scrivi moved: reject",
    });
  const spending = ["reset-iuv", "render", "sign", "transmit"].find(
    (name) => uses.includes(name) && uses.indexOf(name) < own,
  );
  if (spending !== undefined)
    faults.push({
      within: "with",
      path: [],
      message: `look-up-residence viene dopo ${spending}: chi è deceduto o ha cambiato casa si trova troppo tardi.`,
      remedy: "metti il passo subito dopo validate",
    });
  return faults;
}

function inspectEnte({ settings }: InspectContext): readonly SettingFault[] {
  if (settings === null) return [];
  const { pdnd, anpr } = (settings["consultazioni"] ?? {}) as Readonly<Record<string, unknown>>;
  const missing = [
    ...(pdnd === undefined ? ["pdnd: (client, chiave, kid)"] : []),
    ...(anpr === undefined ? ["anpr: (finalità di C030 e di C020 o C001)"] : []),
  ];
  if (missing.length === 0) return [];
  return [
    {
      within: "ente",
      path: ["ente"],
      isAboutKey: true,
      message: `Il passo look-up-residence non sa come chiedere ad ANPR: in consultazioni: manca ${missing.join(" e ")}.`,
      remedy: "aggiungi la sezione consultazioni, come nella guida, oppure togli il passo",
    },
  ];
}
