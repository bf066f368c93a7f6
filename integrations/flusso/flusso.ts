/** The flusso port on the file system; made for each ente by integrations/build.ts. */
import { dirname } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import { archiveFile, findOldestFile } from "./inbox.ts";
import {
  refusedFlussoError,
  type FlussoFile,
  type FlussoPort,
  type PostalTable,
  type RowFault,
} from "./port.ts";
import { openPostal } from "./postal.ts";
import { prepareFlusso, readRows, type PreparedFlusso } from "./reader.ts";
import type { FlussoSettings } from "./settings.ts";

export interface FlussoOptions {
  /** The `flusso:` part of the ente file; `undefined` = dotted names, ISO dates, cents. */
  readonly settings: FlussoSettings | undefined;
  /** `data/inbox`; an imported table of CAPs lies beside it, in `data/postal`. */
  readonly inboxRoot: string;
  readonly clock: Clock;
}

const plain: FlussoSettings = {
  delimiter: "auto",
  encoding: "auto",
  dates: "AAAA-MM-GG",
  amounts: "cents",
};

/** Reads flussi by the mapping of one ente. What was settled about a file is kept as long as its FlussoFile object. */
export function createFlusso(options: FlussoOptions): FlussoPort {
  const settings = options.settings ?? plain;
  const settled = new WeakMap<FlussoFile, PreparedFlusso>();
  let postal: Promise<PostalTable> | null = null;

  async function prepareOnce(
    file: FlussoFile,
  ): Promise<PreparedFlusso | { readonly faults: readonly RowFault[] }> {
    const known = settled.get(file);
    if (known !== undefined) return known;
    const found = await prepareFlusso(file, settings);
    if (!("faults" in found)) settled.set(file, found);
    return found;
  }

  return {
    async inspect(file, limit) {
      const found = await prepareOnce(file);
      if ("faults" in found) return limitFaults(found.faults, limit);
      const faults: RowFault[] = [];
      let more = 0;
      for await (const row of readRows(file, found, settings)) {
        for (const fault of "faults" in row ? row.faults : []) {
          if (faults.length < limit) faults.push(fault);
          else more += 1;
        }
      }
      return { faults, more, rows: found.rows };
    },
    async *readRows(file) {
      const found = await prepareOnce(file);
      if ("faults" in found) throw refusedFlussoError(file.name, limitFaults(found.faults, 50));
      yield* readRows(file, found, settings);
    },
    findOldest: (inbox, pattern) =>
      findOldestFile(options.inboxRoot, { inbox, pattern, clock: options.clock }),
    archive: (inbox, taken, runId) => archiveFile(options.inboxRoot, inbox, { taken, runId }),
    readPostalTable: () => (postal ??= openPostal(dirname(options.inboxRoot))),
  };
}

function limitFaults(faults: readonly RowFault[], limit: number) {
  return {
    faults: faults.slice(0, limit),
    more: Math.max(0, faults.length - limit),
    rows: 0,
  };
}
