/** A real SMTP server on a free port, with the letters that it took; TLS by a certificate made for the test. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface TakenLetter {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, lines joined where they were folded, quoted-printable undone. */
  readonly text: string;
  readonly isEncrypted: boolean;
}

export interface MailServer {
  readonly port: number;
  readonly letters: readonly TakenLetter[];
  readonly sessions: () => number;
  close(): Promise<void>;
}

/** Undoes what a mail program would: lines of the head that were folded, and two ways to write letters with accents. */
function readLetter(raw: string): string {
  const [head = "", ...body] = raw.split("\r\n\r\n");
  const words = head
    .replaceAll(/\r\n[ \t]+/g, " ")
    .replaceAll(/\?= =\?UTF-8\?Q\?/gi, "")
    .replaceAll(/=\?UTF-8\?Q\?(.*?)\?=(?=\r|$| )/gi, (_, text: string) =>
      text.replaceAll("_", " "),
    );
  const text = [words, ...body].join("\r\n\r\n").replaceAll(/=\r\n/g, "");
  return text
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (codes) =>
      Buffer.from(codes.replaceAll("=", ""), "hex").toString("utf8"),
    )
    .replaceAll("\r\n", "\n");
}

export async function openMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const letters: TakenLetter[] = [];
  let sessions = 0;
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    // Offered only with a certificate of the test.
    hideSTARTTLS: options.cert === undefined,
    onConnect(_session, done) {
      sessions += 1;
      done();
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        letters.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: readLetter(Buffer.concat(pieces).toString("utf8")),
          isEncrypted: session.secure,
        });
        done();
      });
    },
    ...options,
  });
  // A handshake that was broken off is the other side's affair.
  server.on("error", () => {});
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    letters,
    sessions: () => sessions,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  readonly certPath: string;
  remove(): void;
}

/** Self-signed, for this host name. */
export function makeCertificate(name: string): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), "postino-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const openssl = Bun.which("openssl") ?? "";
  execFileSync(
    openssl,
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      ...subject,
      "-keyout",
      key,
      "-out",
      cert,
    ],
    { stdio: "ignore" },
  );
  return {
    key: readFileSync(key, "utf8"),
    cert: readFileSync(cert, "utf8"),
    certPath: cert,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
