/** The source of a pipeline that notifies from the register: takes those that may go, each for this flusso alone. */
import { Type } from "typebox";
import { passCrashpoint } from "../engine/host/crashpoint.ts";
import type { SourceContext } from "../engine/step/context.ts";
import type { SourceRow } from "../engine/step/outcome.ts";
import type { Entry, RecordFilter } from "../integrations/register/port.ts";
import { buildStanding, listWaitingWords } from "../integrations/register/waiting.ts";
import { type Services, sourceStep } from "../integrations/services.ts";
import { type Doubts, type Neighbours, ReadVerbaleField } from "./schemas/fields.ts";
import type { Verbale } from "./schemas/verbale.ts";

interface Config {
  readonly generate: "all" | "selected";
  readonly atMost: number;
}

type Context = SourceContext<Config, Pick<Services, "register">>;
type Row = SourceRow<{ verbale: Verbale; neighbours?: Neighbours; doubts?: Doubts }>;

/** So many are taken in one write. */
const perTake = 250;

export default sourceStep({
  title: "Registro da notificare",
  summary:
    "Prende dal registro i verbali che possono partire, il termine più vicino per primo: ognuno sta in un solo flusso",
  needs: ["register"],
  config: Type.Object(
    {
      generate: Type.Union([Type.Literal("selected"), Type.Literal("all")], {
        default: "selected",
        description:
          "selected: solo quelli che una persona ha scelto; all: tutti quelli senza difetti, anche senza una persona (quelli tornati da un flusso aspettano comunque la sua parola)",
      }),
      atMost: Type.Integer({
        minimum: 1,
        default: 20_000,
        description: "Quanti verbali in un flusso; gli altri nel successivo",
      }),
    },
    { additionalProperties: false },
  ),
  adds: ReadVerbaleField,
  takesFile: false,
  examples: ["{}", "generate: all\n", "generate: all\natMost: 2000\n"],
  // Its rows in the journal to the end of the run.
  leavesBytes: 15_000,
  async *run(ctx) {
    const { generate, atMost } = ctx.config;
    let taken = 0;
    for await (const entries of listTaken(ctx)) {
      taken += entries.length;
      yield* loadRows(ctx, entries);
    }
    for (const state of generate === "all" ? ["chosen", "ready"] : ["chosen"]) {
      for await (const page of listFree(ctx, state)) {
        const won = await take(ctx, page.slice(0, atMost - taken));
        taken += won.length;
        yield* loadRows(ctx, won);
        if (taken < atMost) continue;
        ctx.announceMore(["verbali del registro"]);
        break;
      }
    }
    await ctx.tell(describeTaken(taken, generate));
  },
});

/** Those in this state, the nearest term first. */
async function* listFree(
  { services }: Context,
  state: string,
): AsyncGenerator<readonly Entry<"standing">[]> {
  let after: Pick<RecordFilter, "afterDue"> = {};
  for (;;) {
    const page = await services.register.listPage("standing", {
      subject: state,
      dueBy: "9999-12-31T00:00:00.000Z",
      limit: perTake,
      ...after,
    });
    const last = page.at(-1);
    if (last === undefined || last.dueAt === null) return;
    yield page;
    after = { afterDue: { key: last.key, dueAt: last.dueAt } };
  }
}

/** What this flusso took before its process died. */
async function* listTaken({
  services,
  runId,
}: Context): AsyncGenerator<readonly Entry<"standing">[]> {
  let afterKey = "";
  for (;;) {
    const page = await services.register.listPage("standing", {
      subject: "taken",
      words: listWaitingWords({ facets: { flusso: runId } }),
      afterKey,
      limit: perTake,
    });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    afterKey = last.key;
  }
}

/** Those that are ours now: each was written only where nobody had touched it since it was read. */
async function take(
  { services, runId }: Context,
  page: readonly Entry<"standing">[],
): Promise<readonly Entry<"standing">[]> {
  const written = await services.register.write([
    { kind: "taking", key: runId, subject: "open", data: { flusso: runId } },
    ...page.map(({ data, number }) =>
      buildStanding({ ...data, state: "taken", flusso: runId, why: null }, number),
    ),
  ]);
  passCrashpoint("register-after-take");
  // Whoever only looks writes nothing, and sees what would be taken.
  if (written.length === 0) return page;
  return written.filter((entry) => entry.kind === "standing");
}

async function* loadRows(
  { services }: Context,
  entries: readonly Entry<"standing">[],
): AsyncGenerator<Row> {
  const arrivals = await services.register.readMany(
    "arrival",
    entries.map(({ key }) => key),
  );
  for (const { key } of entries) {
    const arrival = arrivals.get(key);
    if (arrival === undefined) throw new Error(`no arrival of ${key}`);
    const { neighbours, doubts } = arrival.data;
    // What was written by `register` and by the form of a correction has these types.
    const verbale = arrival.data.verbale as Verbale;
    const fields = {
      verbale,
      ...(neighbours !== undefined && { neighbours: neighbours as Neighbours }),
      ...(doubts !== undefined && { doubts: doubts as Doubts }),
    };
    yield { key, fields, identity: { verbale } };
  }
}

function describeTaken(taken: number, generate: Config["generate"]): string {
  const which = generate === "selected" ? "scelto" : "pronto";
  if (taken === 0) return `Nel registro non c'è alcun verbale ${which}.`;
  return taken === 1 ? "Preso un verbale dal registro." : `Presi ${taken} verbali dal registro.`;
}
