/** Tells the operator beforehand who has a digital domicile in INAD: a note, never a change of what is sent; off until a pipeline names it. */
import { Type } from "typebox";
import type { InspectContext, SettingFault } from "../engine/step/inspect.ts";
import { pureStep } from "../integrations/services.ts";
import { listAddressees } from "./recipients/addressees.ts";
import { ValidationField, VerbaleField } from "./schemas/fields.ts";
import { type DomicileCheck, DomicileField } from "./schemas/looked-up.ts";

export default pureStep({
  title: "Domicilio digitale in INAD",
  summary:
    "Dice prima dell'invio chi ha un domicilio digitale in INAD: solo una nota, SEND lo cerca da sé; facoltativo",
  needs: ["lookups"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: Type.Object({ ...VerbaleField.properties, ...ValidationField.properties }),
  adds: DomicileField,
  note: ({ domicile }) => describeDomicile(domicile),
  // Only a note hangs on it.
  whenAway: "pass",
  examples: ["{}"],
  inspect: (_config, ctx) => Promise.resolve(inspectEnte(ctx)),
  async run(item, ctx) {
    const { verbale, validation } = item.data;
    const { runId, signal } = ctx;
    const people: DomicileCheck["people"][number][] = [];
    for (const { index, taxId } of listAddressees(verbale, validation)) {
      const question = { taxCode: taxId, numero: verbale.numero, runId, signal };
      const answer = await ctx.services.lookups.findDomicile(question);
      people.push(
        answer.status === "not-asked"
          ? { recipient: index, outcome: "not-asked" }
          : {
              recipient: index,
              outcome: answer.status,
              askedOn: answer.askedOn,
              ...(answer.status === "found" && { address: answer.address }),
            },
      );
    }
    return { domicile: { people } };
  },
});

function describeDomicile({ people }: DomicileCheck): string | null {
  const found = people.filter(({ outcome }) => outcome === "found").length;
  if (found === 0) return null;
  return people.length === 1
    ? "Ha un domicilio digitale in INAD: SEND lo proverà prima della posta."
    : `Hanno un domicilio digitale in INAD ${found} destinatari su ${people.length}: SEND lo proverà prima della posta.`;
}

function inspectEnte({ settings }: InspectContext): readonly SettingFault[] {
  if (settings === null) return [];
  const { pdnd, inad } = (settings["consultazioni"] ?? {}) as Readonly<Record<string, unknown>>;
  if (pdnd !== undefined && inad !== undefined) return [];
  return [
    {
      within: "ente",
      path: ["ente"],
      isAboutKey: true,
      message:
        "Il passo look-up-domicile non sa come chiedere a INAD: la sezione consultazioni non lo dice.",
      remedy: "aggiungi consultazioni con pdnd e inad, come nella guida, oppure togli il passo",
    },
  ];
}
