/** The keys for scripts: which there are, a new one shown once, and how one is revoked. */
/** @jsxImportSource ../../markup */
import { permissionWords } from "../../../people/roles.ts";
import { keyPermissions, type TokenRow } from "../../../people/tokens.ts";
import { formatDateTime } from "../../../words/format.ts";
import { NoticeBox, type Notice } from "../notice.tsx";
import type { EnteChoice } from "./people.tsx";

interface KeysProps {
  readonly tokens: readonly TokenRow[];
  readonly enti: EnteChoice;
  readonly csrf: string;
  readonly notice: Notice | null;
  /** A key that was made now: it is shown once. */
  readonly made: string | null;
}

export function KeysPage({ tokens, enti, csrf, notice, made }: KeysProps) {
  return (
    <>
      <div class="title">
        <h1>Chiavi per i programmi</h1>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      {made !== null && (
        <section class="question" aria-labelledby="nuova-chiave">
          <h2 id="nuova-chiave">La chiave nuova</h2>
          <p>Copiarla adesso dove serve: non sarà mostrata di nuovo.</p>
          <p class="file">
            <code>{made}</code>
          </p>
        </section>
      )}
      {tokens.length === 0 ? (
        <p class="muted">Nessuna chiave.</p>
      ) : (
        <KeysTable tokens={tokens} csrf={csrf} />
      )}
      <NewKeyForm enti={enti} csrf={csrf} />
      <p>
        <a href="/api">Che cosa si può chiedere con una chiave</a>
      </p>
    </>
  );
}

function KeysTable({ tokens, csrf }: Pick<KeysProps, "tokens" | "csrf">) {
  return (
    <table class="cards">
      <caption class="hidden">Le chiavi, la più nuova per prima</caption>
      <thead>
        <tr>
          <th scope="col">Nome</th>
          <th scope="col">Può</th>
          <th scope="col">Ente</th>
          <th scope="col">Ultimo uso</th>
          <th scope="col">Fino a</th>
          <th scope="col">Stato</th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr>
            <th scope="row">
              {token.name}
              <span class="sub">
                {token.madeBy}, {formatDateTime(token.madeAt)}
              </span>
            </th>
            <td data-label="Può">
              {token.scopes.map((scope) => permissionWords[scope]).join(", ")}
              {token.seesPersonal && ", dati personali"}
            </td>
            <td data-label="Ente">{token.ente === "*" ? "tutti" : token.ente}</td>
            <td data-label="Ultimo uso">
              {token.usedAt === null ? "mai" : formatDateTime(token.usedAt)}
            </td>
            <td data-label="Fino a">
              {token.endsAt === null ? "finché non è revocata" : formatDateTime(token.endsAt)}
            </td>
            <td data-label="Stato">
              {token.revokedAt === null ? (
                <form method="post" action="/chiavi/revoca">
                  <input type="hidden" name="csrf" value={csrf} />
                  <input type="hidden" name="id" value={token.id} />
                  <button type="submit" class="button secondary small">
                    Revoca<span class="hidden"> {token.name}</span>
                  </button>
                </form>
              ) : (
                `revocata il ${formatDateTime(token.revokedAt)}`
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NewKeyForm({ enti, csrf }: Pick<KeysProps, "enti" | "csrf">) {
  return (
    <section class="card entry" aria-labelledby="crea-chiave">
      <h2 id="crea-chiave">Creare una chiave</h2>
      <form class="newrun" method="post" action="/chiavi">
        <input type="hidden" name="csrf" value={csrf} />
        <label>
          <span>Nome: chi la usa</span>
          <input
            type="text"
            name="nome"
            required
            maxlength={60}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <fieldset>
          <legend>Può</legend>
          {keyPermissions.map((permission) => (
            <label class="tick">
              <input type="checkbox" name="puo" value={permission} checked={permission === "see"} />{" "}
              {permissionWords[permission]}
            </label>
          ))}
        </fieldset>
        <label>
          <span>Ente</span>
          <select name="ente">
            {enti.map(({ codice, nome }) => (
              <option value={codice}>{nome}</option>
            ))}
            <option value="*">Tutti gli enti</option>
          </select>
        </label>
        <label>
          <span>Ultimo giorno (facoltativo)</span>
          <input type="date" name="fino" />
        </label>
        <button type="submit" class="button">
          Crea
        </button>
      </form>
    </section>
  );
}
