/** A protocol program that speaks DOCAREA (WSPROTO) over SOAP 1.1: it knows no key of the caller, so that asking twice gives two numbers. */
import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { type Clock, toRomeDay } from "../../engine/host/clock.ts";
import { BrokenXml, walkXml } from "../../integrations/xml.ts";
import { escapeXmlText } from "../../integrations/xml-text.ts";

export interface DocareaSimulatorOptions {
  readonly clock: Clock;
  /** SQLite file; default: in memory. */
  readonly file?: string;
}

export interface DocareaReport {
  readonly documents: number;
  /** Every number that was given, in order, with the subject that it was given for. */
  readonly numbers: readonly { readonly number: number; readonly oggetto: string }[];
}

export interface DocareaSimulator {
  /** To be mounted at `/docarea`. */
  readonly app: Hono;
  report(): DocareaReport;
  close(): void;
}

/** A refusal in the form of WSPROTO: HTTP 200, a number below zero and a sentence. */
class Refusal extends Error {
  readonly number: number;
  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

/** No SOAP, or not of this service: a fault with HTTP 500. */
class SoapFault extends Error {}

/** The only account; any other password is refused. */
const account = { strUserName: "postino", strPassword: "protocollo" } as const;

// How long a session of a real program lasts is its vendor's affair.
const sessionMs = 30 * 60_000;

const tables = `
create table if not exists sessions (dst text primary key, until integer not null) strict;
create table if not exists documents (id integer primary key, bytes integer not null, registered integer not null) strict;
create table if not exists numbers (number integer primary key, document integer not null, oggetto text not null) strict;`;

interface Part {
  readonly contentType: string;
  readonly bytes: Buffer;
}

type Texts = ReadonlyMap<string, string>;

/** Sessions, documents and numbers are kept in its file. */
export function createDocareaSimulator({
  clock,
  file = ":memory:",
}: DocareaSimulatorOptions): DocareaSimulator {
  const db = new Database(file, { create: true, strict: true });
  db.run("pragma journal_mode = wal");
  db.run(tables);
  const app = new Hono();
  app.post("/", async (c) => {
    let operation = "Login";
    try {
      const body = Buffer.from(await c.req.arrayBuffer());
      const { envelope, attachment } = readMessage(c.req.header("content-type") ?? "", body);
      const texts = readXml(envelope.bytes.toString("utf8"), "Envelope");
      const action = /([A-Za-z]+)"?$/.exec(c.req.header("soapaction") ?? "")?.[1] ?? "";
      if (!texts.has(action)) throw new SoapFault("SOAPAction does not name the call");
      operation = action;
      return c.body(
        write(operation, carryOut({ db, clock }, operation, { texts, attachment })),
        200,
        {
          "content-type": "text/xml; charset=utf-8",
        },
      );
    } catch (error) {
      if (error instanceof Refusal)
        return c.body(
          write(operation, { lngErrNumber: String(error.number), strErrString: error.message }),
          200,
          { "content-type": "text/xml; charset=utf-8" },
        );
      if (!(error instanceof SoapFault || error instanceof BrokenXml)) throw error;
      return c.body(
        `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>${escapeXmlText(error.message)}</faultstring></soap:Fault></soap:Body></soap:Envelope>`,
        500,
        { "content-type": "text/xml; charset=utf-8" },
      );
    }
  });
  return {
    app,
    report: () => ({
      documents:
        db.query<{ count: number }, []>("select count(*) as count from documents").get()?.count ??
        0,
      numbers: db
        .query<{ number: number; oggetto: string }, []>(
          "select number, oggetto from numbers order by number",
        )
        .all(),
    }),
    close: () => db.close(),
  };
}

interface Office {
  readonly db: Database;
  readonly clock: Clock;
}

function carryOut(
  office: Office,
  operation: string,
  { texts, attachment }: { readonly texts: Texts; readonly attachment: Part | null },
): Readonly<Record<string, string>> {
  const { db, clock } = office;
  if (operation === "Login") {
    if ((texts.get("strCodEnte") ?? "") === "") throw new Refusal(-1, "Codice ente mancante");
    for (const [name, value] of Object.entries(account))
      if (texts.get(name) !== value) throw new Refusal(-2, "Utente o password errati");
    const dst = randomBytes(12).toString("hex");
    db.query("insert into sessions values (?, ?)").run(dst, clock.now() + sessionMs);
    return { strDST: dst, ...fine };
  }
  assertSession(office, texts);
  if (attachment === null || attachment.bytes.length === 0)
    throw new Refusal(-10, "Nessun file allegato al messaggio");
  if (operation === "Inserimento") {
    const { lastInsertRowid } = db
      .query("insert into documents (bytes, registered) values (?, 0)")
      .run(attachment.bytes.length);
    return { lngDocID: String(lastInsertRowid), ...fine };
  }
  if (operation === "Protocollazione") return register(office, attachment.bytes.toString("utf8"));
  throw new SoapFault(`${operation} is no call of this service`);
}

const fine = { lngErrNumber: "0", strErrString: "" } as const;

function assertSession({ db, clock }: Office, texts: Texts): void {
  const dst = texts.get("strDST") ?? "";
  const row = db
    .query<{ until: number }, [string]>("select until from sessions where dst = ?")
    .get(dst);
  if (row === null || row.until <= clock.now() || texts.get("strUserName") !== account.strUserName)
    throw new Refusal(-3, "Sessione non valida o scaduta");
}

/** The segnatura is held against what WSPROTO wants of it. */
function register({ db, clock }: Office, xml: string): Readonly<Record<string, string>> {
  let documentId = "";
  let texts: Texts;
  try {
    texts = readXml(xml, "Segnatura", (name, read) => {
      if (name === "Documento") documentId = read("id") ?? "";
    });
  } catch (error) {
    if (error instanceof BrokenXml || error instanceof SoapFault)
      throw new Refusal(-20, "Segnatura non valida");
    throw error;
  }
  for (const name of ["Oggetto", "CodiceAmministrazione", "CodiceAOO", "CodiceFiscale"])
    if ((texts.get(name) ?? "") === "") throw new Refusal(-21, `${name} mancante nella segnatura`);
  if (texts.get("Flusso") !== "U") throw new Refusal(-22, "Flusso non ammesso");
  if (!texts.has("ApplicativoProtocollo")) throw new Refusal(-23, "Applicativo mancante");
  const document = db
    .query<{ registered: number }, [number]>("select registered from documents where id = ?")
    .get(Number(documentId));
  if (document === null) throw new Refusal(-24, "Documento sconosciuto");
  if (document.registered === 1) throw new Refusal(-25, "Documento già protocollato");
  // An office refuses what it does not know: decided by what it receives.
  if (texts.get("CodiceTitolario") === "99.99")
    throw new Refusal(-26, "Voce di titolario inesistente");
  db.query("update documents set registered = 1 where id = ?").run(Number(documentId));
  const { lastInsertRowid } = db
    .query("insert into numbers (document, oggetto) values (?, ?)")
    .run(Number(documentId), texts.get("Oggetto") ?? "");
  const day = toRomeDay(clock.now());
  return {
    lngNumPG: String(lastInsertRowid),
    lngAnnoPG: day.slice(0, 4),
    strDataPG: day.split("-").toReversed().join("/"),
    ...fine,
  };
}

function write(operation: string, texts: Readonly<Record<string, string>>): string {
  const inner = Object.entries(texts)
    .map(([name, text]) => `<${name}>${escapeXmlText(text)}</${name}>`)
    .join("");
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><${operation}Response xmlns="http://tempuri.org/"><${operation}Result>${inner}</${operation}Result></${operation}Response></soap:Body></soap:Envelope>`;
}

/** Envelope and attachment of SOAP with Attachments, or the envelope alone. */
function readMessage(
  contentType: string,
  body: Buffer,
): { readonly envelope: Part; readonly attachment: Part | null } {
  if (/^text\/xml\b/i.test(contentType))
    return { envelope: { contentType, bytes: body }, attachment: null };
  const boundary = /^multipart\/related;.*\bboundary="?([^";]+)/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new SoapFault("neither text/xml nor multipart/related");
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(mark);
  for (;;) {
    const next = body.indexOf(mark, at + mark.length);
    if (at < 0 || next < 0) break;
    const piece = body.subarray(at + mark.length + 2, next - 2);
    const gap = piece.indexOf("\r\n\r\n");
    if (gap < 0) throw new SoapFault("a part without headers");
    const type = /^content-type:\s*(.+)$/im.exec(piece.subarray(0, gap).toString("latin1"))?.[1];
    parts.push({ contentType: type ?? "", bytes: piece.subarray(gap + 4) });
    at = next;
  }
  const [envelope, attachment = null] = parts;
  if (envelope === undefined || !/^text\/xml/i.test(envelope.contentType))
    throw new SoapFault("the first part is no envelope");
  return { envelope, attachment };
}

function readXml(
  xml: string,
  root: string,
  see: (name: string, read: (attribute: string) => string | null) => void = () => {},
): Texts {
  const texts = new Map<string, string>();
  const open: string[] = [];
  walkXml(xml, {
    open(element) {
      if (open.length === 0 && element.name !== root) throw new SoapFault(`no ${root}`);
      open.push(element.name);
      if (!texts.has(element.name)) texts.set(element.name, "");
      see(element.name, (attribute) => element.read(attribute));
    },
    text(piece) {
      const name = open.at(-1) ?? "";
      texts.set(name, (texts.get(name) ?? "") + piece);
    },
    close() {
      open.pop();
    },
  });
  if (texts.size === 0) throw new SoapFault(`no ${root}`);
  return texts;
}
