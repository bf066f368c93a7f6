/** A process that dies while it resets several verbali together on GPD, at any call with its effect done and at any point between: after resume one payable position each, the same codes, the old ones cancelled. */
import { afterEach, describe, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld;
afterEach(async () => {
  await world.close();
});

const yaml = `name: Codici nuovi
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
    retry: { times: 5, wait: 20ms, maxWait: 100ms }
`;

/** Three with an old position, two without. */
const withOld = [1, 2, 3];
const count = 5;
const positions = withOld.map((n) => ({
  organization: "89999990164",
  iupd: `OLD-${n}`,
  options: [{ iuv: `0100000009900010${n}`, amountCents: 5_050 }],
}));

/** What an undisturbed run asks GPD, in order. */
const calls = [
  "list",
  "make two payable",
  "make three drafts",
  "cancel one",
  "cancel two",
  "cancel three",
  "publish three",
];

/** Killed at the passing of this number. */
const points = [
  ["gpd-after-create", 1],
  ["gpd-after-drafts", 1],
  ["gpd-after-cancel", 1],
  ["gpd-after-cancel", 3],
  ["gpd-after-publish", 1],
  ["after-effect", 2],
  ["after-effect", 5],
] as const;

interface Report {
  readonly gpd: {
    readonly positions: readonly {
      readonly iupd: string;
      readonly status: string;
      readonly options: readonly { readonly nav: string }[];
    }[];
  };
}

/** Ours by their codes, the old ones by name, each with its state. */
async function readStanding({ url }: InstallationWorld): Promise<readonly string[]> {
  const { gpd } = (await (await fetch(`${url}/report`)).json()) as Report;
  return gpd.positions
    .map(({ iupd, status, options }) =>
      iupd.startsWith("OLD-")
        ? `${iupd} ${status}`
        : `${options.map(({ nav }) => nav.slice(-6, -2)).join(" ")} ${status}`,
    )
    .toSorted();
}

/** Numbers are given to those without an old position first; the third verbale has one amount. */
const whole = [
  "0001 0002 VALID",
  "0003 0004 VALID",
  "0005 0006 VALID",
  "0007 0008 VALID",
  "0009 VALID",
  "OLD-1 INVALID",
  "OLD-2 INVALID",
  "OLD-3 INVALID",
];

async function runAndResume(killAt: { call?: number; point?: string }): Promise<void> {
  let left = killAt.call ?? 0;
  let kill: (() => Promise<unknown>) | null = null;
  world = await makeInstallationWorld({
    sendYaml: yaml,
    positions,
    async observe({ url }) {
      if (kill === null || !url.includes("/gpd/")) return;
      left -= 1;
      if (left === 0) await kill();
    },
  });
  const lines = Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    const posizioni = withOld.includes(n) ? { posizioni: [{ iupd: `OLD-${n}` }] } : {};
    return JSON.stringify(makeVerbale(n, world.freshDay, posizioni));
  });
  const input = world.file("flusso.jsonl", `${lines.join("\n")}\n`);
  const started = world.start(["run", "send", "--ente", "prova", "--input", input, "--json"], {
    env: killAt.point === undefined ? {} : { POSTINO_CRASH_AT: killAt.point },
  });
  if (killAt.call !== undefined)
    kill = () => {
      started.kill("SIGKILL");
      return started.ended;
    };
  const killed = await started.ended;
  kill = null;
  const { stdout } = await world.postino(["runs", "--json"]);
  const [found] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;

  const { code, document } = await world.json([
    "resume",
    found?.id ?? "",
    "--json",
    "--wait",
    "10m",
  ]);

  expect(killed.signal).toBe("SIGKILL");
  expect([code, document.run.counts.done]).toEqual([0, count]);
  expect(await readStanding(world)).toEqual(whole);
  const told = document.items.flatMap(({ noticeCodes }) => noticeCodes ?? []);
  expect(told.map((code18) => code18.slice(-6, -2)).toSorted()).toEqual(
    Array.from({ length: 9 }, (_, n) => String(n + 1).padStart(4, "0")),
  );
}

describe("killed in a bulk", () => {
  test.each([...calls.entries()])("in call %i, «%s»", async (index) => {
    await runAndResume({ call: index + 1 });
  });

  test.each(points)("at %s, passing %i", async (point, nth) => {
    await runAndResume({ point: `${point}:${nth}` });
  });
});
