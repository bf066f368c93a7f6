/** Who answers for an ente: the adapters that its file names, real or simulated by their address. */
import { askTechnician } from "../engine/host/hint.ts";
import { resolve } from "node:path";
import { toInstant, type Clock } from "../engine/host/clock.ts";
import { RetryLater, RunBlocked } from "../engine/host/errors.ts";
import type { Http } from "../engine/host/http.ts";
import type { Limiter } from "../engine/host/limiter.ts";
import type { RecordReader, Records } from "../engine/journal/records.ts";
import type { EnteSettings } from "./ente.ts";
import { createAlerts } from "./alerts/create-alerts.ts";
import { createPreservation } from "./conservazione/create-conservazione.ts";
import { createEsiti, listEsitiAddresses } from "./esiti/create-esiti.ts";
import { createFlusso } from "./flusso/flusso.ts";
import { createLookups, listLookupAddresses } from "./lookups/create-lookups.ts";
import type { LookupLedger } from "./lookups/port.ts";
import {
  createPayments,
  getPaymentCosts,
  listPaymentAddresses,
  listPaymentSecrets,
} from "./payments/create-payments.ts";
import type { Counters } from "./payments/port.ts";
import { createProtocol, listProtocolAddresses } from "./protocollo/create-protocollo.ts";
import { noticeNews } from "./register/news.ts";
import { createRegister } from "./register/register.ts";
import type { SecretRef } from "./secret-ref.ts";
import { createSend, type Send, listSendAddresses } from "./send/create-send.ts";
import { createVerdicts, type EventMemory } from "./send/verdicts.ts";
import { sendNotActiveError } from "./service-faults.ts";
import type { Services } from "./services.ts";
import { createSigning, type SecretReader } from "./signing/create-signing.ts";

export interface BuildOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly secrets: SecretReader;
  readonly counters: Counters;
  readonly streamEvents: EventMemory;
  readonly records: RecordReader & Records;
  /** Where questions to the registers of the State are written down. */
  readonly ledger: LookupLedger;
  /** POSTINO_LIVE=1. */
  readonly isLive: boolean;
  /** Folder of the ente file: what its file names are relative to. */
  readonly enteFolder: string;
  readonly inboxFolder: string;
  readonly outboxFolder: string;
}

/** Throws RunBlocked `LIVE_NOT_ALLOWED` when the ente's file names a real service and the two permissions are not both there. */
export function assertLive(settings: EnteSettings, isLive: boolean): void {
  const [outside] = listOutsideUrls(settings).filter((url) => !isLoopback(url));
  if (outside !== undefined && !(isLive && settings.live)) throw notLiveError(settings, outside);
}

/** What SEND is to an ente, beyond what its steps use. The caller has asked `assertLive`. */
export function buildSend(
  { ente, send, payments }: EnteSettings,
  options: Pick<BuildOptions, "http" | "clock" | "limiter" | "secrets">,
): Send {
  const { http, clock, limiter, secrets } = options;
  return createSend({
    // Absent, SEND would take SYNC, by which GPD adds nothing.
    settings:
      send.feePolicy === "DELIVERY_MODE"
        ? { pagoPaIntMode: getPaymentCosts(payments).mode, ...send }
        : send,
    sender: { denomination: ente.nome, taxId: ente.codiceFiscale },
    secrets,
    http,
    clock,
    limiter,
    allowBaseUrl: () => true,
  });
}

/** The services of one ente. Throws RunBlocked `LIVE_NOT_ALLOWED` before anything is touched; secrets are read when first needed. */
export function buildServices(settings: EnteSettings, options: BuildOptions): Services {
  assertLive(settings, options.isLive);
  const { http, clock, limiter, secrets, counters } = options;
  const { codice, codiceFiscale, nome } = settings.ente;
  const { port, desk, streams } = buildSend(settings, options);
  const register = createRegister(options.records, codice);
  return {
    ente: resolveRenderPaths(settings, options.enteFolder),
    flusso: createFlusso({
      settings: settings.flusso,
      act: settings.act,
      inboxRoot: options.inboxFolder,
      clock,
      secrets,
    }),
    payments: createPayments({
      settings: settings.payments,
      creditor: { taxId: codiceFiscale, name: nome },
      ente: codice,
      secrets,
      outboxFolder: options.outboxFolder,
      http,
      clock,
      limiter,
      counters,
    }),
    send: port,
    desk,
    verdicts: createVerdicts({
      ente: codice,
      streamVersion: settings.send.streamVersion,
      streams,
      events: options.streamEvents,
      clock,
      noticeNews: (iuns) => noticeNews(register, iuns, toInstant(clock.now())),
    }),
    signing: createSigning(settings.signing, {
      folder: options.enteFolder,
      secrets,
      http,
      clock,
      kept: { store: options.streamEvents, ente: codice },
    }),
    register,
    lookups: createLookups({
      settings: settings.consultazioni,
      ente: codice,
      secrets,
      http,
      clock,
      limiter,
      records: options.records,
      ledger: options.ledger,
    }),
    alerts: createAlerts(options.records, codice, clock),
    ...buildOffices(settings, options),
  };
}

/** The offices that take acts in, give them a number, and are told what became of them. */
function buildOffices(
  settings: EnteSettings,
  { outboxFolder, secrets, http, clock }: BuildOptions,
): Pick<Services, "preservation" | "esiti" | "protocollo"> {
  const { codice, nome } = settings.ente;
  return {
    preservation: createPreservation({
      settings: settings.conservazione,
      ente: codice,
      outboxFolder,
      secrets,
    }),
    protocollo: createProtocol({
      settings: settings.protocollo,
      ente: { codice, nome },
      outboxFolder,
      secrets,
      http,
      clock,
    }),
    esiti: createEsiti({ settings: settings.esiti, ente: codice, outboxFolder, http, secrets }),
  };
}

/** What the steps of a pipeline will ask of the outside, as far as it can be tried without asking anyone. */
export interface Demands {
  readonly send: boolean;
  /** Something will be handed over to SEND, not only asked. */
  readonly transmits: boolean;
  readonly payments: boolean;
  readonly protocollo: boolean;
  readonly lookups: boolean;
  /** Verdicts are taken from the ente's stream on SEND. */
  readonly stream: boolean;
  /** Signers that sign without a person's own program. */
  readonly signers: readonly string[];
  /** Signers whose files are signed elsewhere and taken back. */
  readonly uploaders: readonly string[];
}

/**
 * Tries what every item would need, before the first one begins: SEND active, secrets there, key files readable with their password,
 * the authorities that uploaded signatures are held against. Throws RunBlocked of the first thing that is missing. Outside it asks SEND
 * alone: for the ente's group, and for the stream of a run that sends and takes its verdicts from there.
 */
export async function assertReady(
  settings: EnteSettings,
  services: Services,
  options: { readonly demands: Demands; readonly secrets: SecretReader },
): Promise<void> {
  const { demands, secrets } = options;
  if (demands.transmits && !settings.send.active) throw sendNotActiveError();
  for (const name of collectSecretNames(settings, demands)) await secrets.get(name);
  if (demands.transmits) await services.send.requireGroup();
  if (demands.transmits && demands.stream) await requireStream(services);
  for (const name of demands.signers) {
    const signer = services.signing.requireSigner(name);
    if (settings.signing.signers[name]?.pkcs12 !== undefined) await signer.describe();
  }
  for (const name of demands.uploaders) await services.signing.readUploadPolicy(name);
}

/** SEND that does not answer now says nothing of its streams: the step asks again. */
async function requireStream({ verdicts }: Services): Promise<void> {
  try {
    await verdicts.requireStream();
  } catch (error) {
    if (!(error instanceof RetryLater)) throw error;
  }
}

/** The secrets that such a run reads before its first item. */
export function collectSecretNames(
  { send, payments, signing, protocollo, consultazioni }: EnteSettings,
  demands: Demands,
): ReadonlySet<string> {
  const refs: (SecretRef | undefined)[] = [];
  if (demands.payments) refs.push(...listPaymentSecrets(payments));
  if (demands.send) refs.push(send.apiKey, send.pdnd?.privateKey);
  if (demands.protocollo) refs.push(protocollo?.docarea?.password);
  if (demands.lookups) refs.push(consultazioni?.pdnd?.privateKey);
  for (const name of demands.signers) {
    const { pkcs12, csc } = signing.signers[name] ?? {};
    refs.push(pkcs12?.password, csc?.clientSecret, csc?.pin);
  }
  const { timestamp } = signing;
  if (demands.signers.length > 0 && timestamp?.username !== undefined)
    refs.push(timestamp.password);
  return new Set(refs.flatMap((ref) => (ref === undefined ? [] : [ref.secret])));
}

/** Steps see crest, logo and the folders of finished PDFs and of photographs where they lie, whatever folder the process works in. */
export function resolveRenderPaths(settings: EnteSettings, enteFolder: string): EnteSettings {
  const { render } = settings;
  if (render === undefined) return settings;
  const paths: { stemma?: string; logoPagopa?: string; pdf?: string } = {};
  for (const name of ["stemma", "logoPagopa", "pdf"] as const) {
    const path = render[name];
    if (path !== undefined) paths[name] = resolve(enteFolder, path);
  }
  const { fotografie } = render;
  const photographs = fotografie && {
    fotografie: { ...fotografie, cartella: resolve(enteFolder, fotografie.cartella) },
  };
  return { ...settings, render: { ...render, ...paths, ...photographs } };
}

function listOutsideUrls({
  send,
  payments,
  signing,
  esiti,
  conservazione,
  protocollo,
  consultazioni,
}: EnteSettings): readonly string[] {
  const urls: (string | undefined)[] = [
    ...listSendAddresses(send),
    ...listPaymentAddresses(payments),
    ...listEsitiAddresses(esiti),
    ...listProtocolAddresses(protocollo),
    ...listLookupAddresses(consultazioni),
  ];
  for (const { csc } of Object.values(signing.signers)) urls.push(csc?.baseUrl, csc?.tokenUrl);
  urls.push(signing.timestamp?.url);
  if (conservazione?.sftp !== undefined) urls.push(toSftpUrl(conservazione.sftp.host));
  return urls.filter((url) => url !== undefined);
}

/** An address of IPv6 stands in brackets. */
function toSftpUrl(host: string): string {
  return `sftp://${host.includes(":") ? `[${host}]` : host}`;
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function notLiveError(settings: EnteSettings, url: string): RunBlocked {
  const { host } = new URL(url);
  const missing = settings.live
    ? "manca POSTINO_LIVE=1 nell'ambiente"
    : `il file dell'ente ${settings.ente.codice} non permette i servizi reali`;
  return new RunBlocked(
    "LIVE_NOT_ALLOWED",
    `L'indirizzo ${host} è di un servizio reale, ma ${missing}.`,
    {
      ofRun: "Nulla è stato inviato.",
      hint: askTechnician(
        "permettere i servizi reali, se si vuole notificare davvero",
        "Per notificare davvero servono tutte e due le cose: «live: true» nel file dell'ente e POSTINO_LIVE=1 nell'ambiente.",
      ),
    },
  );
}
