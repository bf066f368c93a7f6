/** Two installations with journals of their own give out IUVs of one segregation code at the same time: no IUV twice, no verbale left behind. */
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

/** More than a chunk, many times what is under way at once. */
const count = 220;

/** Up to the fresh codes: what comes after does not number. */
const numberingYaml = `name: Codici nuovi
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: reset-iuv
    retry: { times: 40, wait: 20ms, maxWait: 200ms }
`;

interface Payable {
  readonly verbale: string;
  readonly iuvs: readonly string[];
}

/** Positions that can be paid now, each verbale of GovPay with all its pendenze. */
async function payable({ url }: InstallationWorld): Promise<readonly Payable[]> {
  const { gpd, govpay } = (await (await fetch(`${url}/report`)).json()) as {
    readonly gpd: {
      readonly positions: readonly {
        readonly iupd: string;
        readonly status: string;
        readonly options: readonly { readonly iuv: string }[];
      }[];
    };
    readonly govpay: {
      readonly pendenze: readonly {
        readonly idPendenza: string;
        readonly stato: string;
        readonly numeroAvviso: string;
      }[];
    };
  };
  const found = new Map<string, string[]>();
  const add = (verbale: string, iuvs: readonly string[]): void => {
    found.set(verbale, [...(found.get(verbale) ?? []), ...iuvs]);
  };
  for (const { iupd, status, options } of gpd.positions)
    if (status === "VALID")
      add(
        iupd,
        options.map(({ iuv }) => iuv),
      );
  for (const { idPendenza, stato, numeroAvviso } of govpay.pendenze)
    if (stato === "NON_ESEGUITA") add(idPendenza.replace(/-[SR]$/, ""), [numeroAvviso.slice(1)]);
  return [...found].map(([verbale, iuvs]) => ({ verbale, iuvs }));
}

function flusso(opened: InstallationWorld, name: string, numbers: readonly number[]): string {
  const lines = numbers.map((n) => JSON.stringify(makeVerbale(n, opened.freshDay)));
  return opened.file(name, `${lines.join("\n")}\n`);
}

const range = (first: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe.each(["gpd", "govpay"])("on %s", (adapter) => {
  async function both(one: readonly number[], two: readonly number[]) {
    const opened = await makeInstallationWorld({
      sendYaml: numberingYaml,
      // The world's payment system has no limit here; waiting for one would be all that this test does.
      enteYaml: (text) =>
        (adapter === "govpay" ? govPayEnte(text) : text).replace(
          "requestsPerSecond: 10\n",
          "requestsPerSecond: 100000\n",
        ),
    });
    world = opened;
    const from = (name: string, numbers: readonly number[]) =>
      opened.json(
        [
          "run",
          "send",
          "--ente",
          "prova",
          "--input",
          flusso(opened, `${name}.jsonl`, numbers),
          "--wait",
          "10m",
          "--json",
        ],
        { env: { POSTINO_DATA: join(opened.folder, name), ...govPaySecrets } },
      );
    const ends = await Promise.all([from("data-1", one), from("data-2", two)]);
    return { ends, open: await payable(opened) };
  }

  test(`${count} verbali each, all different: every verbale has its own IUVs`, async () => {
    const { ends, open } = await both(range(1), range(1001));

    const iuvs = open.flatMap((position) => position.iuvs);
    expect(ends.map(({ code, document }) => [code, document.run.counts.done])).toEqual([
      [0, count],
      [0, count],
    ]);
    expect(open).toHaveLength(2 * count);
    expect(new Set(iuvs).size).toBe(iuvs.length);
    expect(
      ends.flatMap(({ document }) => document.items.flatMap(({ iuv }) => iuv)).toSorted(),
    ).toEqual(iuvs.toSorted());
  });

  test(`the same ${count} verbali, from both ends: both agree on one position each`, async () => {
    const { ends, open } = await both(range(1), range(1).toReversed());

    const iuvs = open.flatMap((position) => position.iuvs);
    const told = ends.map(({ document }) =>
      document.items.map(({ key, iuv }) => [key, ...iuv].join(" ")).toSorted(),
    );
    expect(ends.map(({ code, document }) => [code, document.run.counts.done])).toEqual([
      [0, count],
      [0, count],
    ]);
    expect(open).toHaveLength(count);
    expect(new Set(iuvs).size).toBe(iuvs.length);
    expect(told[0]).toEqual(told[1] ?? []);
    expect((told[0] ?? []).flatMap((line) => line.split(" ").slice(1)).toSorted()).toEqual(
      iuvs.toSorted(),
    );
  });
});
