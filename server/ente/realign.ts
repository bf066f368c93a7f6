/** Compares the ledger of an ente with SEND and the payment system after its journal came back from a copy, and frees it. */
import type { EffectRow } from "../../engine/journal/ledger.ts";
import { computeEffectKey } from "../../engine/journal/digest.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { SendStatus } from "../../integrations/send/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { Payment } from "../../steps/schemas/fields.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { pickProtocol } from "../../steps/sending/held-names.ts";
import { buildToken } from "../../steps/sending/live-notification.ts";
import type { WritingInstallation } from "../installation.ts";

/** What the journal did not know. */
export interface Realigned {
  /** Verbali that were asked about. */
  readonly asked: number;
  /** On SEND, and not in the ledger as sent: their flusso, or the next one, compares the documents and says what counts. */
  readonly unknown: readonly { readonly key: string; readonly iun: string | null }[];
  /** Verbali whose round SEND knows to be later than the journal did. */
  readonly raised: number;
  /** Notified, but their position can no longer be paid, or has been. */
  readonly unpayable: readonly { readonly key: string; readonly state: string }[];
}

/** Rounds that SEND may know beyond those of the journal. */
const roundsAhead = 3;

/** Asks for every verbale that the journal has; then the runs of the ente may go on. Throws RetryLater and RunBlocked, and frees nothing then. */
export async function realignEnte(
  { journal, witness }: Pick<WritingInstallation, "journal" | "witness">,
  services: Pick<Services, "ente" | "send" | "payments">,
): Promise<Realigned> {
  const ente = services.ente.ente.codice;
  const found = { asked: 0, raised: 0 };
  const unknown: { key: string; iun: string | null }[] = [];
  const unpayable: { key: string; state: string }[] = [];
  const seen = new Set<string>();
  for await (const item of readVerbali(journal, ente)) {
    if (seen.has(item.key)) continue;
    seen.add(item.key);
    found.asked += 1;
    const { live, newest, isKnown } = await askSend(journal, services, item);
    const before = (await journal.readRounds(ente, [item.key])).get(item.key) ?? 1;
    if (newest > before) {
      await journal.setRound(ente, item.key, newest);
      found.raised += 1;
    }
    if (live === null) continue;
    if (!isKnown)
      unknown.push({ key: item.key, iun: live.status === "accepted" ? live.iun : null });
    const state = await findPositionState(services, item, live);
    if (state !== null) unpayable.push({ key: item.key, state });
  }
  witness.free(ente);
  return { ...found, unknown, unpayable };
}

/** The items of the ente's runs that are verbali, those of the newest run first. */
async function* readVerbali(journal: Journal, ente: string): AsyncGenerator<ItemRow> {
  let beforeSeq: number | undefined;
  for (;;) {
    const runs = await journal.listRuns({
      ente,
      limit: 100,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
    });
    for (const run of runs) {
      let afterId = 0;
      for (;;) {
        const page = await journal.listItems(run.id, { afterId, limit: 500 });
        for (const item of page) if ("verbale" in item.data) yield item;
        const last = page.at(-1);
        if (last === undefined) break;
        afterId = last.id;
      }
    }
    const last = runs.at(-1);
    if (last === undefined) return;
    beforeSeq = last.seq;
  }
}

interface Asked {
  /** The notification of the newest round that SEND has and did not refuse. */
  readonly live: SendStatus | null;
  /** The newest round that SEND knows; 0: none. */
  readonly newest: number;
  /** The ledger has that round as sent, or as begun: its run asks about it by itself. */
  readonly isKnown: boolean;
}

async function askSend(
  journal: Journal,
  { ente, send }: Pick<Services, "ente" | "send">,
  item: ItemRow,
): Promise<Asked> {
  const { codice } = ente.ente;
  const protocol = pickProtocol(item.data["verbale"] as Verbale);
  const rounds = (await journal.readRounds(codice, [item.key])).get(item.key) ?? 1;
  const ledger = new Map<number, EffectRow>();
  for (const row of await journal.listEffects(codice, "transmit", item.key))
    ledger.set(row.round, row);
  const keys = {
    idempotencyKey: (of: { readonly key: string; readonly round: number }, uses = "transmit") =>
      computeEffectKey(codice, uses, of.key, of.round),
  };
  let asked: Asked = { live: null, newest: 0, isKnown: false };
  for (let round = 1; round <= Math.max(rounds, asked.newest) + roundsAhead; round += 1) {
    const found = await send.find(protocol, buildToken(item, keys, round));
    if (found === null) continue;
    const isLive = found.status !== "refused";
    const state = ledger.get(round)?.state;
    asked = {
      newest: round,
      live: isLive ? found : asked.live,
      isKnown: isLive ? state === "done" || state === "intent" : asked.isKnown,
    };
  }
  return asked;
}

/** How the position of a live notification stands, where its codes cannot be paid as they should; `null`: they can, or nobody can tell. */
async function findPositionState(
  { payments }: Pick<Services, "payments">,
  item: ItemRow,
  live: SendStatus,
): Promise<string | null> {
  const payment = item.data["payment"] as Payment | undefined;
  const codes = new Set(live.noticeCodes);
  if (payment === undefined || !payment.options.some(({ noticeCode }) => codes.has(noticeCode)))
    return null;
  const state = await payments.inspect({ ref: payment.ref });
  return ["cancelled", "expired", "absent"].includes(state) ? state : null;
}
