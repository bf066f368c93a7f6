/** What `load-verbali` says of its settings that no schema can: only for one run, and the query of the ente's database. */
import type { InspectContext, SettingFault } from "../../engine/step/inspect.ts";
import { toEnteSettings } from "../../integrations/services.ts";
import { findQueryFault, listPlaces } from "../../integrations/flusso/port.ts";

/** The database is the ente's, and which values its query wants is known from its text. */
export function inspectQuery(
  { from, values = {} }: { readonly from?: unknown; readonly values?: unknown },
  { settings }: InspectContext,
): readonly SettingFault[] {
  const own = settings === null ? undefined : toEnteSettings(settings);
  const database = own?.flusso?.database;
  const place = own?.act === undefined ? ["flusso"] : ["atti", own.act.name, "flusso"];
  const fault = database === undefined ? null : findQueryFault(database.query);
  if (fault !== null)
    return [
      {
        within: "ente",
        path: [...place, "database", "query"],
        message: `la query ${fault}`,
        remedy: "una sola SELECT, che legge soltanto",
      },
    ];
  if (from !== "sql" || settings === null) return [];
  if (database === undefined)
    return [
      {
        within: "with",
        path: ["from"],
        message: "il file dell'ente non dice quale base dati leggere",
        remedy:
          "scrivi in enti/<codice>.yaml: flusso: { database: { url: { secret: NOME }, query: SELECT … } }",
      },
    ];
  const given = Object.keys(values as object);
  const wanted = listPlaces(database.query);
  const missing = wanted.filter((name) => !given.includes(name));
  const extra = given.filter((name) => !wanted.includes(name));
  return [
    ...missing.map((name) => ({
      within: "with" as const,
      path: ["values"],
      message: `la query dell'ente vuole :${name}, e qui non c'è`,
      remedy: `scrivi values: { ${name}: … }`,
    })),
    ...extra.map((name) => ({
      within: "with" as const,
      path: ["values", name],
      isAboutKey: true,
      message: `la query dell'ente non ha :${name}`,
      remedy: "togli la riga, oppure scrivi il nome come nella query",
    })),
  ];
}

/** In a file it would keep the rest of every flusso from going out. */
export function inspectFirst({ first }: { readonly first?: number }): readonly SettingFault[] {
  if (first === undefined) return [];
  return [
    {
      within: "with",
      path: ["first"],
      message: `"first" vale per un solo lancio: scritto qui, di ogni file partirebbero soltanto i primi verbali`,
      remedy: "togli la riga, e lancia con: run … --first N",
    },
  ];
}
