/** The office's files: numbered without a gap, each fact once, and a correction names what it corrects. */
import * as fs from "../seams/fs.ts";
import { Broken, type Invariant } from "../stage/stage.ts";

export const reports: Invariant = {
  name: "esiti",
  promise: "gli esiti all'ufficio: numeri senza buchi, ogni fatto una volta",
  on: ["rest"],
  check({ hosts: [host] }) {
    const folder = host.locate("data/outbox/prova");
    if (!fs.existsSync(folder)) return;
    const names = (fs.readdirSync(folder) as string[]).filter((name) =>
      /^esiti-\d+\.csv$/.test(name),
    );
    const last = new Map<string, string>();
    let count = 0;
    for (const name of names.toSorted())
      for (const row of readRowsOf(String(fs.readFileSync(`${folder}/${name}`, "utf8")))) {
        count += 1;
        const told = `${name}: ${JSON.stringify(row)}`;
        if (Number(row["progressivo"]) !== count)
          throw new Broken(this.name, `il numero ${count} manca o è doppio: ${told}`);
        const fact = [row["iun"], row["fatto"], row["destinatario"], row["codiceAvviso"]].join("/");
        if ((last.get(fact) ?? "") !== row["corregge"])
          throw new Broken(this.name, `lo stesso fatto due volte, senza correggere: ${told}`);
        last.set(fact, row["progressivo"] ?? "");
      }
  },
};

function readRowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = "", ...lines] = text
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/);
  const columns = head.split(";");
  return lines.map((line) => {
    const cells = line.match(/("([^"]|"")*"|[^;]*)(;|$)/g) ?? [];
    return Object.fromEntries(
      columns.map((column, at) => [
        column,
        (cells[at] ?? "").replace(/;$/, "").replace(/^"(.*)"$/s, "$1"),
      ]),
    );
  });
}
