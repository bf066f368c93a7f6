/** Asks SEND how a notification stands and keeps it in the register: status, attempts and perfezionamento of each recipient, corrections. */
import { Type } from "typebox";
import { toInstant } from "../engine/host/clock.ts";
import { ItemRejected } from "../engine/host/errors.ts";
import type { Followed } from "../integrations/register/followed.ts";
import { notificationStatusWord } from "../integrations/send/port.ts";
import { pureStep } from "../integrations/services.ts";
import { computeFollowed } from "./following/compute-followed.ts";
import { keepFollowed, recallFollowed } from "./following/keep-followed.ts";
import { planNextLook } from "./following/next-look.ts";
import { findPatience, isProduction } from "./following/patience.ts";
import { describeFollowed } from "./following/words.ts";
import { buildDuration } from "./schemas/duration.ts";
import { FollowedField, NotifiedField } from "./schemas/notified.ts";

export default pureStep({
  title: "Stato della notifica",
  summary:
    "Chiede a SEND a che punto è la notifica: recapiti, perfezionamento di ogni destinatario, correzioni",
  needs: ["desk", "register", "ente"],
  config: Type.Object(
    {
      wait: buildDuration("1d", "Dopo quanto tempo da una novità chiedere di nuovo a SEND"),
      crossCheck: Type.Optional(
        Type.Boolean({
          description:
            "true: confronta il giorno di SEND con quello contato secondo i termini di produzione, e segnala le differenze. Se manca, solo con la SEND di produzione: gli ambienti di prova hanno termini più brevi",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reads: NotifiedField,
  adds: FollowedField,
  // It stays due in the register.
  whenAway: "leave",
  note: ({ followed }) => describeFollowed(followed, notificationStatusWord(followed.status)),
  examples: ["{}", "wait: 12h\n", "crossCheck: true\n"],
  async run({ data }, { services, config, clock, signal }) {
    const { iun, numero, act } = data;
    const { desk, register } = services;
    const { send } = services.ente;
    if ((await register.read("verdict", iun))?.data.outcome === "refused") {
      // SEND has no such notification: what is left of it is its price.
      const followed: Followed = { status: "REFUSED", recipients: [], corrections: [] };
      await keepFollowed(register, [{ iun, numero, followed, dueAt: null }]);
      return { followed };
    }
    const known = await recallFollowed(register, iun, toInstant(clock.now()));
    if (known !== null) return { followed: known };
    const found = await desk.findNotification(iun, signal);
    if (found === null)
      throw new ItemRejected(
        "NOTIFICATION_NOT_FOUND",
        "SEND non mostra più questa notifica. I codici avviso e i termini restano come sono.",
        {
          hint: "Controllare che chiave API e gruppo siano quelli con cui il verbale è stato inviato, poi chiedere all'assistenza di SEND indicando lo IUN.",
        },
      );
    const followed = computeFollowed(found, {
      recipients: act.recipients.length,
      isChecked: config.crossCheck ?? isProduction(send),
      patience: findPatience(send, clock),
    });
    const dueAt = planNextLook(followed, clock.now(), config.wait);
    await keepFollowed(register, [{ iun, numero, followed, dueAt }]);
    return { followed };
  },
});
