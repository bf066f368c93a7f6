/** What is asked before the first effect of a run, where SEND is asked too. */
import { expect, test } from "bun:test";
import { passOnCode } from "../../../engine/host/error-codes.ts";
import { RetryLater, RunBlocked } from "../../../engine/host/errors.ts";
import { assertReady, type Demands } from "../../../integrations/build.ts";
import type { EnteSettings } from "../../../integrations/ente.ts";
import type { Services } from "../../../integrations/services.ts";

const settings = { send: { active: true }, signing: { signers: {} } } as unknown as EnteSettings;
const missing = new RunBlocked(passOnCode("STREAM_MISSING"), "Manca lo stream.");
const demands: Demands = {
  send: false,
  transmits: true,
  payments: false,
  protocollo: false,
  lookups: false,
  stream: true,
  signers: [],
  uploaders: [],
};

test.each([
  ["there", null, demands, null, 1],
  ["missing", missing, demands, missing, 1],
  ["not told, because SEND does not answer", new RetryLater("Non ora."), demands, null, 1],
  ["missing, and asked by polling", missing, { ...demands, stream: false }, null, 0],
  ["missing, where nothing is sent", missing, { ...demands, transmits: false }, null, 0],
] as const)("the stream is %s", async (_how, answer, of, thrown, times) => {
  let asked = 0;
  const verdicts = {
    requireStream: async () => {
      asked += 1;
      if (answer !== null) throw answer;
    },
  };
  const send = { requireGroup: async () => {} };
  const secrets = { get: async () => "x" };

  const told = await assertReady(settings, { verdicts, send } as unknown as Services, {
    demands: of,
    secrets,
  }).catch((error: unknown) => error);

  expect(told ?? null).toBe(thrown);
  expect(asked).toBe(times);
});

test.each([
  ["the group", { stream: false }, "group"],
  ["the authorities", { stream: false, uploaders: ["comandante"] }, "trust comandante"],
] as const)("%s of a run that sends is asked", async (_what, change, expected) => {
  const asked: string[] = [];
  const services = {
    send: { requireGroup: async () => asked.push("group") },
    signing: { readUploadPolicy: async (name: string) => asked.push(`trust ${name}`) },
  };
  const secrets = { get: async () => "x" };

  await assertReady(settings, services as unknown as Services, {
    demands: { ...demands, ...change },
    secrets,
  });

  expect(asked.at(-1)).toBe(expected);
});
