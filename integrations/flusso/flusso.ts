/** The flusso port on the file system; made for each ente by integrations/build.ts. */
import { dirname } from "node:path";
import type { Clock } from "../../engine/host/clock.ts";
import {
  archiveFile,
  findOldestFile,
  giveBackFile,
  type InboxQuery,
  refuseFile,
  takeOldest,
} from "./inbox/inbox.ts";
import {
  refusedFlussoError,
  type FlussoFile,
  type FlussoPort,
  type Inspection,
  type PostalTable,
  type RowFault,
} from "./port.ts";
import { readDatabaseFile, toDatabaseNotation } from "./database/database-file.ts";
import { openPostal } from "./postal/postal.ts";
import { readFlusso, type ReadFlusso, type RefusedFile } from "./rows/reader.ts";
import { type ActFields, buildFieldTable } from "./own-fields.ts";
import type { FlussoSettings } from "./settings.ts";

export interface FlussoOptions {
  /** The `flusso:` part of the ente file; `undefined` = dotted names, ISO dates, cents. */
  readonly settings: FlussoSettings | undefined;
  /** What the rows hold; default: verbali of the Codice della Strada. */
  readonly act?: { readonly name: string; readonly fields: ActFields } | undefined;
  /** `data/inbox`; an imported table of CAPs lies beside it, in `data/postal`. */
  readonly inboxRoot: string;
  readonly clock: Clock;
  /** For the address of a database; absent: none is read. */
  readonly secrets?: { get(name: string): Promise<string> };
}

const plain: FlussoSettings = {
  delimiter: "auto",
  encoding: "auto",
  dates: "AAAA-MM-GG",
  amounts: "cents",
};

/** How the flussi of an ente are read: its own settings, the plain ones where it has none, and the fields of the kind of act. */
export function readFlussoSettings({
  flusso = plain,
  act,
}: {
  readonly flusso?: FlussoSettings | undefined;
  readonly act?: FlussoOptions["act"];
}): FlussoSettings {
  return act === undefined ? flusso : layTable(flusso, act);
}

function layTable(
  settings: FlussoSettings,
  { name, fields }: NonNullable<FlussoOptions["act"]>,
): FlussoSettings {
  return { ...settings, table: buildFieldTable(name, fields) };
}

const noSecrets = { get: () => Promise.reject(new Error("no secrets are read here")) };

/** Reads flussi by the mapping of one ente. What was read of a file is kept until its rows are used, or its FlussoFile object is gone. */
export function createFlusso(options: FlussoOptions): FlussoPort {
  const { secrets = noSecrets, act } = options;
  const { settings: own = plain } = options;
  const settings = act === undefined ? own : layTable(own, act);
  const kept = new WeakMap<FlussoFile, ReadFlusso>();
  const root = options.inboxRoot;
  let postal: Promise<PostalTable> | null = null;

  function toQuery(inbox: string, pattern: string): InboxQuery {
    return { inbox, pattern, companionEnding: settings.ready, clock: options.clock };
  }

  async function readOnce(file: FlussoFile): Promise<ReadFlusso | RefusedFile> {
    const known = kept.get(file);
    if (known !== undefined) return known;
    const notation = file.isQueried === true ? toDatabaseNotation(settings) : settings;
    const found = await readFlusso(file, notation);
    if (!("faults" in found)) kept.set(file, found);
    return found;
  }

  return {
    async inspect(file, limit) {
      const found = await readOnce(file);
      if ("faults" in found) return limitFaults(found, limit);
      const faults: RowFault[] = [];
      let more = 0;
      for (const row of found.readRows()) {
        for (const fault of "faults" in row ? row.faults : []) {
          // Left out by the ente's own choice, one by one: no fault of the file.
          if (fault.code === "FLUSSO_HIDDEN_ROW") continue;
          if (faults.length < limit) faults.push(fault);
          else more += 1;
        }
      }
      const { rows, lines, notes, sheet } = found;
      return {
        ...(sheet === null ? { faults } : { faults: mergeCells(faults), sheet }),
        more,
        rows,
        ...(lines > rows && { lines }),
        ...(notes.length > 0 && { notes }),
      };
    },
    async *readRows(file) {
      const found = await readOnce(file);
      if ("faults" in found) throw refusedFlussoError(file.name, limitFaults(found, 50));
      try {
        yield* found.readRows();
      } finally {
        kept.delete(file);
        found.close();
      }
    },
    findOldest: (inbox, pattern) => findOldestFile(root, toQuery(inbox, pattern)),
    take: (inbox, pattern, run) => takeOldest(root, toQuery(inbox, pattern), run),
    giveBack: (inbox, runId) => giveBackFile(root, inbox, runId),
    refuse: (inbox, refused) => refuseFile(root, inbox, refused),
    archive: (inbox, taken, runId) => archiveFile(root, inbox, { taken, runId }),
    query: (values) => readDatabaseFile({ settings: settings.database, values, secrets }),
    readPostalTable: () => (postal ??= openPostal(dirname(options.inboxRoot))),
  };
}

function limitFaults({ faults, sheet }: RefusedFile, limit: number): Inspection {
  return {
    faults: faults.slice(0, limit),
    more: Math.max(0, faults.length - limit),
    rows: 0,
    ...(sheet !== null && { sheet }),
  };
}

/** What a spreadsheet did to a whole column is one fault, told where it begins. */
function mergeCells(faults: readonly RowFault[]): readonly RowFault[] {
  const groups = Map.groupBy(faults, ({ code, column, message, line }) =>
    code === "FLUSSO_CELL" ? `${column} ${message}` : `${line} ${column} ${code} ${message}`,
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    if (others.length === 0) return [first];
    const lines = others.slice(0, 4).map(({ line }) => line);
    const more = others.length > lines.length ? ` e altre ${others.length - lines.length}` : "";
    const message = `${first.message.replace(/\.$/, "")} (così anche alle righe ${lines.join(", ")}${more}).`;
    return [{ ...first, message }];
  });
}
