/** Pipelines and enti as the pages edit them, in memory. */
import { fillEnteForm, readEnteForm } from "../../server/filedesk/form/ente-form.ts";
import { diffLines } from "../../server/history/diff-lines.ts";
import type { FileDesk, FileVersion } from "../../server/history/edited-files.ts";

const at = "2026-11-20T08:00:00.000Z";
const texts = new Map([
  ["send.yaml", "name: Notifica\nsteps:\n  - uses: load-verbali\n"],
  ["enti/roccaserena.yaml", "ente: { codice: roccaserena }\n"],
  ["enti/montefosco.yaml", "ente: { codice: montefosco }\n"],
]);

function readOwner(name: string): string | null {
  return /^enti\/(.+)\.yaml$/.exec(name)?.[1] ?? null;
}

export function createSampleFiles(): FileDesk {
  const kept = new Map(texts);
  const versions: FileVersion[] = [
    { number: 2, text: "name: Notifica\n", by: "Ada Bruni", reason: "nuovo orario", at },
    { number: 1, text: "name: Altra\n", by: "", reason: "", at },
  ];
  const read: FileDesk["read"] = async (name) => {
    const text = kept.get(name);
    return text === undefined
      ? null
      : { name, ente: readOwner(name), text, version: `v${text.length}` };
  };
  const check: FileDesk["check"] = async (_name, text) => {
    const start = text.indexOf("sbagliato");
    const place = { line: 1, column: 1, start, end: start + 9 };
    return start === -1
      ? []
      : [{ code: "P004", severity: "error", ...place, message: 'il passo "sbagliato" non esiste' }];
  };
  return {
    read,
    check,
    list: async () =>
      [...kept.keys()].map((name) => ({
        name,
        kind: readOwner(name) === null ? "pipeline" : "ente",
        ente: readOwner(name),
        changedAt: at,
      })),
    complete: async (_name, _text, offset) => ({ start: offset, end: offset, offers: [] }),
    describe: async () => null,
    preview: async (name, text) => {
      const before = kept.get(name);
      if (before === undefined) return null;
      return {
        diff: diffLines(before, text),
        problems: await check(name, text),
        others: 0,
        impact: "Cambia 1 ente su 2.",
        version: `v${before.length}`,
      };
    },
    readForm: async (name, text) => (readOwner(name) === null ? null : readEnteForm(text)),
    fillForm: async (_name, text, { given, shown }) => fillEnteForm(text, given, shown),
    async save({ name, text, version }) {
      const current = await read(name);
      if (current === null) return { status: "refused", reason: "Questo file non c'è." };
      if (current.version !== version) return { status: "conflict", current };
      kept.set(name, text);
      return { status: "saved", version: `v${text.length}` };
    },
    listVersions: async () => versions,
  };
}
