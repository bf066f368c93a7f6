/** Pipelines and enti as whoever asks may edit them: the file of an ente by who keeps that ente, what is of several by who keeps all. */
import type { FileDesk } from "../../history/edited-files.ts";
import type { People } from "../../people/people.ts";
import { everyEnte } from "../../people/roles.ts";
import { readSigner, requirePrincipal } from "./who.ts";

export function guardFiles(files: FileDesk | undefined, people: People): FileDesk | undefined {
  if (files === undefined) return undefined;
  const may = (ente: string | null): boolean => requirePrincipal().can("files", ente ?? everyEnte);
  const mayOpen = async (name: string): Promise<boolean> => {
    const file = await files.read(name);
    return file !== null && may(file.ente);
  };
  return {
    list: async () => (await files.list()).filter(({ ente }) => may(ente)),
    async read(name) {
      const file = await files.read(name);
      return file !== null && may(file.ente) ? file : null;
    },
    check: async (name, text) => ((await mayOpen(name)) ? await files.check(name, text) : []),
    async complete(name, text, offset) {
      const nothing = { start: offset, end: offset, offers: [] };
      return (await mayOpen(name)) ? await files.complete(name, text, offset) : nothing;
    },
    describe: async (name, text, offset) =>
      (await mayOpen(name)) ? await files.describe(name, text, offset) : null,
    preview: async (name, text) => ((await mayOpen(name)) ? await files.preview(name, text) : null),
    readForm: async (name, text) =>
      (await mayOpen(name)) ? await files.readForm(name, text) : null,
    fillForm: async (name, text, typed) =>
      (await mayOpen(name)) ? await files.fillForm(name, text, typed) : text,
    listVersions: async (name) => ((await mayOpen(name)) ? await files.listVersions(name) : []),
    async save(request) {
      const file = await files.read(request.name);
      if (file === null || !may(file.ente))
        return {
          status: "refused",
          reason: "Il ruolo di chi è entrato non consente di cambiare questo file.",
        };
      const by = readSigner() ?? request.by;
      const result = await files.save({ ...request, by });
      const { name, address } = requirePrincipal();
      if (result.status === "saved")
        people.audit.append({
          actor: name,
          action: "file-salvato",
          ente: file.ente,
          subject: request.name,
          detail: { motivo: request.reason, sha256: result.version },
          address,
        });
      return result;
    },
  };
}
