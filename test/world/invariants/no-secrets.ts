/** Nothing personal and no secret stands in a line of the log. */
import { environment } from "../stage/ente.ts";
import { Broken, type Invariant, type Stage } from "../stage/stage.ts";

export const noSecrets: Invariant = {
  name: "segreti",
  promise: "nessun segreto e nessun dato personale nei log",
  on: ["log", "rest"],
  check(stage) {
    const words = listWords(stage);
    for (const host of stage.hosts)
      for (const line of host.logged.splice(0))
        for (const word of words)
          if (line.includes(word))
            throw new Broken(this.name, `nel log: ${line.replaceAll(word, "…")}`);
  },
};

function listWords({ acts }: Stage): readonly string[] {
  const words = new Set<string>(Object.values(environment));
  for (const { verbale } of acts.values()) {
    const { cognome, codiceFiscale, indirizzo } = verbale.destinatario;
    for (const word of [cognome, codiceFiscale, verbale.targa, indirizzo.via])
      if (word !== undefined && word.length > 3) words.add(word);
  }
  return [...words];
}
