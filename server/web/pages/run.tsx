/** The page of one flusso: why it stands where it stands, how far it is, what a person can do, and its grid. */
/** @jsxImportSource ../markup */
import type { StoredArtifact } from "../../../engine/host/files.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import { formatFileName, formatBytes, formatNumber } from "../../words/format.ts";
import type { RunLog } from "../../history/run-log.ts";
import type { RunView } from "../../history/run-view.ts";
import type { StepProgress } from "../../history/step-counts.ts";
import { mayDo } from "../gate/who.ts";
import { buildRunFileUrl, buildRunUrl } from "../urls.ts";
import { formatPageHint } from "../../words/hints.ts";
import { triggerWords } from "../../words/words.ts";
import type { UploadLimits } from "../upload.ts";
import { Actions } from "./actions.tsx";
import { Asks } from "./asks.tsx";
import { Causes } from "./flusso/causes.tsx";
import { Gantt } from "./flusso/gantt.tsx";
import { LogSection } from "./flusso/log.tsx";
import { Stages } from "./flusso/stages.tsx";
import { Grid } from "./grid.tsx";
import { formatRunDuration, formatEnteName, Instant } from "./run-table.tsx";
import { Icon } from "./icon.tsx";
import { type Notice, NoticeBox } from "./notice.tsx";
import type { ViewBar } from "./views/saved-views.tsx";
import { CountsBar, isEmptyRun, RunBadge } from "./state.tsx";

interface RunPageProps {
  readonly view: RunView;
  /** Its newest events. */
  readonly log: RunLog;
  readonly csrf: string;
  readonly uploadLimits: UploadLimits;
  readonly notice: Notice | null;
  /** Keys of the columns that this browser hides; absent: nobody chose. */
  readonly hidden?: readonly string[] | undefined;
  /** Verbali of its file that stayed behind. */
  readonly left: number;
  readonly canExclude: boolean;
  readonly views: ViewBar | null;
}

export function RunPage(props: RunPageProps) {
  const { view, log, csrf, uploadLimits, notice, hidden, left, canExclude } = props;
  const { run } = view;
  return (
    <div data-run={run.id} data-page={buildRunUrl(run.id, view.query, "")}>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span> {run.id}
      </nav>
      <Said notice={notice} view={view} />
      <Head view={view} />
      <Stages view={view} />
      <Asks
        view={view}
        csrf={csrf}
        uploadLimits={uploadLimits}
        canAnswer={mayDo("answer", run.ente)}
      />
      <div class="columns">
        <section class="card" aria-labelledby="titolo-avanzamento">
          <h2 id="titolo-avanzamento">Avanzamento</h2>
          <div data-live="progress">
            <CountsBar runId={run.id} counts={run.counts} />
            <Steps view={view} />
          </div>
        </section>
        <section class="card" aria-labelledby="titolo-riepilogo">
          <h2 id="titolo-riepilogo">Riepilogo</h2>
          <Summary view={view} />
          <div data-live="actions">
            <Actions run={run} csrf={csrf} left={left} />
          </div>
        </section>
      </div>
      <Causes run={run} causes={view.causes} csrf={csrf} />
      <Grid view={view} csrf={csrf} hidden={hidden} canExclude={canExclude} views={props.views} />
      <section aria-labelledby="titolo-tempi">
        <h2 id="titolo-tempi">Tempi</h2>
        <div data-live="gantt">
          <Gantt view={view} />
        </div>
      </section>
      <LogSection run={run} log={log} />
    </div>
  );
}

/** What it is, and why it stands where it stands. */
function Head({ view }: { readonly view: RunView }) {
  const { run, catalog } = view;
  return (
    <div data-live="head">
      <div class="title">
        <h1>Flusso {run.id}</h1>
        <RunBadge state={run.state} isEmpty={isEmptyRun(run)} />
      </div>
      <p class="lead">
        {formatEnteName(catalog, run.ente)} · {view.pipelineTitle}
        {run.input !== null && (
          <>
            {" "}
            · <span class="file">{formatFileName(run.input.name)}</span>
          </>
        )}
      </p>
      <Reason run={run} isAsked={view.asks.length > 0} />
      {isEmptyRun(run) && (
        <p>
          Non c'era alcun verbale: nulla è stato fatto.{" "}
          {run.input === null && "Nella cartella di arrivo non c'era un file pronto."}
        </p>
      )}
      {run.note !== null && <p class="muted">{run.note}</p>}
    </div>
  );
}

/** What the last command brought; a good word is taken back as soon as the run says otherwise, a refusal stays until the next page. */
function Said({ notice, view }: Pick<RunPageProps, "notice" | "view">) {
  if (notice?.tone === "bad") return <NoticeBox notice={notice} />;
  const isRefused =
    view.run.state === "waiting-for-person" && view.asks.some(({ problem }) => problem !== null);
  const isShown = notice !== null && !isRefused;
  return <div data-live="notice">{isShown && <NoticeBox notice={notice} />}</div>;
}

interface ReasonProps {
  readonly run: Run;
  /** The question below says it already. */
  readonly isAsked: boolean;
}

/** Why the run is blocked, waiting or failed. */
function Reason({ run, isAsked }: ReasonProps) {
  if (run.reason === null || (run.state === "waiting-for-person" && isAsked)) return null;
  const isBad = run.state === "blocked" || run.state === "failed";
  return (
    <div class={`notice ${isBad ? "bad" : "wait"}`} role={isBad ? "alert" : undefined}>
      <Icon name={isBad ? "stop" : "clock"} />
      <div>
        <ReasonText text={run.reason} />
        {run.code !== null && <span class="muted"> Codice: {run.code}</span>}
        {run.hint !== null && <p>{formatPageHint(run.hint)}</p>}
      </div>
    </div>
  );
}

/** A file that was refused names its faults on lines of their own; a long list is folded. */
const faultsAtOnce = 8;

function ReasonText({ text }: { readonly text: string }) {
  const [first = "", ...lines] = text.split("\n");
  const renderLines = (some: readonly string[]) => (
    <ul class="faults">
      {some.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
  );
  const more = lines.slice(faultsAtOnce);
  return (
    <>
      <strong>{first}</strong>
      {lines.length > 0 && renderLines(lines.slice(0, faultsAtOnce))}
      {more.length > 0 && (
        <details id="altri-difetti">
          <summary>{more.length === 1 ? "Un altro" : `Altri ${more.length}`}</summary>
          {renderLines(more)}
        </details>
      )}
    </>
  );
}

function Steps({ view }: { readonly view: RunView }) {
  const { isLoaded } = view.run;
  return (
    <ol class="steps">
      {view.progress.map((step, index) => (
        <li data-step={step.step}>
          <span class="name">{view.steps[index]?.title}</span>
          <svg class="bar thin" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="fill-good" x="0" y="0" height="10" width={formatShare(step.done, step)} />
            <rect
              class="fill-warn"
              x={formatShare(step.done, step)}
              y="0"
              height="10"
              width={formatShare(step.rejected + step.failed, step)}
            />
          </svg>
          <span class="figures">
            {formatNumber(step.done)} di {isLoaded ? formatNumber(step.expected) : "…"}
            {step.rejected > 0 && (
              <span class="warn">
                {" "}
                · {formatNumber(step.rejected)} {step.rejected === 1 ? "scartato" : "scartati"}
              </span>
            )}
            {step.failed > 0 && (
              <span class="bad">
                {" "}
                · {formatNumber(step.failed)} non {step.failed === 1 ? "riuscito" : "riusciti"}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

function formatShare(count: number, { expected }: StepProgress): string {
  return expected === 0 ? "0" : String(Math.round((Math.min(count, expected) / expected) * 1000));
}

function Summary({ view }: { readonly view: RunView }) {
  const { run, files, now } = view;
  return (
    <div data-live="summary">
      <dl class="facts">
        <dt>Creato</dt>
        <dd>
          <Instant at={run.createdAt} /> {triggerWords[run.trigger]}
        </dd>
        <dt>Inviato a SEND</dt>
        <dd>
          <Instant at={run.sealedAt} />
          {run.sealed > 0 &&
            ` · ${formatNumber(run.sealed)} ${run.sealed === 1 ? "verbale" : "verbali"}`}
        </dd>
        {view.approvals.map(({ step, by, at }) => (
          <>
            <dt>Benestare</dt>
            <dd>
              {by}, <Instant at={at} /> · {view.steps.find(({ id }) => id === step)?.title ?? step}
            </dd>
          </>
        ))}
        <dt>Terminato</dt>
        <dd>
          <Instant at={run.endedAt} />
        </dd>
        <dt>Durata</dt>
        <dd>{formatRunDuration(run, now)}</dd>
      </dl>
      <Downloads run={run} files={files} />
    </div>
  );
}

interface DownloadsProps {
  readonly run: Run;
  readonly files: readonly StoredArtifact[];
}

function Downloads({ run, files }: DownloadsProps) {
  const canDownload = mayDo("documents", run.ente);
  return (
    <>
      <h3>Da scaricare</h3>
      <ul class="downloads">
        {canDownload &&
          files.map((file) => (
            <li>
              <a href={buildRunFileUrl(run.id, file.sha256)} download>
                {formatFileName(file.name)}
              </a>{" "}
              <span class="muted">{formatBytes(file.bytes)}</span>
            </li>
          ))}
        <li>
          <a href={`/api/runs/${encodeURIComponent(run.id)}.csv`} download>
            Elenco dei verbali (CSV)
          </a>
        </li>
        {canDownload && run.input !== null && (
          <li>
            <a href={buildRunFileUrl(run.id, run.input.sha256)} download>
              Flusso di origine
            </a>{" "}
            <span class="muted">{formatBytes(run.input.bytes)}</span>
          </li>
        )}
        <li>
          <a href={`${buildRunUrl(run.id)}/pipeline`}>Pipeline usata (YAML)</a>
        </li>
      </ul>
    </>
  );
}
