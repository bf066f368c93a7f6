/** Questions to the registers of the State in the audit log: who asked what, for which verbale, before it goes out. */
import type { Database } from "bun:sqlite";
import type { Clock } from "../engine/host/clock.ts";
import { requireRow } from "../engine/host/errors.ts";
import type { Run } from "../engine/journal/runs.ts";
import type { LookupLedger } from "../integrations/lookups/port.ts";
import { type AuditAction, createAudit } from "./people/audit.ts";
import { locatePeople, openPeopleFile } from "./people/store.ts";
import { nameTerminalUser } from "./people/terminal-user.ts";

/** By these a person makes a run move; the newest is whose question it is. */
const moving: ReadonlySet<string> = new Set([
  "avvio",
  "ripresa",
  "decisione",
  "correzione",
  "otp",
  "benestare",
  "firmati",
  "esclusione",
] satisfies AuditAction[]);

/** The schedule has no name of its own. */
const schedule = "programmazione";

/** The file of the people is opened for each question, as nobody closes what steps are given. */
export function createLookupLedger(
  dataFolder: string,
  clock: Clock,
  journal: { readRun(id: string): Promise<Run | null> },
): LookupLedger {
  const file = locatePeople(dataFolder);
  function open<Result>(work: (db: Database) => Result): Result {
    const db = openPeopleFile(file);
    try {
      return work(db);
    } finally {
      db.close();
    }
  }
  return {
    async findAsker(runId) {
      const { trigger } = requireRow(await journal.readRun(runId), `run ${runId}`);
      const rows = open((db) =>
        createAudit(db, clock).listRows({ subject: runId, actions: [...moving], limit: 1 }),
      );
      return rows[0]?.actor ?? (trigger === "manual" ? nameTerminalUser() : schedule);
    },
    note({ by, ente, runId, numero, register }) {
      open((db) =>
        createAudit(db, clock).append({
          actor: by,
          action: "consultazione",
          ente,
          subject: `${runId}/${numero}`,
          detail: { registro: register },
        }),
      );
    },
    count: (ente, register, since) =>
      open((db) => createAudit(db, clock).countLookups({ ente, register, since })),
  };
}
