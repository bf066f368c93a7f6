/** The people of the installation: the list, one of them, and the link that lets somebody choose a password. */
/** @jsxImportSource ../../markup */
import {
  permissionWords,
  listPermissions,
  roles,
  roleWords,
  type RoleGrant,
} from "../../../people/roles.ts";
import type { User } from "../../../people/users.ts";
import { formatDateTime } from "../../../words/format.ts";
import { NoticeBox, type Notice } from "../notice.tsx";

/** The enti to choose from. */
export type EnteChoice = readonly { readonly codice: string; readonly nome: string }[];

interface ListProps {
  readonly users: readonly User[];
  readonly enti: EnteChoice;
  readonly csrf: string;
  readonly notice: Notice | null;
  /** What was typed in a form that was refused. */
  readonly typed: { readonly name: string; readonly fullName: string };
}

const sources: Readonly<Record<User["source"], string>> = {
  local: "parola d'accesso",
  oidc: "accesso unico (OIDC)",
  ldap: "directory",
  saml: "accesso unico (SAML)",
};

export function PeoplePage({ users, enti, csrf, notice, typed }: ListProps) {
  return (
    <>
      <div class="title">
        <h1>Persone</h1>
      </div>
      {notice !== null && <NoticeBox notice={notice} />}
      <UsersTable users={users} />
      <section class="card entry" aria-labelledby="nuova-persona">
        <h2 id="nuova-persona">Aggiungere una persona</h2>
        <form class="newrun" method="post" action="/persone">
          <input type="hidden" name="csrf" value={csrf} />
          <label>
            <span>Nome e cognome</span>
            <input
              type="text"
              name="completo"
              required
              maxlength={80}
              value={typed.fullName}
              autocomplete="off"
            />
          </label>
          <label>
            <span>Nome per l'accesso</span>
            <input
              type="text"
              name="nome"
              required
              maxlength={60}
              value={typed.name}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          </label>
          <GrantFields enti={enti} />
          <PersonalField isChecked={false} />
          <button type="submit" class="button">
            Aggiungi
          </button>
          <p class="note">
            Dopo compare un collegamento con cui la persona sceglie la sua parola d'accesso.
          </p>
        </form>
      </section>
      <RolesTable />
    </>
  );
}

function UsersTable({ users }: Pick<ListProps, "users">) {
  return (
    <table class="cards">
      <caption class="hidden">Chi può entrare</caption>
      <thead>
        <tr>
          <th scope="col">Nome</th>
          <th scope="col">Ruoli</th>
          <th scope="col">Entra con</th>
          <th scope="col">Ultimo accesso</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr>
            <th scope="row">
              <a href={`/persone/${encodeURIComponent(user.name)}`}>{user.fullName}</a>
              <span class="sub">{user.name}</span>
            </th>
            <td data-label="Ruoli">
              {user.grants.map((grant) => (
                <span class="sub">{describeGrant(grant)}</span>
              ))}
              {user.disabledAt !== null && <strong>Disattivata</strong>}
            </td>
            <td data-label="Entra con">
              {sources[user.source]}
              {user.hasTotp && " e app dei codici"}
              {user.passkeys > 0 && " o passkey"}
            </td>
            <td data-label="Ultimo accesso">
              {user.lastLoginAt === null ? "mai" : formatDateTime(user.lastLoginAt)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** In words: `Operatore per borgolieto`. */
export function describeGrant({ ente, role }: RoleGrant): string {
  return `${roleWords[role]} per ${ente === "*" ? "tutti gli enti" : ente}`;
}

function GrantFields({ enti }: { readonly enti: EnteChoice }) {
  return (
    <>
      <label>
        <span>Ruolo</span>
        <select name="ruolo">
          {roles.map((role) => (
            <option value={role}>{roleWords[role]}</option>
          ))}
        </select>
      </label>
      <label>
        <span>Ente</span>
        <select name="ente">
          {enti.map(({ codice, nome }) => (
            <option value={codice}>{nome}</option>
          ))}
          <option value="*">Tutti gli enti</option>
        </select>
      </label>
    </>
  );
}

function PersonalField({ isChecked }: { readonly isChecked: boolean }) {
  return (
    <label class="tick">
      <input type="checkbox" name="personali" value="si" checked={isChecked} /> Vede i dati
      personali e scarica i documenti anche in sola lettura
    </label>
  );
}

function RolesTable() {
  return (
    <details class="action">
      <summary class="button secondary">Che cosa può ciascun ruolo…</summary>
      <dl class="facts">
        {roles.map((role) => (
          <>
            <dt>{roleWords[role]}</dt>
            <dd>
              {listPermissions(role)
                .map((permission) => permissionWords[permission])
                .join(", ")}
            </dd>
          </>
        ))}
      </dl>
    </details>
  );
}

interface PersonProps {
  readonly user: User;
  readonly enti: EnteChoice;
  readonly sessions: number;
  readonly csrf: string;
  readonly notice: Notice | null;
  /** An invitation that was made now: it is shown once. */
  readonly link: string | null;
}

export function PersonPage(props: PersonProps) {
  const { user, notice, link } = props;
  return (
    <>
      <nav class="crumbs" aria-label="Percorso">
        <a href="/persone">Persone</a> <span aria-hidden="true">/</span> {user.name}
      </nav>
      <h1>{user.fullName}</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      {link !== null && (
        <section class="question" aria-labelledby="collegamento">
          <h2 id="collegamento">Collegamento per {user.fullName}</h2>
          <p>
            Vale una volta sola, per tre giorni, e non sarà mostrato di nuovo. Consegnarlo alla
            persona di mano, o per un canale su cui è certo che è lei.
          </p>
          <p class="file">
            <code>{link}</code>
          </p>
        </section>
      )}
      <div class="fieldcards">
        <RolesForm {...props} />
        <AccessForms {...props} />
      </div>
    </>
  );
}

function RolesForm({ user, enti, csrf }: PersonProps) {
  return (
    <section class="card" aria-labelledby="ruoli">
      <h2 id="ruoli">Ruoli</h2>
      {user.source !== "local" && (
        <p class="note">A ogni accesso valgono di nuovo i gruppi di chi accredita.</p>
      )}
      <form class="newrun" method="post" action={`/persone/${encodeURIComponent(user.name)}/ruoli`}>
        <input type="hidden" name="csrf" value={csrf} />
        <fieldset>
          <legend>Quelli di adesso</legend>
          {user.grants.map((grant) => (
            <label class="tick">
              <input type="checkbox" name="tenuto" value={`${grant.role}@${grant.ente}`} checked />{" "}
              {describeGrant(grant)}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>Aggiungerne uno</legend>
          <label class="tick">
            <input type="checkbox" name="aggiungi" value="si" /> Aggiungi questo:
          </label>
          <GrantFields enti={enti} />
        </fieldset>
        <PersonalField isChecked={user.seesPersonal} />
        <button type="submit" class="button">
          Salva i ruoli
        </button>
        <p class="note">Gli accessi aperti finiscono: la persona rientra con i ruoli nuovi.</p>
      </form>
    </section>
  );
}

function AccessForms({ user, csrf, sessions }: PersonProps) {
  const base = `/persone/${encodeURIComponent(user.name)}`;
  const isDisabled = user.disabledAt !== null;
  return (
    <section class="card" aria-labelledby="accesso">
      <h2 id="accesso">Accesso</h2>
      <dl class="facts">
        <dt>Nome per l'accesso</dt>
        <dd>{user.name}</dd>
        <dt>Entra con</dt>
        <dd>{sources[user.source]}</dd>
        <dt>Secondo fattore</dt>
        <dd>{user.hasTotp || user.passkeys > 0 ? "attivo" : "non attivo"}</dd>
        <dt>Accessi aperti</dt>
        <dd>{sessions}</dd>
        <dt>Stato</dt>
        <dd>{isDisabled ? "disattivata" : "attiva"}</dd>
      </dl>
      <div class="actions">
        {user.source === "local" && !isDisabled && (
          <SmallForm
            action={`${base}/invito`}
            csrf={csrf}
            label="Fai un collegamento per la parola"
          />
        )}
        {sessions > 0 && (
          <SmallForm action={`${base}/uscita`} csrf={csrf} label="Chiudi i suoi accessi" />
        )}
        {(user.hasTotp || user.passkeys > 0) && (
          <SmallForm
            action={`${base}/secondo-fattore`}
            csrf={csrf}
            label="Togli il secondo fattore"
          />
        )}
        <SmallForm
          action={`${base}/stato`}
          csrf={csrf}
          label={isDisabled ? "Riattiva" : "Disattiva"}
          value={isDisabled ? "attiva" : "disattivata"}
        />
      </div>
    </section>
  );
}

interface SmallFormProps {
  readonly action: string;
  readonly csrf: string;
  readonly label: string;
  readonly value?: string;
}

function SmallForm({ action, csrf, label, value }: SmallFormProps) {
  return (
    <form method="post" action={action}>
      <input type="hidden" name="csrf" value={csrf} />
      {value !== undefined && <input type="hidden" name="stato" value={value} />}
      <button type="submit" class="button secondary">
        {label}
      </button>
    </form>
  );
}
