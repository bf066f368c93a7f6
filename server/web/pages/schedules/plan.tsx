/** What starts by itself: the next times of each schedule, and how it is put aside, goes on, or starts now. */
/** @jsxImportSource ../../markup */
import { toInstant } from "../../../../engine/host/clock.ts";
import type { ScheduledPipeline } from "../../../../engine/schedule/scheduled.ts";
import type { Catalog } from "../../../history/catalog.ts";
import type { Pause } from "../../../history/pauses.ts";
import { formatMoment, formatNumber } from "../../../words/format.ts";
import { dueStateWords } from "../../../words/words.ts";
import { mayDo } from "../../gate/who.ts";
import { buildNewRunUrl, buildPauseUrl, buildScheduleUrl, type ScheduleQuery } from "../../urls.ts";
import { Icon } from "../icon.tsx";
import { SignerField } from "../people/signer.tsx";
import { formatEnteName, formatPipelineTitle } from "../run-table.tsx";

export interface PlanRow extends Pick<ScheduledPipeline, "pipeline" | "ente"> {
  /** Milliseconds since the epoch, at most five. */
  readonly next: readonly number[];
  /** `null`: it was never put aside. */
  readonly pause: Pause | null;
  /** Times that passed without a flusso and may be made up for by one start. */
  readonly missed: number;
}

export interface SchedulePlan {
  readonly rows: readonly PlanRow[];
  /** Schedules that fit; more than are shown. */
  readonly total: number;
  readonly canPause: boolean;
  readonly canStart: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface FilterProps {
  readonly query: ScheduleQuery;
  readonly catalog: Catalog | null;
}

export function ScheduleFilters({ query, catalog }: FilterProps) {
  const isFiltered = Object.keys(query).length > 0;
  return (
    <form class="filters" method="get" action="/programmazioni">
      <Choice
        name="ente"
        label="Ente"
        value={query.ente}
        options={(catalog?.enti ?? []).map(({ codice, nome }) => [codice, nome])}
      />
      <Choice
        name="pipeline"
        label="Pipeline"
        value={query.pipeline}
        options={(catalog?.pipelines ?? []).map(({ name, title }) => [name, title])}
      />
      <Choice
        name="esito"
        label="Esito"
        value={query.state}
        options={Object.entries(dueStateWords)}
      />
      <button type="submit" class="button secondary">
        Filtra
      </button>
      {isFiltered && <a href={buildScheduleUrl({})}>Togli i filtri</a>}
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [string, string])[];
}

function Choice({ name, label, value, options }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        <option value="">tutti</option>
        {options.map(([code, title]) => (
          <option value={code} selected={code === value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PlanProps {
  readonly plan: SchedulePlan;
  readonly catalog: Catalog | null;
  readonly csrf: string;
}

export function PlanTable({ plan, catalog, csrf }: PlanProps) {
  if (plan.rows.length === 0) return <p class="muted">Nessuna pipeline parte da sola.</p>;
  return (
    <div data-live="plan">
      <table class="cards plan">
        <caption class="hidden">Che cosa parte da solo</caption>
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Ente</th>
            <th scope="col">Prossimi orari</th>
            <th scope="col">Come sta</th>
            <th scope="col">Che cosa fare</th>
          </tr>
        </thead>
        <tbody>
          {plan.rows.map((row) => (
            <PlanLine row={row} plan={plan} catalog={catalog} csrf={csrf} />
          ))}
        </tbody>
      </table>
      {plan.total > plan.rows.length && (
        <p class="muted">
          Qui le prime {formatNumber(plan.rows.length)} di {formatNumber(plan.total)}: scegliere un
          ente o una pipeline.
        </p>
      )}
    </div>
  );
}

function PlanLine({ row, plan, catalog, csrf }: PlanProps & { readonly row: PlanRow }) {
  const { pipeline, ente, pause } = row;
  const isPaused = pause !== null && pause.since !== null;
  return (
    <tr id={`p-${ente}-${pipeline}`}>
      <th scope="row" data-label="Pipeline">
        {formatPipelineTitle(catalog, pipeline)}
      </th>
      <td data-label="Ente">{formatEnteName(catalog, ente)}</td>
      <td data-label="Prossimi orari">
        <NextTimes row={row} isPaused={isPaused} now={plan.now} />
      </td>
      <td data-label="Come sta">
        {isPaused ? (
          <>
            <span class="badge wait">
              <Icon name="clock" />
              In pausa
            </span>
            <span class="sub">
              da {formatMoment(pause.since ?? "", plan.now)}, {pause.by}
            </span>
          </>
        ) : (
          <span class="badge good">
            <Icon name="check" />
            Attiva
          </span>
        )}
        {row.missed > 0 && (
          <span class="sub">
            {row.missed === 1
              ? "Un orario è passato"
              : `${formatNumber(row.missed)} orari sono passati`}{" "}
            senza un flusso: non si recuperano da soli.
          </span>
        )}
      </td>
      <td data-label="Che cosa fare">
        <PlanActions row={row} plan={plan} csrf={csrf} isPaused={isPaused} />
      </td>
    </tr>
  );
}

interface NextProps {
  readonly row: PlanRow;
  readonly isPaused: boolean;
  readonly now: number;
}

function NextTimes({ row, isPaused, now }: NextProps) {
  const [first, ...rest] = row.next.map((at) => formatMoment(toInstant(at), now));
  if (first === undefined) return <span class="muted">mai</span>;
  if (isPaused) return <span class="muted">nessuno, finché è in pausa</span>;
  return (
    <>
      <strong>{first}</strong>
      <span class="sub">{rest.join(" · ")}</span>
    </>
  );
}

interface ActionProps {
  readonly row: PlanRow;
  readonly plan: SchedulePlan;
  readonly csrf: string;
  readonly isPaused: boolean;
}

function PlanActions({ row, plan, csrf, isPaused }: ActionProps) {
  const { pipeline, ente } = row;
  if (!mayDo("start", ente)) return <span class="muted">—</span>;
  const action = isPaused ? "riprendi" : "pausa";
  return (
    <div class="actions tight">
      {plan.canStart && !isPaused && row.missed > 0 && (
        <form method="post" action={buildPauseUrl(row, "recupera")}>
          <input type="hidden" name="csrf" value={csrf} />
          <button class="button small" type="submit" data-busy="Avvio…">
            {row.missed === 1
              ? "Recupera l'orario saltato"
              : `Recupera i ${formatNumber(row.missed)} saltati con un avvio`}
            <span class="hidden">
              {" "}
              {pipeline} di {ente}
            </span>
          </button>
        </form>
      )}
      {plan.canStart && (
        <a class="button small secondary" href={buildNewRunUrl({ pipeline, ente })}>
          Avvia ora
          <span class="hidden">
            {" "}
            {pipeline} di {ente}
          </span>
        </a>
      )}
      {plan.canPause && (
        <details class="action" id={`${action}-${ente}-${pipeline}`}>
          <summary class="button small secondary">
            {isPaused ? "Riprendi…" : "Pausa…"}
            <span class="hidden">
              {" "}
              {pipeline} di {ente}
            </span>
          </summary>
          <form method="post" action={buildPauseUrl(row, action)}>
            <input type="hidden" name="csrf" value={csrf} />
            <p>
              {isPaused
                ? "Riparte dal prossimo orario. Ciò che è passato durante la pausa non si recupera da solo."
                : "Finché è in pausa non parte da sola; ogni orario resta scritto qui."}
            </p>
            <SignerField label="Nome e cognome" />
            <button class="button small" type="submit">
              {isPaused ? "Conferma: riprendi" : "Conferma: metti in pausa"}
            </button>
          </form>
        </details>
      )}
    </div>
  );
}
