/** Moves the verbali of a run on, as a run under way does, until it is ended from outside; `bench/desk.ts` reads the dashboard meanwhile. Argument: the journal. */
import { systemClock } from "../engine/host/clock.ts";
import type { ItemRow } from "../engine/journal/items.ts";
import { openJournal } from "../stores/sqlite/store.ts";

const [path = ""] = process.argv.slice(2);
const journal = openJournal(path, systemClock);
const spec = JSON.stringify({ name: "send", steps: [] });
const asked = { pipeline: "send", ente: "ente1", trigger: "schedule", input: null } as const;
const run = await journal.createRun({ ...asked, params: {}, spec });
await journal.patchRun(run.id, { state: "running", isLoaded: true });
const items = Array.from({ length: 5_000 }, (_, n) => ({
  key: `W/${run.seq}/${n}`,
  data: { verbale: { numero: `W/${run.seq}/${n}`, luogo: "Via Fittizia", targa: "ZZ000ZZ" } },
  sourceDigest: "",
}));
await journal.addItems(run.id, items);

for (let step = 2; ; step = step > 6 ? 2 : step + 1)
  for (let afterId = 0; ;) {
    const page = await journal.listItems(run.id, { afterId, limit: 50 });
    const last = page.at(-1);
    if (last === undefined) break;
    afterId = last.id;
    await journal.record(run.id, { moves: page.map((item) => moveOn(item, step)) });
    // As fast as the outside answers.
    await Bun.sleep(10);
  }

function moveOn({ id, key, state }: ItemRow, step: number) {
  const counted = { stepId: `step${step}`, as: "done" } as const;
  const rest = { code: null, note: null, hint: null, dueAt: null, tries: 0, since: 0 };
  return { itemId: id, itemKey: key, from: state, to: "pending" as const, step, ...rest, counted };
}
