/** A process of its own over a journal, for tests of the lease and of reading beside a writer: `bun journal-process.ts hold|read <file> [runId]`. */
import { systemClock } from "../../engine/host/clock.ts";
import { openJournal, openJournalReader } from "../../stores/sqlite/store.ts";

const [, , what, path = "", runId = ""] = process.argv;

if (what === "hold") {
  const journal = openJournal(path, systemClock);
  const run = await journal.createRun({
    pipeline: "prova",
    ente: "prova",
    trigger: "manual",
    input: null,
    params: {},
    spec: "{}",
  });
  await journal.addItems(run.id, [{ key: "v1", data: {}, sourceDigest: "d" }]);
  console.log(run.id);
  // Until the test kills it: standard input stays open.
  await Bun.stdin.text();
} else {
  const reader = openJournalReader(path);
  if (reader === null) throw new Error(`no journal: ${path}`);
  // Each line tells the test that another snapshot was read; it ends when the run does.
  for (let last = ""; ;) {
    const run = await reader.readRun(runId);
    if (run === null) throw new Error(`no run ${runId}`);
    const { total, pending, done } = run.counts;
    if (pending + done !== total) throw new Error(`torn snapshot: ${pending} + ${done}, ${total}`);
    const line = `${run.state} ${done}`;
    if (line !== last) console.log(line);
    last = line;
    if (run.state === "completed") break;
  }
  await reader.close();
}
