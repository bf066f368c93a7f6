/** Answers given beforehand: a piece of an ente's file, as YAML. */
import { parse } from "yaml";
import { listMappingFaults } from "../../integrations/flusso/mapping/mapping-faults.ts";
import type { FlussoSettings } from "../../integrations/flusso/settings.ts";
import { UsageError } from "../words/usage-error.ts";

/** What such a file says; other parts of an ente's file as text by key, for whoever begins one. */
export interface AnswersFile {
  readonly flusso: Partial<FlussoSettings>;
  readonly others: Readonly<Record<string, unknown>>;
}

/** Reads the text. Throws UsageError where it is no YAML, or names what does not exist. */
export function parseAnswers(text: string, name: string): AnswersFile {
  let document: unknown;
  try {
    // Scalars stay as they are written: a code keeps its zeros.
    document = parse(text, { schema: "failsafe" });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    throw new UsageError(`${name} non è YAML: ${message}`, { isWellTyped: true });
  }
  if (document === null || document === "") return { flusso: {}, others: {} };
  if (typeof document !== "object" || Array.isArray(document))
    throw new UsageError(`${name}: si attende un pezzo del file di un ente (flusso: …).`, {
      isWellTyped: true,
    });
  const { flusso = {}, ...others } = document as { readonly flusso?: Record<string, unknown> };
  const said = toSettings(flusso);
  const faults = listMappingFaults({
    delimiter: "auto",
    encoding: "auto",
    dates: "GG/MM/AAAA",
    amounts: "1.234,56",
    ...said,
    // Amounts and dates are held against the form of the file, which is not known yet.
    constants: {},
  });
  const [fault] = faults;
  if (fault !== undefined)
    throw new UsageError(`${name}: ${fault.message} Rimedio: ${fault.remedy}`, {
      isWellTyped: true,
    });
  return { flusso: said, others };
}

/** Numbers and truths as the settings have them. */
function toSettings(flusso: Readonly<Record<string, unknown>>): Partial<FlussoSettings> {
  const entries = Object.entries(flusso).map(([key, value]) => {
    if (key === "headerRow" || key === "skipRows") return [key, Number(value)];
    if (key === "skip" && Array.isArray(value))
      return [
        key,
        value.map((rule: object) => ("empty" in rule ? { ...rule, empty: true } : rule)),
      ];
    return [key, value];
  });
  return Object.fromEntries(entries) as Partial<FlussoSettings>;
}

/** What the ente's file already says of columns; a file that says it wrong is written anew. */
export function readEarlierMapping(text: string): Partial<FlussoSettings> {
  try {
    const { columns, ignore, constants, sameNumber } = parseAnswers(text, "file dell'ente").flusso;
    return {
      ...(sameNumber !== undefined && { sameNumber }),
      ...(columns !== undefined && { columns }),
      ...(ignore !== undefined && { ignore }),
      ...(constants !== undefined && { constants }),
    };
  } catch (error) {
    if (error instanceof UsageError) return {};
    throw error;
  }
}
