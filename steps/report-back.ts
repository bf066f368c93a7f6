/** Tells the office's own program what became of its verbali, each fact once and again only when it was corrected; last step of seguito. */
import { Type } from "typebox";
import type { InspectContext, SettingFault } from "../engine/step/inspect.ts";
import { groupStep, toEnteSettings } from "../integrations/services.ts";
import { deliverFacts } from "./reporting/deliveries.ts";
import { NotifiedField, ReportedField } from "./schemas/notified.ts";

export default groupStep({
  title: "Esiti al gestionale",
  summary:
    "Consegna al gestionale gli esiti delle notifiche: accettazione, perfezionamento, spese, pagamenti, rifiuti e correzioni",
  // What was told is in the register before it goes out: a repetition has the same numbers and the same rows.
  effect: "pure",
  needs: ["register", "esiti"],
  config: Type.Object({}, { additionalProperties: false }),
  reads: NotifiedField,
  adds: ReportedField,
  // What was told once is durable, and goes out with the next run.
  whenAway: "pass",
  // A fact may be there without a notification that is due.
  runsEmpty: true,
  note: ({ reported }) => {
    if (reported === 0) return null;
    return reported === 1 ? "Un esito consegnato." : `${reported} esiti consegnati.`;
  },
  examples: ["{}"],
  inspect: (_config, { settings }) => Promise.resolve(inspectEsiti(settings)),
  async *run(items, { services, clock, signal }) {
    const told = await deliverFacts({ ...services, clock, signal });
    for (const item of items)
      yield { item, status: "done", fields: { reported: told.get(item.key) ?? 0 } };
  },
});

/** Where the esiti go must be said whole. */
function inspectEsiti(settings: InspectContext["settings"]): readonly SettingFault[] {
  const esiti = settings === null ? undefined : toEnteSettings(settings).esiti;
  if (esiti === undefined || esiti.to === "file" || esiti[esiti.to] !== undefined) return [];
  return [
    {
      within: "ente",
      path: ["esiti", "to"],
      severity: "error",
      message: `gli esiti vanno a "${esiti.to}", ma manca la parte "esiti.${esiti.to}"`,
      why: "senza, nessun esito arriva al gestionale",
      remedy:
        esiti.to === "webhook"
          ? "scrivi sotto esiti: webhook: { url: https://…, secret: { secret: NOME } }"
          : "scrivi sotto esiti: database: { url: { secret: NOME }, table: postino_esiti }",
    },
  ];
}
