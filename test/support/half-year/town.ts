/** One ente with the pipelines as they are shipped, beside simulators on the half year's clock; its commands run here, or as processes that are killed. */
import { Database } from "bun:sqlite";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { findEndOfRomeDay, findRomeMidnight, toInstant } from "../../../engine/host/clock.ts";
import { crashpoints } from "../../../engine/host/crashpoint.ts";
import { createHttp } from "../../../engine/host/http.ts";
import { createLimiter } from "../../../engine/host/limiter.ts";
import { createSendStreams } from "../../../integrations/send/streams.ts";
import { ensureVerdictStream } from "../../../integrations/send/verdicts.ts";
import { settings } from "../../unit/integrations/send/setup.ts";
import { govPayEnte, govPaySecrets } from "../govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../installation-world.ts";
import type { RunDocument } from "../run-document.ts";
import { leaveTownToSend } from "../verbali.ts";
import { malfunction } from "./cast.ts";
import type { MovingClock } from "./clock.ts";

export const paTaxId = "89999990164";
export type PaymentSide = "gpd" | "govpay";
export type Following = "polling" | "stream";

export interface Setting {
  readonly side: PaymentSide;
  readonly by: Following;
  readonly clock: MovingClock;
  readonly random: () => number;
}

const shipped = ["send.yaml", "import-iun.yaml", "seguito.yaml", "annulla.yaml", "ricevute.yaml"];
const minute = 60_000;
const outage = {
  from: findRomeMidnight(malfunction.first),
  to: findEndOfRomeDay(malfunction.last) + 1_000,
};

export interface Killing {
  readonly at: string;
  readonly command: string;
  /** A named point of the program, or which of its calls was not answered. */
  readonly where: string;
}

/** A row of the journal by its columns. */
export type Row = Readonly<Record<string, string | number | null>>;

/** A record of the register as it stands. */
export interface KeptRecord {
  readonly key: string;
  readonly subject: string;
  readonly data: string;
}

/** The town; close it at the end. */
export class Town {
  readonly kills: Killing[] = [];
  readonly runs = new Map<string, number>();
  private victim: { readonly kill: () => void; calls: number } | null = null;
  private journal: Database | null = null;

  readonly world: InstallationWorld;
  readonly clock: MovingClock;
  readonly by: Following;
  private readonly random: () => number;

  private constructor(world: InstallationWorld, setting: Setting) {
    this.world = world;
    this.clock = setting.clock;
    this.by = setting.by;
    this.random = setting.random;
  }

  static async open(setting: Setting): Promise<Town> {
    const { clock, side, by } = setting;
    const hooks = { observe: (): void => undefined };
    const isOut = (): boolean => clock.now() >= outage.from && clock.now() < outage.to;
    const world = await makeInstallationWorld({
      clock,
      dayMs: 86_400_000,
      // SEND takes its time: the run that has sent does not wait for the verdict.
      validationMs: 20 * minute,
      environment: {
        malfunctions: [
          {
            functionality: "NOTIFICATION_CREATE",
            from: toInstant(outage.from),
            to: toInstant(outage.to),
            attestedAt: toInstant(outage.to),
          },
        ],
      },
      refuse: (request) =>
        isOut() && request.method === "POST" && /\/send\/delivery\//.test(request.url)
          ? new Response(null, { status: 503 })
          : null,
      observe: () => hooks.observe(),
      enteYaml: (text) =>
        `${leaveTownToSend(side === "govpay" ? govPayEnte(text) : text)}  seguito:\n    change:\n      load-notified: { with: { by: ${by} } }\n`,
    });
    for (const name of shipped)
      copyFileSync(
        join(import.meta.dir, "../../../pipelines", name),
        join(world.pipelinesFolder, name),
      );
    if (by === "stream") await makeStream(world.url, clock);
    const town = new Town(world, setting);
    hooks.observe = () => town.meetCall();
    return town;
  }

  async close(): Promise<void> {
    this.journal?.close();
    await this.world.close();
  }

  /** A command to its end; an exit code that says «failed» or «wrong usage» is a fault of the house. */
  async run(args: readonly string[]): Promise<RunDocument | null> {
    const ended = await this.world.postino(args, { env: govPaySecrets });
    const name = args[0] === "run" ? (args[1] ?? "") : (args[0] ?? "");
    this.runs.set(name, (this.runs.get(name) ?? 0) + 1);
    if (ended.code === 1 || ended.code === 2)
      throw new Error(`postino ${args.join(" ")} ended ${ended.code}: ${ended.stderr}`);
    return args.includes("--json") ? (JSON.parse(ended.stdout) as RunDocument) : null;
  }

  /** The same as a process that dies by SIGKILL somewhere; false: it was over before. */
  async runAndKill(args: readonly string[]): Promise<boolean> {
    const before = this.countRuns();
    const isNamed = this.random() < 0.5;
    const point = crashpoints[Math.floor(this.random() * crashpoints.length)] ?? "after-intent";
    const nth = 1 + Math.floor(this.random() * 2);
    const left = 1 + Math.floor(this.random() * 12);
    const started = this.world.start(args, {
      entry: join(import.meta.dir, "process.ts"),
      env: {
        ...govPaySecrets,
        HALF_YEAR_NOW: String(this.clock.now()),
        ...(isNamed ? { POSTINO_CRASH_AT: `${point}:${nth}` } : {}),
      },
    });
    if (!isNamed) this.victim = { kill: () => started.kill("SIGKILL"), calls: left };
    const { code, signal, stderr } = await started.ended;
    this.victim = null;
    if (code === 1 || code === 2) throw new Error(`postino ${args.join(" ")}: ${stderr}`);
    // Its own time went on.
    this.clock.moveTo(this.clock.now() + 5 * minute);
    if (signal === null) return false;
    this.kills.push({
      at: toInstant(this.clock.now()),
      command: args.slice(0, 2).join(" "),
      where: isNamed ? `${point}:${nth}` : `call ${left}`,
    });
    // Dead before the run was durable: nobody knows of it, and the next one does it.
    if (this.countRuns() === before) await this.run(args);
    return true;
  }

  private meetCall(): void {
    if (this.victim === null) return;
    this.victim.calls -= 1;
    if (this.victim.calls === 0) this.victim.kill();
  }

  /** What `serve` would take up: runs that a dead process left, or that wait; and failed verbali, as a person would once a day. */
  async takeUp(isPersonThere: boolean): Promise<void> {
    const open = this.list(
      `SELECT id FROM runs WHERE state IN ('queued', 'running'${isPersonThere ? ", 'waiting'" : ""}) ORDER BY seq`,
    );
    const wait = isPersonThere ? "1s" : "25m";
    for (const { id } of open) await this.run(["resume", String(id), "--wait", wait, "--json"]);
    if (!isPersonThere) return;
    const failed = this.list("SELECT id FROM runs WHERE failed > 0");
    for (const { id } of failed)
      await this.run(["resume", String(id), "--only", "failed", "--wait", "30m", "--json"]);
  }

  /** A scheduled run is left out while one of the pipeline is not over (`ifRunning: skip`). */
  hasOpenRun(pipeline: string): boolean {
    const [row] = this.list(
      "SELECT count(*) AS n FROM runs WHERE pipeline = ? AND state IN ('queued', 'running', 'waiting')",
      pipeline,
    );
    return Number(row?.["n"] ?? 0) > 0;
  }

  countRuns(): number {
    return Number(this.list("SELECT count(*) AS n FROM runs")[0]?.["n"] ?? 0);
  }

  /** Rows of the journal as it stands; none before it is made. */
  list(sql: string, ...values: string[]): readonly Row[] {
    const path = join(this.world.dataFolder, "postino.sqlite");
    if (!existsSync(path)) return [];
    this.journal ??= new Database(path, { readonly: true });
    return this.journal.query<Row, string[]>(sql).all(...values);
  }

  records(kind: string): readonly KeptRecord[] {
    return this.list(
      "SELECT r.key, r.subject, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? ORDER BY r.key",
      kind,
    ).map(toRecord);
  }

  /** The one of a notification. */
  findRecord(kind: string, iun: string): KeptRecord | null {
    const [row] = this.list(
      "SELECT r.key, r.subject, v.data FROM records r JOIN record_versions v ON v.number = r.newest WHERE r.kind = ? AND r.key = ?",
      kind,
      iun,
    );
    return row === undefined ? null : toRecord(row);
  }

  /** What one call to the simulators answers. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`${this.world.url}${path}`, {
      ...init,
      headers: { "x-api-key": "chiave-di-prova" },
    });
  }
}

function toRecord({ key, subject, data }: Row): KeptRecord {
  return { key: String(key), subject: String(subject), data: String(data) };
}

/** As `postino init` makes it. */
async function makeStream(url: string, clock: MovingClock): Promise<void> {
  const streams = createSendStreams({
    settings: { ...settings, baseUrl: `${url}/send` },
    sender: { denomination: "Comune di Prova", taxId: paTaxId },
    apiKey: "chiave-di-prova",
    http: createHttp(),
    clock,
    limiter: createLimiter(clock),
  });
  await ensureVerdictStream(streams, { ente: "prova", group: undefined, streamVersion: undefined });
}
