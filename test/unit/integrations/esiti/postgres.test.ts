/** Esiti into a real PostgreSQL, started here; skipped where there is none. */
import { SQL } from "bun";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEsiti } from "../../../../integrations/esiti/create-esiti.ts";
import type { EsitiDelivery } from "../../../../integrations/register/reports.ts";
import { findFreePort } from "../../../support/free-port.ts";

const bin = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin", "/usr/local/bin"].find(
  (folder) => existsSync(join(folder, "initdb")),
);
// PostgreSQL does not run as root: another user has to be there to run it.
const isRoot = process.getuid?.() === 0;
const canRun = bin !== undefined;
let folder = "";
let port = 0;

beforeAll(async () => {
  if (bin === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "postino-postgres-"));
  port = await findFreePort();
  const data = join(folder, "db");
  const start = `${bin}/initdb -D ${data} -A trust -U postino -N && ${bin}/pg_ctl -D ${data} -w -l ${folder}/log -o "-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off" start`;
  if (isRoot) Bun.spawnSync(["chown", "nobody", folder]);
  runAsServer(start);
});
afterAll(() => {
  if (bin === undefined) return;
  runAsServer(`${bin}/pg_ctl -D ${join(folder, "db")} -m immediate stop`);
  rmSync(folder, { recursive: true, force: true });
});

function runAsServer(command: string): void {
  const shell = isRoot
    ? ["su", "-s", "/bin/bash", "nobody", "-c", command]
    : ["/bin/bash", "-c", command];
  const { exitCode, stderr } = Bun.spawnSync(shell, { cwd: folder });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

const columns = {
  riga: "progressivo",
  verbale: "numero",
  giorno: "data",
  "Valido?": "valido",
  note: "nota",
} as const;
const fact = {
  fatto: "perfezionato",
  iun: "ABCD-EFGH-ILMN-202611-N-1",
  numero: "000123",
  protocollo: "P",
  destinatario: 1,
  data: "2026-11-30",
  istante: null,
  come: null,
  importoCents: null,
  codiceAvviso: null,
  codice: null,
  nota: 'L\'«à»; "x"',
  progressivo: 1,
  corregge: null,
  valido: true,
} as const;
const delivery: EsitiDelivery = {
  lotto: 1,
  madeAt: "2026-11-30T05:00:00.000Z",
  facts: [fact, { ...fact, progressivo: 2, valido: false, nota: null }],
  deliveredAt: null,
};

async function deliver(table: string, { user = "postino", database = "postgres", at = port } = {}) {
  const esiti = createEsiti({
    settings: {
      to: "database",
      format: "csv",
      columns,
      database: { url: { secret: "DB" }, table },
    },
    ente: "prova",
    outboxFolder: folder,
    http: () => Promise.reject(new Error("no web")),
    secrets: { get: async () => `postgres://${user}@127.0.0.1:${at}/${database}` },
  } as unknown as Parameters<typeof createEsiti>[0]);
  await esiti.deliver(delivery);
}

async function query(text: string): Promise<unknown> {
  const sql = new SQL(`postgres://postino@127.0.0.1:${port}/postgres`, { max: 1 });
  try {
    return [...((await sql.unsafe(text)) as Iterable<unknown>)];
  } finally {
    await sql.close();
  }
}

test.skipIf(!canRun)(
  "a table of a schema gets each row once, with the types of its columns",
  async () => {
    await query("CREATE SCHEMA ufficio");
    await query(
      'CREATE TABLE ufficio.esiti (riga int PRIMARY KEY, verbale text, giorno date, "Valido?" boolean, note text)',
    );

    await deliver("ufficio.esiti");
    await deliver("ufficio.esiti");

    expect(
      await query(
        'SELECT riga, verbale, giorno::text, "Valido?", note FROM ufficio.esiti ORDER BY riga',
      ),
    ).toEqual([
      { riga: 1, verbale: "000123", giorno: "2026-11-30", "Valido?": true, note: 'L\'«à»; "x"' },
      { riga: 2, verbale: "000123", giorno: "2026-11-30", "Valido?": false, note: null },
    ]);
  },
);

test.skipIf(!canRun)(
  "what it refuses is told by its kind, and nothing of the delivery stays",
  async () => {
    await query(
      'CREATE TABLE corta (riga int PRIMARY KEY, verbale varchar(3), giorno date, "Valido?" boolean, note text)',
    );
    await query(
      'CREATE TABLE piena (riga int PRIMARY KEY, verbale text, giorno date, "Valido?" boolean, note text NOT NULL)',
    );
    await query("CREATE TABLE povera (riga int PRIMARY KEY)");
    const refusals: readonly (readonly [Parameters<typeof deliver>, string, string])[] = [
      [["manca"], "ESITI_REFUSED", "non c'è, o le manca una colonna"],
      [["povera"], "ESITI_REFUSED", "non c'è, o le manca una colonna"],
      [["corta"], "ESITI_REFUSED", "non accetta una riga"],
      [["piena"], "ESITI_REFUSED", "non accetta una riga"],
      [["piena", { user: "nessuno" }], "ESITI_REFUSED", "non lascia scrivere"],
      [["piena", { database: "altra" }], "ESITI_REFUSED", "non lascia scrivere"],
      [["piena", { at: 1 }], "ESITI_NOT_TAKEN", "non risponde"],
    ];
    for (const [args, code, said] of refusals) {
      const error = (await deliver(...args).catch((thrown: unknown) => thrown)) as Error & {
        code?: string;
      };
      expect([args, error.code, error.message.includes(said)]).toEqual([args, code, true]);
      expect(error.message).not.toContain("127.0.0.1");
    }
    expect(await query("SELECT count(*)::int AS n FROM piena")).toEqual([{ n: 0 }]);
  },
);
