/** `secret`: writes a secret where no shell keeps it, and says which the enti name, never a value. */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../../../engine/host/whole-file.ts";
import { readConfig } from "../../../config.ts";
import { listSecretStates, secretName, type SecretState } from "../../../ente/secret-names.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes } from "../../command.ts";
import { formatColumns, formatCount } from "../../output.ts";
import { hasOwnTerminal, readInputLine, terminal } from "../../terminal.ts";

/** Secrets by name. */
export const secretCommand: Command = {
  usage: "secret set NOME | secret check [--json] | secret list",
  summary: "scrive un segreto senza mostrarlo, dice quali mancano; mai un valore",
  details: () => `
  set NOME     chiede il valore senza mostrarlo, o lo legge dallo standard input: non si scrive nel comando, che resterebbe
               nella storia; il file lo legge solo chi lo ha scritto
  check        quali segreti gli enti nominano, quali mancano e quali altri possono leggere; esce con 5 se ne manca uno
  list         i nomi nella cartella dei segreti
  --json       con check, un solo documento JSON sullo standard output
`,
  words: ["set|check|list", "NOME?", "…"],
  options: { json: { type: "boolean" } },
  async run(input) {
    const [action = ""] = input.words;
    switch (action) {
      case "set":
        return await setSecret(input);
      case "check":
        return await checkSecrets(input);
      case "list":
        return await listSecrets();
      default:
        throw new UsageError(`«${action}» non è né «set» né «check» né «list».`);
    }
  },
};

async function setSecret({ words }: CommandInput): Promise<number> {
  const [, name, value] = words;
  if (name === undefined) throw new UsageError("Manca <NOME>.");
  // Not echoed: what was typed there may be the value.
  if (value !== undefined)
    throw new UsageError(
      "Il valore non si scrive nel comando: resterebbe nella storia dei comandi, e va considerato noto. Dopo il nome non serve altro: il valore viene chiesto.",
    );
  if (!secretName.test(name))
    throw new UsageError(
      "Il nome di un segreto ha lettere maiuscole, cifre e _, la prima lettera: BORGONUOVO_SEND.",
      { isWellTyped: true },
    );
  const text = (await readHidden(`Valore di ${name}`))?.trim() ?? null;
  if (text === null) throw new UsageError("Nulla è stato scritto.", { isWellTyped: true });
  if (text === "")
    throw new UsageError("Il valore è vuoto: nulla è stato scritto.", { isWellTyped: true });
  const { secretsFolder, environment } = readConfig(terminal.environment);
  await mkdir(secretsFolder, { recursive: true, mode: 0o700 });
  const path = join(secretsFolder, name);
  await replaceFile(path, [new TextEncoder().encode(text)]);
  await chmod(path, 0o600);
  terminal.stdout.write(`Scritto ${path}: lo legge solo chi lo ha scritto.\n`);
  if ((environment[name] ?? "") !== "")
    terminal.stderr.write(
      `Nell'ambiente c'è una variabile ${name}, e vale prima del file: toglierla perché valga questo.\n`,
    );
  return exitCodes.completed;
}

/** From a terminal without showing it, otherwise the first line of standard input; `null`: the person went away. */
async function readHidden(message: string): Promise<string | null> {
  if (hasOwnTerminal() || !process.stdin.isTTY) return await readInputLine();
  const { isCancel, password } = await import("@clack/prompts");
  const typed = await password({ message, mask: "•" });
  return isCancel(typed) ? null : typed;
}

async function checkSecrets(input: CommandInput): Promise<number> {
  const states = await listSecretStates(readConfig(terminal.environment));
  const missing = states.filter(({ where }) => where === "missing");
  const open = states.filter(({ isOpen }) => isOpen);
  const isFine = missing.length === 0 && open.length === 0;
  if (input.hasFlag("json"))
    terminal.stdout.write(`${JSON.stringify({ ok: isFine, secrets: states })}\n`);
  else {
    const rows = states.map((state) => [state.name, describeState(state), describeEnti(state)]);
    const { isTTY: isTerminal } = terminal.stdout;
    if (rows.length > 0)
      terminal.stdout.write(
        `${formatColumns(["SEGRETO", "STATO", "ENTI"], rows, { isTerminal, lastWidth: 60 })}\n\n`,
      );
    terminal.stdout.write(`${describeOutcome(states.length, missing, open)}\n`);
  }
  return isFine ? exitCodes.completed : exitCodes.blocked;
}

function describeState({ where, isOpen }: SecretState): string {
  const places = {
    environment: "c'è, nell'ambiente",
    file: "c'è",
    demo: "della dimostrazione",
    missing: "manca",
  };
  return isOpen ? "c'è, ma lo leggono anche altri" : places[where];
}

function describeEnti({ enti }: SecretState): string {
  if (enti.length === 0) return "nessuno lo nomina";
  const rest = enti.length - 3;
  return rest > 0 ? `${enti.slice(0, 3).join(", ")} e altri ${rest}` : enti.join(", ");
}

function describeOutcome(
  count: number,
  missing: readonly SecretState[],
  open: readonly SecretState[],
): string {
  if (count === 0) return "Nessun ente nomina un segreto.";
  const lines = [
    ...missing.map(({ name }) => `Manca ${name}: postino secret set ${name}`),
    ...open.map(({ name }) => `${name} lo leggono anche altri: chmod 600 sul suo file`),
  ];
  return lines.length === 0
    ? `In ordine: ${formatCount(count, "segreto", "segreti")}.`
    : lines.join("\n");
}

async function listSecrets(): Promise<number> {
  const states = await listSecretStates(readConfig(terminal.environment));
  const names = states.filter(({ where }) => where === "file").map(({ name }) => `${name}\n`);
  terminal.stdout.write(
    names.length === 0 ? "Nella cartella dei segreti non ce ne sono.\n" : names.join(""),
  );
  return exitCodes.completed;
}
