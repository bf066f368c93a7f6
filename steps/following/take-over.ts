/** Takes over into the register, once, what versions without one have sent: the ledger of effects knows it. */
import { toInstant } from "../../engine/host/clock.ts";
import type { SourceContext } from "../../engine/step/context.ts";
import type { OpenEffect } from "../../engine/step/item.ts";
import type { AnyDraft } from "../../integrations/register/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { Notification } from "../schemas/fields.ts";
import { buildBareAct } from "../sending/act.ts";
import { decodeIun } from "../sending/iun.ts";

type Context = Pick<
  SourceContext<unknown, Pick<Services, "register" | "ente">>,
  "services" | "clock" | "openEffects"
>;

const marker = "ledger";
const perWrite = 500;

/** Every notification that SEND accepted has an act and is due, or was looked at before. Safe to repeat after a kill. */
export async function takeOverLedger(ctx: Context): Promise<void> {
  const { register } = ctx.services;
  const before = await register.read("takenOver", marker);
  if (before !== null && before.data.isStale !== true) return;
  const accepted = await readAccepted(ctx);
  let notifications = 0;
  if (accepted.size > 0) {
    const payments = await readPayments(ctx);
    let batch: Sent[] = [];
    for await (const sent of listSent(ctx)) {
      if (!accepted.has(sent.iun)) continue;
      batch.push({ ...sent, payment: payments.get(toName(sent.effect)) ?? {} });
      notifications += 1;
      if (batch.length < perWrite) continue;
      await write(batch, ctx);
      batch = [];
    }
    await write(batch, ctx);
  }
  await register.write([{ kind: "takenOver", key: marker, data: { notifications } }]);
}

interface Sent {
  readonly iun: string;
  readonly effect: OpenEffect;
  readonly notification: Notification;
  readonly payment?: Readonly<Record<string, unknown>>;
}

/** No step of the ledger is called so: every effect is asked for. */
const everEffect = "follow";

async function readAccepted({ openEffects }: Context): Promise<ReadonlySet<string>> {
  const iuns = new Set<string>();
  for await (const { fields } of openEffects("import-iun", everEffect))
    if (typeof fields["iun"] === "string") iuns.add(fields["iun"]);
  return iuns;
}

/** The position of each verbale and round. */
async function readPayments({
  openEffects,
}: Context): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const payments = new Map<string, Readonly<Record<string, unknown>>>();
  for await (const effect of openEffects("reset-iuv", everEffect)) {
    // Written by reset-iuv, checked by schema when it was added.
    const payment = effect.fields["payment"] as Readonly<Record<string, unknown>> | undefined;
    if (payment !== undefined) payments.set(toName(effect), payment);
  }
  return payments;
}

function toName({ itemKey, round }: OpenEffect): string {
  return `${round} ${itemKey}`;
}

async function* listSent({ openEffects }: Context): AsyncGenerator<Sent> {
  for await (const effect of openEffects("transmit", everEffect)) {
    const { notification } = effect.fields as { readonly notification?: Notification };
    if (notification !== undefined)
      yield { effect, notification, iun: decodeIun(notification.notificationRequestId) };
  }
}

async function write(batch: readonly Sent[], ctx: Context): Promise<void> {
  const { register } = ctx.services;
  const iuns = batch.map(({ iun }) => iun);
  const acts = await register.readMany("act", iuns);
  const seen = await register.readMany("followed", iuns);
  await register.write(
    batch.flatMap((sent): readonly AnyDraft[] => [
      ...(acts.has(sent.iun) ? [] : [toAct(sent, ctx)]),
      ...(seen.has(sent.iun) ? [] : [buildVerdict(sent, ctx)]),
    ]),
  );
}

function buildVerdict({ iun, effect }: Sent, { clock }: Context): AnyDraft {
  return {
    kind: "verdict",
    key: iun,
    subject: effect.itemKey,
    dueAt: toInstant(clock.now()),
    data: { outcome: "accepted", at: effect.at, reasons: [] },
  };
}

function toAct({ effect, notification, payment = {} }: Sent, { services }: Context): AnyDraft {
  const { itemKey: numero, runId, round } = effect;
  return buildBareAct({ numero, runId, round, notification, payment }, services.ente.send);
}
