/** `new`: begins an ente by asking for what its file cannot do without, or a step of the office's own with its test. */
import { checkBySchema } from "../../../../loader/yaml/schema-check.ts";
import { EnteIdentity, RenderSettings } from "../../../../integrations/ente.ts";
import { PaymentsSettings } from "../../../../integrations/payments/settings.ts";
import { readEnte } from "../../../ente/ente-view.ts";
import {
  explainBadCodice,
  type TemplateField,
  templateFields,
} from "../../../ente/ente-template.ts";
import type { Installation } from "../../../installation.ts";
import { formatProblems } from "../../../words/problems.ts";
import { UsageError } from "../../../words/usage-error.ts";
import { type Command, type CommandInput, exitCodes } from "../../command.ts";
import { type Asker, openAsker } from "../../asker.ts";
import { openForCommand } from "../../open.ts";
import { terminal } from "../../terminal.ts";
import { beginEnte } from "./init.ts";

interface Question {
  readonly message: string;
  readonly flag: string;
  /** The schema that an answer is held against. */
  readonly schema: object;
  /** What to say of an answer that does not fit. */
  readonly form: string;
}

const identity = EnteIdentity.properties;
const payments = PaymentsSettings.properties;

const questions: Readonly<Record<TemplateField, Question>> = {
  nome: {
    message: "Denominazione, come la legge il destinatario",
    flag: "nome",
    schema: identity.nome,
    form: "da 1 a 88 caratteri: Comune di Borgonuovo",
  },
  codiceFiscale: {
    message: "Codice fiscale dell'ente",
    flag: "codice-fiscale",
    schema: identity.codiceFiscale,
    form: "undici cifre",
  },
  segregationCode: {
    message: "Codice di segregazione assegnato da PagoPA",
    flag: "segregazione",
    schema: payments.segregationCode,
    form: "due cifre",
  },
  iban: {
    message: "IBAN di accredito",
    flag: "iban",
    schema: payments.iban,
    form: "27 caratteri senza spazi, comincia con IT",
  },
  prefetto: {
    message: "Sede della Prefettura per il ricorso",
    flag: "prefetto",
    schema: RenderSettings.properties.prefetto,
    form: "il nome di una città",
  },
  giudiceDiPace: {
    message: "Sede del Giudice di Pace per il ricorso",
    flag: "giudice",
    schema: RenderSettings.properties.giudiceDiPace,
    form: "il nome di una città",
  },
};

/** What a technician begins. */
export const newCommand: Command = {
  usage: "new ente [CODICE] | new step NOME",
  summary: "comincia un ente chiedendo ciò che serve, o un passo proprio con il suo test",
  details: () => `
  new ente     scrive il file dell'ente; le domande si possono rispondere anche nel comando:
${templateFields.map((field) => `  --${questions[field].flag.padEnd(15)} ${questions[field].message.toLowerCase()}`).join("\n")}
  new step     scrive il file del passo, il suo test e i tipi per l'editor; mostra la riga da mettere nella pipeline
  --folder D   con step: la cartella; se manca, la prima di POSTINO_STEPS, oppure passi
`,
  words: ["ente|step", "NOME?"],
  options: {
    ...Object.fromEntries(
      templateFields.map((field) => [questions[field].flag, { type: "string" as const }]),
    ),
    folder: { type: "string" },
  },
  async run(input) {
    const [what = "", name] = input.words;
    if (what === "ente") return await beginNewEnte(input, name);
    if (what !== "step") throw new UsageError(`«${what}» non è né «ente» né «step».`);
    if (name === undefined)
      throw new UsageError("Manca <NOME> (per esempio: controlla-protocollo).");
    const { beginStep } = await import("../../../ente/new-step.ts");
    const { written, yaml, next } = await beginStep(name, {
      folder: input.findValue("folder"),
      environment: terminal.environment,
    });
    for (const path of written) terminal.stdout.write(`Scritto ${path}\n`);
    terminal.stdout.write(`\nNella pipeline:\n\n${yaml}\n${next}`);
    return exitCodes.completed;
  },
};

async function beginNewEnte(input: CommandInput, named: string | undefined): Promise<number> {
  const installation = await openForCommand();
  const asker = await openAsker();
  const codice = named ?? (await askCodice(asker));
  const why = explainBadCodice(codice);
  if (why !== null) throw new UsageError(why, { isWellTyped: true });
  const view = await readEnte(installation, codice);
  if (view.status !== "missing")
    throw new UsageError(`L'ente «${codice}» c'è già: postino doctor --ente ${codice}`, {
      isWellTyped: true,
    });
  const known = await collectAnswers(input, asker);
  await beginEnte(installation, codice, (template) => template, known);
  return await tellOutcome(installation, codice);
}

async function askCodice(asker: Asker | null): Promise<string> {
  if (asker === null)
    throw new UsageError("Manca <CODICE> (per esempio: postino new ente borgonuovo).");
  const typed = await asker.write("Codice dell'ente (diventa il nome del file)", explainBadCodice);
  if (typed === null) throw abandonedError();
  return typed;
}

/** From the command, and from the person where there is one. All that is wrong or missing is told at once. Throws UsageError. */
async function collectAnswers(
  input: CommandInput,
  asker: Asker | null,
): Promise<Readonly<Partial<Record<TemplateField, string>>>> {
  const known: Partial<Record<TemplateField, string>> = {};
  const faults: string[] = [];
  for (const field of templateFields) {
    const question = questions[field];
    const given = input.findValue(question.flag);
    if (given === undefined && asker === null)
      faults.push(`Manca --${question.flag}: ${question.form}.`);
    if (given === undefined) continue;
    const fault = explainAnswer(question, given);
    if (fault !== null) faults.push(`--${question.flag}: ${fault}`);
    known[field] = given;
  }
  if (faults.length > 0) throw new UsageError(faults.join("\n"), { isWellTyped: true });
  for (const field of templateFields) {
    if (known[field] !== undefined || asker === null) continue;
    const question = questions[field];
    const typed = await asker.write(question.message, (text) => explainAnswer(question, text));
    if (typed === null) throw abandonedError();
    known[field] = typed;
  }
  return known;
}

function explainAnswer({ schema, form }: Question, text: string): string | null {
  const isFine = text.trim() !== "" && checkBySchema(schema, text).length === 0;
  return isFine ? null : `«${text}» non va bene: ${form}.`;
}

function abandonedError(): UsageError {
  return new UsageError("Nulla è stato scritto.", { isWellTyped: true });
}

/** The file is held to `check` at once: an IBAN may have the right form and the wrong figures. */
async function tellOutcome(installation: Installation, codice: string): Promise<number> {
  const view = await readEnte(installation, codice);
  if (view.status === "wrong") {
    terminal.stdout.write(`\n${formatProblems(view.problems)}\n`);
    return exitCodes.usage;
  }
  terminal.stdout.write(
    `\nPoi: i segreti (postino secret check), lo stream e le cartelle (postino init --ente ${codice}), la prova di tutto (postino doctor --ente ${codice}).\n`,
  );
  return exitCodes.completed;
}
