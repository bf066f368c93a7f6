/** ANPR's e-services C030, C020 and C001, each behind its own purpose. */
import { type Context, Hono } from "hono";
import { enter } from "./modi.ts";
import type { PdndOptions } from "./pdnd-simulator.ts";
import { deriveIdentity, type SimulatedPeople, type SimulatedPerson } from "./people.ts";

type Fields = Readonly<Record<string, unknown>>;

const names: Readonly<Record<string, string>> = {
  "C030-servizioAccertamentoIdUnicoNazionale": "C030",
  "C020-servizioAccertamentoResidenza": "C020",
  "C001-servizioNotifica": "C001",
};

export interface AnprSimulatorOptions extends PdndOptions {
  readonly people: SimulatedPeople;
}

interface Answer {
  readonly status: 200 | 400 | 404 | 503;
  readonly body: Fields;
}

/** To be mounted at `/anpr`. */
export function createAnprSimulator(options: AnprSimulatorOptions): Hono {
  const app = new Hono();
  const door = "/govway/rest/in/MinInternoPortaANPR-PDND";
  app.post(`${door}/:name/v1/anpr-service-e002`, async (c) => {
    const service = names[c.req.param("name")];
    if (service === undefined) return c.notFound();
    const body = await c.req.text();
    const entrance = enter(c, options, { service, audience: deriveAudience(c), body });
    if ("refusal" in entrance) return entrance.refusal;
    const { purposeId: purpose, user } = entrance.caller;
    const request = parseBody(body);
    const { motivoRichiesta } = toFields(request["datiRichiesta"]);
    const reason = typeof motivoRichiesta === "string" ? motivoRichiesta : "";
    options.store.noteCall({ service, purpose, at: options.clock.now(), reason, user });
    const { status, body: answer } = answerOnce(options, service, request);
    return c.json(answer, status);
  });
  return app;
}

/** What the provider signs for itself: its gateway without PDND's door, up to the version. */
function deriveAudience(c: Context): string {
  const { origin, pathname } = new URL(c.req.url);
  return `${origin}${pathname}`
    .replace("MinInternoPortaANPR-PDND", "MinInternoPortaANPR")
    .replace(/\/anpr-service-e002$/, "");
}

/** Source: C001 openapi: a number that is known brings the answer that it brought before; one that is less than the last is an error. */
function answerOnce(options: AnprSimulatorOptions, service: string, request: Fields): Answer {
  const { store } = options;
  const { idOperazioneClient: operation } = request;
  if (typeof operation !== "string" || !/^\d+$/.test(operation))
    return refuse(400, "EN001", "idOperazioneClient non numerico");
  const before = store.findAnswer(service, operation);
  if (before !== null) return JSON.parse(before) as Answer;
  if (BigInt(operation) < store.readLastOperation(service))
    return refuse(400, "EN002", "idOperazioneClient non crescente");
  const answer = answerQuestion(options, service, request);
  store.keepAnswer(service, operation, JSON.stringify(answer));
  return answer;
}

function answerQuestion(
  { people }: AnprSimulatorOptions,
  service: string,
  request: Fields,
): Answer {
  const asked = toFields(request["datiRichiesta"]);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(String(asked["dataRiferimentoRichiesta"])))
    return refuse(400, "EN003", "dataRiferimentoRichiesta");
  if (asked["casoUso"] !== service) return refuse(400, "EN004", "casoUso");
  if (typeof asked["motivoRichiesta"] !== "string" || asked["motivoRichiesta"] === "")
    return refuse(400, "EN005", "motivoRichiesta");
  const { codiceFiscale, idANPR } = toFields(request["criteriRicerca"]);
  // Since 2024-04-18 C030 is the first step, and the others are asked by the identifier.
  const isIdentity = service === "C030";
  if (typeof (isIdentity ? codiceFiscale : idANPR) !== "string")
    return refuse(400, "EN006", "criteriRicerca");
  const person = isIdentity
    ? people.get(String(codiceFiscale))
    : [...people.values()].find((one) => deriveIdentity(one.codiceFiscale) === idANPR);
  if (person?.nonRisponde === true) return { status: 503, body: { title: "APIUnavailable" } };
  // Source: a live user: C030 finds nobody of AIRE.
  if (person === undefined || (isIdentity && person.aire === true))
    return refuse(404, "EN122", "Soggetto non trovato in archivio");
  const identificativi = { idANPR: deriveIdentity(person.codiceFiscale) };
  const datiSoggetto = [
    isIdentity ? { identificativi } : { identificativi, ...describePerson(person, service) },
  ];
  return { status: 200, body: { idOperazioneANPR: "1", listaSoggetti: { datiSoggetto } } };
}

function describePerson(person: SimulatedPerson, service: string): Fields {
  const { codiceFiscale, deceduto, aire, residenza } = person;
  return {
    generalita: {
      codiceFiscale: { codFiscale: codiceFiscale, validitaCF: "1" },
      ...(aire === true && { soggettoAIRE: "S" }),
    },
    ...(deceduto !== undefined &&
      // What C001 says of a death was not read: here nothing.
      service === "C020" && {
        infoSoggettoEnte: [{ id: "1015", chiave: "Data decesso", valoreData: deceduto }],
      }),
    ...(residenza !== undefined && {
      residenza: [
        {
          tipoIndirizzo: "1",
          indirizzo: {
            ...(residenza.cap !== undefined && { cap: residenza.cap }),
            comune: { nomeComune: residenza.comune, siglaProvinciaIstat: residenza.provincia },
            toponimo: { specie: residenza.specie, denominazioneToponimo: residenza.toponimo },
            numeroCivico: {
              ...(residenza.numero !== undefined && { numero: residenza.numero }),
              ...(residenza.esponente !== undefined && { esponente1: residenza.esponente }),
            },
          },
          ...(residenza.presso !== undefined && { presso: residenza.presso }),
          ...(residenza.dal !== undefined && { dataDecorrenzaResidenza: residenza.dal }),
        },
      ],
    }),
  };
}

function refuse(status: 400 | 404, code: string, text: string): Answer {
  return {
    status,
    body: {
      idOperazioneANPR: "1",
      listaErrori: [
        { codiceErroreAnomalia: code, tipoErroreAnomalia: "E", testoErroreAnomalia: text },
      ],
    },
  };
}

function parseBody(body: string): Fields {
  try {
    return toFields(JSON.parse(body));
  } catch {
    return {};
  }
}

function toFields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
