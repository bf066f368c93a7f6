/** The product meets nothing that it did not foresee. */
import { Broken, type Invariant } from "../stage/stage.ts";

export const noBugs: Invariant = {
  name: "nessun-imprevisto",
  promise: "nessun errore imprevisto del programma",
  on: ["journal", "log", "rest"],
  check({ hosts }) {
    for (const { bugs, name } of hosts)
      for (const { message, stack } of bugs)
        throw new Broken(this.name, `${name}: ${message}\n${stack}`);
  },
};
