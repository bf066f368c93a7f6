/** The registers that an ente asks before it sends, made from its settings. */
import type { Clock } from "../../engine/host/clock.ts";
import { messageOf, RunBlocked } from "../../engine/host/errors.ts";
import type { Http } from "../../engine/host/http.ts";
import type { Limiter } from "../../engine/host/limiter.ts";
import type { RecordReader, Records } from "../../engine/journal/records.ts";
import { type DoctorFinding, toDoctorFinding } from "../diagnosis.ts";
import { createSharedRequest, type SharedRequest } from "../shared-request.ts";
import { type AnprOptions, createAnpr, describeAnprServices } from "./anpr.ts";
import { createLookupCache, type LookupCache } from "./cache.ts";
import { requestBoundVoucher } from "./call.ts";
import { createInad, type InadOptions, requestInadVoucher } from "./inad.ts";
import type { Answered, LookupLedger, LookupPort, LookupQuestion } from "./port.ts";
import type { LookupSettings } from "./settings.ts";

export interface LookupOptions {
  readonly settings: LookupSettings | undefined;
  readonly ente: string;
  readonly secrets: { get(name: string): Promise<string> };
  readonly http: Http;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly records: RecordReader & Records;
  readonly ledger: LookupLedger;
}

/** Where the ente's file does not name a register, asking it blocks the run. */
export function createLookups(options: LookupOptions): LookupPort {
  const anpr = describeAnprOptions(options);
  const inad = describeInadOptions(options);
  return {
    findResidence: anpr === null ? refuseWithout("ANPR") : shareByPerson(createAnpr(anpr)),
    findDomicile: inad === null ? refuseWithout("INAD") : shareByPerson(createInad(inad)),
  };
}

/** For who only looks: nobody is asked, nothing is written down. */
export function createUnaskedLookups(): LookupPort {
  const notAsked = { status: "not-asked" } as const;
  const tell = (): Promise<typeof notAsked> => Promise.resolve(notAsked);
  return { findResidence: tell, findDomicile: tell };
}

/** Addresses outside that the settings lead to. */
export function listLookupAddresses(settings: LookupSettings | undefined): readonly string[] {
  const { pdnd, anpr, inad } = settings ?? {};
  return [pdnd?.tokenUrl, anpr?.baseUrl, inad?.baseUrl].filter((url) => url !== undefined);
}

/** Asks PDND for a voucher of each purpose, and no register about anybody. */
export async function diagnoseLookups(options: AccessOptions): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const { name, request } of listProbes(options))
    try {
      await request();
      findings.push({
        state: "good",
        note: `${name}: PDND rilascia il voucher per la sua finalità.`,
      });
    } catch (error) {
      if (!(error instanceof Error)) throw new Error(messageOf(error), { cause: error });
      const found = toDoctorFinding(error, "bad");
      findings.push({ ...found, note: `${name}: ${found.note}` });
    }
  return findings;
}

type AccessOptions = Pick<LookupOptions, "settings" | "secrets" | "http" | "clock">;

interface Probe {
  readonly name: string;
  readonly request: () => Promise<unknown>;
}

function* listProbes(options: AccessOptions): Generator<Probe> {
  const anpr = describeAnprAccess(options);
  if (anpr !== null)
    for (const { register, access } of Object.values(describeAnprServices(anpr)))
      yield { name: register.name, request: () => requestBoundVoucher(access, "doctor") };
  const inad = describeInadAccess(options);
  if (inad !== null) yield { name: "INAD", request: () => requestInadVoucher(inad) };
}

function describeInadOptions(options: LookupOptions): InadOptions | null {
  const access = describeInadAccess(options);
  if (access === null) return null;
  return { ...access, world: options, cache: openCache(options, access.readKey) };
}

function describeInadAccess({ settings, secrets, http, clock }: AccessOptions) {
  const { pdnd: client, inad } = settings ?? {};
  if (client === undefined || inad === undefined) return null;
  const readKey = (): Promise<string> => secrets.get(client.privateKey.secret);
  return { settings: inad, pdnd: { client, privateKey: readKey, http, clock }, readKey };
}

function openCache(
  { settings, clock, ente, records }: LookupOptions,
  readKey: () => Promise<string>,
): LookupCache {
  return createLookupCache({ records, ente, clock, days: settings?.days ?? 30, readKey });
}

function describeAnprOptions(options: LookupOptions): AnprOptions | null {
  const access = describeAnprAccess(options);
  if (access === null) return null;
  return { ...access, world: options, cache: openCache(options, access.readKey) };
}

function describeAnprAccess({ settings, secrets, http, clock }: AccessOptions) {
  const { pdnd, anpr } = settings ?? {};
  if (pdnd === undefined || anpr === undefined) return null;
  const readKey = (): Promise<string> => secrets.get(pdnd.privateKey.secret);
  return { settings: anpr, client: pdnd, privateKey: readKey, readKey, world: { http, clock } };
}

/** Several verbali of one person, side by side, are one question. */
function shareByPerson<Answer>(
  find: (question: LookupQuestion) => Promise<Answered<Answer>>,
): (question: LookupQuestion) => Promise<Answered<Answer>> {
  const open = new Map<string, SharedRequest<Answered<Answer>>>();
  return async (question) => {
    const { taxCode, signal } = question;
    const shared = open.get(taxCode) ?? createSharedRequest<Answered<Answer>>();
    open.set(taxCode, shared);
    try {
      return await shared.join((stop) => find({ ...question, signal: stop }), signal);
    } finally {
      if (!shared.isUnderWay()) open.delete(taxCode);
    }
  };
}

function refuseWithout(section: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new RunBlocked("LOOKUP_SETTINGS", `Il file dell'ente non dice come consultare ${section}.`, {
        hint: {
          action: "resume",
          setting: {
            ask: "indicare il registro nel file dell'ente, o togliere il passo",
            technical: `Aggiungere la sezione consultazioni: con ${section}, o togliere il passo.`,
          },
        },
      }),
    );
}
