/** Hands a signed verbale over to SEND, once and only once; in every pipeline that notifies. */
import { Type } from "typebox";
import type { EffectContext, ReconcileContext } from "../engine/step/context.ts";
import type { Item } from "../engine/step/item.ts";
import { endEach, type Outcome } from "../engine/step/outcome.ts";
import { toInstant } from "../engine/host/clock.ts";
import { releaseBytes } from "../engine/host/release.ts";
import { ItemRejected } from "../engine/host/errors.ts";
import type { SendFile, SendFileRef, SendStatus } from "../integrations/send/port.ts";
import { effectStep, type Services } from "../integrations/services.ts";
import {
  NotificationField,
  PaymentField,
  Protocolled,
  SignedDocumentsField,
  ValidationField,
  VerbaleField,
  type Notification,
  type Payment,
} from "./schemas/fields.ts";
import { buildAct } from "./sending/act.ts";
import { findCanaryHold, toSettingsName } from "./sending/canary.ts";
import { compareFound, notifiedOtherwiseError } from "./sending/found-request.ts";
import { buildToken } from "./sending/live-notification.ts";
import {
  assertUnused,
  listPaymentNames,
  listVerbaleNames,
  pickProtocol,
} from "./sending/held-names.ts";
import {
  listFilesToSend,
  buildVerbaleRequest,
  type SendingData,
  type SendingOptions,
} from "./sending/request.ts";
import { inspectWeight } from "./sending/weight.ts";
import { readDocument } from "./schemas/lost-document.ts";

interface Config {
  readonly attachNotice: boolean;
  readonly canary?: number;
  readonly documentTitle: string;
}

type Data = SendingData;
type Context = EffectContext<Config, Pick<Services, "send" | "desk" | "ente" | "register">>;
type Added = { notification: Notification };

export default effectStep({
  title: "Invio a SEND",
  summary: "Carica i documenti firmati su SEND e consegna la richiesta di notifica, una volta sola",
  effect: "keyed",
  seals: true,
  needs: ["send", "desk", "ente", "register"],
  config: Type.Object(
    {
      attachNotice: Type.Boolean({
        default: true,
        description:
          "true: il PDF dell'avviso è allegato al pagamento; false: SEND mostra il solo codice avviso. Senza effetto se l'ente non è abilitato oltre 20 grammi (send.over20Grams: false)",
      }),
      documentTitle: Type.String({
        minLength: 1,
        maxLength: 500,
        // SEND: one line.
        pattern: "^[^\\r\\n]*$",
        remedy: "scrivilo su una sola riga",
        default: "Verbale di accertamento",
        description: "Titolo del documento che il destinatario legge, senza dati personali",
      }),
      canary: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 50,
          description:
            "Quanti verbali partono prima degli altri con impostazioni che SEND non ha ancora accettato: gli altri attendono il loro esito; 0: tutti insieme. Se manca, 5 dove l'ente ha live: true, altrimenti 0",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  reads: Type.Object({
    ...VerbaleField.properties,
    ...ValidationField.properties,
    ...PaymentField.properties,
    ...SignedDocumentsField.properties,
    protocolled: Type.Optional(Protocolled),
  }),
  adds: NotificationField,
  holds: ({ data }, ctx) => [
    ...listVerbaleNames(data.verbale),
    ...listPaymentNames(data.payment),
    toSettingsName(ctx),
  ],
  holdBack: findCanaryHold,
  note: ({ notification: { warnings = [] } }) =>
    ["Preso in carico da SEND, in attesa dell'esito.", ...warnings].join(" "),
  examples: [
    "{}",
    "attachNotice: false\n",
    "canary: 10\n",
    "documentTitle: Verbale di violazione al CdS\n",
  ],
  inspect: (_config, { settings }) => Promise.resolve(inspectWeight(settings)),
  runMany: {
    // Verbale and notice of seven fit into one preload of 15 files.
    atOnce: 7,
    async *run(items, ctx) {
      const outcomes: Outcome<Added>[] = [];
      for await (const outcome of transmitTogether(items, ctx)) outcomes.push(outcome);
      // The register knows them before the journal calls them done: one write for all.
      await keepActs(
        outcomes.flatMap(({ item, ...end }) =>
          end.status === "done" ? [{ item: item as Item<Data>, fields: end.fields }] : [],
        ),
        ctx,
      );
      yield* outcomes;
    },
  },
  async reconcile(item, ctx) {
    const { protocol, token } = buildNames(item, ctx);
    const { send } = ctx.services;
    const found =
      (await send.find(protocol, token, ctx.signal)) ?? (await findByEvidence(item, ctx));
    // Refused too: the request reached SEND; its reasons are import-iun's to tell.
    if (found === null) return { status: "not-done" };
    const fields = await takeFound(item, ctx, found);
    await keepActs([{ item, fields }], ctx);
    return { status: "done", fields };
  },
});

/** Prepares each, uploads the files of all at once and hands each over. */
async function* transmitTogether(
  items: readonly Item<Data>[],
  ctx: Context,
): AsyncGenerator<Outcome<Added>> {
  const ready: Ready[] = [];
  for (const item of items) {
    const prepared = await prepare(item, ctx);
    if ("outcome" in prepared) yield prepared.outcome;
    else ready.push(prepared);
  }
  if (ready.length === 0) return;
  const uploadFiles = uploadTogether(ready, ctx);
  yield* endEach(
    ready.map(({ item }) => item),
    async (item) => await handOver(item, await uploadFiles(item), ctx),
  );
}

async function keepActs(
  handedOver: readonly { readonly item: Item<Data>; readonly fields: Added }[],
  ctx: Context,
): Promise<void> {
  if (handedOver.length === 0) return;
  const { ente, register } = ctx.services;
  await register.write(
    handedOver.map(({ item, fields }) =>
      buildAct(item, fields.notification, {
        runId: ctx.runId,
        settings: ente.send,
        kind: ente.act,
        options: buildOptions(item, ctx),
      }),
    ),
  );
}

/** The request that a person names by its token, if its codes are those of this verbale: no other counts as sent. */
async function findByEvidence(
  { data }: Item<Data>,
  { evidence, services, signal }: ReconcileContext<Config, Pick<Services, "send">>,
): Promise<SendStatus | null> {
  // An IUN is no name for SEND's requests: ours is found by our own token, or not at all.
  if (evidence === undefined || !requestIdShape.test(evidence)) return null;
  const found = await services.send.findStatus(evidence, signal);
  return found !== null && hasSameCodes(data.payment, found) ? found : null;
}

// SEND: 36 characters of base64; it answers 400 to any other.
const requestIdShape = /^[A-Za-z0-9+/=]{36}$/;

/** A verbale of which nothing is on SEND yet, with what goes there. */
interface Ready {
  readonly item: Item<Data>;
  readonly files: readonly SendFile[];
}

/** What has to be sent, unless SEND has it from an earlier try or it cannot be sent. */
async function prepare(
  item: Item<Data>,
  ctx: Context,
): Promise<Ready | { readonly outcome: Outcome<Added> }> {
  try {
    const outcome = await findEarlierRequest(item, ctx);
    if (outcome !== null) return { outcome };
    await assertUnused(item, ctx);
    return { item, files: await readFiles(item, ctx) };
  } catch (error) {
    return { outcome: { item, status: "failed", error } };
  }
}

type Uploads = Promise<readonly SendFileRef[]>;

/** One upload for all; when a single file spoils it, each item uploads its own. */
function uploadTogether(ready: readonly Ready[], ctx: Context): (item: Item<Data>) => Uploads {
  const { send } = ctx.services;
  const all = send.upload(
    ready.flatMap(({ files }) => files),
    ctx.signal,
  );
  const filesByKey = new Map(ready.map(({ item, files }) => [item.key, files]));
  return async ({ key }) => {
    const own = filesByKey.get(key) ?? [];
    try {
      const refs = await all;
      for (const { bytes } of own) releaseBytes(bytes);
      const labels = new Set(own.map(({ label }) => label));
      return refs.filter(({ label }) => labels.has(label));
    } catch (error) {
      if (!(error instanceof ItemRejected) || ready.length === 1) throw error;
      return await send.upload(own, ctx.signal);
    }
  };
}

async function handOver(
  item: Item<Data>,
  uploads: readonly SendFileRef[],
  ctx: Context,
): Promise<Added> {
  const { protocol, token } = buildNames(item, ctx);
  const request = buildVerbaleRequest(item.data, uploads, {
    ...buildOptions(item, ctx),
    protocol,
    idempotenceToken: token,
    subject: ctx.services.ente.send.subject,
  });
  const { notificationRequestId, found } = await ctx.services.send.send(request, ctx.signal);
  if (found !== undefined) return await takeFound(item, ctx, found);
  return buildNotification(notificationRequestId, item, ctx);
}

/** What SEND knows our request by: the same on every try of a round. */
function buildNames(
  item: Item<Data>,
  ctx: Context,
  round = item.round,
): { readonly protocol: string; readonly token: string } {
  return {
    protocol: pickProtocol(item.data.verbale),
    token: buildToken(item, ctx, round),
  };
}

function buildNotification(notificationRequestId: string, item: Item<Data>, ctx: Context): Added {
  const { protocol, token } = buildNames(item, ctx);
  return {
    notification: {
      notificationRequestId,
      protocol,
      idempotenceToken: token,
      sentAt: toInstant(ctx.clock.now()),
    },
  };
}

/**
 * A new round carries a new token, with which SEND would notify again: so each earlier round is asked for first.
 * Only when all of them were refused or never arrived may this one go out (`null`).
 */
async function findEarlierRequest(item: Item<Data>, ctx: Context): Promise<Outcome<Added> | null> {
  const past = ctx.earlier(item);
  for (let round = item.round - 1; round >= 1; round -= 1) {
    const fields = past.find((effect) => effect.round === round)?.fields as Added | undefined;
    const names = buildNames(item, ctx, round);
    const protocol = fields?.notification.protocol ?? names.protocol;
    const token = fields?.notification.idempotenceToken ?? names.token;
    const found = await ctx.services.send.find(protocol, token, ctx.signal);
    if (found === null || found.status === "refused") continue;
    if (!hasSameCodes(item.data.payment, found)) throw notifiedOtherwiseError(found);
    const taken = await takeFound(item, ctx, found);
    const named = { ...taken.notification, protocol, idempotenceToken: token };
    return {
      item,
      status: "done",
      fields: { notification: fields?.notification ?? named },
      note: "SEND ha già la richiesta di un tentativo precedente: vale quella, nulla è stato inviato di nuovo.",
    };
  }
  return null;
}

/** What SEND has is found, not made: throws when it does not stand for this verbale as this flusso has it. */
async function takeFound(item: Item<Data>, ctx: Context, found: SendStatus): Promise<Added> {
  const files = listFilesToSend(item.data, buildOptions(item, ctx)).map(({ document }) => document);
  const warnings = await compareFound(found, files, ctx);
  const { notification } = buildNotification(found.notificationRequestId, item, ctx);
  return {
    notification: {
      ...notification,
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    },
  };
}

function hasSameCodes(payment: Payment, found: SendStatus): boolean {
  const codes = new Set(found.noticeCodes);
  return (
    codes.size === payment.options.length &&
    payment.options.every(({ noticeCode }) => codes.has(noticeCode))
  );
}

function buildOptions(item: Item<Data>, ctx: Context): SendingOptions {
  return {
    label: item.key,
    documentTitle: ctx.config.documentTitle,
    attachNotice: ctx.config.attachNotice,
    over20Grams: ctx.services.ente.send.over20Grams !== false,
  };
}

async function readFiles(item: Item<Data>, ctx: Context): Promise<readonly SendFile[]> {
  return await Promise.all(
    listFilesToSend(item.data, buildOptions(item, ctx)).map(async ({ label, document }) => ({
      label,
      contentType: "application/pdf",
      bytes: await readDocument(ctx.artifacts, document),
      sha256: document.sha256,
    })),
  );
}
