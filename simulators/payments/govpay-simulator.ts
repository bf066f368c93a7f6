/** A server that speaks GovPay pendenze v2 and keeps its state rules. */
import { Hono } from "hono";
import type { Context } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import { toRomeDay } from "../../engine/host/clock.ts";
import {
  buildKeptPendenza,
  isPatchable,
  meaningFault,
  buildPendenzaAnswer,
  readChange,
  readPendenzaBody,
  buildGovPayReport,
  buildSeededPendenza,
} from "./govpay-rules.ts";
import type {
  GovPayReport,
  KeptPendenza,
  GovPayRefusal,
  Registered,
  SeededPendenza,
} from "./govpay-rules.ts";
import { createBackoffice } from "./govpay-backoffice.ts";
import { agePendenza, type CounterSettings, createGovPayCounter } from "./govpay-counter.ts";
import type { PaymentCounter } from "./payer.ts";
import { makePaymentCode } from "../../integrations/payments/notice-code.ts";
import { openPositionStore, Taken } from "./store.ts";
import type { PositionStore } from "./store.ts";

export interface GovPaySimulatorOptions extends CounterSettings {
  /** SQLite file, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  /** User and password that are let in; absent: any, but there must be some. */
  readonly users?: Readonly<Record<string, string>>;
  /** Segregation code of the notice codes that the server makes itself; default 00. */
  readonly segregationCode?: string;
  /** What the entes have registered; absent: any IBAN and any segregation code. */
  readonly registered?: Registered;
}

export interface GovPaySimulator {
  readonly app: Hono;
  /** Below `/backend/api/backoffice/rs/basic/v1` of an installation. */
  readonly backoffice: Hono;
  readonly counter: PaymentCounter;
  report(): GovPayReport;
  /** Adds pendenze as data; those whose name is there already stay as they are. */
  seed(pendenze: readonly SeededPendenza[]): void;
  /** A receipt comes in for a notice code. */
  pay(idDominio: string, numeroAvviso: string): void;
  close(): void;
}

/** What the routes work on. */
interface GovPay extends GovPaySimulatorOptions {
  readonly store: PositionStore<KeptPendenza>;
}

/** Opens the simulator's file and builds its routes below `/pendenze`. */
export function createGovPaySimulator(options: GovPaySimulatorOptions): GovPaySimulator {
  const store = openPositionStore<KeptPendenza>(options.file, {
    scopeOf: ({ idDominio }) => idDominio,
    buildName: ({ idA2A, idPendenza }) => joinName(idA2A, idPendenza),
    listCodes: ({ idDominio, numeroAvviso }) => [joinCode(idDominio, numeroAvviso)],
  });
  const govpay: GovPay = { ...options, store };
  return {
    app: createRoutes(govpay),
    backoffice: createBackoffice({
      version: options.version ?? "3.9.4",
      domains: options.domains ?? {},
      find: (idA2A, idPendenza) => {
        const found = store.get(joinName(idA2A, idPendenza));
        return found === null ? null : agePendenza(found, toRomeDay(options.clock.now()));
      },
      findDenial: (c) => findDenial(govpay, c),
      answerMissing,
    }),
    counter: createGovPayCounter({
      ...options,
      find: (idDominio, numeroAvviso) => store.findByCode(joinCode(idDominio, numeroAvviso)),
      replace: store.replace,
    }),
    report: () => buildGovPayReport(store.listAll(), store.readCount("created")),
    seed: (pendenze) => {
      const today = toRomeDay(options.clock.now());
      for (const seed of pendenze)
        if (store.get(joinName(seed.idA2A, seed.idPendenza)) === null)
          store.insert(buildSeededPendenza(seed, today));
    },
    pay: (idDominio, numeroAvviso) => {
      const found = store.findByCode(joinCode(idDominio, numeroAvviso));
      if (found === null) throw new Error("no pendenza has this notice code");
      const dataPagamento = toRomeDay(options.clock.now());
      store.replace({ ...found, stato: "ESEGUITA", dataPagamento });
    },
    close: () => store.close(),
  };
}

function joinName(idA2A: string, idPendenza: string): string {
  return `${idA2A}/${idPendenza}`;
}

function joinCode(idDominio: string, numeroAvviso: string): string {
  return `${idDominio}/${numeroAvviso}`;
}

function createRoutes(govpay: GovPay): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    const denial = findDenial(govpay, c);
    if (denial !== null) return denial;
    await next();
    return undefined;
  });
  app.get("/pendenze/byAvviso/:dominio/:avviso", (c) => {
    const found = govpay.store.findByCode(joinCode(c.req.param("dominio"), c.req.param("avviso")));
    return found === null ? answerMissing(c) : answerPendenza(govpay, c, found);
  });
  app.get("/pendenze/:idA2A/:idPendenza", (c) => {
    const found = govpay.store.get(joinName(c.req.param("idA2A"), c.req.param("idPendenza")));
    return found === null ? answerMissing(c) : answerPendenza(govpay, c, found);
  });
  app.put("/pendenze/:idA2A/:idPendenza", (c) => putPendenza(govpay, c));
  app.patch("/pendenze/:idA2A/:idPendenza", (c) => patchPendenza(govpay, c));
  // Not `notFound`: that one is lost where the app is mounted below a path.
  app.all("*", answerMissing);
  return app;
}

function findDenial(govpay: GovPay, c: Context): Response | null {
  return isLetIn(govpay, c.req.header("authorization"))
    ? null
    : answerFaultBean(c, 401, "AUTORIZZAZIONE", "401000", "Richiesta non autenticata");
}

function isLetIn(govpay: GovPay, authorization: string | undefined): boolean {
  const [scheme, encoded] = (authorization ?? "").split(" ");
  if (scheme !== "Basic" || encoded === undefined) return false;
  const [user, ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const password = rest.join(":");
  if (user === undefined || user === "" || password === "") return false;
  if (govpay.users === undefined) return true;
  return Object.hasOwn(govpay.users, user) && govpay.users[user] === password;
}

type Category = "AUTORIZZAZIONE" | "OPERAZIONE";

/** FaultBean. */
function answerFaultBean(
  c: Context,
  status: 401 | 404,
  categoria: Category,
  codice: string,
  descrizione: string,
): Response {
  return c.json({ categoria, codice, descrizione }, status);
}

function answerMissing(c: Context): Response {
  return answerFaultBean(c, 404, "OPERAZIONE", "404000", "Risorsa non trovata");
}

/** Source: GovPay's messages of EsitoOperazione: every VER_* is a 422 with these two words, what is wrong stands in `dettaglio`. */
function answerRefused(c: Context, { codice, dettaglio }: GovPayRefusal): Response {
  const bean = { categoria: "RICHIESTA", codice, descrizione: "Richiesta non valida", dettaglio };
  return c.json(bean, 422);
}

/** GovPay answers a forbidden change of state like a malformed body. */
function answerMalformed(c: Context, dettaglio: string): Response {
  const bean = { categoria: "RICHIESTA", codice: "SINTASSI", descrizione: "Richiesta non valida" };
  return c.json({ ...bean, dettaglio }, 400);
}

function answerPendenza(govpay: GovPay, c: Context, found: KeptPendenza): Response {
  return c.json(buildPendenzaAnswer(agePendenza(found, toRomeDay(govpay.clock.now()))));
}

async function putPendenza(govpay: GovPay, c: Context): Promise<Response> {
  const idA2A = c.req.param("idA2A") ?? "";
  const idPendenza = c.req.param("idPendenza") ?? "";
  const read = readPendenzaBody(await readJson(c), idPendenza);
  if ("fault" in read) return answerMalformed(c, read.fault);
  const { body } = read;
  const wrong = meaningFault(body, govpay.registered ?? {});
  if (wrong !== null) return answerRefused(c, wrong);
  const before = govpay.store.get(joinName(idA2A, idPendenza));
  if (before !== null && !isPatchable(before.stato))
    return answerRefused(c, {
      codice: "VER_003",
      dettaglio: `Pendenza non aggiornabile nello stato ${before.stato}`,
    });
  if (before !== null && (body.numeroAvviso ?? before.numeroAvviso) !== before.numeroAvviso)
    return answerRefused(c, {
      codice: "VER_024",
      dettaglio: `Numero avviso diverso dall'originale ${before.numeroAvviso}`,
    });
  const numeroAvviso = body.numeroAvviso ?? before?.numeroAvviso ?? takeNextCode(govpay);
  const today = toRomeDay(govpay.clock.now());
  const kept = buildKeptPendenza(body, { idA2A, idPendenza, numeroAvviso, before, today });
  try {
    if (before === null) govpay.store.insert(kept);
    else govpay.store.replace(kept);
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    return answerRefused(c, { codice: "VER_025", dettaglio: "Numero avviso di un'altra pendenza" });
  }
  if (before === null) govpay.store.count("created");
  return c.json(
    { idDominio: kept.idDominio, numeroAvviso, UUID: kept.UUID },
    before === null ? 201 : 200,
  );
}

function takeNextCode(govpay: GovPay): string {
  govpay.store.count("number");
  const number = govpay.store.readCount("number");
  return makePaymentCode(govpay.segregationCode ?? "00", number).noticeCode;
}

async function patchPendenza(govpay: GovPay, c: Context): Promise<Response> {
  const name = joinName(c.req.param("idA2A") ?? "", c.req.param("idPendenza") ?? "");
  const found = govpay.store.get(name);
  if (found === null) return answerMissing(c);
  if (!(c.req.header("content-type") ?? "").startsWith("application/json-patch+json"))
    return answerMalformed(c, "Content-Type non supportato");
  const change = readChange(await readJson(c));
  if ("fault" in change) return answerMalformed(c, change.fault);
  if (!isPatchable(found.stato))
    return answerMalformed(c, `Impossibile cambiare lo stato di una pendenza ${found.stato}`);
  govpay.store.replace({
    ...found,
    stato: change.state ?? found.stato,
    descrizioneStato: change.note ?? found.descrizioneStato,
  });
  return c.body(null, 200);
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    return null;
  }
}
