/** Tests over the page of a flusso's pipeline: what changed since the flusso before, and in the files since then. */
import { expect, test } from "bun:test";
import { dashboardsOfATest } from "../../../support/dashboard.ts";
import { createFakeJournal, type FakeFlusso } from "../../../support/fake-journal.ts";
import { pastFlusso } from "../../../support/sample-flussi.ts";

const makeDashboard = dashboardsOfATest();

interface Spec {
  steps: { id: string; retry: { times: number } }[];
  origins: Record<string, string>;
}

/** The sample's pipeline with another number of tries of the transmission, from another line. */
function changeTries(spec: string, times: number, line: number): string {
  const changed = JSON.parse(spec) as Spec;
  for (const step of changed.steps) if (step.id === "transmit") step.retry.times = times;
  changed.origins["steps.transmit.retry.times"] = `pipelines/send.yaml:${line}`;
  return JSON.stringify(changed);
}

function twoFlussi(): readonly [FakeFlusso, FakeFlusso] {
  const before = pastFlusso(2, { id: "20261119-0001", seq: 1 });
  const now = pastFlusso(1, { id: "20261120-0001", seq: 2 });
  return [before, now];
}

async function textOf(
  flussi: readonly FakeFlusso[],
  resolveToday?: () => Promise<string | null>,
): Promise<string> {
  const { get } = await makeDashboard({
    journal: createFakeJournal({ flussi }),
    deps: resolveToday === undefined ? {} : { resolveToday },
  });
  const html = await (await get("/flussi/20261120-0001/pipeline")).text();
  return html.replaceAll(/<[^>]+>/g, "");
}

test("what changed since the flusso before stands line by line, with where it comes from", async () => {
  const [before, now] = twoFlussi();
  now.spec = changeTries(before.spec, 5, 40);

  const text = await textOf([before, now], async () => changeTries(before.spec, 5, 41));

  expect(text).toContain("Rispetto a 20261119-0001:");
  expect(text).toMatch(
    /- +times: 8 # pipelines\/send\.yaml:22\n\+ +times: 5 # pipelines\/send\.yaml:40/,
  );
  // Only the line of the file moved.
  expect(text).toContain("Nulla: è la stessa.");
});

test("what changed in the files since then is told apart", async () => {
  const [before, now] = twoFlussi();

  const text = await textOf([before, now], async () => changeTries(now.spec, 3, 22));

  expect(text).toContain("Nulla: è la stessa.");
  expect(text).toMatch(/- +times: 8 #[^\n]+\n\+ +times: 3 #/);
});

test("the first flusso has none before it, and files with an error are compared with nothing", async () => {
  const [, now] = twoFlussi();

  const text = await textOf([now], async () => null);

  expect(text).toContain("È il primo flusso di questa pipeline");
  expect(text).toContain("I file di oggi non si possono leggere, o hanno un errore.");
});
