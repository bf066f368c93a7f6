/** The first verbali of an ente, or of a changed setting, go ahead of the others: a wrong setting costs five refusals, not five thousand. */
import { createHash } from "node:crypto";
import type { StepContext } from "../../engine/step/context.ts";
import type { Holder } from "../../engine/step/item.ts";
import { RetryLater } from "../../engine/host/errors.ts";
import type { Services } from "../../integrations/services.ts";
import { readIun } from "./held-names.ts";

/** How many go ahead where the ente is live and YAML says nothing. */
const usualFirst = 5;

type Context = Pick<
  StepContext<{ readonly attachNotice: boolean; readonly canary?: number }, Pick<Services, "ente">>,
  "config" | "services" | "holders"
>;

/** Held by every request: with which settings it went out. What changes it may make SEND refuse what it took before. */
export function toSettingsName({ config, services: { ente } }: Context): string {
  const { send, payments } = ente;
  const told = [
    ente.ente.codiceFiscale,
    send.baseUrl,
    send.apiVersion,
    send.apiKey.secret,
    send.pdnd?.clientId,
    send.group,
    send.taxonomyCode,
    send.feePolicy,
    send.paFee,
    send.vat,
    send.physicalCommunication,
    send.pagoPaIntMode,
    send.over20Grams,
    payments.adapter,
    payments.segregationCode,
    config.attachNotice,
  ];
  const digest = createHash("sha256").update(JSON.stringify(told.map((each) => each ?? null)));
  return `send settings ${digest.digest("hex").slice(0, 32)}`;
}

/** `null`: SEND has accepted what went out with these settings, or the ente sends no verbali ahead. */
export async function findCanaryHold(
  ctx: Context,
): Promise<{ readonly free: number; readonly why: RetryLater } | null> {
  const first = ctx.config.canary ?? (ctx.services.ente.live ? usualFirst : 0);
  if (first === 0) return null;
  const name = toSettingsName(ctx);
  const sent = ((await ctx.holders([name])).get(name) ?? []).filter(({ isDone }) => isDone);
  const open = sent.filter((holder) => !hasVerdict(holder)).length;
  const isAccepted = sent.some((holder) => readIun(holder) !== null);
  // More than the first were let through already: their verdicts are awaited, and hold nobody back.
  if (isAccepted && (open === 0 || sent.length > first)) return null;
  const whom = first === 1 ? "Prima parte 1 verbale" : `Prima partono ${first} verbali`;
  const why = new RetryLater(`${whom}; gli altri attendono che SEND li accetti.`, {
    code: "CANARY_AHEAD",
    effect: "none",
  });
  return { free: Math.max(0, first - open), why };
}

function hasVerdict(holder: Holder): boolean {
  return holder.isRefused || readIun(holder) !== null;
}
