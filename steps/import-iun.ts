/** Asks SEND for its verdict until there is one: the IUN, or the reasons of the refusal; last step of a sending pipeline, or a pipeline of its own. */
import { Type } from "typebox";
import type { StepContext } from "../engine/contract.ts";
import { fromInstant } from "../engine/clock.ts";
import { ItemRejected, RetryLater } from "../engine/errors.ts";
import type { SendRefusal } from "../integrations/send/port.ts";
import { effectStep } from "../integrations/services.ts";
import { IunField, NotificationField } from "./schemas/fields.ts";

/** All in milliseconds. */
interface Config {
  readonly quickFor: number;
  readonly quickWait: number;
  readonly slowFor: number;
  readonly slowWait: number;
  readonly longWait: number;
}

/** `30s` in YAML, milliseconds here: the loader knows it by the keyword. */
const duration = (byDefault: string, description: string) =>
  Type.Unsafe<number>({
    type: "integer",
    minimum: 0,
    duration: true,
    default: byDefault,
    description,
  });

export default effectStep({
  summary: "Chiede a SEND l'esito della richiesta: lo IUN se accettata, i motivi se rifiutata",
  effect: "keyed",
  needs: ["send"],
  config: Type.Object(
    {
      quickFor: duration("5m", "Per quanto tempo dall'invio chiedere spesso"),
      quickWait: duration(
        "10s",
        "Attesa fra due domande nei primi minuti, almeno quanto dice SEND",
      ),
      slowFor: duration("1h", "Fino a quanto tempo dall'invio chiedere con l'attesa media"),
      slowWait: duration("1m", "Attesa media fra due domande"),
      longWait: duration("10m", "Attesa fra due domande in seguito"),
    },
    { additionalProperties: false },
  ),
  reads: NotificationField,
  adds: IunField,
  note: () => "Accettato da SEND.",
  examples: ["{}", "quickFor: 10m\nlongWait: 15m\n"],
  async run(item, ctx) {
    const { notificationRequestId, sentAt } = item.data.notification;
    const ageMs = Math.max(0, ctx.clock.now() - fromInstant(sentAt));
    const found = await ctx.services.send.status(notificationRequestId, ctx.signal);
    if (found === null) throw unknown(ageMs, ctx);
    if (found.status === "waiting") throw notYet(ageMs, found.retryAfterMs, ctx);
    if (found.status === "refused") throw refusal(found.refusals);
    if (decoded(notificationRequestId) !== found.iun) throw mismatch();
    return { iun: found.iun };
  },
  reconcile() {
    // A question leaves no trace: it is simply asked again.
    return Promise.resolve({ status: "not-done" });
  },
});

/** SEND's own wait at first, then longer ones: most verdicts come within minutes, all within 24 hours. */
function waitMs(ageMs: number, sendMs: number, config: Config): number {
  if (ageMs < config.quickFor) return Math.max(sendMs, config.quickWait);
  if (ageMs < config.slowFor) return Math.max(sendMs, config.slowWait);
  return Math.max(sendMs, config.longWait);
}

function notYet(ageMs: number, sendMs: number, ctx: StepContext<Config, unknown>): RetryLater {
  const afterMs = waitMs(ageMs, sendMs, ctx.config);
  if (ageMs < 3_600_000)
    return new RetryLater("SEND sta esaminando la richiesta.", {
      code: "NOT_YET_ACCEPTED",
      effect: "none",
      afterMs,
    });
  const hours = Math.floor(ageMs / 3_600_000);
  return new RetryLater(
    `SEND sta esaminando la richiesta da ${hours === 1 ? "un'ora" : `${hours} ore`}.`,
    {
      code: hours >= 24 ? "VERDICT_OVERDUE" : "VERDICT_LATE",
      effect: "none",
      afterMs,
      hint:
        hours >= 24
          ? "SEND risponde di norma entro 24 ore: aprire una segnalazione all'assistenza di SEND con il numero di protocollo. Non inviare di nuovo il verbale."
          : "Di norma bastano pochi minuti: controllare se SEND segnala un disservizio. Non inviare di nuovo il verbale.",
    },
  );
}

/** The request is not there for this key: perhaps not yet, perhaps another environment or group. */
function unknown(ageMs: number, ctx: StepContext<Config, unknown>): RetryLater {
  return new RetryLater("SEND non mostra questa richiesta.", {
    code: "REQUEST_NOT_FOUND",
    effect: "none",
    afterMs: waitMs(ageMs, 10_000, ctx.config),
    hint: "Se succede ancora, controllare che baseUrl, chiave API e gruppo siano quelli con cui il verbale è stato inviato.",
  });
}

function refusal(refusals: readonly SendRefusal[]): ItemRejected {
  const notes = new Set(refusals.map(({ note }) => note));
  const hints = new Set(refusals.map(({ hint }) => hint));
  const first = refusals[0];
  if (first === undefined)
    return new ItemRejected(
      "REFUSED",
      "SEND ha rifiutato la notifica senza indicarne il motivo. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.",
      { hint: "Chiedere il motivo all'assistenza di SEND con il numero di protocollo." },
    );
  return new ItemRejected(first.code, Array.from(notes).join(" "), {
    hint: Array.from(hints).join(" "),
  });
}

/** SEND's request id is Base64 of the IUN. */
function decoded(notificationRequestId: string): string {
  return Buffer.from(notificationRequestId, "base64").toString("utf8");
}

function mismatch(): ItemRejected {
  return new ItemRejected(
    "IUN_MISMATCH",
    "Lo IUN che SEND dichiara non è quello della richiesta inviata: l'esito non è stato registrato.",
    {
      hint: "Non inviare di nuovo il verbale: aprire una segnalazione all'assistenza di SEND con il numero di protocollo.",
    },
  );
}
