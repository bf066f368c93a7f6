/** The audit log: who did what to what, each row chained to the one before it; it is only added to. */
import { createHash } from "node:crypto";
import type { Database } from "bun:sqlite";
import { type Clock, toInstant } from "../../engine/host/clock.ts";
import { changePeople } from "./store.ts";

/** What is written down, and how pages name it. */
export const auditActions = {
  accesso: "Accesso",
  "accesso-negato": "Accesso non riuscito",
  uscita: "Uscita",
  "uscita-ovunque": "Uscita da ogni dispositivo",
  vietato: "Azione non consentita",
  avvio: "Avvio di un flusso",
  colonne: "Colonne di un file scritte per l'ente",
  otp: "OTP consegnato",
  benestare: "Benestare",
  firmati: "PDF firmati caricati",
  ripresa: "Ripresa",
  decisione: "Decisione su un dubbio",
  correzione: "Verbale corretto e rimandato",
  "correzione-registro": "Verbale corretto nel registro da notificare",
  rinotifica: "Nuova notifica preparata",
  scelta: "Verbali scelti o messi da parte",
  annullo: "Annullamento",
  esclusione: "Verbali esclusi da un flusso",
  pausa: "Programmazione in pausa",
  "fine-pausa": "Programmazione ripresa",
  riallineo: "Riallineamento",
  copia: "Copia di sicurezza",
  ripristino: "Ripristino da una copia",
  cancellazione: "Dati personali cancellati",
  lettura: "Dati di un verbale letti",
  documento: "Documento scaricato",
  elenco: "Elenco scaricato",
  fascicolo: "Fascicolo scaricato",
  ricerca: "Ricerca",
  consultazione: "Consultazione di un registro",
  vista: "Vista salvata, cambiata o tolta",
  "file-salvato": "Pipeline o ente cambiati",
  "persona-aggiunta": "Persona aggiunta",
  "persona-ruoli": "Ruoli cambiati",
  "persona-disattivata": "Persona disattivata",
  "persona-riattivata": "Persona riattivata",
  parola: "Parola d'accesso cambiata",
  invito: "Collegamento d'accesso creato",
  "secondo-fattore": "Secondo fattore attivato",
  "secondo-fattore-tolto": "Secondo fattore tolto",
  "codici-recupero": "Codici di recupero rifatti",
  passkey: "Passkey aggiunta",
  "passkey-tolta": "Passkey tolta",
  chiave: "Chiave creata",
  "chiave-revocata": "Chiave revocata",
  registro: "Registro degli accessi esportato",
} as const;
export type AuditAction = keyof typeof auditActions;

/** An act, as it is told to the log. No personal data of those who are notified, no secrets. */
export interface AuditedAct {
  /** `anna`, `chiave:gestionale`, `sistema:root` for the terminal. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly ente?: string | null;
  /** A flusso, `flusso/verbale`, a user. */
  readonly subject?: string | null;
  /** Whatever else tells the act apart. */
  readonly detail?: Readonly<Record<string, unknown>> | null;
  readonly address?: string | null;
}

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly ente: string | null;
  readonly subject: string | null;
  /** JSON. */
  readonly detail: string | null;
  readonly address: string | null;
  readonly previous: string;
  readonly hash: string;
}

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  /** One of these. */
  readonly actions?: readonly string[];
  readonly ente?: string;
  readonly subject?: string;
  /** ISO 8601 UTC, from then on and before then. */
  readonly from?: string;
  readonly until?: string;
  /** Rows before this one. */
  readonly before?: number;
  readonly limit: number;
}

/** What a check of the chain found. */
export type AuditVerdict =
  | { readonly status: "whole"; readonly rows: number; readonly head: string }
  | { readonly status: "broken"; readonly row: number; readonly why: string };

export interface Audit {
  append(act: AuditedAct): void;
  /** Newest first. */
  listRows(filter: AuditFilter): readonly AuditRow[];
  /** Questions to a register of the State, from then on. */
  countLookups(of: {
    readonly ente: string;
    readonly register: string;
    readonly since: string;
  }): number;
  /** Oldest first, behind this row. */
  listOldest(filter: {
    readonly after: number;
    readonly from?: string;
    readonly limit: number;
  }): readonly AuditRow[];
  verify(): AuditVerdict;
  /** The same of the rows that have come since this process looked last: quick enough for a page. */
  verifyNew(): AuditVerdict;
  /** Whether a row has this hash: a head that was noted down elsewhere. */
  hasHash(hash: string): boolean;
}

const beginning = "0".repeat(64);

/** The log in the file of the people. */
export function createAudit(db: Database, clock: Clock): Audit {
  const last = db.query<Pick<AuditRow, "seq" | "hash">, []>(
    "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
  );
  const insert = db.query(
    `INSERT INTO audit (seq, at, actor, action, ente, subject, detail, address, previous, hash)
     VALUES ($seq, $at, $actor, $action, $ente, $subject, $detail, $address, $previous, $hash)`,
  );
  let seen: Link = { seq: 0, hash: beginning };
  return {
    append(act) {
      changePeople(db, () => {
        const before = last.get();
        const { detail = null } = act;
        const row = {
          seq: (before?.seq ?? 0) + 1,
          at: toInstant(clock.now()),
          actor: act.actor,
          action: act.action,
          ente: act.ente ?? null,
          subject: act.subject ?? null,
          detail: detail === null ? null : JSON.stringify(detail),
          address: act.address ?? null,
          previous: before?.hash ?? beginning,
        };
        insert.run({ ...row, hash: hashRow(row) });
      });
    },
    listRows: (filter) => listRows(db, filter),
    countLookups: ({ ente, register, since }) =>
      db
        .query<{ count: number }, [string, string, string]>(
          `SELECT count(*) AS count FROM audit WHERE action = 'consultazione' AND ente = ?
           AND json_extract(detail, '$.registro') = ? AND at >= ?`,
        )
        .get(ente, register, since)?.count ?? 0,
    listOldest: ({ after, from = "", limit }) =>
      db
        .query<AuditRow, [number, string, number]>(
          "SELECT * FROM audit WHERE seq > ? AND at >= ? ORDER BY seq LIMIT ?",
        )
        .all(after, from, limit),
    verify: () => verifyChain(db),
    verifyNew() {
      const verdict = verifyChain(db, seen);
      if (verdict.status === "whole") seen = { seq: verdict.rows, hash: verdict.head };
      return verdict;
    },
    hasHash: (hash) =>
      db.query("SELECT 1 FROM audit WHERE hash = ? LIMIT 1").get(hash.toLowerCase()) !== null,
  };
}

/** sha256 of the hash before and the row as a JSON list in the order of its columns. */
function hashRow(row: Omit<AuditRow, "hash">): string {
  const { seq, at, actor, action, ente, subject, detail, address, previous } = row;
  const canonical = JSON.stringify([seq, at, actor, action, ente, subject, detail, address]);
  return createHash("sha256").update(`${previous}\n${canonical}`).digest("hex");
}

function listRows(db: Database, filter: AuditFilter): readonly AuditRow[] {
  const { actor, action, actions, ente, subject, from, until, before, limit } = filter;
  const wanted: readonly (readonly [string, string | number | undefined])[] = [
    ["actor = ?", actor],
    ["action = ?", action],
    ["action IN (SELECT value FROM json_each(?))", actions && JSON.stringify(actions)],
    ["ente = ?", ente],
    ["(subject = ? OR subject GLOB ? || '/*')", subject],
    ["at >= ?", from],
    ["at < ?", until],
    ["seq < ?", before],
  ];
  const given = wanted.filter(([, value]) => value !== undefined);
  const where = given.length === 0 ? "" : `WHERE ${given.map(([sql]) => sql).join(" AND ")}`;
  const values = given.flatMap(([sql, value = ""]) =>
    sql.includes("GLOB") ? [value, escapeGlob(String(value))] : [value],
  );
  return db
    .query<AuditRow, (string | number)[]>(`SELECT * FROM audit ${where} ORDER BY seq DESC LIMIT ?`)
    .all(...values, limit);
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[]/g, "[$&]");
}

type Link = Pick<AuditRow, "seq" | "hash">;

function verifyChain(db: Database, after: Link = { seq: 0, hash: beginning }): AuditVerdict {
  let { seq, hash: previous } = after;
  const rows = db.query<AuditRow, [number]>("SELECT * FROM audit WHERE seq > ? ORDER BY seq");
  for (const row of rows.iterate(seq)) {
    seq += 1;
    if (row.seq !== seq) return { status: "broken", row: seq, why: "questa riga manca" };
    if (row.previous !== previous)
      return { status: "broken", row: seq, why: "non segue la riga precedente" };
    if (row.hash !== hashRow(row))
      return { status: "broken", row: seq, why: "non è più come fu scritta" };
    previous = row.hash;
  }
  // The store remembers how far it had counted: what was cut off at the end shows.
  const counted = db
    .query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
    .get();
  if ((counted?.seq ?? 0) > seq)
    return { status: "broken", row: seq + 1, why: "questa riga, e quelle dopo, mancano" };
  return { status: "whole", rows: seq, head: previous };
}
