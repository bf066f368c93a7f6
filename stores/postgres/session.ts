/** One connection to PostgreSQL, or a few for reading: statements as SQLite takes them, numbers as numbers, and a broken connection as an error of its own. */
import { SQL } from "bun";
import { systemClock } from "../../engine/host/clock.ts";
import { messageOf, RunBlocked } from "../../engine/host/errors.ts";
import type { Plan, SqlValue, Statement, StatementResult } from "../sql/plan.ts";
import { dropPlaces, listClearValues } from "../sql/sealed.ts";

/** The connection broke, or no answer came: what was asked may have happened. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(`no answer from PostgreSQL: ${messageOf(cause)}`, { cause });
    this.name = "ConnectionLost";
  }
}

export interface Session {
  /** Carries statements out side by side, in order. Throws ConnectionLost, and what PostgreSQL refuses. */
  run(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  close(): Promise<void>;
}

type Runner = Pick<SQL, "unsafe">;

/** How long an answer may take: longer than any statement of ours. */
const answerMs = 20_000;

/** A single connection, which is gone for good once it breaks. Throws ConnectionLost and RunBlocked `DATABASE_REFUSED`. */
export async function openSession(url: string): Promise<Session> {
  const pool = new SQL(url, { max: 1, idleTimeout: 0, connectionTimeout: 5 });
  try {
    const own = await pool.reserve();
    return {
      run: (statements) => runAll(own, statements),
      async close() {
        await own.release();
        await pool.close({ timeout: 0 });
      },
    };
  } catch (error) {
    await pool.close({ timeout: 0 }).catch(() => {});
    throw toSessionError(error);
  }
}

/** Some connections for statements that do not belong together. */
export function openReaders(url: string, max = 4): Session {
  const pool = new SQL(url, { max, idleTimeout: 0, connectionTimeout: 5 });
  return {
    run: (statements) => runAll(pool, statements),
    close: async () => await pool.close({ timeout: 0 }),
  };
}

/** Carries a plan out. */
export async function carryOut<Result>(session: Session, plan: Plan<Result>): Promise<Result> {
  let turn = plan.next([]);
  while (turn.done !== true) turn = plan.next(await session.run(turn.value));
  return turn.value;
}

async function runAll(
  runner: Runner,
  statements: readonly Statement[],
): Promise<readonly StatementResult[]> {
  const answered = new AbortController();
  const late = (async () => {
    await systemClock.sleep(answerMs, answered.signal);
    if (!answered.signal.aborted) throw new ConnectionLost(new Error("timeout"));
    return [];
  })();
  try {
    const sent = statements.map(({ sql, values }) =>
      runner.unsafe(toDollars(sql), listClearValues(values).map(toText)),
    );
    const ended = await Promise.race([Promise.allSettled(sent), late]);
    // After the first that is refused PostgreSQL refuses the rest of the transaction.
    for (const end of ended) if (end.status === "rejected") throw toSessionError(end.reason);
    return ended.flatMap((end, index) => {
      if (end.status !== "fulfilled") return [];
      const { rows, changes } = toResult(end.value);
      return { rows: dropPlaces(rows, statements[index]?.opens), changes };
    });
  } finally {
    answered.abort();
    late.catch(() => {});
  }
}

/** PostgreSQL keeps no NUL in a text. */
function toText(value: SqlValue): SqlValue {
  return typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value;
}

const translated = new Map<string, string>();

/** `?` in order as `$1`, `$2`: no statement of ours has one in a text. */
function toDollars(sql: string): string {
  const known = translated.get(sql);
  if (known !== undefined) return known;
  let at = 0;
  const text = sql.replaceAll("?", () => {
    at += 1;
    return `$${at}`;
  });
  translated.set(sql, text);
  return text;
}

/** Columns of 8 bytes, which come as text; an instant under one of these names is no whole number. */
const whole = new Set(
  "seq id item itemId firstId dueAt since bytes inputBytes first next number holding term commits run due_at input_bytes newest place".split(
    " ",
  ),
);

function toResult(answer: unknown): StatementResult {
  const given = answer as Record<string, unknown>[] & { readonly count: number | null };
  const rows = given.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === "string" && whole.has(name) && /^-?\d+$/.test(value)
          ? Number(value)
          : value,
      ]),
    ),
  );
  return { rows, changes: given.count ?? 0 };
}

/** SQLSTATE of what the server said; Bun's own errors have none. */
export function readState(error: unknown): string | null {
  const state = error instanceof Error && "errno" in error ? error.errno : null;
  return typeof state === "string" && /^[0-9A-Z]{5}$/.test(state) ? state : null;
}

/** Connection failures, a server that stops, starts or is out of connections for a moment, and one that lost patience with a transaction that stood still. */
const passing = /^(08...|57P0[123]|53300|25P03)$/;

function toSessionError(error: unknown): unknown {
  const state = readState(error);
  if (state === null || passing.test(state))
    return error instanceof ConnectionLost ? error : new ConnectionLost(error);
  if (/^53[12]00$/.test(state)) return databaseFullError(error);
  if (/^(28...|3D000|42501)$/.test(state)) return databaseRefusedError(error);
  return error;
}

function databaseFullError(cause: unknown): RunBlocked {
  return new RunBlocked("DISK_FULL", "Il disco del database è pieno.", {
    hint: {
      action: "resume",
      first: "Liberare spazio sul server PostgreSQL.",
      after: "Nulla di ciò che è registrato è andato perso.",
    },
    cause,
  });
}

function databaseRefusedError(cause: unknown): RunBlocked {
  return new RunBlocked("DATABASE_REFUSED", "PostgreSQL non lascia entrare Postino.", {
    hint: "Controllare utente, password e nome del database in POSTINO_STORE, e che l'utente possa creare tabelle.",
    cause,
  });
}
