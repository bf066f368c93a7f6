/** A process that dies while it waits for the answer of any call to GPD or GovPay, the effect done: after resume one open position, the same codes, the old one cancelled. */
import { afterEach, describe, expect, test } from "bun:test";
import { govPayEnte, govPaySecrets, loadPendenza } from "../support/govpay-ente.ts";
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

/** Each call of an undisturbed reset with one old position, in order. */
const sides = {
  gpd: ["read old", "create draft", "cancel old", "read old again", "publish"],
  govpay: [
    "read old",
    "look for new S",
    "look for new R",
    "cancel old",
    "read old again",
    "make new S",
    "make new R",
  ],
} as const;

const oldPosition = {
  organization: "89999990164",
  iupd: "OLD-1",
  options: [{ iuv: "01000000099000159", amountCents: 5050 }],
};

interface Report {
  readonly gpd: {
    readonly positions: readonly {
      readonly iupd: string;
      readonly status: string;
      readonly options: readonly { readonly nav: string }[];
    }[];
  };
  readonly govpay: {
    readonly pendenze: readonly {
      readonly idPendenza: string;
      readonly stato: string;
      readonly numeroAvviso: string;
    }[];
  };
}

/** `OLD-1 INVALID`, and each code that can be paid. */
async function standing({ url }: InstallationWorld): Promise<readonly string[]> {
  const { gpd, govpay } = (await (await fetch(`${url}/report`)).json()) as Report;
  const found: string[] = [];
  for (const { iupd, status, options } of gpd.positions)
    if (iupd === "OLD-1") found.push(`OLD-1 ${status}`);
    else found.push(...options.map(({ nav }) => `${nav} ${status}`));
  for (const { idPendenza, stato, numeroAvviso } of govpay.pendenze)
    found.push(idPendenza === "OLD-1" ? `OLD-1 ${stato}` : `${numeroAvviso} ${stato}`);
  return found.toSorted();
}

const ends = {
  gpd: ["301000000000000144 VALID", "301000000000000245 VALID", "OLD-1 INVALID"],
  govpay: ["301000000000000144 NON_ESEGUITA", "301000000000000245 NON_ESEGUITA", "OLD-1 ANNULLATA"],
};

describe.each(["gpd", "govpay"] as const)("killed on %s in", (side) => {
  test.each([...sides[side].entries()])("call %i, «%s»", async (call) => {
    let left = call + 1;
    let kill: (() => Promise<unknown>) | null = null;
    world = await makeInstallationWorld({
      sendYaml: yaml,
      async observe() {
        if (kill === null) return;
        left -= 1;
        if (left === 0) await kill();
      },
      ...(side === "govpay" ? { enteYaml: govPayEnte } : { positions: [oldPosition] }),
    });
    if (side === "govpay")
      await loadPendenza(world.url, { idA2A: "POSTINO", idPendenza: "OLD-1", number: 990_001 });
    const posizioni = [side === "gpd" ? { iupd: "OLD-1" } : { idPendenza: "OLD-1" }];
    const verbale = makeVerbale(1, world.freshDay, { posizioni });
    const input = world.file("flusso.jsonl", `${JSON.stringify(verbale)}\n`);
    const run = ["run", "send", "--ente", "prova", "--input", input, "--json"];

    const started = world.start(run, { env: govPaySecrets });
    kill = () => {
      started.kill("SIGKILL");
      return started.ended;
    };
    const killed = await started.ended;
    kill = null;
    const { stdout } = await world.postino(["runs", "--json"]);
    const [found] = (JSON.parse(stdout) as { runs: { id: string }[] }).runs;
    const { code, document } = await world.json(
      ["resume", found?.id ?? "", "--json", "--wait", "10m"],
      {
        env: govPaySecrets,
      },
    );

    expect(killed.signal).toBe("SIGKILL");
    expect([code, document.run.counts.done]).toEqual([0, 1]);
    expect(await standing(world)).toEqual(ends[side]);
    expect(document.items[0]?.noticeCodes).toEqual(["301000000000000144", "301000000000000245"]);
  });
});
