/** Tells somebody by mail how far the flusso has come; in `onFailure`, that it has stopped. */
import { Type } from "typebox";
import { groupStep } from "../integrations/services.ts";
import { mailAddress } from "../integrations/alerts/port.ts";

export default groupStep({
  title: "Avviso per posta",
  summary:
    "Avvisa per posta a che punto è il flusso, con il collegamento e senza dati personali; in onFailure, che si è fermato",
  // The message is durable before the step has ended, and has one key: a repetition leaves the same one.
  effect: "pure",
  needs: ["alerts"],
  config: Type.Object(
    {
      to: Type.String({
        pattern: `^${mailAddress}(?:[ ,;]+${mailAddress})*$`,
        maxLength: 1_000,
        remedy: "uno o più indirizzi: ced@comune.example, comando@comune.example",
        description: "A chi: uno o più indirizzi di posta, separati da virgole",
      }),
      text: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 500,
          description: "Una frase in più per chi legge: che cosa fare, chi chiamare",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({}),
  adds: Type.Object({}),
  // Who is not told by mail reads it in the panel: the verbali go on.
  whenAway: "pass",
  runsEmpty: true,
  examples: [
    "to: ced@comune.example\n",
    'to: "ced@comune.example, comando@comune.example"\ntext: Chiamare il CED prima delle 12\n',
  ],
  async *run(items, { services, config, runId }) {
    const to = [...new Set(config.to.split(/[ ,;]+/))];
    await services.alerts.announce({ to, runId, step: "notify", text: config.text ?? null });
    for (const item of items) yield { item, status: "done", fields: {} };
  },
});
