/** A server that speaks GovPay pendenze v2 and keeps its state rules. */
import { Hono } from "hono";
import type { Context } from "hono";
import type { Clock } from "../../engine/host/clock.ts";
import { romeDay } from "../../engine/host/clock.ts";
import {
  changedBody,
  isPatchable,
  meaningFault,
  pendenzaAnswer,
  readChange,
  readBody,
  reportOf,
  seededPendenza,
} from "./govpay-rules.ts";
import type {
  GovPayReport,
  KeptPendenza,
  Refusal,
  Registered,
  SeededPendenza,
} from "./govpay-rules.ts";
import { makePaymentCode } from "../../integrations/payments/notice-code.ts";
import { openSimulatorStore, Taken } from "./store.ts";
import type { SimulatorStore } from "./store.ts";

export interface GovPaySimulatorOptions {
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
  report(): GovPayReport;
  /** Adds pendenze as data; those whose name is there already stay as they are. */
  seed(pendenze: readonly SeededPendenza[]): void;
  /** A receipt comes in for a notice code. */
  pay(idDominio: string, numeroAvviso: string): void;
  close(): void;
}

/** What the routes work on. */
interface GovPay extends GovPaySimulatorOptions {
  readonly store: SimulatorStore<KeptPendenza>;
}

/** Opens the simulator's file and builds its routes below `/pendenze`. */
export function createGovPaySimulator(options: GovPaySimulatorOptions): GovPaySimulator {
  const store = openSimulatorStore<KeptPendenza>(options.file, {
    scopeOf: ({ idDominio }) => idDominio,
    nameOf: ({ idA2A, idPendenza }) => nameOf(idA2A, idPendenza),
    codesOf: ({ idDominio, numeroAvviso }) => [codeOf(idDominio, numeroAvviso)],
  });
  const govpay: GovPay = { ...options, store };
  return {
    app: routes(govpay),
    report: () => reportOf(store.all(), store.counted("created")),
    seed: (pendenze) => {
      const today = romeDay(options.clock.now());
      for (const seed of pendenze)
        if (store.get(nameOf(seed.idA2A, seed.idPendenza)) === null)
          store.insert(seededPendenza(seed, today));
    },
    pay: (idDominio, numeroAvviso) => {
      const found = store.byCode(codeOf(idDominio, numeroAvviso));
      if (found === null) throw new Error("no pendenza has this notice code");
      const dataPagamento = romeDay(options.clock.now());
      store.replace({ ...found, stato: "ESEGUITA", dataPagamento });
    },
    close: () => store.close(),
  };
}

function nameOf(idA2A: string, idPendenza: string): string {
  return `${idA2A}/${idPendenza}`;
}

function codeOf(idDominio: string, numeroAvviso: string): string {
  return `${idDominio}/${numeroAvviso}`;
}

function routes(govpay: GovPay): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    const isKnown = isLetIn(govpay, c.req.header("authorization"));
    if (!isKnown) return fault(c, 401, "AUTORIZZAZIONE", "401000", "Richiesta non autenticata");
    await next();
    return undefined;
  });
  app.get("/pendenze/byAvviso/:dominio/:avviso", (c) => {
    const found = govpay.store.byCode(codeOf(c.req.param("dominio"), c.req.param("avviso")));
    return found === null ? missing(c) : c.json(pendenzaAnswer(found));
  });
  app.get("/pendenze/:idA2A/:idPendenza", (c) => {
    const found = govpay.store.get(nameOf(c.req.param("idA2A"), c.req.param("idPendenza")));
    return found === null ? missing(c) : c.json(pendenzaAnswer(found));
  });
  app.put("/pendenze/:idA2A/:idPendenza", (c) => put(govpay, c));
  app.patch("/pendenze/:idA2A/:idPendenza", (c) => patch(govpay, c));
  // Not `notFound`: that one is lost where the app is mounted below a path.
  app.all("*", missing);
  return app;
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
function fault(
  c: Context,
  status: 401 | 404,
  categoria: Category,
  codice: string,
  descrizione: string,
): Response {
  return c.json({ categoria, codice, descrizione }, status);
}

function missing(c: Context): Response {
  return fault(c, 404, "OPERAZIONE", "404000", "Risorsa non trovata");
}

/** Source: GovPay's messages of EsitoOperazione: every VER_* is a 422 with these two words, what is wrong stands in `dettaglio`. */
function refused(c: Context, { codice, dettaglio }: Refusal): Response {
  const bean = { categoria: "RICHIESTA", codice, descrizione: "Richiesta non valida", dettaglio };
  return c.json(bean, 422);
}

/** GovPay answers a forbidden change of state like a malformed body. */
function malformed(c: Context, dettaglio: string): Response {
  const bean = { categoria: "RICHIESTA", codice: "SINTASSI", descrizione: "Richiesta non valida" };
  return c.json({ ...bean, dettaglio }, 400);
}

async function put(govpay: GovPay, c: Context): Promise<Response> {
  const idA2A = c.req.param("idA2A") ?? "";
  const idPendenza = c.req.param("idPendenza") ?? "";
  const read = readBody(await jsonOf(c), idPendenza);
  if ("fault" in read) return malformed(c, read.fault);
  const { body } = read;
  const wrong = meaningFault(body, govpay.registered ?? {});
  if (wrong !== null) return refused(c, wrong);
  const before = govpay.store.get(nameOf(idA2A, idPendenza));
  if (before !== null && !isPatchable(before.stato))
    return refused(c, {
      codice: "VER_003",
      dettaglio: `Pendenza non aggiornabile nello stato ${before.stato}`,
    });
  if (before !== null && (body.numeroAvviso ?? before.numeroAvviso) !== before.numeroAvviso)
    return refused(c, {
      codice: "VER_024",
      dettaglio: `Numero avviso diverso dall'originale ${before.numeroAvviso}`,
    });
  const numeroAvviso = body.numeroAvviso ?? before?.numeroAvviso ?? nextCode(govpay);
  const today = romeDay(govpay.clock.now());
  const kept = changedBody(body, { idA2A, idPendenza, numeroAvviso, before, today });
  try {
    if (before === null) govpay.store.insert(kept);
    else govpay.store.replace(kept);
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    return refused(c, { codice: "VER_025", dettaglio: "Numero avviso di un'altra pendenza" });
  }
  if (before === null) govpay.store.count("created");
  return c.json(
    { idDominio: kept.idDominio, numeroAvviso, UUID: kept.UUID },
    before === null ? 201 : 200,
  );
}

function nextCode(govpay: GovPay): string {
  govpay.store.count("number");
  const number = govpay.store.counted("number");
  return makePaymentCode(govpay.segregationCode ?? "00", number).noticeCode;
}

async function patch(govpay: GovPay, c: Context): Promise<Response> {
  const name = nameOf(c.req.param("idA2A") ?? "", c.req.param("idPendenza") ?? "");
  const found = govpay.store.get(name);
  if (found === null) return missing(c);
  if (!(c.req.header("content-type") ?? "").startsWith("application/json-patch+json"))
    return malformed(c, "Content-Type non supportato");
  const change = readChange(await jsonOf(c));
  if ("fault" in change) return malformed(c, change.fault);
  if (!isPatchable(found.stato))
    return malformed(c, `Impossibile cambiare lo stato di una pendenza ${found.stato}`);
  govpay.store.replace({
    ...found,
    stato: change.state ?? found.stato,
    descrizioneStato: change.note ?? found.descrizioneStato,
  });
  return c.body(null, 200);
}

async function jsonOf(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    return null;
  }
}
