/** What SEND tells of an ente's groups, by a request that cannot become a notification; against the simulator and against answers of other versions. */
import { describe, expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { NoAnswer } from "../../../../engine/host/http.ts";
import { judgeGroup } from "../../../../integrations/send/client/group.ts";
import { makeSend, paTaxId, settings } from "./setup.ts";

describe("of the simulator", () => {
  const keys = [
    { key: "plain", paTaxId, paGroups: ["verbali", "tributi"] },
    { key: "bound", paTaxId, groups: ["verbali"], paGroups: ["verbali", "tributi"] },
    { key: "stale", paTaxId, groups: ["verbali", "chiuso"], paGroups: ["verbali"] },
    { key: "none", paTaxId },
  ];

  test.each([
    ["plain", "verbali", null],
    ["plain", "Verbali", "verbali, tributi"],
    ["bound", "verbali", null],
    ["bound", "tributi", "verbali"],
    ["stale", "chiuso", "verbali"],
    ["none", "verbali", ""],
    ["bound", undefined, null],
  ] as const)("key %s, group %p", async (apiKey, group, known) => {
    const { client, simulator } = await makeSend({ simulator: { apiKeys: keys } });
    const send = client({ apiKey, settings: { ...settings, ...(group && { group }) } });

    const told = await send.requireGroup().catch((error: unknown) => error);

    if (known === null) expect(told).toBeUndefined();
    else {
      expect(told).toBeInstanceOf(RunBlocked);
      expect(told).toMatchObject({
        code: "SEND_GROUP_UNKNOWN",
        hint: {
          action: "resume",
          setting: {
            technical:
              known === ""
                ? "Indicare in send.group il codice di un gruppo attivo, com'è sul portale di SEND."
                : `Indicare in send.group uno dei gruppi della chiave: ${known}.`,
          },
        },
      });
    }
    expect(simulator.report()).toMatchObject({ accepted: 0, requests: [], uploaded: 0 });
  });
});

test.each([
  [
    "an older SEND that tells the key's alone",
    ["Group=x not present or suspended/deleted in pa_groups=null"],
    "untold",
  ],
  ["a SEND that tells nothing", ["Group x is not allowed"], "untold"],
  [
    "fields one a line",
    ["Group=x not present or suspended/deleted in pa_groups=[class PaGroup {\n  id: verbali\n}]"],
    "good",
  ],
  ["another code", [], "untold"],
] as const)("what is read of %s", (_how, details, status) => {
  expect(
    judgeGroup(
      "verbali",
      details.map((detail) => ({ detail })),
    ).status,
  ).toBe(status);
});

test.each([
  ["the real service", { baseUrl: "https://api.notifichedigitali.it" }, 0],
  ["SEND's test environment", { baseUrl: "https://api.uat.notifichedigitali.it" }, 1],
] as const)("%s is asked so often as its address allows", async (_who, change, times) => {
  const { client, calls } = await makeSend();
  const send = client({
    settings: { ...settings, group: "verbali", ...change },
    allowBaseUrl: () => true,
    http: (request) => {
      calls.push(request);
      return Promise.reject(new NoAnswer("https://send", true, new Error("down")));
    },
  });

  await send.requireGroup();

  expect(calls).toHaveLength(times);
});
