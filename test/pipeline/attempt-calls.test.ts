/** The real engine on the simulated SEND: each attempt keeps the calls that were made for it, also where they failed, and those of others not. */
import { afterAll, expect, test } from "bun:test";
import type { Call } from "../../engine/host/calls.ts";
import { makeSendEngine } from "../support/send-engine.ts";
import { callOf } from "../support/send-faults.ts";

let failures = 1;
const engine = await makeSendEngine(2, {
  between: async (request, next) => {
    if (callOf(request) !== "post" || failures === 0) return await next();
    failures -= 1;
    return new Response("", { status: 503 });
  },
});
afterAll(() => engine.close());

const words = ({ operation, status, items }: Call): string => `${operation} ${status} of ${items}`;

test("a verbale whose request SEND could not take, and its neighbour", async () => {
  const run = await engine.run(["ready", "transmit", { uses: "import-iun", withinMs: 86_400_000 }]);

  const told: string[] = [];
  for (const { key } of await engine.items(run))
    for (const { step, number, outcome, calls } of await engine.attempts(run, key))
      for (const call of calls?.calls ?? []) {
        expect(call.service).toBe("SEND");
        if (step === "transmit" || outcome === "done")
          told.push(`${key} ${step} ${number} ${outcome}: ${words(call)}`);
      }

  const uploaded = ["richiesta del posto per i documenti 200", "caricamento di un documento 200"];
  const sending = (key: string, end: string, items: number, files: number): readonly string[] => [
    `${key} transmit ${end}: ${uploaded[0]} of ${items}`,
    ...Array<string>(files).fill(`${key} transmit ${end}: ${uploaded[1]} of ${items}`),
  ];
  expect(told).toEqual([
    ...sending("V-1", "1 later", 2, 4),
    "V-1 transmit 1 later: consegna della richiesta di notifica 503 of 1",
    "V-1 transmit 1 later: stato della richiesta di notifica 404 of 1",
    "V-1 transmit 2 done: stato della richiesta di notifica 404 of 1",
    ...sending("V-1", "2 done", 1, 2),
    "V-1 transmit 2 done: consegna della richiesta di notifica 202 of 1",
    "V-1 import-iun 2 done: stato della richiesta di notifica 200 of 1",
    ...sending("V-2", "1 done", 2, 4),
    "V-2 transmit 1 done: consegna della richiesta di notifica 202 of 1",
    "V-2 import-iun 2 done: stato della richiesta di notifica 200 of 1",
  ]);
});
