/** Pipelines and enti that may be edited. */
/** @jsxImportSource ../../markup */
import type { Catalog } from "../../../history/catalog.ts";
import type { FileRow } from "../../../history/edited-files.ts";
import { buildFilesUrl } from "../../urls.ts";
import { BrokenFiles } from "../broken.tsx";
import { formatEnteName, Instant } from "../run-table.tsx";

const kinds: readonly (readonly [FileRow["kind"], string])[] = [
  ["pipeline", "Pipeline"],
  ["base", "Basi di più enti"],
  ["ente", "Enti"],
];

interface FilesProps {
  readonly files: readonly FileRow[];
  readonly catalog: Catalog | null;
}

export function FilesPage({ files, catalog }: FilesProps) {
  return (
    <>
      <div class="title">
        <h1>Pipeline ed enti</h1>
        <p class="muted">
          I file sul disco restano la verità: si possono cambiare qui o con un altro editor.
        </p>
      </div>
      <BrokenFiles catalog={catalog} isDetailed />
      {kinds.map(([kind, title]) => {
        const own = files.filter((file) => file.kind === kind);
        if (own.length === 0) return null;
        return (
          <table class="cards">
            <caption>{title}</caption>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">Nome</th>
                <th scope="col">Cambiato</th>
                <th scope="col">Versioni</th>
              </tr>
            </thead>
            <tbody>
              {own.map(({ name, ente, changedAt }) => (
                <tr>
                  <th scope="row" data-label="File">
                    <a href={buildFilesUrl("modifica", name)}>{name}</a>
                  </th>
                  <td data-label="Nome">{nameOf(name, ente, catalog)}</td>
                  <td data-label="Cambiato">
                    <Instant at={changedAt} />
                  </td>
                  <td data-label="Versioni">
                    <a href={buildFilesUrl("versioni", name)}>
                      Versioni<span class="hidden"> di {name}</span>
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
    </>
  );
}

function nameOf(name: string, ente: string | null, catalog: Catalog | null): string {
  if (ente !== null) return formatEnteName(catalog, ente);
  const pipeline = name.replace(/\.yaml$/, "");
  return catalog?.pipelines.find((one) => one.name === pipeline)?.title ?? "";
}
