/** The audit log: who did what, when, from where; filtered, and whether its chain is whole. */
/** @jsxImportSource ../../markup */
import { type AuditRow, auditActions, type AuditVerdict } from "../../../people/audit.ts";
import { formatNumber, formatSeconds } from "../../../words/format.ts";

/** The filters as they stand in the address. */
export interface AuditPageQuery {
  readonly persona: string;
  readonly azione: string;
  readonly ente: string;
  readonly oggetto: string;
  /** Days of Rome, YYYY-MM-DD. */
  readonly dal: string;
  readonly al: string;
}

interface AuditProps {
  readonly rows: readonly AuditRow[];
  readonly query: AuditPageQuery;
  readonly verdict: AuditVerdict;
  /** Address of the next page; `null`: there is none. */
  readonly next: string | null;
  readonly csv: string;
}

export function AuditPage({ rows, query, verdict, next, csv }: AuditProps) {
  return (
    <>
      <div class="title">
        <h1>Registro degli accessi</h1>
      </div>
      <Chain verdict={verdict} />
      <form class="filters" method="get" action="/registro-accessi">
        <Field name="persona" label="Persona" value={query.persona} />
        <label>
          <span>Azione</span>
          <select name="azione">
            <option value="">Tutte</option>
            {Object.entries(auditActions).map(([action, word]) => (
              <option value={action} selected={action === query.azione}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <Field name="ente" label="Ente" value={query.ente} />
        <Field name="oggetto" label="Flusso o persona" value={query.oggetto} />
        <Field name="dal" label="Dal" value={query.dal} type="date" />
        <Field name="al" label="Al" value={query.al} type="date" />
        <button type="submit" class="button">
          Filtra
        </button>
        <a href="/registro-accessi">Togli i filtri</a>
      </form>
      <Rows rows={rows} />
      <p class="paging">
        <a href={csv} download>
          Scarica come CSV
        </a>
        {next !== null && (
          <a class="button secondary" href={next}>
            Più vecchie
          </a>
        )}
      </p>
    </>
  );
}

function Chain({ verdict }: Pick<AuditProps, "verdict">) {
  if (verdict.status === "broken")
    return (
      <p class="notice bad" role="alert">
        <strong>
          Il registro è stato alterato: alla riga {formatNumber(verdict.row)} {verdict.why}.
        </strong>
      </p>
    );
  return (
    <p class="muted">
      {formatNumber(verdict.rows)} righe, la catena è intera. Ultima impronta:{" "}
      <code>{verdict.head.slice(0, 16)}…</code>
    </p>
  );
}

interface FieldProps {
  readonly name: keyof AuditPageQuery;
  readonly label: string;
  readonly value: string;
  readonly type?: "text" | "date";
}

function Field({ name, label, value, type = "text" }: FieldProps) {
  return (
    <label>
      <span>{label}</span>
      <input type={type} name={name} value={value} maxlength={100} autocomplete="off" />
    </label>
  );
}

function Rows({ rows }: Pick<AuditProps, "rows">) {
  if (rows.length === 0) return <p class="empty">Nessuna riga con questi filtri.</p>;
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Riga</th>
          <th scope="col">Quando</th>
          <th scope="col">Chi</th>
          <th scope="col">Che cosa</th>
          <th scope="col">Su</th>
          <th scope="col">Da</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row">{row.seq}</th>
            <td data-label="Quando" class="instant">
              {formatSeconds(row.at)}
            </td>
            <td data-label="Chi">{row.actor}</td>
            <td data-label="Che cosa">
              {formatAction(row.action)}
              {row.detail !== null && <span class="sub">{formatDetail(row.detail)}</span>}
            </td>
            <td data-label="Su">
              {row.subject ?? "—"}
              {row.ente !== null && <span class="sub">{row.ente}</span>}
            </td>
            <td data-label="Da">{row.address ?? "—"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** In words; an action of another version as it stands. */
export function formatAction(action: string): string {
  return (auditActions as Readonly<Record<string, string>>)[action] ?? action;
}

/** `{"file":"a.csv"}` as `file: a.csv`. */
export function formatDetail(detail: string): string {
  return Object.entries(JSON.parse(detail) as Readonly<Record<string, unknown>>)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : String(value)}`)
    .join(" · ");
}
