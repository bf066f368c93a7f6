/** Holds the ledger of an ente against SEND and the payment system after its journal came back from a copy, rebuilds what it did not know, and frees it. */
import type { EffectRow } from "../../engine/journal/ledger.ts";
import { computeEffectKey } from "../../engine/journal/digest.ts";
import { readItemPages } from "../../engine/journal/item-pages.ts";
import type { ItemRow } from "../../engine/journal/items.ts";
import type { Journal } from "../../engine/journal/journal.ts";
import type { ResolvedStep } from "../../engine/step/resolved-step.ts";
import { askPatiently } from "../../integrations/signing/patience.ts";
import type { SendStatus } from "../../integrations/send/port.ts";
import type { Services } from "../../integrations/services.ts";
import type { Payment } from "../../steps/schemas/fields.ts";
import type { Verbale } from "../../steps/schemas/verbale.ts";
import { pickProtocol } from "../../steps/sending/held-names.ts";
import { buildToken } from "../../steps/sending/live-notification.ts";
import type { WritingInstallation } from "../installation.ts";
import { type KnownItem, rebuildVerbale, type RebuildParts } from "./rebuild.ts";

/** A verbale that SEND has, and the ledger had not as sent. */
export interface Unknown {
  readonly key: string;
  /** `null`: SEND has not decided yet. */
  readonly iun: string | null;
  /** `null`: the ledger has it now; otherwise why a person has to look, in Italian. */
  readonly open: string | null;
}

/** What the journal did not know. */
export interface Realigned {
  /** Verbali that were asked about. */
  readonly asked: number;
  readonly unknown: readonly Unknown[];
  /** Verbali whose round SEND knows to be later than the journal did. */
  readonly raised: number;
  /** Notified, but their position can no longer be paid, or has been. */
  readonly unpayable: readonly { readonly key: string; readonly state: string }[];
  /** Notifications that SEND's stream tells of and that no verbale of the journal has. */
  readonly strangers: readonly { readonly iun: string; readonly protocol: string | null }[];
}

/** Rounds that SEND may know beyond those of the journal. */
const roundsAhead = 3;

type Parts = RebuildParts & Pick<WritingInstallation, "witness">;

/**
 * Asks for every verbale that the journal has; what SEND has of it and the ledger had not becomes effects in the ledger, or is told. Then
 * the runs of the ente may go on. Throws RetryLater and RunBlocked, and frees nothing then. `hasStream`: whether the ente reads one.
 */
export async function realignEnte(
  parts: Parts,
  services: Services,
  { hasStream }: { readonly hasStream: boolean },
): Promise<Realigned> {
  const { journal, witness, clock } = parts;
  // Of a thousand questions one always finds the service away for a moment.
  const ask: Ask = (question) => askPatiently(clock, undefined, question);
  const ente = services.ente.ente.codice;
  const found = { asked: 0, raised: 0 };
  const unknown = new Map<string, Unknown>();
  const unpayable: { key: string; state: string }[] = [];
  const requests = new Set<string>();
  const seen = new Map<string, Asked>();
  for await (const known of readVerbali(journal, ente)) {
    const { row } = known;
    const before = seen.get(row.key);
    // Of several runs that have it the newest is believed first; an older one only where that one disagrees with SEND.
    if (before !== undefined && (unknown.get(row.key)?.open ?? null) === null) continue;
    const asked = before ?? (await askSend(journal, services, row, ask));
    if (before === undefined) {
      seen.set(row.key, asked);
      found.asked += 1;
      if (await raiseRound(journal, ente, row.key, asked.newest)) found.raised += 1;
    }
    const { live, round, isKnown } = asked;
    if (live === null) continue;
    requests.add(live.notificationRequestId);
    if (!isKnown) {
      const open = await ask(() => rebuildVerbale(parts, services, known, { found: live, round }));
      const iun = live.status === "accepted" ? live.iun : null;
      // What the newest says of itself is told, whatever an older one says.
      unknown.set(row.key, {
        key: row.key,
        iun,
        open: before === undefined || open === null ? open : (unknown.get(row.key)?.open ?? open),
      });
    }
    if (before !== undefined) continue;
    const state = await ask(() => findPositionState(services, row, live));
    if (state !== null) unpayable.push({ key: row.key, state });
  }
  const strangers = hasStream ? await ask(() => findStrangers(services, requests)) : [];
  // What the ledger knows now is to be followed too.
  await services.register.write([
    { kind: "takenOver", key: "ledger", data: { notifications: 0, isStale: true } },
  ]);
  witness.free(ente);
  return { ...found, unknown: [...unknown.values()], unpayable, strangers };
}

async function raiseRound(
  journal: Journal,
  ente: string,
  key: string,
  newest: number,
): Promise<boolean> {
  const before = (await journal.readRounds(ente, [key])).get(key) ?? 1;
  if (newest <= before) return false;
  await journal.setRound(ente, key, newest);
  return true;
}

/** What SEND's stream tells of and nothing that was read belongs to. */
async function findStrangers(
  { verdicts, desk }: Pick<Services, "verdicts" | "desk">,
  requests: ReadonlySet<string>,
): Promise<Realigned["strangers"]> {
  const strangers: { iun: string; protocol: string | null }[] = [];
  for (const { notificationRequestId, iun } of await verdicts.takeAccepted()) {
    if (requests.has(notificationRequestId)) continue;
    const notification = await desk.findNotification(iun);
    strangers.push({ iun, protocol: notification?.protocol ?? null });
  }
  return strangers;
}

/** The items of the ente's runs that are verbali, those of the newest run first. */
async function* readVerbali(journal: Journal, ente: string): AsyncGenerator<KnownItem> {
  let beforeSeq: number | undefined;
  for (;;) {
    const runs = await journal.listRuns({
      ente,
      limit: 100,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
    });
    for (const run of runs) {
      const { steps } = JSON.parse(await journal.readSpec(run.id)) as {
        readonly steps: readonly ResolvedStep[];
      };
      for await (const rows of readItemPages(journal, run.id))
        for (const row of rows) if ("verbale" in row.data) yield { runId: run.id, steps, row };
    }
    const last = runs.at(-1);
    if (last === undefined) return;
    beforeSeq = last.seq;
  }
}

/** Gives what the question gives, asked again where nobody answers. */
type Ask = <Told>(question: () => Promise<Told>) => Promise<Told>;

interface Asked {
  /** The notification of the newest round that SEND has and did not refuse. */
  readonly live: SendStatus | null;
  /** The round of `live`. */
  readonly round: number;
  /** The newest round that SEND knows; 0: none. */
  readonly newest: number;
  /** The ledger has that round as sent, or as begun: its run asks about it by itself. */
  readonly isKnown: boolean;
}

async function askSend(
  journal: Journal,
  { ente, send }: Pick<Services, "ente" | "send">,
  item: ItemRow,
  ask: Ask,
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
  let asked: Asked = { live: null, round: 0, newest: 0, isKnown: false };
  for (let round = 1; round <= Math.max(rounds, asked.newest) + roundsAhead; round += 1) {
    const found = await ask(() => send.find(protocol, buildToken(item, keys, round)));
    if (found === null) continue;
    const isLive = found.status !== "refused";
    const state = ledger.get(round)?.state;
    asked = {
      newest: round,
      live: isLive ? found : asked.live,
      round: isLive ? round : asked.round,
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
