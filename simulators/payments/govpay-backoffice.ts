/** What the backoffice of the simulated GovPay tells: the version, the dominio with its service of SEND, a pendenza with its costs. Source: govpay-api-backoffice-v1. */
import { Hono, type Context } from "hono";
import { toInstant } from "../../engine/host/clock.ts";
import type { SimulatedDomain } from "./govpay-counter.ts";
import { buildPendenzaAnswer, type KeptPendenza } from "./govpay-rules.ts";

export interface BackofficeOptions {
  readonly version: string;
  readonly domains: Readonly<Record<string, SimulatedDomain>>;
  find(idA2A: string, idPendenza: string): KeptPendenza | null;
  /** The answer to a caller who is not let in, or `null`. */
  findDenial(c: Context): Response | null;
  answerMissing(c: Context): Response;
}

/** The routes below `/backend/api/backoffice/rs/basic/v1`. */
export function createBackoffice(options: BackofficeOptions): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    const denial = options.findDenial(c);
    if (denial !== null) return denial;
    await next();
    return undefined;
  });
  app.get("/info", (c) =>
    c.json({ appName: "GovPay", versione: options.version, build: "simulato", ambiente: "prova" }),
  );
  app.get("/domini/:idDominio", (c) => {
    const idDominio = c.req.param("idDominio");
    const domain = options.domains[idDominio];
    return domain === undefined
      ? options.answerMissing(c)
      : c.json({
          idDominio,
          ragioneSociale: "Ente fittizio",
          gln: "0000000000000",
          stazione: `${idDominio}_01`,
          abilitato: true,
          scaricaFr: false,
          ...domain,
        });
  });
  app.get("/pendenze/:idA2A/:idPendenza", (c) => {
    const found = options.find(c.req.param("idA2A"), c.req.param("idPendenza"));
    return found === null ? options.answerMissing(c) : c.json(buildBackofficeAnswer(found));
  });
  app.all("*", options.answerMissing);
  return app;
}

/** The base stays what it was; what SEND said stands apart, and is absent until it was asked. */
function buildBackofficeAnswer(kept: KeptPendenza): Record<string, unknown> {
  return {
    ...buildPendenzaAnswer(kept),
    sendAbilitato: kept.sendAbilitato ?? false,
    ...(kept.send === undefined
      ? {}
      : {
          sendImportoTotale: kept.send.totalCents / 100,
          sendDataAggiornamento: toInstant(kept.send.askedAt),
        }),
  };
}
