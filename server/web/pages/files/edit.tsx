/** A file in the editor, what a change would do, and its versions. */
/** @jsxImportSource ../../markup */
import type {
  FilePreview,
  FileProblem,
  FileText,
  FileVersion,
} from "../../../history/edited-files.ts";
import type { DiffLine } from "../../../history/diff-lines.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { buildFilesUrl } from "../../urls.ts";
import { Icon } from "../icon.tsx";
import { type Notice, NoticeBox } from "../notice.tsx";
import { Instant } from "../run-table.tsx";

interface EditProps {
  readonly file: FileText;
  /** What the area holds: as typed, where it was not saved. */
  readonly text: string;
  readonly problems: readonly FileProblem[];
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function Crumbs({ name }: { readonly name: string }) {
  return (
    <p class="crumbs">
      <a href="/file">Pipeline ed enti</a> <span aria-hidden="true">›</span> {name}
    </p>
  );
}

export function EditPage({ file, text, problems, csrf, notice }: EditProps) {
  return (
    <>
      <Crumbs name={file.name} />
      <div class="title">
        <h1>{file.name}</h1>
        <p class="muted">
          {file.ente !== null && (
            <>
              <a href={buildFilesUrl("guidata", file.name)}>Modulo guidato</a> ·{" "}
            </>
          )}
          <a href={buildFilesUrl("versioni", file.name)}>Versioni</a>
        </p>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      <form method="post" action="/file/anteprima" class="editor">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="nome" value={file.name} />
        <input type="hidden" name="versione" value={file.version} />
        <label for="testo">Testo del file</label>
        <textarea
          id="testo"
          name="testo"
          rows={30}
          spellcheck={false}
          autocomplete="off"
          data-editor={file.name}
        >
          {text}
        </textarea>
        <p class="muted" role="status" aria-live="polite" data-editor-state>
          {problems.length === 0 ? "Nessun difetto." : ""}
        </p>
        <Problems problems={problems} />
        <p>
          <button type="submit" class="button">
            Vedi che cosa cambia
          </button>
        </p>
        <p class="muted">
          Ctrl+S fa lo stesso; Ctrl+Spazio propone; Esc e poi Tab esce dal testo. Nulla è scritto
          prima di «Salva».
        </p>
      </form>
      <script src={buildAssetUrl("editor.js")} type="module" />
    </>
  );
}

const tones = { error: "bad", warning: "warn", info: "wait" } as const;
const severityWords = { error: "Errore", warning: "Avviso", info: "Nota" } as const;

export function Problems({ problems }: { readonly problems: readonly FileProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems">
      {problems.map(({ line, column, code, severity, message }) => (
        <li>
          <span class={`badge ${tones[severity]}`}>{severityWords[severity]}</span> Riga {line},
          colonna {column} <code>{code}</code>
          <pre>{message}</pre>
        </li>
      ))}
    </ul>
  );
}

interface PreviewProps {
  readonly file: FileText;
  readonly text: string;
  readonly preview: FilePreview;
  readonly csrf: string;
  readonly notice: Notice | null;
  /** Whose name is signed; `null`: it is asked for. */
  readonly signer: string | null;
  /** What was written there before. */
  readonly typed: { readonly by: string; readonly reason: string };
}

export function PreviewPage(props: PreviewProps) {
  const { file, preview, notice } = props;
  return (
    <>
      <Crumbs name={file.name} />
      <div class="title">
        <h1>Che cosa cambia in {file.name}</h1>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      {preview.diff.length === 0 ? <p>Nulla è cambiato.</p> : <Change preview={preview} />}
      <SaveForm {...props} />
    </>
  );
}

function Change({ preview }: Pick<PreviewProps, "preview">) {
  const { diff, impact, others, problems } = preview;
  return (
    <>
      <h2>Il file</h2>
      <Diff lines={diff} />
      <h2>Chi ne è toccato</h2>
      <pre class="impact">{impact}</pre>
      {others > 0 && (
        <NoticeBox
          notice={{
            tone: "bad",
            text: `Con questa modifica ${others === 1 ? "c'è un errore in un altro file" : `ci sono ${others} errori in altri file`}.`,
            hint: "La pagina «Pipeline ed enti» li elenca dopo il salvataggio.",
          }}
        />
      )}
      <Problems problems={problems} />
    </>
  );
}

function SaveForm({ file, text, preview, csrf, signer, typed }: PreviewProps) {
  const errors = preview.problems.filter(({ severity }) => severity === "error").length;
  return (
    <form method="post" action="/file/salva" class="save">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="nome" value={file.name} />
      <input type="hidden" name="versione" value={preview.version} />
      <textarea name="testo" hidden>
        {text}
      </textarea>
      {signer === null && (
        <label>
          <span>Nome e cognome</span>
          <input
            type="text"
            name="chi"
            required
            maxlength={80}
            value={typed.by}
            autocomplete="name"
          />
        </label>
      )}
      <label>
        <span>Perché si cambia</span>
        <input type="text" name="motivo" required maxlength={200} value={typed.reason} />
      </label>
      {errors > 0 && (
        <label class="check">
          <input type="checkbox" name="comunque" value="si" /> Salva anche con gli errori: finché ci
          sono, nessun flusso parte
        </label>
      )}
      <p class="buttons">
        <button type="submit" class="button" disabled={preview.diff.length === 0}>
          Salva
        </button>
        <button type="submit" class="button secondary" formaction="/file/modifica" formnovalidate>
          Torna al testo
        </button>
        {file.ente !== null && (
          <button type="submit" class="button secondary" formaction="/file/guidata" formnovalidate>
            Torna al modulo
          </button>
        )}
      </p>
    </form>
  );
}

const marks = { same: " ", added: "+", removed: "−", gap: "…" } as const;
const markWords = { same: "", added: "aggiunta: ", removed: "tolta: ", gap: "" } as const;

function Diff({ lines }: { readonly lines: readonly DiffLine[] }) {
  return (
    <ol class="diff">
      {lines.map(({ kind, text }) => (
        <li class={kind}>
          <span aria-hidden="true">{marks[kind]}</span>
          <span class="hidden">{markWords[kind]}</span>
          <code>{text}</code>
        </li>
      ))}
    </ol>
  );
}

interface VersionsProps {
  readonly file: FileText;
  readonly versions: readonly FileVersion[];
}

export function VersionsPage({ file, versions }: VersionsProps) {
  return (
    <>
      <Crumbs name={file.name} />
      <div class="title">
        <h1>Versioni di {file.name}</h1>
        <p class="muted">
          <a href={buildFilesUrl("modifica", file.name)}>Modifica</a>
        </p>
      </div>
      {versions.length === 0 ? (
        <section class="empty">
          <h2>Nessuna versione</h2>
          <p>Le versioni si tengono da quando il file è salvato da questa pagina.</p>
        </section>
      ) : (
        <table class="cards">
          <caption class="hidden">Dalla più recente</caption>
          <thead>
            <tr>
              <th scope="col">Versione</th>
              <th scope="col">Quando</th>
              <th scope="col">Chi</th>
              <th scope="col">Perché</th>
              <th scope="col">Testo</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(({ number, at, by, reason, text }) => (
              <tr>
                <th scope="row" data-label="Versione">
                  {number}
                </th>
                <td data-label="Quando">
                  <Instant at={at} />
                </td>
                <td data-label="Chi">{by === "" ? "fuori da questa pagina" : by}</td>
                <td data-label="Perché" class="note">
                  {by === "" ? "com'era sul disco" : reason}
                </td>
                <td data-label="Testo">
                  {text === file.text ? (
                    <span class="badge good">
                      <Icon name="check" /> È quella in uso
                    </span>
                  ) : (
                    <a href={buildFilesUrl("modifica", file.name, number)}>
                      Riprendi<span class="hidden"> la versione {number}</span>
                    </a>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
