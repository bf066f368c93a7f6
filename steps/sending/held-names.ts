/** The names by which SEND and the payment system know a verbale, and who in the ente holds them already. */
import { hash } from "node:crypto";
import type { StepContext } from "../../engine/step/context.ts";
import type { Holder, Item } from "../../engine/step/item.ts";
import { ItemRejected } from "../../engine/host/errors.ts";
import { foldCode, foldViolation } from "../../integrations/flusso/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { Payment, Validation } from "../schemas/fields.ts";
import type { Posizione, Verbale } from "../schemas/verbale.ts";
import { listOrigins } from "./origins.ts";

/** What SEND calls paProtocolNumber: the protocol, or the number where there is none. */
export function pickProtocol({ protocollo, numero }: Verbale): string {
  const own = protocollo?.trim() ?? "";
  return own === "" ? numero : own;
}

/**
 * One protocol however it is typed (capitals, blanks, dashes, marks that do not show), and as it is spelled:
 * earlier versions held that name alone.
 */
export function listProtocolNames(protocol: string): readonly string[] {
  return [...new Set([foldCode(protocol), protocol])].map((name) => `protocol ${name}`);
}

/** Of which violation it is, hashed, where all parts are there; and the number however it is typed, which a protocol of its own would hide. */
export function listViolationNames(verbale: Verbale): readonly string[] {
  const violation = foldViolation(verbale);
  return [
    ...(violation === null ? [] : [`violation ${hash("sha256", violation, "hex")}`]),
    `number ${foldCode(verbale.numero)}`,
  ];
}

/** All names by which a verbale itself is known, whatever it is paid with. */
export function listVerbaleNames(verbale: Verbale): readonly string[] {
  return [...listProtocolNames(pickProtocol(verbale)), ...listViolationNames(verbale)];
}

/** SEND: the pair of creditor and notice code stands in one live notification; the creditor is the ente. */
export function toNoticeCodeName(noticeCode: string): string {
  return `notice code ${noticeCode}`;
}

function toRefName(ref: string): string {
  return `position ${ref}`;
}

/** Held by what cancelled a notification: the names of that notification are free. */
export function toCancelledName(iun: string): string {
  return `cancelled ${iun}`;
}

/** The names of the payments that a notification carries. */
export function listPaymentNames({ ref, options }: Payment): readonly string[] {
  const refs = new Set([ref, ...options.map((option) => option.ref ?? ref)]);
  refs.delete("");
  return [
    ...[...refs].map(toRefName),
    ...options.map(({ noticeCode }) => toNoticeCodeName(noticeCode)),
  ];
}

/** The names of a position that shall be cancelled. */
export function listOldPositionNames(
  position: Posizione & { readonly ref?: string },
): readonly string[] {
  const { ref, iupd, idPendenza, numeroAvviso } = position;
  const names = [ref, iupd, idPendenza].map((name) => name?.trim() ?? "");
  const code = numeroAvviso?.trim() ?? "";
  // On GovPay the two pendenze of our document are called after it, with -S and -R.
  const document = idPendenza?.trim().replace(/-[SR]$/, "") ?? "";
  return [
    ...[...new Set([...names, document])].filter((name) => name !== "").map(toRefName),
    ...(code === "" ? [] : [toNoticeCodeName(code)]),
  ];
}

/**
 * The live notification of another verbale that has one of these names, or `null`: of several that hold a name the first
 * to begin has it; cancelled ones hold nothing. `itemKey`: the verbale that asks; `null`: its own notifications count too. `origins`: numbers and IUNs of what is notified anew, which count for nothing.
 */
export async function findLiveHolder(
  ctx: Holders,
  names: readonly string[],
  itemKey: string | null,
  origins: readonly string[] = [],
): Promise<Holder | null> {
  if (names.length === 0) return null;
  const found = [...(await ctx.holders(names)).values()];
  if (found.length === 0) return null;
  const iuns = found.flat().flatMap((holder) => readIun(holder) ?? []);
  const cancelled = await ctx.holders(iuns.map(toCancelledName));
  const isLive = (holder: Holder): boolean => {
    const iun = readIun(holder);
    // A step of the ente's own may reject what SEND has accepted: the notification lives.
    if (holder.isRefused && iun === null) return false;
    const ends = iun === null ? [] : (cancelled.get(toCancelledName(iun)) ?? []);
    return !ends.some(({ isDone }) => isDone);
  };
  for (const holders of found) {
    const first = holders
      .filter((holder) => !origins.some((origin) => isOrigin(holder, origin)))
      .find(isLive);
    if (first !== undefined && first.itemKey !== itemKey) return first;
  }
  return null;
}

function isOrigin(holder: Holder, origin: string): boolean {
  return foldCode(holder.itemKey) === foldCode(origin) || readIun(holder) === origin;
}

type Holders = Pick<StepContext<unknown, unknown>, "holders">;

/**
 * Before a request goes out: throws ItemRejected when another verbale's live notification has this one's protocol
 * or violation (unless the ente lets several verbali share it) or one of its notice codes. Of two at the same moment the first to begin goes on.
 */
export async function assertUnused(
  item: Item<{
    readonly verbale: Verbale;
    readonly validation: Validation;
    readonly payment: Payment;
  }>,
  ctx: Holders & { readonly services: Pick<Services, "register"> },
): Promise<void> {
  const { verbale, validation, payment } = item.data;
  const asked = await askTogether(ctx, [
    ...listPaymentNames(payment),
    ...listVerbaleNames(verbale),
  ]);
  const codes = await findLiveHolder(asked, listPaymentNames(payment), item.key);
  if (codes !== null)
    throw new ItemRejected(
      "NOTICE_CODE_IN_USE",
      `Un codice avviso è già nella notifica ${describeHolder(codes)}: SEND lo accetta in una sola. Nulla è stato inviato.`,
      { hint: { action: "resume", only: "rejected", first: "Dare al verbale codici mai usati." } },
    );
  await assertProtocolUnused(verbale, validation, item.key, asked);
  if (validation.isViolationShared === true) return;
  const origins = await listOrigins(verbale, ctx.services.register);
  const twin = await findLiveHolder(asked, listViolationNames(verbale), item.key, origins);
  if (twin !== null)
    throw new ItemRejected(
      "SAME_VIOLATION",
      `Il verbale ${describeTwin(verbale, twin)}. Nulla è stato inviato.`,
      { hint: "Decide una persona se è la stessa violazione con un altro numero." },
    );
}

/** Answers of these names from one question; of any other from another. */
async function askTogether(ctx: Holders, names: readonly string[]): Promise<Holders> {
  const all = await ctx.holders(names);
  const asked = new Set(names);
  return {
    holders: async (wanted) => {
      if (!wanted.every((name) => asked.has(name))) return await ctx.holders(wanted);
      return new Map(
        wanted.flatMap((name) => {
          const holders = all.get(name);
          return holders === undefined ? [] : [[name, holders] as const];
        }),
      );
    },
  };
}

async function assertProtocolUnused(
  verbale: Verbale,
  validation: Validation,
  itemKey: string,
  ctx: Holders,
): Promise<void> {
  if (validation.isProtocolShared === true) return;
  const protocol = await findLiveHolder(ctx, listProtocolNames(pickProtocol(verbale)), itemKey);
  if (protocol !== null)
    throw new ItemRejected(
      "PROTOCOL_IN_USE",
      `Il protocollo è già quello della notifica ${describeHolder(protocol)}. Nulla è stato inviato.`,
      { hint: "Controllare che non sia la stessa violazione con un altro numero." },
    );
}

/** Before positions are cancelled: throws ItemRejected when one of them is in a live notification, which would become impossible to pay. */
export async function assertNotNotified(
  positions: readonly (Posizione & { readonly ref?: string })[],
  ctx: Holders,
): Promise<void> {
  const holder = await findLiveHolder(ctx, positions.flatMap(listOldPositionNames), null);
  if (holder === null) return;
  throw new ItemRejected(
    "POSITION_NOTIFIED",
    `Una posizione da annullare è nella notifica ${describeHolder(holder)}: annullarla la renderebbe impagabile. Nulla è stato annullato né inviato.`,
    { hint: "Togliere quella posizione dal verbale, oppure annullare prima la notifica su SEND." },
  );
}

/** `ha la stessa targa, … della notifica del verbale AB9 (flusso …)`. */
export function describeTwin({ numero }: Verbale, holder: Holder): string {
  const what =
    foldCode(holder.itemKey) === foldCode(numero)
      ? "ha lo stesso numero, scritto altrimenti,"
      : "ha lo stesso destinatario, targa, giorno, ora e articolo";
  return `${what} della notifica ${describeHolder(holder)}`;
}

/** `del verbale AB9 (flusso 20261123-0001, IUN …)`. */
export function describeHolder(holder: Holder): string {
  const iun = readIun(holder);
  const state = iun === null ? "non ancora accettata da SEND" : `IUN ${iun}`;
  return `del verbale ${holder.itemKey} (flusso ${holder.runId}, ${state})`;
}

/** The IUN of the notification; `null`: SEND has not accepted it, or not yet. */
export function readIun({ fields }: Holder): string | null {
  const iun = fields["iun"];
  return typeof iun === "string" ? iun : null;
}
