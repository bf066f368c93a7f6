/** The files because of which no flusso starts, until they are mended. */
/** @jsxImportSource ../markup */
import type { BrokenFile, Catalog } from "../../history/catalog.ts";
import { Icon } from "./icon.tsx";
import { formatEnteName } from "./run-table.tsx";

interface BrokenProps {
  readonly catalog: Catalog | null;
  /** Whether what is wrong is told too, in the words of `check`; an operator only needs to know whom it stops. */
  readonly isDetailed?: boolean;
}

const SHOWN = 5;

export function BrokenFiles({ catalog, isDetailed = false }: BrokenProps) {
  const broken = catalog?.broken ?? [];
  const shown = isDetailed ? broken : broken.slice(0, SHOWN);
  return (
    <div data-live="broken">
      {broken.length > 0 && (
        <section class="banner" aria-label="Impostazioni con errori">
          <ul>
            {shown.map((found) => (
              <li>
                <Icon name="warning" />
                <span>
                  <strong>{describeStop(found, catalog)}</strong> Avvisare il tecnico: errore in{" "}
                  <code>{found.file}</code>, riga {found.line}
                  {isDetailed ? `: ${found.message}.` : "."}
                  {isDetailed && found.remedy !== undefined && ` Rimedio: ${found.remedy}.`}
                </span>
              </li>
            ))}
          </ul>
          {broken.length > shown.length && (
            <a href="/programmazioni">Altri file con errori: {broken.length - shown.length}</a>
          )}
        </section>
      )}
    </div>
  );
}

function describeStop({ ente }: BrokenFile, catalog: Catalog | null): string {
  return ente === null
    ? "Una pipeline ha un errore: i suoi flussi non partono."
    : `Le impostazioni di ${formatEnteName(catalog, ente)} hanno un errore: i suoi flussi non partono.`;
}
