/** The source of seguito: notifications that SEND accepted and that are to be looked at now. */
import { Type } from "typebox";
import { toInstant } from "../engine/host/clock.ts";
import type { SourceContext } from "../engine/step/context.ts";
import type { RegisterKind } from "../integrations/register/port.ts";
import { sourceStep, type Services } from "../integrations/services.ts";
import { NotifiedField } from "./schemas/notified.ts";

type Context = SourceContext<unknown, Pick<Services, "register">>;

/** Kinds of record whose key is an IUN and whose due time says that the notification is to be looked at. */
const dueKinds = ["verdict", "followed"] as const satisfies readonly RegisterKind[];

const keysPerRead = 500;
const everything = 10_000_000;

export default sourceStep({
  title: "Notifiche da seguire",
  summary: "Riprende le notifiche accettate da SEND di cui è ora di guardare lo stato",
  needs: ["register"],
  config: Type.Object({}, { additionalProperties: false }),
  adds: NotifiedField,
  takesFile: false,
  examples: ["{}"],
  async *run(ctx) {
    for (const iuns of chunk(await listDueIuns(ctx))) yield* loadRows(iuns, ctx);
  },
});

async function listDueIuns({ services, clock }: Context): Promise<readonly string[]> {
  const dueBy = toInstant(clock.now());
  const iuns = new Set<string>();
  for (const kind of dueKinds)
    for (const { key } of await services.register.listDue(kind, dueBy, everything)) iuns.add(key);
  return [...iuns];
}

async function* loadRows(iuns: readonly string[], { services }: Context) {
  const acts = await services.register.readMany("act", iuns);
  for (const iun of iuns) {
    const act = acts.get(iun);
    if (act === undefined) continue;
    yield { key: iun, fields: { iun, numero: act.data.numero, act: act.data } };
  }
}

function* chunk(iuns: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < iuns.length; from += keysPerRead)
    yield iuns.slice(from, from + keysPerRead);
}
