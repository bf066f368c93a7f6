/** `realign` rebuilds the ledger from SEND and the payment system: the same flusso repeats, and what disagrees is told and waits for a person. */
import { cpSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

type Verbale = ReturnType<typeof makeVerbale>;

let world: InstallationWorld;
let posted: string[] = [];
beforeEach(async () => {
  world = await makeInstallationWorld({
    observe: (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET" && /requests$|payment-?positions|debtpositions/i.test(pathname))
        posted.push(`${request.method} ${pathname}`);
    },
  });
  await run(write("prima.jsonl", [makeVerbale(90, world.freshDay)]));
  posted = [];
});
afterEach(async () => {
  await world.close();
});

function write(name: string, verbali: readonly unknown[]): string {
  return world.file(name, verbali.map((verbale) => JSON.stringify(verbale)).join("\n"));
}

async function run(input: string) {
  return await world.json(["run", "send", "--ente", "prova", "--input", input, "--json"]);
}

/** The data as they were before the flusso was sent, brought back after it. */
async function sendAndRestore(name: string, verbali: readonly Verbale[]) {
  const copy = `${world.folder}/copia-${name}`;
  cpSync(world.dataFolder, copy, { recursive: true });
  const input = write(name, verbali);
  const sent = await run(input);
  expect(posted.length).toBeGreaterThan(verbali.length);
  rmSync(world.dataFolder, { recursive: true, force: true });
  cpSync(copy, world.dataFolder, { recursive: true });
  posted = [];
  return { input, sent: sent.document };
}

const realign = (...rest: readonly string[]) =>
  world.postino(["realign", "--ente", "prova", ...rest]);

test("the same flusso repeats with its codes and its IUN, and asks SEND and the payment system for nothing new", async () => {
  const { input, sent } = await sendAndRestore(
    "g.jsonl",
    [1, 2, 3].map((n) => makeVerbale(n, world.freshDay)),
  );

  const realigned = await realign("--input", input);
  const { code, document } = await run(input);

  expect(realigned.code).toBe(0);
  expect(realigned.stdout).toMatch(
    /T00001: è su SEND \(IUN \S+\) e il registro non lo sapeva: ora lo sa\./,
  );
  expect(realigned.stdout).not.toContain("Da guardare");
  expect(code).toBe(0);
  expect(posted).toEqual([]);
  for (const field of ["iun", "token", "noticeCodes"] as const)
    expect(document.items.map((item) => item[field])).toEqual(
      sent.items.map((item) => item[field]),
    );
  expect(document.items.every(({ note }) => note?.startsWith("Già inviato") === true)).toBe(true);
});

test("what was rebuilt is known: asked again it is no news, and other data of the same number are refused as sent", async () => {
  const { input } = await sendAndRestore("g.jsonl", [makeVerbale(1, world.freshDay)]);
  await realign("--input", input);

  const again = await realign("--json");
  const { document } = await run(
    write("h.jsonl", [makeVerbale(1, world.freshDay, { luogo: "Via Corretta" })]),
  );

  expect(JSON.parse(again.stdout)).toMatchObject({ unknown: [], raised: 0, unpayable: [] });
  expect(document.items[0]).toMatchObject({ state: "rejected", code: "ALREADY_SENT_OTHERWISE" });
});

const otherAddress = (verbale: Verbale): Verbale => ({
  ...verbale,
  destinatario: {
    ...verbale.destinatario,
    indirizzo: { ...verbale.destinatario.indirizzo, via: "Via Corretta" },
  },
});

test.each([
  [
    "another amount",
    11,
    (verbale: Verbale): Verbale => ({ ...verbale, importoRidottoCents: 9_900 }),
    /T00011: .+ non lo sapeva\. Da guardare: Nuovi IUV: il servizio non conosce più questa operazione/,
    "ALREADY_NOTIFIED_OTHERWISE",
  ],
  [
    "another address",
    12,
    otherAddress,
    /T00012: .+ non lo sapeva\. Da guardare: SEND ha già notificato questo verbale .+ con documenti diversi/,
    "SENT_OTHER_DOCUMENTS",
  ],
  [
    "another place of the violation",
    13,
    (verbale: Verbale): Verbale => ({ ...verbale, luogo: "Via Corretta" }),
    /T00013: .+ non lo sapeva\. Da guardare: SEND ha già notificato questo verbale .+ con documenti diversi/,
    "SENT_OTHER_DOCUMENTS",
  ],
] as const)(
  "a flusso with %s than what was sent is told, and waits for a person",
  async (_what, n, change, told, code) => {
    const verbale = makeVerbale(n, world.freshDay);
    await sendAndRestore(`s${n}.jsonl`, [verbale]);
    const notified = world.report().send.accepted;
    const input = write(`altro${n}.jsonl`, [change(verbale)]);

    const realigned = await realign("--input", input);
    const { document } = await run(input);

    expect(realigned.stdout).toMatch(told);
    expect(document.items[0]).toMatchObject({ state: "rejected", code });
    expect(world.report().send.accepted).toBe(notified);
    expect(world.report().gpd.positions.filter(({ status }) => status !== "VALID")).toEqual([]);
  },
);

test("the right file beside the wrong one is believed, whichever was read last", async () => {
  const verbale = makeVerbale(21, world.freshDay);
  const { input } = await sendAndRestore("giusto.jsonl", [verbale]);
  const wrong = write("sbagliato.jsonl", [otherAddress(verbale)]);

  const realigned = await realign("--input", input, "--input", wrong);
  const { document } = await run(input);

  expect(realigned.stdout).toMatch(/T00021: .+: ora lo sa\./);
  expect(document.items[0]).toMatchObject({ state: "done" });
  expect(posted).toEqual([]);
});

test("a run that only read its file to compare is resumed by a person: what SEND has repeats, the rest goes out", async () => {
  const { sent } = await sendAndRestore("parte.jsonl", [makeVerbale(31, world.freshDay)]);
  const both = write(
    "tutto.jsonl",
    [31, 32].map((n) => makeVerbale(n, world.freshDay)),
  );

  const realigned = await realign("--input", both);
  const [id = ""] = /\d{8}-\d{4}/.exec(realigned.stderr) ?? [];
  const resumed = await world.json(["resume", id, "--json"]);

  expect(resumed.document.items.map(({ state }) => state)).toEqual(["done", "done"]);
  expect(world.report().send.requests.filter(({ protocol }) => protocol === "T00031")).toHaveLength(
    1,
  );
  expect(resumed.document.items[0]?.iun).toBe(sent.items[0]?.iun ?? "none");
});
