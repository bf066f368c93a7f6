/** The ways in: name and password, second factor, an invitation. */
/** @jsxImportSource ../../markup */
import type { Child } from "hono/jsx";
import { buildAssetUrl } from "../../routes/assets.ts";
import { NoticeBox, type Notice } from "../notice.tsx";

interface EntryProps {
  readonly csrf: string;
  readonly notice: Notice | null;
}

interface LoginProps extends EntryProps {
  readonly name: string;
  /** Address within the dashboard to go to afterwards. */
  readonly after: string;
  /** Other ways in. */
  readonly children?: Child;
}

export function LoginPage({ csrf, notice, name, after, children }: LoginProps) {
  return (
    <section class="card entry" aria-labelledby="titolo-accesso">
      <h1 id="titolo-accesso">Accesso a Postino</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      <form class="newrun" method="post" action="/accesso">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="poi" value={after} />
        <label>
          <span>Nome</span>
          <input
            type="text"
            name="nome"
            value={name}
            required
            maxlength={100}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
          />
        </label>
        <label>
          <span>Parola d'accesso</span>
          <input
            type="password"
            name="parola"
            required
            maxlength={256}
            autocomplete="current-password"
          />
        </label>
        <label class="tick">
          <input type="checkbox" name="condiviso" value="si" checked /> PC condiviso: l'accesso
          finisce chiudendo il browser, o dopo 15 minuti senza far nulla
        </label>
        <button type="submit" class="button" data-busy="Accesso in corso…">
          Entra
        </button>
      </form>
      {children}
      <p class="note">
        Parola dimenticata? Chi gestisce le persone di Postino dà un collegamento per sceglierne
        un'altra.
      </p>
    </section>
  );
}

interface WaysProps {
  readonly desk: {
    readonly oidc?: { readonly label: string };
    readonly saml?: { readonly label: string };
  };
  readonly after: string;
}

/** Providers that are set up. */
export function OtherWays({ desk, after }: WaysProps) {
  const search = after === "/" ? "" : `?poi=${encodeURIComponent(after)}`;
  return (
    <p class="actions">
      {desk.oidc !== undefined && (
        <a class="button secondary" href={`/accesso/oidc${search}`}>
          {desk.oidc.label}
        </a>
      )}
      {desk.saml !== undefined && (
        <a class="button secondary" href={`/accesso/saml${search}`}>
          {desk.saml.label}
        </a>
      )}
    </p>
  );
}

/** Shown by the script where the browser knows passkeys. */
export function PasskeyWay({ csrf, after }: { readonly csrf: string; readonly after: string }) {
  return (
    <div data-passkey="entra" data-csrf={csrf} data-poi={after} hidden>
      <button type="button" class="button secondary">
        Entra con una passkey
      </button>
      <p role="status" aria-live="polite" />
      <script src={buildAssetUrl("passkey.js")} defer />
    </div>
  );
}

interface CodeProps extends EntryProps {
  readonly after: string;
  readonly children?: Child;
}

export function LoginCodePage({ csrf, notice, after, children }: CodeProps) {
  return (
    <section class="card entry" aria-labelledby="titolo-codice">
      <h1 id="titolo-codice">Secondo fattore</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      <form class="newrun" method="post" action="/accesso/codice" autocomplete="off">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="poi" value={after} />
        <label>
          <span>Codice dell'app, o un codice di recupero</span>
          <input
            class="otp"
            type="text"
            name="codice"
            required
            maxlength={20}
            inputmode="text"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck={false}
            autofocus
          />
        </label>
        <button type="submit" class="button">
          Conferma
        </button>
      </form>
      {children}
      <p>
        <a href="/accesso">Ricomincia dall'accesso</a>
      </p>
    </section>
  );
}

interface InviteProps extends EntryProps {
  readonly name: string;
  readonly secret: string;
}

export function InvitePage({ csrf, notice, name, secret }: InviteProps) {
  return (
    <section class="card entry" aria-labelledby="titolo-invito">
      <h1 id="titolo-invito">Scegliere la parola d'accesso</h1>
      {notice !== null && <NoticeBox notice={notice} />}
      <p>
        Per l'accesso di <strong>{name}</strong>. Il collegamento vale una volta sola.
      </p>
      <form class="newrun" method="post" action={`/accesso/invito/${encodeURIComponent(secret)}`}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="username" value={name} autocomplete="username" />
        <NewPasswordFields />
        <button type="submit" class="button">
          Salva ed entra
        </button>
      </form>
    </section>
  );
}

/** A new password, typed twice. */
export function NewPasswordFields() {
  return (
    <>
      <label>
        <span>Nuova parola d'accesso</span>
        <input
          type="password"
          name="nuova"
          required
          minlength={12}
          maxlength={256}
          autocomplete="new-password"
          aria-describedby="regola-parola"
        />
      </label>
      <p id="regola-parola" class="note">
        Almeno 12 caratteri: più parole con gli spazi vanno bene, e non servono simboli. Le parole
        comuni, i nomi e i luoghi da soli non bastano.
      </p>
      <label>
        <span>Ripeterla</span>
        <input
          type="password"
          name="ripetuta"
          required
          maxlength={256}
          autocomplete="new-password"
        />
      </label>
    </>
  );
}
