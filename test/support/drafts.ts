/** Drafts and corrections of a dashboard that has none yet: their routes are there, nothing is kept. */
import type { AppDeps } from "../../server/web/deps.ts";

export const noDrafts: Required<Pick<AppDeps, "drafts" | "mappings" | "corrections">> = {
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
  corrections: {
    read: async () => null,
    check: async () => [],
    suggest: async () => [],
    send: async () => ({ status: "refused", reason: "Nessun verbale." }),
  },
  mappings: {
    propose: () => Promise.reject(new Error("no draft to propose for")),
    save: async () => null,
  },
};
