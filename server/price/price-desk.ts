/** The price service of a server: admits who calls, answers as HTTP tells it, and keeps what is stored fresh while the server runs. */
import { type Clock, toInstant, toRomeDay } from "../../engine/host/clock.ts";
import { messageOf } from "../../engine/host/errors.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { Records, RecordReader } from "../../engine/journal/records.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { SendDesk } from "../../integrations/send/desk-port.ts";
import type { PriceReply } from "../web/price-reply.ts";
import { type Callers, createCallers } from "./callers.ts";
import {
  createPriceService,
  type PriceAnswer,
  type PricedEnte,
  type PriceService,
} from "./price-service.ts";
import { isFinal } from "./stored.ts";
import { partnerKey, partnerKind, seedPrices } from "./traces.ts";

export interface PriceDeskOptions {
  readonly journal: Records & RecordReader;
  readonly clock: Clock;
  readonly log: Logger;
  /** Every ente whose file can be read. */
  listEnti(): Promise<readonly EnteSettings[]>;
  readSecret(ente: EnteSettings, name: string): Promise<string>;
  openDesk(ente: EnteSettings): Pick<SendDesk, "askPrice">;
}

export interface PriceDesk {
  answer(request: {
    readonly paTaxId: string;
    readonly noticeCode: string;
    readonly key: string;
  }): Promise<PriceReply>;
  /** Asks SEND in the background until `signal` aborts. */
  keepFresh(signal: AbortSignal): Promise<void>;
}

const roundMs = 60_000;
const mostPerRound = 100;

/** The desk. */
export function createPriceDesk(options: PriceDeskOptions): PriceDesk {
  const { journal, clock, log } = options;
  const callers: Callers = createCallers(options);
  const service: PriceService = createPriceService({
    journal,
    clock,
    log,
    async openDesk(codice) {
      const settings = (await options.listEnti()).find(({ ente }) => ente.codice === codice);
      if (settings === undefined) throw new Error(`no readable file of the ente ${codice}`);
      return options.openDesk(settings);
    },
  });
  const told = new Map<string, string>();

  /** That somebody asks is what proves the arrangement: kept once a day. */
  async function noteCaller({ codice }: PricedEnte): Promise<void> {
    const today = toRomeDay(clock.now());
    if (told.get(codice) === today) return;
    told.set(codice, today);
    await journal.writeRecords(codice, [
      { kind: partnerKind, key: partnerKey, data: { lastAskedOn: today } },
    ]);
  }

  return {
    async answer({ paTaxId, noticeCode, key }) {
      const admission = await callers.admit(paTaxId, key);
      if (admission.status !== "admitted") return admission;
      if (!/^[0-9]{18}$/.test(noticeCode)) return { status: "malformed" };
      const found = await service.findPrice(admission.ente, noticeCode);
      await noteCaller(admission.ente);
      return toReply(found, clock.now());
    },
    async keepFresh(signal) {
      while (!signal.aborted) {
        for (const { ente, payments } of await options.listEnti()) {
          if (payments.priceService === undefined) continue;
          const priced = { codice: ente.codice, taxId: ente.codiceFiscale };
          await refresh(priced, signal).catch((error: unknown) =>
            log.error("prices not refreshed", { ente: ente.codice, fault: messageOf(error) }),
          );
        }
        await clock.sleep(roundMs, signal);
      }
    },
  };

  async function refresh(ente: PricedEnte, signal: AbortSignal): Promise<void> {
    await seedPrices(journal, ente, clock.now());
    await service.refreshDue(ente, mostPerRound, signal);
  }
}

function toReply(found: PriceAnswer, nowMs: number): PriceReply {
  if (found === null) return { status: "unknown" };
  const { verdict } = found;
  const asOf = toInstant(found.asOfMs);
  if (verdict.status !== "priced") return { status: verdict.status, asOf };
  const { iun, totalCents, sendFeeCents, paFeeCents, analogCents, vat } = verdict.price;
  return {
    status: "priced",
    iun,
    totalCents,
    parts: { sendFeeCents, paFeeCents, analogCents, vat },
    asOf,
    isFresh: found.isFresh,
    isFinal: isFinal(verdict, nowMs),
  };
}
