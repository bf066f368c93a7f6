/** A host of the ente: the product, started, killed and started again on its disk. */
import type { Database } from "bun:sqlite";
import { createLogger } from "../../../engine/host/logger.ts";
import { isForeseen, RunBlocked } from "../../../engine/host/errors.ts";
import { createRedactor } from "../../../engine/host/redaction.ts";
import { createBugReports } from "../../../server/bug-reports.ts";
import { type Config, readConfig } from "../../../server/config.ts";
import {
  type Installation,
  openWriting,
  type WritingInstallation,
} from "../../../server/installation.ts";
import { openServing, type Serving } from "../../../server/serving.ts";
import { createNetwork } from "./network.ts";
import type { Boot, World } from "./world.ts";

export interface Running {
  readonly boot: Boot;
  readonly writing: WritingInstallation;
  readonly serving: Serving;
  readonly stop: AbortController;
}

/** What the product said that it could not foresee. */
export interface FoundBug {
  readonly message: string;
  readonly stack: string;
}

export class Host {
  readonly name: string;
  boots = 0;
  /** Ahead of the true time. */
  clockOffsetMs = 0;
  running: Running | null = null;
  /** True time since when it has been up; infinite while it is down. */
  upSince = Number.POSITIVE_INFINITY;
  /** When its clock was last wrong, its disk full, or somebody changed its files. */
  troubledAt = Number.NEGATIVE_INFINITY;
  /** True times. */
  readonly deaths: number[] = [];
  readonly bugs: FoundBug[] = [];
  /** Lines of the log that nobody looked at yet. */
  readonly logged: string[] = [];
  /** The machine is gone: it starts on a copy alone. */
  isLost = false;
  /** Somebody has copied its data. */
  hasCopy = false;
  /** Why it does not start. */
  refusal: string | null = null;
  private isStarting = false;
  private boot: Boot;
  private readonly world: World;
  private readonly program: Installation;
  private readonly environment: Readonly<Record<string, string>>;

  constructor(
    world: World,
    name: string,
    setting: {
      readonly program: Installation;
      readonly environment: Readonly<Record<string, string>>;
    },
  ) {
    this.world = world;
    this.name = name;
    this.program = setting.program;
    this.environment = setting.environment;
    this.boot = this.makeBoot(world.disk.mount(`${name}-0`, name, () => this.now()));
  }

  now(): number {
    return this.world.now() + this.clockOffsetMs;
  }

  /** Path of a file of this host as it is now. */
  locate(path: string): string {
    return `${this.boot.mount.path}/${path}`;
  }

  get mount() {
    return this.boot.mount;
  }

  private makeBoot(mount: Boot["mount"]): Boot {
    return { host: this.name, mount, isAlive: true };
  }

  /** Starts the server as `postino serve` does; nothing when it runs. */
  start(): void {
    if (this.running !== null || this.isStarting || this.isLost) return;
    this.world.story.tell(this.name, "si avvia");
    const { boot } = this;
    this.isStarting = true;
    this.world.wakeFor(boot, "start", 0, () => {
      this.open(boot).catch((error: unknown) => {
        if (!boot.isAlive) return;
        this.refusal = error instanceof RunBlocked ? error.code : "BUG";
        this.world.story.tell(this.name, `non si avvia: ${this.refusal}`);
        if (!(error instanceof RunBlocked)) this.noteBug(error);
        this.die("non riesce ad avviarsi", null);
      });
    });
  }

  private async open(boot: Boot): Promise<void> {
    const { world } = this;
    const config = this.makeConfig();
    const clock = world.makeClock(boot, () => this.clockOffsetMs);
    const redactor = createRedactor();
    const writeLog = (line: string): void => {
      if (boot.isAlive) this.logged.push(line);
    };
    const keep = createBugReports({ dataFolder: config.dataFolder, clock, redactor });
    const base: Installation = {
      ...this.program,
      config,
      clock,
      redactor,
      log: createLogger({ clock, redactor, level: "info", write: writeLog, isTerminal: false }),
      reportBug: (error, place) => {
        if (boot.isAlive) this.noteBug(error);
        return keep(error, place);
      },
      machine: { fetch: createNetwork(world, boot), random: () => world.draw("backoff") },
    };
    const writing = await openWriting(base);
    const stop = new AbortController();
    const serving = openServing(writing, stop.signal, { seals: null });
    this.running = { boot, writing, serving, stop };
    this.upSince = world.now();
    this.isStarting = false;
    this.refusal = null;
    const taken = await serving.manager.takeUp();
    if (taken.length > 0)
      world.story.tell(this.name, `riprende ${taken.length} flussi rimasti a metà`);
    await this.watchSchedules(this.running);
  }

  /** As `scheduler.run` does, with longer sleeps: a file or a clock that changes is noticed within the hour. */
  private async watchSchedules({ writing: { clock }, serving, stop }: Running): Promise<void> {
    while (!stop.signal.aborted) {
      const next = (await serving.scheduler.look(stop.signal)) ?? Number.POSITIVE_INFINITY;
      await clock.sleep(Math.min(26 * 3_600_000, Math.max(1_000, next - clock.now())), stop.signal);
    }
  }

  private makeConfig(): Config {
    return readConfig({
      POSTINO_DATA: this.locate("data"),
      POSTINO_PIPELINES: this.locate("pipelines"),
      ...this.environment,
    });
  }

  private noteBug(error: unknown): void {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    this.bugs.push({ message, stack });
    this.world.story.tell(this.name, `errore imprevisto: ${message}`);
  }

  /** From then on nothing more fits on its disk, or fits again. */
  setDiskFull(isFull: boolean): void {
    this.troubledAt = this.world.now();
    this.mount.isFull = isFull;
    for (const { path, database } of this.mount.databases)
      if (path.endsWith("/postino.sqlite")) limitPages(database, isFull);
  }

  /** Nothing of it moves any more. `tear`: a power cut, that takes what was not synced. */
  die(why: string, tear: ((name: string) => number) | null): void {
    this.world.story.tell(this.name, `muore: ${why}`);
    this.boot.isAlive = false;
    this.isStarting = false;
    this.running = null;
    this.upSince = Number.POSITIVE_INFINITY;
    this.deaths.push(this.world.now());
    this.boots += 1;
    const mount = this.world.disk.cut(this.boot.mount, `${this.name}-${this.boots}`, tear);
    this.boot = this.makeBoot(mount);
  }

  /** Asks the dashboard or the API, as a browser on this machine does; `null`: nobody answers, or it died meanwhile. */
  ask(path: string, init: Pick<RequestInit, "method" | "body"> = {}): Promise<Response | null> {
    const headers = { host: "127.0.0.1:8099", "x-postino-command": "cli" };
    return this.act(`ask ${path.replaceAll(/\d+/g, "*")}`, async ({ serving }) =>
      serving.app.request(`http://127.0.0.1:8099${path}`, { ...init, headers }),
    );
  }

  /** Has the program do something, as one of its commands would; `null`: it does not run, failed, or died meanwhile. */
  act<Result>(
    label: string,
    work: (running: Running) => Promise<Result>,
    patienceMs = 300_000,
  ): Promise<Result | null> {
    const { running, world } = this;
    if (running === null) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (result: Result | null): void =>
        world.wakeFor(null, "answer", 1, () => resolve(result));
      world.wakeFor(running.boot, label, 1, () => {
        work(running).then(end, (error: unknown) => {
          if (running.boot.isAlive && !isForeseen(error)) this.noteBug(error);
          end(null);
        });
      });
      // Nobody waits for ever.
      world.wakeFor(null, "patience", patienceMs, () => resolve(null));
    });
  }
}

/** SQLite's own way to a full disk. */
function limitPages(database: Database, isFull: boolean): void {
  const { pages = 0 } =
    database
      .query<{ pages: number }, []>("SELECT page_count AS pages FROM pragma_page_count")
      .get() ?? {};
  database.run(`PRAGMA max_page_count = ${isFull ? pages : 1_000_000}`);
}
