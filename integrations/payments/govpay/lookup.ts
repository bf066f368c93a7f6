/** Finds the old pendenze of an order by any of their names. */
import { parseNoticeCode } from "../notice-code.ts";
import type { GovPayApi } from "./api.ts";
import { buildDocumentName, isDocument, listPendenzaIds } from "./wire.ts";
import type { GovPayPendenza } from "./wire.ts";
import { foreignPositionError, notAddressableError } from "../payment-notes.ts";
import type { OldPosition, ResetOrder } from "../port.ts";

/** Who looks, and for which creditor. */
export interface PendenzaReader {
  readonly api: GovPayApi;
  readonly govpay: { readonly idA2A: string };
  readonly creditor: { readonly taxId: string };
  readonly signal: AbortSignal | undefined;
}

/** The pendenze that must not stay open: those named, and every one that an earlier generation may have made. */
export async function findOldPendenze(
  work: PendenzaReader & { readonly order: ResetOrder; readonly document: string },
): Promise<readonly GovPayPendenza[]> {
  const { order, creditor } = work;
  const old: OldPosition[] = order.old.filter((one) => !isElsewhere(one));
  for (let generation = 1; generation < order.generation; generation += 1)
    old.push({ ref: buildDocumentName(creditor.taxId, { ...order, generation }) });
  const found = new Map<string, GovPayPendenza>();
  for (const position of old)
    for (const pendenza of await lookUp(work, position))
      if (pendenza !== null) found.set(`${pendenza.idA2A}/${pendenza.idPendenza}`, pendenza);
  assertOurs([...found.values()], creditor.taxId);
  for (const idPendenza of listPendenzaIds(work.document))
    found.delete(`${work.govpay.idA2A}/${idPendenza}`);
  return [...found.values()];
}

/** Opened in an earlier round, while the ente had GPD: nobody can cancel it from here. */
function isElsewhere({ idPendenza, ref }: OldPosition): boolean {
  return idPendenza === undefined && ref !== undefined && !isDocument(ref);
}

/** How many of the order's old positions are not among those that were found. */
export function countMissing(
  wanted: readonly OldPosition[],
  found: readonly GovPayPendenza[],
): number {
  const isThere = ({ idPendenza, noticeCode, ref }: OldPosition): boolean =>
    ref === undefined &&
    found.some((one) =>
      idPendenza === undefined
        ? (one.numeroAvviso ?? noticeCode) === noticeCode
        : one.idPendenza === idPendenza,
    );
  return wanted.filter((one) => (one.ref === undefined || isElsewhere(one)) && !isThere(one))
    .length;
}

/** The pendenze of one name: two of a document of ours, else one; `null` where there is none. Throws ItemRejected where the name leads nowhere here. */
export async function lookUp(
  { api, govpay, creditor, signal }: PendenzaReader,
  position: OldPosition,
): Promise<readonly (GovPayPendenza | null)[]> {
  const { idA2A } = govpay;
  const { idPendenza, ref, noticeCode } = position;
  if (idPendenza !== undefined) return [await api.get({ idA2A, idPendenza }, signal)];
  if (ref !== undefined && isDocument(ref)) {
    const found: (GovPayPendenza | null)[] = [];
    for (const name of listPendenzaIds(ref))
      found.push(await api.get({ idA2A, idPendenza: name }, signal));
    return found;
  }
  if (noticeCode === undefined || parseNoticeCode(noticeCode) === null)
    throw notAddressableError("GovPay", "l'idPendenza o un codice avviso di 18 cifre");
  return [await api.getByNoticeCode(creditor.taxId, noticeCode, signal)];
}

/** One application of GovPay may keep the pendenze of many creditors: a wrong name in a flusso must not cancel another's. */
function assertOurs(found: readonly (GovPayPendenza | null)[], creditorTaxId: string): void {
  for (const pendenza of found)
    if ((pendenza?.dominio?.idDominio ?? creditorTaxId) !== creditorTaxId)
      throw foreignPositionError();
}
