/** The old position is cancelled and the new one cannot be published: nothing is transmitted, the note says so, resume goes on from there. */
import { afterEach, expect, test } from "bun:test";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

let world: InstallationWorld | undefined;
let door: ReturnType<typeof Bun.serve> | undefined;
afterEach(async () => {
  await world?.close();
  await door?.stop(true);
});

/** Few tries, so that they are used up at once. */
const impatient = (text: string): string =>
  text.replace(
    "retry: { times: 40, wait: 20ms, maxWait: 200ms }",
    "retry: { times: 2, wait: 20ms, maxWait: 20ms }",
  );

test("a publication that fails keeps the verbale from SEND until it works", async () => {
  let isBroken = true;
  const serving = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      // One position, or several together.
      if (isBroken && (pathname.endsWith("/publish") || search.includes("toPublish=true")))
        return Response.json({ title: "x", status: 500, detail: "x" }, { status: 500 });
      return await fetch(`${world?.url}${pathname}${search}`, request);
    },
  });
  door = serving;
  world = await makeInstallationWorld({
    sendYaml: impatient(sendYaml),
    enteYaml: (text) => text.replace(/http:[^ ]*(?=\/gpd\/)/, `http://127.0.0.1:${serving.port}`),
    positions: [
      {
        organization: "89999990164",
        iupd: "OLD-1",
        options: [{ iuv: "01000000099000159", amountCents: 5050 }],
      },
    ],
  });
  const verbali = [
    makeVerbale(1, world.freshDay, { posizioni: [{ iupd: "OLD-1" }] }),
    makeVerbale(2, world.freshDay),
  ];
  const input = world.file("flusso.jsonl", verbali.map((one) => JSON.stringify(one)).join("\n"));
  const { json, report } = world;

  const stopped = await json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
    "--wait",
    "10m",
  ]);
  const before = report();
  isBroken = false;
  const resumed = await json([
    "resume",
    stopped.document.run.id,
    "--only",
    "failed",
    "--json",
    "--wait",
    "10m",
  ]);

  expect(stopped.document.items.map(({ key, state, code }) => [key, state, code])).toEqual([
    ["T00001", "failed", "CANCELLED_NOT_ACTIVE"],
    ["T00002", "failed", "SERVICE_UNAVAILABLE"],
  ]);
  expect(stopped.document.items[0]?.note).toBe(
    "Le posizioni precedenti sono annullate e la nuova su GPD non è ancora pagabile: il verbale non viene trasmesso finché non lo è. GPD non è disponibile ora (HTTP 500). Tentativi esauriti (3).",
  );
  expect(before.send.accepted).toBe(0);
  expect(before.gpd.positions.map(({ status }) => status).toSorted()).toEqual([
    "DRAFT",
    "DRAFT",
    "INVALID",
  ]);
  expect([resumed.code, resumed.document.run.counts.done]).toEqual([0, 2]);
  expect(report().send.accepted).toBe(2);
  // The drafts of the first try were published, no other position was made.
  expect(
    report()
      .gpd.positions.map(({ status }) => status)
      .toSorted(),
  ).toEqual(["INVALID", "VALID", "VALID"]);
});
