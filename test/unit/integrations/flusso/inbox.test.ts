/** The inbox: which file is next, and putting it away. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PipelineError, RunBlocked } from "../../../../engine/host/errors.ts";
import { createFlusso } from "../../../../integrations/flusso/flusso.ts";
import type { FlussoPort, TakenFile } from "../../../../integrations/flusso/port.ts";

let root = "";
let flusso: FlussoPort;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "inbox-"));
  await mkdir(join(root, "borgo", "archivio"), { recursive: true });
  flusso = createFlusso({
    settings: undefined,
    inboxRoot: root,
    clock: { now: () => 0, sleep: async () => undefined },
  });
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function drop(name: string, text: string, day: number): Promise<TakenFile> {
  const path = join(root, "borgo", name);
  await writeFile(path, text);
  await utimes(path, new Date(`2026-11-0${day}T08:00:00Z`), new Date(`2026-11-0${day}T08:00:00Z`));
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name, sha256, bytes: text.length };
}

test("the oldest file that fits the pattern comes first, whatever the case of its ending", async () => {
  await drop("b.csv", "dopo", 3);
  await drop("a.CSV", "prima", 2);
  await drop("nota.txt", "altro", 1);
  await drop(".nascosto.csv", "altro", 1);

  const file = await flusso.findOldest("borgo", "*.csv");

  expect(file?.name).toBe("a.CSV");
  const pieces: string[] = [];
  for await (const chunk of file?.open() ?? []) pieces.push(new TextDecoder().decode(chunk));
  expect(pieces.join("")).toBe("prima");
});

test("an empty or missing folder holds nothing", async () => {
  expect(await flusso.findOldest("borgo", "*.csv")).toBeNull();
  expect(await flusso.findOldest("altrove", "*.csv")).toBeNull();
});

test.each(["..", "../altri", "/etc", "a/b", ""])("the folder name %p is refused", async (inbox) => {
  const error = await flusso.findOldest(inbox, "*.csv").catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(RunBlocked);
});

test("a file that grows while it is read is refused", async () => {
  await drop("a.csv", "x".repeat(200_000), 1);
  const file = await flusso.findOldest("borgo", "*.csv");

  const read = (async () => {
    let first = true;
    for await (const _ of file?.open() ?? []) {
      if (first) await appendFile(join(root, "borgo", "a.csv"), "ancora");
      first = false;
    }
  })();

  const error = await read.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PipelineError);
  expect(error).toHaveProperty("code", "FLUSSO_CHANGING");
});

test("a file that was taken is put away once, under the run's name", async () => {
  const taken = await drop("a.csv", "testo", 1);

  expect(await flusso.archive("borgo", taken, "run-7")).toBe(true);
  expect(await flusso.archive("borgo", taken, "run-7")).toBe(false);

  expect(await readdir(join(root, "borgo", "archivio"))).toEqual(["run-7-a.csv"]);
  expect(await flusso.findOldest("borgo", "*.csv")).toBeNull();
});

test("a new file of the same name stays in the inbox", async () => {
  const taken = await drop("a.csv", "testo", 1);
  await drop("a.csv", "nuovo", 2);

  expect(await flusso.archive("borgo", taken, "run-7")).toBe(false);

  expect((await flusso.findOldest("borgo", "*.csv"))?.name).toBe("a.csv");
});

describe("a file is at rest", () => {
  const path = () => join(root, "borgo", "a.csv");

  function watching(during: () => Promise<void>) {
    return createFlusso({
      settings: undefined,
      inboxRoot: root,
      clock: { now: () => Date.now(), sleep: during },
    });
  }

  test.each<readonly [string, () => Promise<void>]>([
    ["grows", () => appendFile(path(), "ancora")],
    [
      "is written anew with the same length and time",
      () => drop("a.csv", "tesTo", 1).then(() => undefined),
    ],
    [
      "is replaced",
      async () => {
        await writeFile(join(root, "borgo", "nuovo"), "testo");
        await rename(join(root, "borgo", "nuovo"), path());
      },
    ],
    ["goes away", () => rm(path())],
  ])("not while it %s", async (_, during) => {
    await drop("a.csv", "testo", 1);

    expect(await watching(during).findOldest("borgo", "*.csv")).toBeNull();
  });

  test("when nothing happens to it", async () => {
    await drop("a.csv", "testo", 1);

    const found = await watching(async () => undefined).findOldest("borgo", "*.csv");

    expect(found?.name).toBe("a.csv");
  });

  test.skipIf(process.platform !== "linux")(
    "not while a process holds it open for writing (told on Linux)",
    async () => {
      await drop("a.csv", "testo", 1);
      const writer = await open(path(), "a");
      try {
        expect(await flusso.findOldest("borgo", "*.csv")).toBeNull();
      } finally {
        await writer.close();
      }

      const reader = await open(path(), "r");
      try {
        expect((await flusso.findOldest("borgo", "*.csv"))?.name).toBe("a.csv");
      } finally {
        await reader.close();
      }
    },
  );

  test("a name that is listed and gone is no fault", async () => {
    await symlink(join(root, "nowhere"), join(root, "borgo", "gone.csv"));
    await drop("a.csv", "testo", 1);

    expect((await flusso.findOldest("borgo", "*.csv"))?.name).toBe("a.csv");
  });

  test("only one of two runs takes it", async () => {
    await drop("a.csv", "testo", 1);
    const take = async (id: string) =>
      (await flusso.take("borgo", "*.csv", { id, except: new Set() })).file?.name;

    const taken = await Promise.all([take("run-1"), take("run-2")]);

    expect(taken.filter((name) => name !== undefined)).toEqual(["a.csv"]);
  });
});

describe("a refused file and its companion", () => {
  const settings = {
    delimiter: "auto",
    encoding: "auto",
    dates: "AAAA-MM-GG",
    amounts: "cents",
    ready: ".ok",
  } as const;

  test.each([
    ["a.csv.ok", [], ["a.csv", "a.csv.ok", "a.csv.rapporto.txt"]],
    ["a.ok", [], ["a.csv", "a.csv.rapporto.txt", "a.ok"]],
    ["A.CSV.OK", [], ["A.CSV.OK", "a.csv", "a.csv.rapporto.txt"]],
    ["a.csv.ok", ["a.csv"], ["R1-a.csv", "R1-a.csv.ok", "R1-a.csv.rapporto.txt", "a.csv"]],
    ["a.ok", ["a.ok"], ["R1-a.csv", "R1-a.csv.rapporto.txt", "R1-a.ok", "a.ok"]],
  ] as const)("%s, beside %j, keep names that belong together", async (companion, there, names) => {
    const own = createFlusso({
      settings,
      inboxRoot: root,
      clock: { now: () => 0, sleep: async () => undefined },
    });
    await drop("a.csv", "x", 1);
    await drop(companion, "", 1);
    await mkdir(join(root, "borgo", "rifiutati"));
    for (const name of there) await writeFile(join(root, "borgo", "rifiutati", name), "prima");
    const { file } = await own.take("borgo", "*.csv", { id: "R1", except: new Set() });

    const isMoved = await own.refuse("borgo", { name: "a.csv", runId: "R1", report: "Perché." });

    expect([file?.name, isMoved]).toEqual(["a.csv", true]);
    expect((await readdir(join(root, "borgo", "rifiutati"))).toSorted()).toEqual([...names]);
  });
});

// A file lies where the folder should be made: whoever puts it there, nothing of the flusso is lost.
test.each([
  ["in-corso", "FLUSSO_INBOX"],
  ["rifiutati", "DATA_NOT_WRITABLE"],
  ["archivio", "DATA_NOT_WRITABLE"],
])("a place that cannot be made is told, and the file stays: %s", async (place, code) => {
  const taken = await drop("a.csv", "testo", 1);
  await rm(join(root, "borgo", "archivio"), { recursive: true });
  const take = () => flusso.take("borgo", "*.csv", { id: "run-1", except: new Set() });
  if (place === "rifiutati") await take();
  await writeFile(join(root, "borgo", place), "");
  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    "in-corso": take,
    rifiutati: () => flusso.refuse("borgo", { name: "a.csv", runId: "run-1", report: "no" }),
    archivio: () => flusso.archive("borgo", taken, "run-1"),
  };

  const error = await acts[place]?.().catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(RunBlocked);
  expect(error).toHaveProperty("code", code);
  const names = await readdir(join(root, "borgo"), { recursive: true });
  expect(names.filter((name) => name.endsWith("a.csv"))).toHaveLength(1);
});
