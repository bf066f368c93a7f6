/** The mail server, asked and used: always encrypted, one recipient a message, in words that a person reads. */
import { readFile } from "node:fs/promises";
import { createTransport, type Transporter } from "nodemailer";
import { codeOf, messageOf } from "../../engine/host/errors.ts";
import type { MailSettings } from "./settings.ts";

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same with each try: a server that has it may drop the second. */
  readonly id: string;
}

export interface Mailer {
  /** `null`: the server took it; else why not, Italian. */
  send(letter: Letter): Promise<string | null>;
  /** Signs in and sends nothing; `null`: it would take messages. */
  probe(): Promise<string | null>;
  close(): void;
}

/** No healthy server takes longer. */
const patienceMs = 20_000;

export async function openMailer(
  settings: MailSettings,
  readSecret: (name: string) => Promise<string>,
): Promise<Mailer> {
  const { host, port, security, ca, user, password, from } = settings;
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user !== undefined &&
      password !== undefined && { auth: { user, pass: await readSecret(password.secret) } }),
    tls: { minVersion: "TLSv1.2", ...(ca !== undefined && { ca: await readFile(ca, "utf8") }) },
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
  });
  return {
    send: (letter) => tell(() => sendLetter(transport, from, letter)),
    probe: () => tell(async () => void (await transport.verify())),
    close: () => transport.close(),
  };
}

async function sendLetter(transport: Transporter, from: string, letter: Letter): Promise<void> {
  const { to, subject, text, html, id } = letter;
  await transport.sendMail({
    // As objects: a text could be read as several of them.
    from: { name: "Postino", address: from },
    to: [{ name: "", address: to }],
    subject,
    text,
    html,
    messageId: `<${id}@${from.slice(from.lastIndexOf("@") + 1)}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  });
}

async function tell(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return describeFault(error);
  }
}

const faults: Readonly<Record<string, string>> = {
  EAUTH: "Il server di posta rifiuta utente o password.",
  EENVELOPE: "Il server di posta rifiuta il destinatario o il mittente.",
  ETLS: "Il server di posta non cifra la connessione: nulla è stato mandato in chiaro.",
  EDNS: "Il nome del server di posta non si trova.",
  ETIMEDOUT: "Il server di posta non risponde in tempo.",
  ECONNECTION: "Il server di posta non si raggiunge.",
  EMESSAGE: "Il server di posta rifiuta il messaggio.",
};

/** What a person can do something about; the server's own words may name people and are left out. */
function describeFault(error: unknown): string {
  const message = messageOf(error);
  if (/certificate|self.signed|altnames|hostname/i.test(message))
    return "Il certificato del server di posta non è di un'autorità nota, o è di un altro nome.";
  if (/ECONNREFUSED|Failed to connect/i.test(message))
    return "Il server di posta rifiuta la connessione.";
  if (/ENOTFOUND|EAI_AGAIN/i.test(message)) return faults["EDNS"] ?? "";
  const code = codeOf(error) ?? "";
  return (
    faults[code] ??
    `Il server di posta non accetta messaggi (${code === "" ? "motivo non detto" : code}).`
  );
}
