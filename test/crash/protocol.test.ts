/** A process that dies at any point of asking for a protocol number: never two numbers, and none that nobody speaks of. */
import { expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

const yaml = `name: Protocollo
steps:
  - uses: load-verbali
    with: { pattern: "*.jsonl" }
  - uses: validate
  - uses: protocol
    with: { document: summary }
    retry: { times: 5, wait: 20ms, maxWait: 100ms }
`;
const env = { PROTOCOLLO: "protocollo" };

function openWorld(observe?: (operation: string) => Promise<void>): Promise<InstallationWorld> {
  return makeInstallationWorld({
    sendYaml: yaml,
    enteYaml: (text) => {
      const port = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
      return `${text}protocollo:
  docarea:
    url: ${port}/docarea
    codiceEnte: c_x000
    username: postino
    password: { secret: PROTOCOLLO }
    codiceAmministrazione: c_x000
    codiceAoo: AOO1
`;
    },
    ...(observe === undefined
      ? {}
      : {
          async observe(request) {
            const action = request.headers.get("soapaction") ?? "";
            if (action !== "") await observe(/(\w+)"$/.exec(action)?.[1] ?? "");
          },
        }),
  });
}

async function listNumbers({ url }: InstallationWorld): Promise<readonly number[]> {
  const { docarea } = (await (await fetch(`${url}/report`)).json()) as {
    docarea: { numbers: { number: number }[] };
  };
  return docarea.numbers.map(({ number }) => number);
}

async function findRun(world: InstallationWorld): Promise<string> {
  const { stdout } = await world.postino(["runs", "--json"]);
  return (JSON.parse(stdout) as { runs: { id: string }[] }).runs[0]?.id ?? "";
}

function writeInput(world: InstallationWorld): string {
  return world.file("flusso.jsonl", `${JSON.stringify(makeVerbale(1, world.freshDay))}\n`);
}

async function readEnd(world: InstallationWorld, run: string, args: readonly string[]) {
  const { code, document } = await world.json(["resume", run, "--json", ...args], { env });
  const [item] = document.items;
  return { code, state: item?.state, note: item?.note ?? null };
}

// The answer of each call is lost with the process that waited for it.
test.each([
  ["Login", [1]],
  ["Inserimento", [1]],
])(
  "killed in %s: the number comes with the next start",
  async (operation, numbers) => {
    let kill: (() => Promise<unknown>) | null = null;
    const world = await openWorld(async (name) => {
      if (name === operation) await kill?.();
    });
    try {
      const args = ["run", "send", "--ente", "prova", "--input", writeInput(world), "--json"];
      const started = world.start(args, { env });
      kill = () => {
        started.kill("SIGKILL");
        return started.ended;
      };
      expect((await started.ended).signal).toBe("SIGKILL");
      kill = null;

      const end = await readEnd(world, await findRun(world), []);

      expect(end).toEqual({
        code: 0,
        state: "done",
        note: `Protocollo 1/${world.today.slice(0, 4)}.`,
      });
      expect(await listNumbers(world)).toEqual(numbers);
    } finally {
      await world.close();
    }
  },
  60_000,
);

test("killed in Protocollazione: a person decides, and the number that is written down counts", async () => {
  let kill: (() => Promise<unknown>) | null = null;
  const world = await openWorld(async (name) => {
    if (name === "Protocollazione") await kill?.();
  });
  try {
    const args = ["run", "send", "--ente", "prova", "--input", writeInput(world), "--json"];
    const started = world.start(args, { env });
    kill = () => {
      started.kill("SIGKILL");
      return started.ended;
    };
    await started.ended;
    kill = null;
    const run = await findRun(world);

    expect(await readEnd(world, run, [])).toMatchObject({ code: 6, state: "in-doubt" });
    expect(await readEnd(world, run, [])).toMatchObject({ code: 6, state: "in-doubt" });
    expect(await listNumbers(world)).toEqual([1]);

    const said = [
      "--only",
      "in-doubt",
      "--item",
      "T00001",
      "--by",
      "Ada Fittizia",
      "--reason",
      "visto nel programma",
    ];
    const year = world.today.slice(0, 4);
    const told = await readEnd(world, run, [...said, "--found", `1/${year}`]);
    expect(told).toEqual({ code: 0, state: "done", note: `Protocollo 1/${year}.` });
    expect(await listNumbers(world)).toEqual([1]);
  } finally {
    await world.close();
  }
}, 60_000);

test.each(["before-intent", "after-intent", "after-record", "recovery-after-reconcile"])(
  "killed at %s",
  async (point) => {
    const world = await openWorld();
    try {
      const args = ["run", "send", "--ente", "prova", "--input", writeInput(world), "--json"];
      const killed = await world.postino(args, { env: { ...env, POSTINO_CRASH_AT: point } });
      const run = await findRun(world);
      if (killed.signal === "SIGKILL")
        expect(await readEnd(world, run, [])).toMatchObject({ code: 0, state: "done" });
      expect(await listNumbers(world)).toEqual([1]);
    } finally {
      await world.close();
    }
  },
  60_000,
);
