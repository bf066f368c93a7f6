/** The night's deletion of a server: what the enti's terms let go, one ente after the other. */
import { addDays, findRomeMidnight, toRomeDay } from "../../engine/host/clock.ts";
import { codeOf } from "../../engine/host/errors.ts";
import type { Logger } from "../../engine/host/logger.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { Purged } from "./certificate.ts";
import { purgeEnte, type PurgeParts } from "./purge.ts";

interface Night {
  readonly readEnti: () => Promise<readonly EnteSettings[]>;
  readonly tell: (purged: Purged) => void;
}

/** After midnight, before the office and most schedules begin. */
const hourMs = 3_600_000;

/** Until `signal` aborts. An ente that fails is told in the log, and tried again the next night. */
export async function keepRetention(
  parts: PurgeParts & { readonly log: Logger },
  night: Night,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = parts;
  while (!signal.aborted) {
    await clock.sleep(findNextNight(clock.now()) - clock.now(), signal);
    if (signal.aborted) return;
    await purgeAutomatic(parts, night);
  }
}

/** 3.30 in Rome, milliseconds since the epoch. */
function findNextNight(now: number): number {
  const today = toRomeDay(now);
  const tonight = findRomeMidnight(today) + 3.5 * hourMs;
  return tonight > now ? tonight : findRomeMidnight(addDays(today, 1)) + 3.5 * hourMs;
}

/** The enti whose files want it. */
export async function purgeAutomatic(
  parts: PurgeParts & { readonly log: Logger },
  { readEnti, tell }: Night,
): Promise<void> {
  const before = toRomeDay(parts.clock.now());
  for (const settings of await readEnti()) {
    if (settings.retention?.automatic !== true) continue;
    const ente = settings.ente.codice;
    try {
      tell(await purgeEnte(parts, settings, { before, isDryRun: false }));
    } catch (error) {
      parts.log.warn("retention failed", { ente, code: codeOf(error) ?? "UNEXPECTED" });
    }
  }
}
