/** Drafts of a dashboard that has none yet: their routes are there, nothing is kept. */
import type { AppDeps } from "../../server/web/deps.ts";

export const noDrafts: Required<Pick<AppDeps, "drafts" | "mappings">> = {
  drafts: {
    keep: async () => null,
    keepAgain: async () => null,
    read: async () => null,
    list: async () => [],
    readTrial: async () => ({ status: "busy" }),
    start: async () => ({ status: "refused", reason: "Nessun file." }),
    drop: async () => {},
    locate: () => "",
  },
  mappings: {
    propose: () => Promise.reject(new Error("no draft to propose for")),
    save: async () => null,
  },
};
