/** The stream of the ente's verdicts, made on SEND before the world begins, as a technician makes it once. */
import { createHttp } from "../../../engine/host/http.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { createSendStreams } from "../../../integrations/send/streams.ts";
import { ensureVerdictStream } from "../../../integrations/send/verdicts.ts";
import { environment, paTaxId } from "./ente.ts";
import type { World } from "./world.ts";

export async function makeStream(world: World): Promise<void> {
  const { trueClock: clock, simulators } = world;
  const streams = createSendStreams({
    settings: {
      active: true,
      baseUrl: "http://127.0.0.1:8098/send",
      apiVersion: "2.5",
      apiKey: { secret: "PROVA_SEND_KEY" },
      taxonomyCode: "010101P",
      feePolicy: "DELIVERY_MODE",
      paFee: 100,
      vat: 22,
      physicalCommunication: "REGISTERED_LETTER_890",
      subject: "Violazione del Codice della Strada",
      requestsPerSecond: 100,
    },
    sender: { denomination: "Comune di Prova", taxId: paTaxId },
    apiKey: environment.PROVA_SEND_KEY,
    http: createHttp(async (input, init) => await simulators.app.fetch(new Request(input, init))),
    clock,
    limiter: createLimiter(clock),
  });
  await ensureVerdictStream(streams, { ente: "prova", group: undefined, streamVersion: undefined });
}
