/** The page of saved views: what each shows, another name, for the office or not, and away with it. */
/** @jsxImportSource ../../markup */
import { longestName, type SavedView } from "../../../views/saved-views.ts";
import { formatDateTime } from "../../../words/format.ts";
import { buildViewUrl, describeFilters, viewPageWords } from "../../view-urls.ts";
import { type Notice, NoticeBox } from "../notice.tsx";

interface ViewsProps {
  readonly views: readonly SavedView[];
  readonly csrf: string;
  readonly notice: Notice | null;
  readonly mayShare: boolean;
  /** Whether whoever looks may change it. */
  canChange(view: SavedView): boolean;
}

export function ViewsPage({ views, csrf, notice, mayShare, canChange }: ViewsProps) {
  return (
    <>
      <div class="title">
        <h1>Viste salvate</h1>
        <p class="muted">I filtri di una pagina, sotto un nome.</p>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      {views.length === 0 ? (
        <section class="empty">
          <h2>Nessuna vista</h2>
          <p>
            Nelle pagine <a href="/flussi">Flussi</a>, di un flusso e «Da notificare» si sceglie un
            filtro, poi «Salva questi filtri».
          </p>
        </section>
      ) : (
        <table class="cards viewlist">
          <caption class="hidden">Viste salvate</caption>
          <thead>
            <tr>
              <th scope="col">Vista</th>
              <th scope="col">Pagina</th>
              <th scope="col">Di chi</th>
              <th scope="col">Cambia</th>
            </tr>
          </thead>
          <tbody>
            {views.map((view) => (
              <ViewRow view={view} csrf={csrf} mayShare={mayShare} canChange={canChange(view)} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

interface RowProps extends Pick<ViewsProps, "csrf" | "mayShare"> {
  readonly view: SavedView;
  readonly canChange: boolean;
}

function ViewRow({ view, csrf, mayShare, canChange }: RowProps) {
  const url = buildViewUrl(view, null);
  return (
    <tr>
      <th scope="row" data-label="Vista">
        {url === null ? view.name : <a href={url}>{view.name}</a>}
        {url === null && <span class="sub">Si apre dalla pagina di un flusso.</span>}
      </th>
      <td data-label="Pagina">
        {viewPageWords[view.page]}
        <span class="sub">{describeFilters(view)}</span>
      </td>
      <td data-label="Di chi">
        {view.isShared ? "Dell'ufficio" : "Privata"}
        <span class="sub">
          {view.owner !== "" && `${view.owner}, `}
          {formatDateTime(view.at)}
        </span>
      </td>
      <td data-label="Cambia">
        {canChange ? (
          <ChangeForms view={view} csrf={csrf} mayShare={mayShare} />
        ) : (
          <span class="muted">—</span>
        )}
      </td>
    </tr>
  );
}

function ChangeForms({ view, csrf, mayShare }: Omit<RowProps, "canChange">) {
  const address = `/viste/${encodeURIComponent(view.id)}`;
  return (
    <div class="viewforms">
      <form method="post" action={address} aria-label={`Cambia la vista ${view.name}`}>
        <input type="hidden" name="csrf" value={csrf} />
        <label>
          <span class="hidden">Nome della vista {view.name}</span>
          <input type="text" name="nome" value={view.name} required maxlength={longestName} />
        </label>
        {(mayShare || view.isShared) && (
          <label class="tick">
            <input type="checkbox" name="ufficio" value="si" checked={view.isShared} /> dell'ufficio
          </label>
        )}
        <button class="button small secondary" type="submit">
          Tieni<span class="hidden"> il nuovo nome di {view.name}</span>
        </button>
      </form>
      <form method="post" action={`${address}/togli`}>
        <input type="hidden" name="csrf" value={csrf} />
        <button class="button small secondary" type="submit">
          Togli<span class="hidden"> la vista {view.name}</span>
        </button>
      </form>
    </div>
  );
}
