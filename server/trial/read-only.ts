/** The services of an ente for who only looks: nothing of the ente's data moves, and of the outside only reading calls pass. */
import { join } from "node:path";
import { RunBlocked } from "../../engine/host/errors.ts";
import { createHttp, type Http, NoAnswer } from "../../engine/host/http.ts";
import { createLimiter } from "../../engine/host/limiter.ts";
import type { RecordReader } from "../../engine/journal/records.ts";
import { assertLive, buildServices } from "../../integrations/build.ts";
import type { EnteSettings } from "../../integrations/ente.ts";
import type { FlussoPort } from "../../integrations/flusso/port.ts";
import { createUnaskedLookups } from "../../integrations/lookups/create-lookups.ts";
import type { LookupLedger } from "../../integrations/lookups/port.ts";
import type { EventMemory } from "../../integrations/send/verdicts.ts";
import type { Services } from "../../integrations/services.ts";
import { type Installation, openSecrets } from "../installation.ts";
import { locateEnteFolder } from "../ente/ente-view.ts";

export interface ReadOnly {
  readonly services: Services;
  /** `true`: reading calls go out; otherwise why none does, and a run would stop here. */
  readonly outside: true | RunBlocked;
}

/** `records`: the journal as far as it may be read; `null`: there is none yet. */
export function openReadOnly(
  installation: Installation,
  settings: EnteSettings,
  records: RecordReader | null,
): ReadOnly {
  const { config, clock } = installation;
  const outside = isAllowedOutside(settings, config.isLive);
  const http = outside === true ? createReadingHttp(settings) : refuseAll;
  const services = buildServices(
    // Where nothing goes out, no permission is needed to look at the file.
    outside === true ? settings : { ...settings, live: true },
    {
      http,
      clock,
      limiter: createLimiter(clock),
      secrets: openSecrets(installation, settings),
      counters: { allocate: () => Promise.reject(writeError("a number")) },
      streamEvents: inertEvents,
      records: { ...(records ?? noRecords), writeRecords: () => Promise.resolve([]) },
      ledger: inertLedger,
      isLive: outside === true ? config.isLive : true,
      enteFolder: locateEnteFolder(installation),
      inboxFolder: join(config.dataFolder, "inbox"),
      outboxFolder: join(config.dataFolder, "outbox"),
    },
  );
  return {
    services: {
      ...services,
      flusso: holdFlusso(services.flusso),
      // Who only looks has no reason to ask about anybody.
      lookups: createUnaskedLookups(),
    },
    outside,
  };
}

function isAllowedOutside(settings: EnteSettings, isLive: boolean): true | RunBlocked {
  try {
    assertLive(settings, isLive);
    return true;
  } catch (error) {
    if (error instanceof RunBlocked) return error;
    throw error;
  }
}

/** Questions pass; of what is posted, only what buys the right to ask. */
function createReadingHttp({ send }: EnteSettings): Http {
  const ask = createHttp();
  return (request) =>
    request.method === "GET" || request.url === send.pdnd?.tokenUrl
      ? ask(request)
      : Promise.reject(writeError(`${request.method} ${new URL(request.url).pathname}`));
}

const refuseAll: Http = ({ url }) =>
  Promise.reject(new NoAnswer(new URL(url).origin, true, new Error("not asked in a trial")));

/** A step that is said to have no effect has tried one: its own fault. */
function writeError(what: string): Error {
  return new Error(`a trial never writes: ${what}`);
}

/** The file stays where it lies, whatever a step does with it. */
function holdFlusso(flusso: FlussoPort): FlussoPort {
  return {
    ...flusso,
    take: () => Promise.resolve({ file: null, others: [], waiting: [] }),
    giveBack: () => Promise.resolve(),
    refuse: () => Promise.resolve(false),
    archive: () => Promise.resolve(false),
  };
}

const noRecords: RecordReader = {
  readRecords: () => Promise.resolve(new Map()),
  listRecords: () => Promise.resolve([]),
  countRecords: () => Promise.resolve(new Map()),
  listRecordVersions: () => Promise.resolve([]),
  listRecordChanges: () => Promise.resolve([]),
};

/** Nobody is asked about. */
const inertLedger: LookupLedger = {
  findAsker: () => Promise.reject(writeError("a question")),
  note: () => {
    throw writeError("a question");
  },
  count: () => 0,
};

/** Verdicts are no part of a trial. */
const inertEvents: EventMemory = {
  readLastStreamEvent: () => Promise.resolve(null),
  addStreamEvents: () => Promise.resolve(),
  readStreamEvents: () => Promise.resolve([]),
};
