/** The seven steps with GovPay instead of GPD: old pendenze cancelled, codes used once, the same flusso twice, faults in between. */
import { afterEach, describe, expect, test } from "bun:test";
import { govPayEnte, govPaySecrets, loadPendenza } from "../support/govpay-ente.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  type WorldOptions,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<InstallationWorld> {
  world = await makeInstallationWorld({ enteYaml: govPayEnte, ...options });
  return world;
}

interface Pendenza {
  readonly idPendenza: string;
  readonly stato: string;
  readonly numeroAvviso: string;
}

async function pendenze({ url }: InstallationWorld): Promise<readonly Pendenza[]> {
  const report = (await (await fetch(`${url}/report`)).json()) as {
    readonly govpay: { readonly pendenze: readonly Pendenza[] };
  };
  return report.govpay.pendenze;
}

/** The old pendenza of verbale N, as the program of that name made it. */
async function load({ url }: InstallationWorld, n: number, idA2A: string) {
  return await loadPendenza(url, { idA2A, idPendenza: `OLD-${n}`, number: 990_000 + n });
}

/** Verbali 1 to `count`, the first two with an old pendenza. */
function lines(freshDay: string, count: number): string {
  const verbali = Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    const posizioni = n <= 2 ? [{ idPendenza: `OLD-${n}` }] : [];
    return JSON.stringify(makeVerbale(n, freshDay, { posizioni }));
  });
  return `${verbali.join("\n")}\n`;
}

async function send(opened: InstallationWorld, input: string) {
  return await opened.json(
    ["run", "send", "--ente", "prova", "--input", input, "--wait", "10m", "--json"],
    { env: govPaySecrets },
  );
}

/** Verbali 3 and 6 have one amount, the others two: 10 codes for 6 verbali. */
async function expectAllNotified(opened: InstallationWorld): Promise<void> {
  const all = await pendenze(opened);
  const open = all.filter(({ stato }) => stato === "NON_ESEGUITA");
  const codes = open.map(({ numeroAvviso }) => numeroAvviso);
  expect(opened.report().send.accepted).toBe(6);
  expect(open).toHaveLength(10);
  expect(new Set(codes).size).toBe(10);
  expect(
    all
      .filter(({ idPendenza }) => idPendenza.startsWith("OLD-"))
      .map(({ idPendenza, stato }) => `${idPendenza} ${stato}`)
      .toSorted(),
  ).toEqual(["OLD-1 ANNULLATA", "OLD-2 ANNULLATA"]);
}

describe("GovPay through the whole pipeline", () => {
  test("the same flusso twice cancels, opens and notifies once", async () => {
    const opened = await open();
    await load(opened, 1, "POSTINO");
    await load(opened, 2, "POSTINO");
    const input = opened.file("flusso.jsonl", lines(opened.freshDay, 6));

    const first = await send(opened, input);
    await expectAllNotified(opened);
    const before = await pendenze(opened);
    const second = await send(opened, input);

    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await pendenze(opened)).toEqual(before);
    await expectAllNotified(opened);
    expect(opened.report().send.repeated).toBe(0);
    const told = ({ document }: typeof first) =>
      document.items.map(({ key, iun, noticeCodes }) => ({ key, iun, noticeCodes }));
    expect(told(second)).toEqual(told(first));
    const payable = before.filter(({ stato }) => stato === "NON_ESEGUITA");
    expect(first.document.items.flatMap(({ noticeCodes }) => noticeCodes).toSorted()).toEqual(
      payable.map(({ numeroAvviso }) => numeroAvviso).toSorted(),
    );
  });

  test("with lost answers, 5xx and 429 on the way nothing is opened or notified twice", async () => {
    let isOn = false;
    let turn = 0;
    const opened = await open({
      faults: { dropRate: 0.08, errorRate: 0.08, tooManyRate: 0.01 },
      // Another number at each call, the same ones on every machine; 1 is above every rate.
      random: () => {
        turn += 1;
        return isOn ? ((turn * 7919) % 1000) / 1000 : 1;
      },
    });
    await load(opened, 1, "POSTINO");
    await load(opened, 2, "POSTINO");
    const input = opened.file("flusso.jsonl", lines(opened.freshDay, 6));

    isOn = true;
    const { code, document } = await send(opened, input);
    isOn = false;

    expect(turn).toBeGreaterThan(40);
    expect([code, document.run.state]).toEqual([0, "completed"]);
    await expectAllNotified(opened);
    const iuns = new Set(document.items.map(({ iun }) => iun));
    expect(iuns.size).toBe(6);
  });

  test("a pendenza of the ente's own program is found by its notice code and cancelled", async () => {
    const opened = await open();
    const { noticeCode } = await load(opened, 1, "GESTIONALE");
    const verbale = makeVerbale(1, opened.freshDay, {
      posizioni: [{ numeroAvviso: noticeCode }],
    });
    const input = opened.file("flusso.jsonl", `${JSON.stringify(verbale)}\n`);

    const { code } = await send(opened, input);

    const all = await pendenze(opened);
    expect(code).toBe(0);
    expect(all.find(({ idPendenza }) => idPendenza === "OLD-1")?.stato).toBe("ANNULLATA");
    expect(all.filter(({ stato }) => stato === "NON_ESEGUITA")).toHaveLength(2);
  });

  test("a pendenza of ours that a notification carries is not cancelled for another verbale", async () => {
    const opened = await open();
    const first = await send(opened, opened.file("primo.jsonl", lines(opened.freshDay, 1)));
    const [notified] = (await pendenze(opened)).filter(({ idPendenza }) =>
      idPendenza.endsWith("-S"),
    );
    const other = makeVerbale(2, opened.freshDay, {
      posizioni: [{ idPendenza: notified?.idPendenza ?? "" }],
    });

    const second = await send(opened, opened.file("secondo.jsonl", `${JSON.stringify(other)}\n`));

    expect([first.code, second.code]).toEqual([0, 3]);
    expect(second.document.items.map(({ state, code }) => [state, code])).toEqual([
      ["rejected", "POSITION_NOTIFIED"],
    ]);
    expect((await pendenze(opened)).map(({ stato }) => stato)).toEqual([
      "NON_ESEGUITA",
      "NON_ESEGUITA",
    ]);
    expect(opened.report().send.accepted).toBe(1);
  });
});
