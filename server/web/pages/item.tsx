/** The page of one verbale: where it stands, its files, what was tried, and all its fields. */
/** @jsxImportSource ../markup */
import type { StoredArtifact } from "../../../engine/host/files.ts";
import type { AttemptRow, Decision } from "../../../engine/journal/items.ts";
import type { Run } from "../../../engine/journal/runs.ts";
import type { ChainLink } from "../../../integrations/register/chain.ts";
import { formatFileName, formatBytes, formatSeconds } from "../../words/format.ts";
import { itemColumns, toTexts } from "../../history/columns.ts";
import type { Doubt } from "../../history/doubts.ts";
import type { FieldSection } from "../../history/item-sections.ts";
import type { ItemView } from "../../history/item-view.ts";
import type { RunStep } from "../../history/run-spec.ts";
import { mayDo } from "../gate/who.ts";
import {
  buildCaseUrl,
  buildItemFileUrl,
  buildItemUrl,
  buildRunUrl,
  buildSchedaUrl,
} from "../urls.ts";
import { formatPageHint } from "../../words/hints.ts";
import { DoubtCard } from "./doubts.tsx";
import { PdfFrame } from "./flusso/approval.tsx";
import { Codes } from "./grid.tsx";
import { type Notice, NoticeBox } from "./notice.tsx";
import { ItemBadge } from "./state.tsx";
import { Chain } from "./verbale/chain.tsx";
import { Notifications, type ToldNotification } from "./verbale/notification.tsx";
import { Story } from "./story.tsx";

interface ItemPageProps {
  readonly run: Run;
  /** Of the verbale, which the key of an item need not be. */
  readonly numero: string;
  readonly item: ItemView;
  readonly attempts: readonly AttemptRow[];
  /** What people said of it when it was in doubt. */
  readonly decisions: readonly Decision[];
  /** What a person must decide; `null`: nothing. */
  readonly doubt: Doubt | null;
  readonly csrf: string;
  /** A rejected one may be corrected by who looks at it. */
  readonly canCorrect: boolean;
  /** A rejected one may go again as it is: nothing of it is with SEND. */
  readonly canSendAgain: boolean;
  /** What a command brought; `null`: none. */
  readonly notice: Notice | null;
  readonly steps: readonly RunStep[];
  /** Its data. */
  readonly sections: readonly FieldSection[];
  /** What became of it on SEND, in every flusso. */
  readonly notifications: readonly ToldNotification[];
  /** Those of the violation, from the first to the last. */
  readonly chain: readonly ChainLink[];
  readonly canRenotify: boolean;
}

export function ItemPage(props: ItemPageProps) {
  const { run, item, sections, doubt, csrf } = props;
  return (
    <div data-run={run.id} data-page={buildItemUrl(run.id, item.key)}>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/flussi">Flussi</a> <span aria-hidden="true">/</span>{" "}
        <a href={buildRunUrl(run.id)}>{run.id}</a> <span aria-hidden="true">/</span> {item.key}
      </nav>
      {props.notice !== null && (
        <div data-live="notice">
          <NoticeBox notice={props.notice} />
        </div>
      )}
      <ItemHead {...props} />
      {doubt !== null && (
        <div data-live="doubt" data-version={`${doubt.note ?? ""}${doubt.said.length}`}>
          <DoubtCard run={run} doubt={doubt} csrf={csrf} />
        </div>
      )}
      <div data-live="item">
        <Notifications
          ente={run.ente}
          numero={props.numero}
          notifications={props.notifications}
          canRenotify={props.canRenotify}
        />
        <Chain ente={run.ente} numero={props.numero} chain={props.chain} />
        <div class="columns">
          <section class="card" aria-labelledby="titolo-codici">
            <h2 id="titolo-codici">Codici</h2>
            <CodeList item={item} />
          </section>
          <section class="card" aria-labelledby="titolo-file">
            <h2 id="titolo-file">Documenti</h2>
            <Files run={run} item={item} />
            <CaseLinks ente={run.ente} iun={item.iun} />
          </section>
        </div>
        <section aria-labelledby="titolo-tentativi">
          <h2 id="titolo-tentativi">Che cosa è stato fatto</h2>
          <Story {...props} />
        </section>
        <section aria-labelledby="titolo-dati">
          <h2 id="titolo-dati">Dati</h2>
          <FieldCards sections={sections} />
        </section>
      </div>
    </div>
  );
}

/** As it is, where nothing is wrong with its data: another round, on a person's word. */
function SendAgain({ run, item, canSendAgain, csrf }: ItemPageProps) {
  if (!canSendAgain) return null;
  return (
    <form method="post" action={`${buildRunUrl(run.id)}/riprova-scelti`}>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="verbale" value={item.key} />
      <button type="submit" class="button secondary" data-busy="Invio…">
        Manda di nuovo com'è, con codici nuovi
      </button>
    </form>
  );
}

function ItemHead(props: ItemPageProps) {
  const { run, item, doubt, canCorrect } = props;
  return (
    <div data-live="item-head">
      <div class="title">
        <h1>Verbale {item.key}</h1>
        <ItemBadge state={item.state} />
      </div>
      <p class="lead">
        {item.step === null ? "Ha passato tutti i passi" : `Passo: ${item.step.title}`}
        {item.round > 1 && ` · ${item.round}º giro`} · aggiornato il {formatSeconds(item.updatedAt)}
      </p>
      {item.note !== null && doubt === null && <NoteBox item={item} />}
      {item.state === "rejected" && canCorrect && (
        <p>
          <a class="button" href={buildSchedaUrl(run.id, item.key)}>
            Correggi e rimanda
          </a>
        </p>
      )}
      <SendAgain {...props} />
    </div>
  );
}

function NoteBox({ item }: { readonly item: ItemView }) {
  return (
    <div class={`notice ${item.state === "rejected" || item.state === "failed" ? "bad" : "wait"}`}>
      <div>
        {item.note !== null && <strong>{item.note}</strong>}
        {item.hint !== null && <p>{formatPageHint(item.hint)}</p>}
        {item.code !== null && <p class="muted">Codice: {item.code}</p>}
      </div>
    </div>
  );
}

function CodeList({ item }: { readonly item: ItemView }) {
  return (
    <dl class="facts">
      {itemColumns
        .filter(({ look }) => look === "codes")
        .map((column) => (
          <>
            <dt>{column.label}</dt>
            <dd>
              <Codes values={toTexts(column.read(item, {}))} />
            </dd>
          </>
        ))}
    </dl>
  );
}

interface FilesProps {
  readonly run: Run;
  readonly item: ItemView;
}

function Files({ run, item }: FilesProps) {
  const { signed, unsigned, archive } = item;
  if (!mayDo("documents", run.ente))
    return <p class="muted">Il ruolo di chi è entrato non consente di scaricare i documenti.</p>;
  if (signed.length + unsigned.length === 0 && archive === null)
    return (
      <p class="muted">
        {hasLeft(item)
          ? "Nessun documento è stato prodotto."
          : "I documenti compaiono qui appena sono stati prodotti."}
      </p>
    );
  return (
    <>
      <FileList run={run} item={item} title="Firmati" files={signed} />
      <FileList run={run} item={item} title="Prima della firma" files={unsigned} />
      <FileList
        run={run}
        item={item}
        title="Archivio che li contiene"
        files={archive === null ? [] : [archive]}
      />
    </>
  );
}

/** Made while one waits: nothing is stored. */
function CaseLinks({ ente, iun }: { readonly ente: string; readonly iun: string | null }) {
  if (iun === null || !mayDo("documents", ente)) return null;
  return (
    <>
      <h3>Fascicolo della notifica</h3>
      <ul class="downloads">
        <li>
          <a href={buildCaseUrl(ente, iun, "pdf")} download>
            Racconto e verifica
          </a>{" "}
          <span class="muted">PDF</span>
        </li>
        <li>
          <a href={buildCaseUrl(ente, iun, "zip")} download>
            Tutto: atti, prove, indice
          </a>{" "}
          <span class="muted">ZIP</span>
        </li>
      </ul>
    </>
  );
}

/** No step will make anything more of it. */
function hasLeft({ state }: ItemView): boolean {
  return ["done", "rejected", "failed", "cancelled"].includes(state);
}

interface FileListProps extends FilesProps {
  readonly title: string;
  readonly files: readonly StoredArtifact[];
}

function FileList({ run, item, title, files }: FileListProps) {
  if (files.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="downloads">
        {files.map((file) => (
          <li>
            <a href={buildItemFileUrl(run.id, item.key, file.sha256)} download>
              {formatFileName(file.name)}
            </a>{" "}
            <span class="muted">{formatBytes(file.bytes)}</span>
            {file.name.toLowerCase().endsWith(".pdf") && (
              <details class="sample" id={`vedi-${file.sha256.slice(0, 12)}`}>
                <summary>
                  Guarda<span class="hidden"> {formatFileName(file.name)}</span>
                </summary>
                <PdfFrame run={run.id} itemKey={item.key} file={file} />
              </details>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function FieldCards({ sections }: Pick<ItemPageProps, "sections">) {
  if (sections.length === 0) return <p class="muted">Nessun dato.</p>;
  return (
    <div class="fieldcards">
      {sections.map((section) => (
        <section class="card">
          <h3>{section.title}</h3>
          <dl class="facts">
            {section.fields.map(([label, value]) => (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
