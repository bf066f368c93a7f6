/** What is no list of steps, and no group of keys where one is due: told before the values are looked at. */
import { type Fault, type Problem, reportFault } from "../yaml/diagnostics.ts";
import {
  findEntry,
  findText,
  findValue,
  isEmptyScalar,
  type YamlMap,
  type YamlNode,
} from "../yaml/yaml.ts";
import { locateStart } from "./head.ts";

/** `steps:` must be a list of entries; what is neither is told here, the entries themselves later. */
export function checkSteps(root: YamlMap, problems: Problem[]): void {
  const entry = findEntry(root, "steps");
  const steps = entry?.value;
  if (entry === undefined || steps === undefined) {
    const remedy = "aggiungi steps: e sotto, uno per riga, - uses: nome-del-passo";
    reportFault(problems, locateStart(root), {
      code: "P005",
      message: 'nella pipeline manca "steps"',
      remedy,
    });
    return;
  }
  if (steps.kind === "scalar" && steps.isBroken) return;
  const fault: Fault = {
    code: "P005",
    message: '"steps" deve essere un elenco di passi, almeno uno',
    remedy: "un passo per riga: - uses: nome-del-passo",
  };
  if (steps.kind !== "list" || steps.items.length === 0) {
    reportFault(problems, entry.key.at, fault);
    return;
  }
  for (const item of steps.items)
    if (item.kind !== "map" && !(item.kind === "scalar" && item.isBroken))
      reportFault(problems, item.at, {
        code: "P005",
        message: "un passo si scrive con uses",
        ...(item.kind === "scalar" && {
          remedy: `- uses: ${item.text}`,
          ...(/^[a-z-]+$/.test(item.text) && {
            fix: { start: item.at.start, end: item.at.end, text: `uses: ${item.text}` },
          }),
        }),
      });
}

const shapes = [
  {
    key: "change",
    kind: "map",
    words: "un gruppo di chiavi, una per passo",
    example: "change: { nome-del-passo: { with: { … } } }",
  },
  {
    key: "params",
    kind: "map",
    words: "un gruppo di chiavi, una per parametro",
    example: "params: { nome: valore }",
  },
  {
    key: "schedule",
    kind: "map",
    words: "un gruppo di chiavi (cron, timezone…), oppure null",
    example: "per non avere un avvio automatico: schedule: null",
  },
  {
    key: "add",
    kind: "list",
    words: "un elenco",
    example: "add: [{ after: nome-del-passo, step: { uses: nome-del-passo-nuovo } }]",
  },
  {
    key: "remove",
    kind: "list",
    words: "un elenco di nomi di passo",
    example: "remove: [nome-del-passo]",
  },
] as const;

/** The overrides' own shapes: their values are checked once they are merged. */
export function checkShapes(overrides: YamlNode | undefined, problems: Problem[]): void {
  if (overrides === undefined) return;
  for (const { key, kind, words, example } of shapes) {
    const entry = findEntry(overrides, key);
    if (entry === undefined || entry.value.kind === kind) continue;
    if (isEmptyScalar(entry.value)) continue;
    if (entry.value.kind === "scalar" && entry.value.isBroken) continue;
    const message = `"${key}" nel file dell'ente deve essere ${words}`;
    reportFault(problems, entry.key.at, { code: "P005", message, remedy: example });
  }
  const change = findValue(overrides, "change");
  for (const entry of change?.kind === "map" ? change.entries : [])
    if (entry.value.kind !== "map" && !isEmptyScalar(entry.value))
      reportFault(problems, entry.key.at, {
        code: "P005",
        message: `"change.${entry.key.text}" deve essere un gruppo di chiavi`,
        remedy: `${entry.key.text}: { with: { … } }`,
      });
  for (const item of listItems(findValue(overrides, "remove")))
    if (item.kind !== "scalar" || isEmptyScalar(item))
      reportFault(problems, item.at, {
        code: "P005",
        message: 'in "remove" ogni voce è il nome di un passo',
        maybe: findText(item, "id") ?? findText(item, "uses"),
        remedy: "remove: [nome-del-passo]",
      });
  for (const item of listItems(findValue(overrides, "add")))
    if (findValue(item, "step")?.kind !== "map")
      reportFault(problems, item.at, {
        code: "P005",
        message: 'in "add" ogni voce dice dove va il passo e quale passo è',
        remedy: "- { after: nome-del-passo, step: { uses: nome-del-passo-nuovo } }",
      });
}

function listItems(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === "list" ? node.items : [];
}
