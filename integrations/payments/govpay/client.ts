/** PaymentsPort over GovPay pendenze v2: two pendenze of one document; no draft there, so old ones are cancelled first and come back if the new are refused. */
import { ItemRejected, RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import type { HttpAnswer } from "../../../engine/host/http.ts";
import { createGovPayApi, type GovPayApi } from "./api.ts";
import { countMissing, lookUp, findOldPendenze } from "./lookup.ts";
import { isCodeTaken, isSettingsFault, pendenzaRefusedError } from "./refusals.ts";
import {
  buildCancelNote,
  toCents,
  buildDocumentName,
  buildPendenzaBody,
  buildPendenzaId,
  readPendenzaState,
} from "./wire.ts";
import type { GovPayPendenza, GovPaySettings, PendenzaRef } from "./wire.ts";
import { scheduleOnGovPay } from "./schedule.ts";
import { readGovPayStanding } from "./standing.ts";
import { extractIuv, parseNoticeCode } from "../notice-code.ts";
import {
  pickCodeOptions,
  type OnlineDoorOptions,
  openDoor,
  guardReset,
  guardSchedule,
} from "../online-client.ts";
import { allocateCode, mostCodeAttempts } from "../payment-codes.ts";
import type { CodedOption } from "../payment-codes.ts";
import { type Door, unreadablePaymentsError } from "../payment-door.ts";
import {
  afterRestoreError,
  lookIfAddressable,
  alreadyPaidError,
  numbersInUseError,
  positionConflictError,
} from "../payment-notes.ts";
import type { Counters, OpenPosition, PaymentsPort, ResetOrder } from "../port.ts";
import {
  assertNoneOpen,
  isAllOver,
  pickGravest,
  type ReplacementProgress,
  runReplacement,
  stopWherePaid,
} from "../replacement.ts";

export interface GovPayDoorOptions extends OnlineDoorOptions {
  readonly govpay: GovPaySettings & { readonly user: string };
  /** Asked for at each call; throws RunBlocked when the secret is missing. */
  readonly password: () => Promise<string>;
}

export interface GovPayPaymentsOptions extends GovPayDoorOptions {
  readonly counters: Counters;
}

type Option = ResetOrder["options"][number];

/** One order on its way. */
interface Work extends GovPayPaymentsOptions {
  readonly api: GovPayApi;
  readonly order: ResetOrder;
  /** Name of the new document. */
  readonly document: string;
  readonly signal: AbortSignal | undefined;
}

/** The ente's own server says no limit of its own. */
const usualPerSecond = 100;

/** The door to the ente's GovPay. */
export function openGovPayDoor(options: GovPayDoorOptions): Door {
  const { govpay, password } = options;
  const perSecond = options.settings.requestsPerSecond ?? usualPerSecond;
  return openDoor(options, {
    service: "GovPay",
    headers: async () => ({
      authorization: `Basic ${Buffer.from(`${govpay.user}:${await password()}`).toString("base64")}`,
    }),
    isRefusal: isSettingsFault,
    rate: { perSecond, burst: perSecond },
  });
}

/** The payment system of an ente whose positions lie on its GovPay. */
export function createGovPayPayments(options: GovPayPaymentsOptions): PaymentsPort {
  const { creditor } = options;
  const api = createGovPayApi(openGovPayDoor(options));
  const buildWork = (order: ResetOrder, signal: AbortSignal | undefined): Work => {
    return { ...options, api, order, document: buildDocumentName(creditor.taxId, order), signal };
  };
  return {
    reset: guardReset((order, signal) => reset(buildWork(order, signal))),
    find: async (order, signal) => {
      const work = buildWork(order, signal);
      const own = await findOwn(work);
      if (own === null) return null;
      const old = await findOldPendenze(work);
      return isAllOver(old.map(readPendenzaState)) ? buildOpenPosition(work, own, old) : null;
    },
    inspect: (position, signal) =>
      lookIfAddressable(async () => {
        const found = await lookUp({ ...options, api, signal }, position);
        return pickGravest(found.map(readPendenzaState));
      }),
    readStanding: (order, signal) => readGovPayStanding({ ...options, api }, order, signal),
    schedule: guardSchedule((order, signal) =>
      scheduleOnGovPay({ ...options, api }, order, signal),
    ),
  };
}

// Source: reference order for GovPay: read, cancel, read again, make. There is no draft state.
async function reset(work: Work): Promise<OpenPosition> {
  return await runReplacement<readonly GovPayPendenza[]>({
    service: "GovPay",
    readOld: () => findOldPendenze(work),
    probe: () => findOwn(work),
    listStates: (old) => old.map(readPendenzaState),
    assertFree: async (old) => {
      await work.order.assertFree?.(listPayableCodes(old));
    },
    withdraw: () => withdraw(work),
    replace: (before, progress) => replace(work, before, progress),
  });
}

async function replace(
  work: Work,
  before: readonly GovPayPendenza[],
  progress: ReplacementProgress,
): Promise<OpenPosition> {
  // Looked at before anything is cancelled: what bears our name and is not what we want stops the order.
  const own: (CodedOption | null)[] = [];
  for (const option of work.order.options) {
    const existing = await work.api.get(buildRef(work, option), work.signal);
    own.push(existing === null ? null : adopt(existing, option));
  }
  const isMade = !own.includes(null);
  if (isMade) progress.isLost = false;
  for (const old of before) if ((await cancel(work, old)) && !isMade) progress.isLost = true;
  const after = await findOldPendenze(work);
  const states = after.map(readPendenzaState);
  await stopWherePaid(states, () => withdraw(work));
  assertNoneOpen(states, "GovPay");
  return makeOrRestore(work, { own, old: after, progress });
}

/** How the order stands when the old pendenze cannot be paid any more. */
interface Standing {
  /** What earlier tries have made, in the order's order; `null` where there is none yet. */
  readonly own: readonly (CodedOption | null)[];
  readonly old: readonly GovPayPendenza[];
  readonly progress: ReplacementProgress;
}

/** A refusal for good takes back what was made and reopens what this order has cancelled, then is thrown. */
async function makeOrRestore(work: Work, { own, old, progress }: Standing): Promise<OpenPosition> {
  try {
    const codes: CodedOption[] = [];
    for (const [index, option] of work.order.options.entries())
      codes.push(own[index] ?? (await makePendenza(work, option)));
    return buildOpenPosition(work, codes, old);
  } catch (error) {
    if (!isForGood(error)) throw error;
    await withdraw(work);
    const mine = old.filter((one) => one.descrizioneStato === buildCancelNote(work.document));
    const restored = await restore(work, mine);
    progress.isLost = restored < mine.length;
    throw afterRestoreError(error, restored);
  }
}

/** Trying again changes nothing until a person has mended the data or the settings. */
function isForGood(error: unknown): error is ItemRejected | RunBlocked {
  // Paid, or another process has ours: what stands there is not to be taken away.
  if (error instanceof ItemRejected) return error.code === "PAYMENT_DATA_REFUSED";
  if (!(error instanceof RunBlocked)) return false;
  return error.code === "PAYMENTS_SETTINGS_REFUSED" || error.code === "IUV_IN_USE";
}

async function findOwn(work: Work): Promise<readonly CodedOption[] | null> {
  const codes: CodedOption[] = [];
  for (const option of work.order.options) {
    const own = await work.api.get(buildRef(work, option), work.signal);
    const code = readPendenzaState(own) === "open" ? findCode(own, option) : null;
    if (code === null) return null;
    codes.push(code);
  }
  return codes;
}

/** The notice codes that somebody may have in his hands. */
function listPayableCodes(pendenze: readonly GovPayPendenza[]): readonly string[] {
  const open = pendenze.filter((pendenza) => readPendenzaState(pendenza) === "open");
  return open.flatMap(({ numeroAvviso }) => numeroAvviso ?? []);
}

/** Cancels what this order has made: nobody has been given the codes yet. */
async function withdraw(work: Work): Promise<void> {
  for (const option of work.order.options) {
    const ref = buildRef(work, option);
    const own = await work.api.get(ref, work.signal);
    if (own === null || readPendenzaState(own) !== "open") continue;
    await work.order.assertFree?.(listPayableCodes([own]));
    const note = "Ritirata: la notifica non ha luogo";
    const answer = await work.api.setState(ref, { state: "ANNULLATA", note }, work.signal);
    if (readPendenzaState(await work.api.get(ref, work.signal)) === "open")
      throw new RetryLater(`GovPay non ha ritirato la nuova pendenza (HTTP ${answer.status}).`, {
        code: "NOT_WITHDRAWN",
      });
  }
}

/** True when it was cancelled now. */
async function cancel(work: Work, old: GovPayPendenza): Promise<boolean> {
  if (readPendenzaState(old) !== "open") return false;
  const note = buildCancelNote(work.document);
  const answer = await work.api.setState(old, { state: "ANNULLATA", note }, work.signal);
  if (answer.status === 200 || answer.status === 404) return answer.status === 200;
  // GovPay gives one answer for «already paid» and «malformed»: what the pendenza says now decides.
  const now = await work.api.get(old, work.signal);
  await stopWherePaid([readPendenzaState(now)], () => withdraw(work));
  if (readPendenzaState(now) !== "open") return false;
  await withdraw(work);
  throw new ItemRejected(
    "CANCEL_REFUSED",
    `GovPay ha rifiutato l'annullamento di una pendenza precedente (HTTP ${answer.status}). Nessuna pendenza nuova è rimasta aperta.`,
    { hint: "Far verificare la pendenza su GovPay, poi ritentare il verbale." },
  );
}

/** The pendenza of one amount, with the next free code. */
async function makePendenza(work: Work, option: Option): Promise<CodedOption> {
  const { api, settings, signal } = work;
  const ref = buildRef(work, option);
  for (let attempt = 0; attempt < mostCodeAttempts; attempt += 1) {
    const code = await allocateCode(work.order, option, attempt, pickCodeOptions(work));
    const { govpay, creditor, document } = work;
    const facts = { settings, govpay, creditorTaxId: creditor.taxId, document };
    const answer = await api.put(ref, buildPendenzaBody(work.order, code, facts), signal);
    if (answer.status < 300) return readGivenCode(answer, code);
    if (isCodeTaken(answer)) continue;
    // Another process with the same order may have made it since we looked: the codes that it has count.
    const made = answer.status === 422 ? await api.get(ref, signal) : null;
    if (made !== null) return adopt(made, option);
    throw pendenzaRefusedError(answer, work.order.debtor);
  }
  throw numbersInUseError(settings.segregationCode);
}

/** GovPay says which notice code the pendenza has; ours, unless it is set up to choose. */
function readGivenCode({ body, status }: HttpAnswer, code: CodedOption): CodedOption {
  const noticeCode =
    typeof body === "object" && body !== null && "numeroAvviso" in body ? body.numeroAvviso : null;
  if (typeof noticeCode !== "string" || parseNoticeCode(noticeCode) === null)
    throw unreadablePaymentsError("GovPay", status);
  return { ...code, noticeCode, iuv: extractIuv(noticeCode) };
}

function adopt(existing: GovPayPendenza, option: Option): CodedOption {
  const state = readPendenzaState(existing);
  if (state === "paid" || state === "partially-paid") throw alreadyPaidError();
  if (state !== "open") throw positionConflictError("che è stata annullata o è scaduta");
  const code = findCode(existing, option);
  if (code === null) throw positionConflictError("aperta con altri importi");
  return code;
}

/** Reopens what this order has cancelled: possible on GovPay, where the new pendenza was refused for good. */
async function restore(work: Work, mine: readonly GovPayPendenza[]): Promise<number> {
  let restored = 0;
  for (const pendenza of mine) {
    const note = "Riaperta: la nuova pendenza è stata rifiutata";
    const answer = await work.api.setState(pendenza, { state: "NON_ESEGUITA", note }, work.signal);
    if (answer.status === 200) restored += 1;
  }
  return restored;
}

function buildRef(work: Work, option: Option): PendenzaRef {
  return {
    idA2A: work.govpay.idA2A,
    idPendenza: buildPendenzaId(work.document, option.kind),
  };
}

/** The codes of an own pendenza, or `null` when its amount is not the order's. */
function findCode(own: GovPayPendenza | null, option: Option): CodedOption | null {
  const noticeCode = own?.numeroAvviso ?? null;
  if (own === null || noticeCode === null || parseNoticeCode(noticeCode) === null) return null;
  if (toCents(own.importo) !== option.amountCents) return null;
  return { ...option, noticeCode, iuv: extractIuv(noticeCode) };
}

function buildOpenPosition(
  { document, creditor, order }: Work,
  codes: readonly CodedOption[],
  old: readonly GovPayPendenza[],
): OpenPosition {
  const notFound = countMissing(order.old, old);
  const missing = notFound === 0 ? {} : { notFound };
  return { ref: document, creditorTaxId: creditor.taxId, options: codes, ...missing };
}
