/** Messages of DOCAREA: SOAP 1.1, a file beside it as an attachment (SOAP with Attachments), and the segnatura. */
import { BrokenXml, walkXml } from "../xml.ts";
import { escapeXmlText } from "../xml-text.ts";
import type { ProtocolEntry } from "./port.ts";
import type { DocareaSettings } from "./settings.ts";

/** A file that goes with a message. */
export interface Attachment {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What goes over the wire, ready for the door. */
export interface SoapMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A call with its texts in order; with an attachment it is `multipart/related`. Source: SOAP 1.1; SOAP Messages with Attachments, W3C note of 2000-12-11. */
export function buildSoapMessage(
  call: {
    readonly namespace: string;
    readonly operation: string;
    readonly texts: Readonly<Record<string, string>>;
  },
  attachment?: Attachment,
): SoapMessage {
  const { namespace, operation, texts } = call;
  const inner = Object.entries(texts)
    .map(([name, text]) => `<${name}>${escapeXmlText(text)}</${name}>`)
    .join("");
  const envelope = `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><${operation} xmlns="${escapeXmlText(namespace)}">${inner}</${operation}></soap:Body></soap:Envelope>`;
  const soapAction = `"${namespace}${operation}"`;
  if (attachment === undefined)
    return {
      headers: { "content-type": "text/xml; charset=utf-8", soapaction: soapAction },
      body: new TextEncoder().encode(envelope),
    };
  const boundary = pickBoundary(attachment.bytes);
  const head = [
    `--${boundary}`,
    "Content-Type: text/xml; charset=utf-8",
    "Content-ID: <busta>",
    "",
    envelope,
    `--${boundary}`,
    `Content-Type: ${attachment.contentType}`,
    "Content-Transfer-Encoding: binary",
    `Content-ID: <${attachment.name}>`,
    "",
    "",
  ].join("\r\n");
  return {
    headers: {
      "content-type": `multipart/related; type="text/xml"; start="<busta>"; boundary="${boundary}"`,
      soapaction: soapAction,
    },
    body: Buffer.concat([
      Buffer.from(head),
      attachment.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}

/** One that the file does not hold. */
function pickBoundary(bytes: Uint8Array): string {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let boundary = "postino-parte";
  for (let count = 1; content.includes(boundary); count += 1) boundary = `postino-parte-${count}`;
  return boundary;
}

/** The texts of an answer by the names of their elements; `null`: it is no SOAP, or a fault. */
export function readSoapAnswer(text: string): ReadonlyMap<string, string> | null {
  const texts = new Map<string, string>();
  const open: string[] = [];
  let isSoap = false;
  try {
    walkXml(takeEnvelope(text), {
      open({ name }) {
        if (open.length === 0) isSoap = name === "Envelope";
        open.push(name);
        texts.set(name, "");
      },
      text(piece) {
        const name = open.at(-1);
        if (name !== undefined) texts.set(name, (texts.get(name) ?? "") + piece);
      },
      close() {
        open.pop();
      },
    });
  } catch (error) {
    if (error instanceof BrokenXml) return null;
    throw error;
  }
  return isSoap && open.length === 0 && !texts.has("Fault") ? texts : null;
}

/** Of an answer with attachments the first part. */
function takeEnvelope(text: string): string {
  const start = text.search(/<(?:\?xml|[A-Za-z][\w-]*:?Envelope)/);
  const end = /<\/(?:[\w-]+:)?Envelope\s*>/.exec(text);
  return start < 0 || end === null || !text.trimStart().startsWith("--")
    ? text
    : text.slice(start, end.index + end[0].length);
}

/** What is registered, for whom, by whom. Source: the segnatura that WSPROTO takes; one addressee. */
export function buildSegnatura(
  entry: ProtocolEntry,
  about: {
    readonly settings: DocareaSettings;
    readonly oggetto: string;
    readonly ente: string;
    readonly documentId: string;
  },
): string {
  const { settings, oggetto, ente, documentId } = about;
  const { codiceAmministrazione, codiceAoo, titolario, applicativo, parametri = {} } = settings;
  const codes = `${write("CodiceAmministrazione", codiceAmministrazione)}${write("CodiceAOO", codiceAoo)}`;
  const { name, surname, taxId } = entry.addressee;
  const person =
    surname === undefined
      ? write("Denominazione", name)
      : `${write("Nome", name)}${write("Cognome", surname)}`;
  const parameters = Object.entries(parametri)
    .map(
      ([key, value]) =>
        `<Parametro nome="${escapeXmlText(key)}" valore="${escapeXmlText(value)}"/>`,
    )
    .join("");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<Segnatura><Intestazione>",
    write("Oggetto", oggetto),
    `<Identificatore>${codes}<NumeroRegistrazione>0</NumeroRegistrazione><DataRegistrazione>0</DataRegistrazione><Flusso>U</Flusso></Identificatore>`,
    `<Mittente><Amministrazione>${write("Denominazione", ente)}${write("CodiceAmministrazione", codiceAmministrazione)}</Amministrazione><AOO>${write("CodiceAOO", codiceAoo)}</AOO></Mittente>`,
    `<Destinatario><Persona id="${escapeXmlText(taxId)}">${person}${write("CodiceFiscale", taxId)}</Persona></Destinatario>`,
    titolario === undefined
      ? ""
      : `<Classifica>${codes}${write("CodiceTitolario", titolario)}</Classifica>`,
    `</Intestazione><Descrizione><Documento id="${escapeXmlText(documentId)}" nome="${escapeXmlText(entry.file.name)}">${write("DescrizioneDocumento", oggetto)}${write("TipoDocumento", "Principale")}</Documento></Descrizione>`,
    `<ApplicativoProtocollo nome="${escapeXmlText(applicativo)}">${parameters}</ApplicativoProtocollo>`,
    "</Segnatura>",
  ].join("");
}

function write(name: string, text: string): string {
  return `<${name}>${escapeXmlText(text)}</${name}>`;
}
