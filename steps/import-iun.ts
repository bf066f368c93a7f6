/** Asks SEND for its verdict until there is one: the IUN, or the reasons of the refusal; last step of a sending pipeline, or a pipeline of its own. */
import { Type } from "typebox";
import type { StepContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { toEpochMs, toInstant } from "../engine/host/clock.ts";
import { ItemRejected, RetryLater } from "../engine/host/errors.ts";
import { askTechnician, joinHints } from "../engine/host/hint.ts";
import type { AnyDraft } from "../integrations/register/port.ts";
import type { SendRefusal, SendStatus } from "../integrations/send/port.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import { buildDuration } from "./schemas/duration.ts";
import { IunField, type Notification, NotificationField } from "./schemas/fields.ts";
import { buildBareAct } from "./sending/act.ts";
import { decodeIun } from "./sending/iun.ts";

/** Durations in milliseconds. */
interface Config {
  readonly by: "polling" | "stream";
  readonly realignAfter: number;
  readonly quickFor: number;
  readonly quickWait: number;
  readonly slowFor: number;
  readonly slowWait: number;
  readonly longWait: number;
}

type Context = StepContext<Config, Pick<Services, "send" | "verdicts" | "register" | "ente">>;

export default effectStep({
  title: "Esito e IUN",
  summary: "Chiede a SEND l'esito della richiesta: lo IUN se accettata, i motivi se rifiutata",
  effect: "keyed",
  needs: ["send", "verdicts", "register", "ente"],
  config: Type.Object(
    {
      by: Type.Union([Type.Literal("polling"), Type.Literal("stream")], {
        default: "polling",
        description:
          "polling: una domanda per verbale; stream: gli esiti dallo stream che l'ente ha su SEND",
      }),
      realignAfter: buildDuration(
        "30m",
        "Solo con stream: dopo quanto tempo dall'invio chiedere a SEND l'esito che lo stream non ha portato",
      ),
      quickFor: buildDuration("5m", "Per quanto tempo dall'invio chiedere spesso"),
      quickWait: buildDuration(
        "10s",
        "Attesa fra due domande nei primi minuti, almeno quanto dice SEND",
      ),
      slowFor: buildDuration("1h", "Fino a quanto tempo dall'invio chiedere con l'attesa media"),
      slowWait: buildDuration("1m", "Attesa media fra due domande"),
      longWait: buildDuration(
        "10m",
        "Attesa fra due domande in seguito; dopo un giorno cresce, da un'ora fino a mezza giornata",
      ),
    },
    { additionalProperties: false },
  ),
  reads: NotificationField,
  adds: IunField,
  // Which run asks is no matter: one request has one verdict.
  fingerprint: ({ data }) => data.notification.notificationRequestId,
  note: () => "Accettato da SEND.",
  examples: ["{}", "quickFor: 10m\nlongWait: 15m\n", "by: stream\n"],
  async run(item, ctx) {
    const found = await findVerdict(item.data.notification, ctx);
    await keepVerdict(item, found, ctx);
    if (found.status === "refused") throw refusalError(found.refusals);
    return { iun: found.iun };
  },
  reconcile() {
    // A question leaves no trace: it is simply asked again.
    return Promise.resolve({ status: "not-done" });
  },
});

type Ended = Exclude<SendStatus, { status: "waiting" }>;

/** What SEND says of the request, once it has decided. */
async function findVerdict(
  { notificationRequestId, sentAt }: Notification,
  ctx: Context,
): Promise<Ended> {
  const ageMs = Math.max(0, ctx.clock.now() - toEpochMs(sentAt));
  const found =
    ctx.config.by === "stream"
      ? await askStream(notificationRequestId, ageMs, ctx)
      : await ctx.services.send.findStatus(notificationRequestId, ctx.signal);
  if (found === null) throw requestNotFoundError(ageMs, ctx);
  if (found.status === "waiting") throw notYetError(ageMs, found, ctx);
  if (found.status === "accepted" && decodeIun(notificationRequestId) !== found.iun)
    throw iunMismatchError(ctx.config.longWait);
  return found;
}

/** The verdict stands in the register before anybody acts on it: on a refusal too, which has its price. */
async function keepVerdict(
  item: Item<{ readonly notification: Notification }>,
  found: Ended,
  ctx: Context,
): Promise<void> {
  const { register } = ctx.services;
  const key = decodeIun(item.data.notification.notificationRequestId);
  // What stands is not dated anew when somebody asks again.
  if ((await register.read("verdict", key))?.data.outcome === found.status) return;
  const at = toInstant(ctx.clock.now());
  const reasons =
    found.status === "refused" ? found.refusals.map(({ code, note }) => ({ code, note })) : [];
  await register.write([
    ...(await listMissingActs(item, ctx)),
    {
      kind: "verdict",
      key,
      subject: item.key,
      // Accepted, it is to be followed from now on; refused, it has its price.
      dueAt: at,
      data: { outcome: found.status, at, reasons },
    },
  ]);
}

/** What a version without a register has sent has no act. */
async function listMissingActs(
  { key: numero, round, data: { notification } }: Item<{ readonly notification: Notification }>,
  { services: { register, ente }, runId }: Context,
): Promise<readonly AnyDraft[]> {
  const iun = decodeIun(notification.notificationRequestId);
  if ((await register.read("act", iun)) !== null) return [];
  return [buildBareAct({ numero, runId, round, notification, payment: {} }, ente.send)];
}

/** The verdict that was received; what an old request has not, is asked of SEND: streams may have gaps. */
async function askStream(
  requestId: string,
  ageMs: number,
  ctx: Context,
): Promise<SendStatus | null> {
  const { send, verdicts } = ctx.services;
  const isOld = ageMs >= ctx.config.realignAfter;
  const known = await findReceived(requestId, ctx);
  if (known !== null) return known;
  let nextMs = 0;
  try {
    nextMs = await verdicts.refresh(ctx.signal);
  } catch (error) {
    // A stream that does not answer now must not hold back what can be asked for one by one.
    if (!(isOld && error instanceof RetryLater)) throw error;
  }
  const brought = await findReceived(requestId, ctx);
  if (brought !== null) return brought;
  if (isOld) return await send.findStatus(requestId, ctx.signal);
  throw new RetryLater("Lo stream di SEND non ha ancora portato l'esito.", {
    code: "NOT_YET_ACCEPTED",
    effect: "none",
    // Back when the stream may be read again, or when it is time to ask.
    afterMs: Math.max(ctx.config.quickWait, Math.min(nextMs, ctx.config.realignAfter - ageMs)),
  });
}

/** What the stream brought; an IUN that cannot be that of the request is not believed, and asked of SEND itself. */
async function findReceived(
  requestId: string,
  { services, signal }: Context,
): Promise<SendStatus | null> {
  const found = await services.verdicts.find(requestId);
  const isOther = found?.status === "accepted" && found.iun !== decodeIun(requestId);
  return isOther ? await services.send.findStatus(requestId, signal) : found;
}

const dayMs = 86_400_000;

/** SEND's own wait at first, then longer ones: most verdicts come within minutes, all within 24 hours. What is overdue is asked for ever more rarely, twice a day in the end: a person has to ask SEND's support. */
function computeWaitMs(ageMs: number, sendMs: number, config: Config): number {
  if (ageMs < config.quickFor) return Math.max(sendMs, config.quickWait);
  if (ageMs < config.slowFor) return Math.max(sendMs, config.slowWait);
  const overdueMs = ageMs < dayMs ? 0 : Math.min(ageMs / 24, dayMs / 2);
  return Math.max(sendMs, config.longWait, Math.round(overdueMs));
}

function notYetError(
  ageMs: number,
  { retryAfterMs, isUnclear }: Extract<SendStatus, { status: "waiting" }>,
  ctx: Context,
): RetryLater {
  const afterMs = computeWaitMs(ageMs, retryAfterMs, ctx.config);
  if (isUnclear === true && ageMs < dayMs)
    return new RetryLater("SEND ha la richiesta, ma lo stato che ne dà non è un esito.", {
      code: "VERDICT_UNCLEAR",
      effect: "none",
      afterMs,
      hint: "Di norma si chiarisce da sé. Se dura più di un'ora, aprire una segnalazione all'assistenza di SEND con il numero di protocollo. Non inviare di nuovo il verbale.",
    });
  if (ageMs < 3_600_000)
    return new RetryLater("SEND sta esaminando la richiesta.", {
      code: "NOT_YET_ACCEPTED",
      effect: "none",
      afterMs,
    });
  const hours = Math.floor(ageMs / 3_600_000);
  const message = `SEND sta esaminando la richiesta da ${hours === 1 ? "un'ora" : `${hours} ore`}.`;
  if (hours < 24)
    return new RetryLater(message, {
      code: "VERDICT_LATE",
      effect: "none",
      afterMs,
      hint: {
        action: "platform",
        first: "Di norma bastano pochi minuti: controllare se SEND segnala un disservizio.",
        after: "Non inviare di nuovo il verbale.",
      },
    });
  return new RetryLater(
    `Fermo su SEND (stuck): dopo ${hours} ore la richiesta non ha ancora un esito.`,
    {
      code: "VERDICT_OVERDUE",
      effect: "none",
      afterMs,
      hint: "Aprire una segnalazione all'assistenza di SEND con il numero di protocollo. Non inviare di nuovo il verbale: l'esito continua a essere chiesto dalla pipeline import-iun.",
    },
  );
}

/** The request is not there for this key: perhaps not yet, perhaps another environment or group. */
function requestNotFoundError(ageMs: number, ctx: Context): RetryLater {
  return new RetryLater("SEND non mostra questa richiesta.", {
    code: "REQUEST_NOT_FOUND",
    effect: "none",
    afterMs: computeWaitMs(ageMs, 10_000, ctx.config),
    hint: askTechnician(
      "controllare, se succede ancora, che indirizzo, chiave e gruppo di SEND siano quelli con cui il verbale è stato inviato",
      "Se succede ancora, controllare che baseUrl, chiave API e gruppo siano quelli con cui il verbale è stato inviato.",
    ),
  });
}

function refusalError(refusals: readonly SendRefusal[]): ItemRejected {
  const notes = new Set(refusals.map(({ note }) => note));
  const first = refusals[0];
  if (first === undefined)
    return new ItemRejected(
      "REFUSED",
      "SEND ha rifiutato la notifica senza indicarne il motivo. SEND non ha notificato nulla; il rifiuto costa 1 euro per destinatario. I codici avviso tornano liberi.",
      { hint: "Chiedere il motivo all'assistenza di SEND con il numero di protocollo." },
    );
  const hint = joinHints(refusals.map((one) => one.hint)) ?? first.hint;
  const ofAll = refusals.find(({ isOfEnte }) => isOfEnte === true);
  const message = Array.from(notes).join(" ");
  if (ofAll === undefined) return new ItemRejected(first.code, message, { hint });
  return new ItemRejected(ofAll.code, message, { hint, ofAll: explainForAll(ofAll) });
}

const mendEnte = askTechnician(
  "correggere le impostazioni di SEND nel file dell'ente",
  "Correggere la sezione send: del file dell'ente.",
);

/** What stops the run: the setting to mend, and that those which were not sent yet wait for it. */
function explainForAll({ note, hint }: SendRefusal): NonNullable<ItemRejected["ofAll"]> {
  const { first, setting } = typeof hint === "string" ? mendEnte : hint;
  return {
    message: `${note} SEND rifiuterebbe allo stesso modo ogni verbale dell'ente: quelli non ancora inviati restano fermi.`,
    hint: {
      action: "resume",
      ...(setting === undefined ? {} : { setting }),
      ...(first === undefined ? {} : { first }),
    },
  };
}

/** No refusal: a notification lives, so its codes must stay payable and nothing may go out again. In the end a person decides. */
function iunMismatchError(afterMs: number): RetryLater {
  return new RetryLater(
    "Lo IUN che SEND dichiara non è quello della richiesta inviata: l'esito non è stato registrato.",
    {
      code: "IUN_MISMATCH",
      effect: "unknown",
      afterMs,
      hint: "Non inviare di nuovo il verbale: aprire una segnalazione all'assistenza di SEND con il numero di protocollo.",
    },
  );
}
