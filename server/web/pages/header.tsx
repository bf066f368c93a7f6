/** Head and foot of every page: whose it is, where one may go, who made it. */
/** @jsxImportSource ../markup */
import { isStranger } from "../gate/who.ts";
import type { PageFrame, Section } from "./frame.ts";
import { Icon } from "./icon.tsx";
import { ThemeSwitch } from "./theme.tsx";

/** The navigation, in the order of a day's work; `when`: shown only then. */
const entries: readonly {
  readonly section: Section;
  readonly href: string;
  readonly label: string;
  when?(frame: PageFrame): boolean;
}[] = [
  { section: "oggi", href: "/", label: "Oggi" },
  {
    section: "registro",
    href: "/registro",
    label: "Da notificare",
    when: ({ hasRegister }) => hasRegister,
  },
  { section: "flussi", href: "/flussi", label: "Flussi" },
  { section: "programmazioni", href: "/programmazioni", label: "Programmazioni" },
  { section: "rapporti", href: "/rapporti", label: "Rapporti" },
  {
    section: "file",
    href: "/file",
    label: "Pipeline ed enti",
    when: ({ canEdit }) => canEdit,
  },
  { section: "avvisi", href: "/avvisi", label: "Avvisi" },
  {
    section: "nuovo",
    href: "/nuovo",
    label: "Nuovo flusso",
    when: ({ canStart }) => canStart,
  },
];

/** The same on every page: drawn once. */
const findForm = (
  <form class="find" method="post" action="/cerca" role="search" aria-label="Tutti i verbali">
    <label>
      <span class="hidden">Cerca un verbale: numero, IUN, codice, targa, cognome</span>
      <input
        type="search"
        name="testo"
        required
        maxlength={200}
        placeholder="Numero, IUN, IUV, targa, cognome…"
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <button type="submit">Cerca</button>
  </form>
);

export function Header({ frame }: { readonly frame: PageFrame }) {
  const { site, ente, who } = frame;
  return (
    <header class="top">
      <div class="slim">
        <div class="inner">
          <span>{site.owner ?? "Postino · Notifica dei verbali con SEND"}</span>
          <div class="who">{who}</div>
        </div>
      </div>
      <div class="inner centre">
        <a class="brand" href="/">
          <Crest ente={ente} />
          <span>
            <strong>{ente?.nome ?? "Postino"}</strong>
            <small>Notifiche dei verbali</small>
          </span>
        </a>
        {findForm}
      </div>
      <nav aria-label="Principale" hidden={isStranger()}>
        <div class="inner">
          {entries
            .filter(({ when }) => when?.(frame) ?? true)
            .map(({ section, href, label }) => (
              <a href={href} aria-current={section === frame.section ? "page" : undefined}>
                {label}
              </a>
            ))}
        </div>
      </nav>
    </header>
  );
}

function Crest({ ente }: Pick<PageFrame, "ente">) {
  if (ente !== null && ente.crestUrl !== null)
    return <img src={ente.crestUrl} alt="" width="42" height="48" />;
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M3 8.5h26v15.5H3zM3.5 9l12.5 9L28.5 9" />
    </svg>
  );
}

export function Footer({ frame }: { readonly frame: PageFrame }) {
  const { site } = frame;
  return (
    <footer>
      <div class="inner">
        <ul>
          {site.accessibilityUrl !== null && (
            <li>
              <a data-element="accessibility-link" href={site.accessibilityUrl}>
                Dichiarazione di accessibilità
              </a>
            </li>
          )}
          {site.privacyUrl !== null && (
            <li>
              <a data-element="privacy-policy-link" href={site.privacyUrl}>
                Informativa privacy
              </a>
            </li>
          )}
          <li>
            <a href="/manuale">Manuale</a>
          </li>
          <li>Postino {frame.version}</li>
        </ul>
        <ThemeSwitch theme={frame.theme} />
      </div>
      <span class="hidden" role="status" aria-live="polite" data-live-summary />
      <div class="inner live-state" data-live-state hidden>
        <span>
          <Icon name="warning" /> Collegamento interrotto: la pagina si aggiornerà appena torna.
        </span>
      </div>
    </footer>
  );
}
