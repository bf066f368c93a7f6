/** The source of seguito: notifications that SEND accepted and of which there is something new, or that nobody has looked at yet. */
import { Type } from "typebox";
import { toInstant } from "../engine/host/clock.ts";
import { messageOf, RetryLater } from "../engine/host/errors.ts";
import type { SourceContext } from "../engine/step/context.ts";
import type { Entry, RegisterKind } from "../integrations/register/port.ts";
import { sourceStep, type Services } from "../integrations/services.ts";
import { lookAt } from "./following/look.ts";
import { findEnd } from "./following/next-look.ts";
import { findPatience } from "./following/patience.ts";
import { isAway } from "./following/put-off.ts";
import { takeOverLedger } from "./following/take-over.ts";
import { buildDuration } from "./schemas/duration.ts";
import { NotifiedField } from "./schemas/notified.ts";

/** Durations in milliseconds. */
interface Config {
  readonly by: "polling" | "stream";
  readonly openWait: number;
  readonly streamWait: number;
  readonly unpaidWait: number;
  readonly unpaidFor: number;
  readonly endedWait: number;
  readonly endedFor: number;
  readonly atMost: number;
  readonly all: boolean;
}

type Context = SourceContext<Config, Pick<Services, "register" | "desk" | "verdicts" | "ente">>;

/** Kinds of record by IUN whose due time alone says that the notification is to be looked at; of `followed` SEND is asked first. */
const dueKinds = [
  "verdict",
  "evidence",
  "preservation",
  "receipts",
] as const satisfies readonly RegisterKind[];

const perLook = 200;

export default sourceStep({
  title: "Notifiche da seguire",
  summary:
    "Riprende le notifiche accettate da SEND di cui c'è una novità, per polling o dallo stream dell'ente",
  needs: ["register", "desk", "verdicts", "ente"],
  config: Type.Object(
    {
      by: Type.Union([Type.Literal("polling"), Type.Literal("stream")], {
        default: "polling",
        description:
          "polling: una domanda a SEND per notifica, quando è ora; stream: le novità dallo stream che l'ente ha su SEND",
      }),
      openWait: buildDuration("1d", "Ogni quanto chiedere di una notifica non ancora perfezionata"),
      streamWait: buildDuration(
        "7d",
        "Solo con stream: ogni quanto chiedere lo stesso, perché uno stream può perdere eventi",
      ),
      unpaidWait: buildDuration(
        "1d",
        "Ogni quanto chiedere di una notifica perfezionata per posta, né vista né pagata: finché SEND può correggerla, un codice chiuso per errore si riapre il giorno dopo.",
      ),
      unpaidFor: buildDuration(
        "70d",
        "Per quanto tempo dal perfezionamento chiederlo: i codici si chiudono entro il 60° giorno",
      ),
      endedWait: buildDuration("30d", "Ogni quanto chiedere di una notifica conclusa"),
      endedFor: buildDuration(
        "365d",
        "Per quanto tempo dalla conclusione chiedere ancora: SEND può correggere la storia di una notifica",
      ),
      atMost: Type.Integer({
        minimum: 1,
        default: 20_000,
        description: "Quante notifiche con novità in un flusso; le altre nel successivo",
      }),
      all: Type.Boolean({
        default: false,
        description: "true: guarda subito tutte quelle non concluse, anche se non è ancora ora",
      }),
    },
    { additionalProperties: false },
  ),
  adds: NotifiedField,
  takesFile: false,
  examples: ["{}", "by: stream\n", "openWait: 12h\nendedFor: 730d\n"],
  async *run(ctx) {
    await takeOverLedger(ctx);
    if (ctx.config.by === "stream") await readStream(ctx);
    const loaded = new Set<string>();
    for await (const iuns of listNews(ctx)) {
      const fresh = iuns.filter((iun) => !loaded.has(iun));
      const room = ctx.config.atMost - loaded.size;
      yield* loadRows(fresh.slice(0, room), ctx);
      for (const iun of fresh.slice(0, room)) loaded.add(iun);
      if (fresh.length <= room) continue;
      ctx.announceMore(["notifiche con novità"]);
      return;
    }
  },
});

/** A stream that does not answer now must not hold back what can be asked for one by one. */
async function readStream({ services, signal, tell }: Context): Promise<void> {
  try {
    await services.verdicts.refresh(signal);
  } catch (error) {
    if (!isAway(error) || signal.aborted) throw error;
    await tell(
      error instanceof RetryLater
        ? "Lo stream di SEND ora non risponde: le sue novità arrivano con un flusso successivo."
        : messageOf(error),
    );
  }
}

/** Batches of IUNs, perhaps the same one twice. */
async function* listNews(ctx: Context): AsyncGenerator<readonly string[]> {
  const { services, clock } = ctx;
  const dueBy = toInstant(clock.now());
  for (const kind of dueKinds)
    for await (const entries of chunk(services.register.listDue(kind, dueBy)))
      yield entries.map(({ key }) => key);
  const followed = ctx.config.all
    ? keepOpen(services.register.listAll("followed"))
    : services.register.listDue("followed", dueBy);
  try {
    for await (const entries of chunk(followed)) yield await lookAt(entries, buildLook(ctx));
  } catch (error) {
    if (!isAway(error) || ctx.signal.aborted) throw error;
    // They stay due; what is due for another reason, and what the office has not been told, need no SEND.
    await ctx.tell(`${messageOf(error)} Le notifiche da seguire attendono il prossimo flusso.`);
  }
}

async function* keepOpen(
  entries: AsyncIterable<Entry<"followed">>,
): AsyncGenerator<Entry<"followed">> {
  for await (const entry of entries) if (findEnd(entry.data) === null) yield entry;
}

function buildLook({ services, clock, signal, config }: Context) {
  const { by, streamWait, ...waits } = config;
  // A stream tells of a correction by itself.
  const often = by === "stream" ? { openWait: streamWait, unpaidWait: streamWait } : {};
  const plan = { ...waits, ...often };
  const patience = findPatience(services.ente.send, clock);
  return { desk: services.desk, register: services.register, clock, signal, plan, patience };
}

/** What was accepted and has no act was sent by another program: it is not ours to follow. */
async function* loadRows(iuns: readonly string[], { services, clock }: Context) {
  const acts = await services.register.readMany("act", iuns);
  const clocks = await services.register.readMany("clocks", iuns);
  for (const iun of iuns) {
    const act = acts.get(iun);
    // What was deleted is over for good: nobody is asked, and nobody told, of a name that is covered.
    if (act === undefined || "purgedOn" in act.data) continue;
    const isRefused = clocks.get(iun)?.data.outcome === "refused";
    const again = isRefused ? { clocksAgain: toInstant(clock.now()) } : {};
    yield { key: iun, fields: { iun, numero: act.data.numero, act: act.data, ...again } };
  }
}

async function* chunk<One>(all: AsyncIterable<One>): AsyncGenerator<readonly One[]> {
  let batch: One[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < perLook) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
