/** What the price service lays down for itself in the journal: notices that were sent and must be asked about, and when a payment system has asked. */
import { toInstant } from "../../engine/host/clock.ts";
import type { RecordDraft, Records, RecordReader } from "../../engine/journal/records.ts";
import { priceKind } from "./stored.ts";

/** One record of an ente: when a payment system has asked last. */
export const partnerKind = "price-caller";
export const partnerKey = "last";

const cursorKind = "price-cursor";
const cursorKey = "act";
const mostAtOnce = 200;

/** Lays a record down for each notice of a request that SEND has taken since the last look, so that its price is known before anybody asks. */
export async function seedPrices(
  journal: Records & RecordReader,
  { codice }: { readonly codice: string },
  nowMs: number,
): Promise<void> {
  const cursor = (await journal.readRecords(codice, cursorKind, [cursorKey])).get(cursorKey);
  const after = typeof cursor?.data["after"] === "number" ? cursor.data["after"] : 0;
  const acts = await journal.listRecordChanges(codice, ["act"], after, mostAtOnce);
  const last = acts.at(-1);
  if (last === undefined) return;
  const codes = acts.flatMap(({ data }) => listNoticeCodes(data["payment"]));
  const known = await journal.readRecords(codice, priceKind, codes);
  const fresh = codes.filter((code) => !known.has(code));
  const drafts: RecordDraft[] = [...new Set(fresh)].map((key) => ({
    kind: priceKind,
    key,
    dueAt: toInstant(nowMs),
    data: {},
  }));
  await journal.writeRecords(codice, [
    ...drafts,
    { kind: cursorKind, key: cursorKey, data: { after: last.number } },
  ]);
}

function listNoticeCodes(payment: unknown): readonly string[] {
  if (typeof payment !== "object" || payment === null || !("options" in payment)) return [];
  const { options } = payment;
  if (!Array.isArray(options)) return [];
  return options.flatMap((option: unknown) =>
    typeof option === "object" &&
    option !== null &&
    "noticeCode" in option &&
    typeof option.noticeCode === "string"
      ? option.noticeCode
      : [],
  );
}
