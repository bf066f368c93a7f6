/** ANPR over PDND: from a tax code to the person's identifier (C030), and with it to the residence (C020 or C001). */
import { randomInt } from "node:crypto";
import { type Clock, toRomeDay } from "../../engine/host/clock.ts";
import type { HttpAnswer } from "../../engine/host/http.ts";
import type { PdndAccess } from "../pdnd.ts";
import { toRecord, toRecords, toWord } from "../reading.ts";
import type { LookupCache } from "./cache.ts";
import {
  askRegister,
  assertAllowance,
  buildModiHeaders,
  type CallWorld,
  type ModiAccess,
  type AskedRegister,
  registerError,
  requestBoundVoucher,
  takeTurn,
  unreadableRegisterError,
} from "./call.ts";
import type { Answered, LookupQuestion, Residence } from "./port.ts";
import { readResidence } from "./read-residence.ts";
import type { AnprSettings, LookupSettings } from "./settings.ts";

/** With what the e-services are reached. */
export interface AnprAccess {
  readonly settings: AnprSettings;
  readonly client: NonNullable<LookupSettings["pdnd"]>;
  readonly privateKey: PdndAccess["privateKey"];
  readonly world: Pick<CallWorld, "http" | "clock">;
}

export interface AnprOptions extends AnprAccess {
  readonly world: CallWorld;
  readonly cache: LookupCache;
}

/** One e-service: each has its own purpose, audience and allowance. */
export interface AnprService {
  readonly service: "C030" | "C020" | "C001";
  readonly url: string;
  readonly access: ModiAccess;
  readonly register: AskedRegister;
}

const paths = {
  C020: "C020-servizioAccertamentoResidenza/v1",
  C001: "C001-servizioNotifica/v1",
} as const;

// Source: quotas of a municipality in the catalogue; that of C001 was not read.
const usualPerDay = { C030: 5000, C020: 2000, C001: undefined } as const;

/** The two e-services that the settings name. */
export function describeAnprServices(options: AnprAccess): {
  readonly identity: AnprService;
  readonly residence: AnprService;
} {
  const { identity, residence } = options.settings;
  return {
    identity: describeService(options, { service: "C030", ...identity }),
    residence: describeService(options, { path: paths[residence.service], ...residence }),
  };
}

function describeService(
  { settings, client, privateKey, world }: AnprAccess,
  {
    service,
    ...own
  }: Pick<AnprService, "service"> & {
    readonly purposeId: string;
    readonly path: string;
    readonly audience?: string;
    readonly perDay?: number;
  },
): AnprService {
  const { userLocation, loa } = client;
  const { http, clock } = world;
  const address = `${settings.baseUrl.replace(/\/+$/, "")}/${own.path}`;
  return {
    service,
    url: `${address}/anpr-service-e002`,
    access: {
      client,
      privateKey,
      http,
      clock,
      purposeId: own.purposeId,
      // The gateway's own name, not that of the door of PDND: another is refused as an invalid request.
      audience: own.audience ?? address.replace("MinInternoPortaANPR-PDND", "MinInternoPortaANPR"),
      userLocation,
      loa,
    },
    register: {
      name: `ANPR ${service}`,
      bucket: `anpr/${client.clientId}/${service}`,
      perSecond: settings.requestsPerSecond,
      perDay: own.perDay ?? usualPerDay[service],
    },
  };
}

/** Asks whom it has no answer for that holds. */
export function createAnpr(
  options: AnprOptions,
): (question: LookupQuestion) => Promise<Answered<Residence>> {
  const { world, cache } = options;
  const { identity, residence } = describeAnprServices(options);
  const ask = createAsk(options);

  async function keep(
    register: string,
    { taxCode }: LookupQuestion,
    answer: object,
  ): Promise<string> {
    const askedOn = toRomeDay(world.clock.now());
    await cache.write(register, taxCode, { askedOn, answer: { ...answer } });
    return askedOn;
  }

  async function findIdentity(question: LookupQuestion): Promise<string | null> {
    const kept = await cache.read("ANPR C030", question.taxCode);
    if (kept !== null) return toWord(kept.answer["idAnpr"]) ?? null;
    const found = await ask(identity, { codiceFiscale: question.taxCode }, question);
    const idAnpr = found === null ? null : readIdentity(found, identity.register.name);
    await keep("ANPR C030", question, { idAnpr });
    return idAnpr;
  }

  return async (question) => {
    const kept = await cache.read("ANPR", question.taxCode);
    if (kept !== null) return { ...(kept.answer as unknown as Residence), askedOn: kept.askedOn };
    const idAnpr = await findIdentity(question);
    const found = idAnpr === null ? null : await ask(residence, { idANPR: idAnpr }, question);
    const read: Residence =
      found === null
        ? { status: "unknown" }
        : readResidence(found, { ...question, name: residence.register.name });
    return { ...read, askedOn: await keep("ANPR", question, read) };
  };
}

type Ask = (
  service: AnprService,
  criteria: Readonly<Record<string, string>>,
  question: LookupQuestion,
) => Promise<Found>;

/** One call of a service after the other: it refuses numbers that do not grow. */
function createAsk({ world, settings }: AnprOptions): Ask {
  const nextOperation = countOperations(world.clock);
  const lines = new Map<string, Promise<unknown>>();
  return async (service, criteria, question) => {
    const { signal } = question;
    // No voucher is asked for that could not be used.
    assertAllowance(world, service.register);
    const by = await world.ledger.findAsker(question.runId);
    const bound = await requestBoundVoucher(service.access, by, signal);
    const send = async (): Promise<HttpAnswer> => {
      await takeTurn(world, service.register, question, by);
      const body = JSON.stringify({
        idOperazioneClient: nextOperation(),
        criteriRicerca: criteria,
        datiRichiesta: {
          dataRiferimentoRichiesta: toRomeDay(world.clock.now()),
          motivoRichiesta: question.numero,
          casoUso: service.service,
        },
      });
      const headers = await buildModiHeaders(service.access, bound, body);
      return await askRegister(
        world,
        service.register,
        { method: "POST", url: service.url, headers, body, ...(signal && { signal }) },
        (one) => one.status === 200 || listErrors(one).length > 0,
      );
    };
    const before = lines.get(service.url) ?? Promise.resolve();
    const turn = before.then(send, send);
    lines.set(service.url, turn);
    return readFound(await turn, service.register.name, settings.notFound);
  };
}

/** `null`: nobody of this name. */
type Found = Readonly<Record<string, unknown>> | null;

function readFound(answer: HttpAnswer, name: string, notFound: readonly string[]): Found {
  const errors = listErrors(answer);
  if (errors.some((code) => notFound.includes(code))) return null;
  const [found] = toRecords(toRecord(toRecord(answer.body)["listaSoggetti"])["datiSoggetto"]);
  if (answer.status === 200 && found !== undefined) return found;
  if (errors.length > 0) throw registerError(name, errors);
  throw unreadableRegisterError(name);
}

/** The codes alone: their texts may say of whom. */
function listErrors({ body }: HttpAnswer): readonly string[] {
  const { listaErrori, listaAnomalie } = toRecord(body);
  return [...toRecords(listaErrori), ...toRecords(listaAnomalie)].flatMap(
    ({ codiceErroreAnomalia: code }) =>
      typeof code === "string" && /^[A-Za-z0-9_-]{1,20}$/.test(code) ? [code] : [],
  );
}

function readIdentity(found: Readonly<Record<string, unknown>>, name: string): string {
  const idAnpr = toWord(toRecord(found["identificativi"])["idANPR"]);
  if (idAnpr === undefined) throw unreadableRegisterError(name);
  return idAnpr;
}

/**
 * Numbers that grow, by the clock and not by a counter: a number that ANPR has had is answered with what it said then, so that one
 * that a restored journal gave anew would bring the residence of another person.
 */
function countOperations(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const now = BigInt(clock.now()) * 1000n + BigInt(randomInt(1000));
    last = now > last ? now : last + 1n;
    return String(last);
  };
}
