/** Drafts, corrections and the register of a dashboard that has none yet: their routes are there, nothing is kept. */
import type { AppDeps } from "../../server/web/deps.ts";

export const noDrafts: Required<
  Pick<AppDeps, "drafts" | "mappings" | "corrections" | "waiting" | "renotifications">
> = {
  renotifications: {
    read: async () => null,
    check: async () => [],
    suggest: async () => [],
    prepare: async () => ({ status: "refused", reason: "Nessun verbale." }),
  },
  waiting: {
    listEnti: async () => [],
    readUse: async () => ({ registers: null, generates: null }),
    settle: async () => {},
    say: async () => ({ moved: 0, left: [] }),
    preview: async () => null,
    generate: async () => ({ status: "refused", reason: "Nessun verbale." }),
    add: async () => ({ status: "refused", reason: "Nessun verbale." }),
    read: async () => null,
    check: async () => [],
    suggest: async () => [],
    correct: async () => ({ status: "refused", reason: "Nessun verbale." }),
  },
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
