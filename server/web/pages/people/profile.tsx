/** One's own page: roles, password, second factors, where one is in, the way out. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import { permissions, permissionWords, type Principal, roleWords } from "../../../people/roles.ts";
import type { Passkey } from "../../../people/passkeys.ts";
import type { LoginSession } from "../../../people/sessions.ts";
import type { User } from "../../../people/users.ts";
import { formatDateTime } from "../../../words/format.ts";
import { buildAssetUrl } from "../../routes/assets.ts";
import { NoticeBox, type Notice } from "../notice.tsx";
import { nameDevice } from "./device.ts";
import { NewPasswordFields } from "./login.tsx";

interface ProfileProps {
  readonly user: User;
  readonly principal: Principal;
  readonly sessions: readonly LoginSession[];
  readonly recoveryCodes: number;
  readonly passkeys: readonly Passkey[];
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function ProfilePage(props: ProfileProps) {
  const { user, principal, csrf, notice } = props;
  return (
    <>
      <h1>{user.fullName}</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      {principal.mustEnroll && (
        <NoticeBox
          notice={{
            tone: "bad",
            text: "Per questo ruolo serve un secondo fattore.",
            hint: "Attivarlo qui sotto: le altre pagine si aprono dopo.",
          }}
        />
      )}
      <div class="fieldcards">
        <RolesCard user={user} principal={principal} />
        <LeaveCard csrf={csrf} sessions={props.sessions} principal={principal} />
        {user.source === "local" && <PasswordCard csrf={csrf} />}
        <SecondFactorCard {...props} />
      </div>
    </>
  );
}

function RolesCard({ user, principal }: Pick<ProfileProps, "user" | "principal">) {
  const may = permissions.filter((permission) => principal.can(permission, null));
  return (
    <section class="card" aria-labelledby="ruoli">
      <h2 id="ruoli">Ruoli</h2>
      <dl class="facts">
        <dt>Nome per l'accesso</dt>
        <dd>{user.name}</dd>
        {user.grants.map(({ ente, role }) => (
          <>
            <dt>{ente === "*" ? "Tutti gli enti" : ente}</dt>
            <dd>{roleWords[role]}</dd>
          </>
        ))}
      </dl>
      <p>Può: {may.map((permission) => permissionWords[permission]).join(", ")}.</p>
    </section>
  );
}

function LeaveCard({
  csrf,
  sessions,
  principal,
}: Pick<ProfileProps, "csrf" | "sessions" | "principal">) {
  return (
    <section class="card" aria-labelledby="accessi">
      <h2 id="accessi">Accessi aperti</h2>
      <ul>
        {sessions.map(({ hash, madeAt, address, agent, isShared }) => (
          <li>
            {formatDateTime(new Date(madeAt).toISOString())} da {address}
            {isShared ? ", PC condiviso" : ""}
            {hash === principal.session && <strong> (questo)</strong>}
            <span class="sub">{nameDevice(agent)}</span>
          </li>
        ))}
      </ul>
      <div class="actions">
        <form method="post" action="/uscita">
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" class="button">
            Esci
          </button>
        </form>
        <form method="post" action="/uscita/ovunque">
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" class="button secondary">
            Esci da ogni dispositivo
          </button>
        </form>
      </div>
    </section>
  );
}

function PasswordCard({ csrf }: Pick<ProfileProps, "csrf">) {
  return (
    <section class="card" aria-labelledby="parola">
      <h2 id="parola">Parola d'accesso</h2>
      <form class="newrun" method="post" action="/profilo/parola">
        <input type="hidden" name="csrf" value={csrf} />
        <label>
          <span>Parola d'accesso di adesso</span>
          <input
            type="password"
            name="attuale"
            required
            maxlength={256}
            autocomplete="current-password"
          />
        </label>
        <NewPasswordFields />
        <button type="submit" class="button">
          Cambia la parola
        </button>
      </form>
    </section>
  );
}

function SecondFactorCard({ user, recoveryCodes, passkeys, csrf }: ProfileProps) {
  return (
    <section class="card" aria-labelledby="secondo">
      <h2 id="secondo">Secondo fattore</h2>
      {user.hasTotp ? (
        <>
          <p>
            L'app dei codici è attiva. Codici di recupero rimasti: <strong>{recoveryCodes}</strong>.
          </p>
          <div class="actions">
            <ConfirmedForm
              action="/profilo/codici"
              csrf={csrf}
              label="Rifai i codici di recupero"
            />
            <ConfirmedForm action="/profilo/app/togli" csrf={csrf} label="Togli l'app" />
          </div>
        </>
      ) : (
        <>
          <p>Un'app sul telefono dà un codice di sei cifre, chiesto dopo la parola d'accesso.</p>
          <form class="newrun" method="post" action="/profilo/app">
            <input type="hidden" name="csrf" value={csrf} />
            {user.source === "local" && (
              <label>
                <span>Parola d'accesso</span>
                <input
                  type="password"
                  name="attuale"
                  required
                  maxlength={256}
                  autocomplete="current-password"
                />
              </label>
            )}
            <button type="submit" class="button">
              Attiva l'app dei codici
            </button>
          </form>
        </>
      )}
      <Passkeys passkeys={passkeys} csrf={csrf} isLocal={user.source === "local"} />
    </section>
  );
}

function Passkeys({
  passkeys,
  csrf,
  isLocal,
}: Pick<ProfileProps, "passkeys" | "csrf"> & { readonly isLocal: boolean }) {
  return (
    <>
      <h3>Passkey</h3>
      <ul>
        {passkeys.map((passkey) => (
          <li>
            {passkey.name}, dal {formatDateTime(passkey.madeAt)}
            <form method="post" action="/profilo/passkey/togli">
              <input type="hidden" name="csrf" value={csrf} />
              <input type="hidden" name="id" value={passkey.id} />
              <button type="submit" class="button secondary small">
                Togli<span class="hidden"> {passkey.name}</span>
              </button>
            </form>
          </li>
        ))}
      </ul>
      {passkeys.length === 0 && <p class="muted">Nessuna.</p>}
      <div data-passkey="aggiungi" data-csrf={csrf} hidden>
        {isLocal && (
          <label>
            <span>Parola d'accesso, per aggiungere una passkey</span>
            <input
              type="password"
              name="parola-passkey"
              maxlength={256}
              autocomplete="current-password"
            />
          </label>
        )}
        <button type="button" class="button secondary">
          Aggiungi una passkey
        </button>
        <p role="status" aria-live="polite" />
        <script src={buildAssetUrl("passkey.js")} defer />
      </div>
    </>
  );
}

/** What a thief of an open session must not do: the password or a code is asked for again. */
function ConfirmedForm({
  action,
  csrf,
  label,
}: {
  readonly action: string;
  readonly csrf: string;
  readonly label: string;
}) {
  return (
    <details class="action">
      <summary class="button secondary">{label}…</summary>
      <form method="post" action={action}>
        <input type="hidden" name="csrf" value={csrf} />
        <label>
          <span>Codice dell'app, o un codice di recupero</span>
          <input type="text" name="codice" required maxlength={20} autocomplete="one-time-code" />
        </label>
        <button type="submit" class="button">
          Conferma
        </button>
      </form>
    </details>
  );
}

interface TotpProps {
  /** As it is typed where no picture can be read. */
  readonly secret: string;
  /** SVG of the QR code. */
  readonly picture: Child;
  readonly csrf: string;
  readonly notice: Notice | null;
}

export function TotpPage({ secret, picture, csrf, notice }: TotpProps) {
  return (
    <section class="card entry" aria-labelledby="titolo-app">
      <h1 id="titolo-app">App dei codici</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      <ol class="stepwise">
        <li>
          <strong>Inquadrare il codice con l'app</strong> (o scriverlo:{" "}
          <code>{secret.replaceAll(/(.{4})/g, "$1 ").trim()}</code>).
          <div class="qr">{picture}</div>
        </li>
        <li>
          <strong>Scrivere il codice che l'app mostra.</strong>
          <form class="newrun" method="post" action="/profilo/app/conferma" autocomplete="off">
            <input type="hidden" name="csrf" value={csrf} />
            <label>
              <span>Codice di sei cifre</span>
              <input
                class="otp"
                type="text"
                name="codice"
                required
                maxlength={10}
                inputmode="numeric"
                autocomplete="one-time-code"
              />
            </label>
            <button type="submit" class="button">
              Attiva
            </button>
          </form>
        </li>
      </ol>
    </section>
  );
}

export function RecoveryCodesPage({ codes }: { readonly codes: readonly string[] }) {
  return (
    <section class="card entry" aria-labelledby="titolo-codici">
      <h1 id="titolo-codici">Codici di recupero</h1>
      <p>
        Senza telefono si entra con uno di questi; ognuno vale una volta. Non saranno mostrati di
        nuovo: stamparli, o scriverli dove nessun altro li legge.
      </p>
      <ul class="codes">
        {codes.map((code) => (
          <li>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <a class="button" href="/profilo">
          Li ho messi da parte
        </a>
      </p>
    </section>
  );
}
