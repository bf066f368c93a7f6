/** The words of habits.yaml: what people type for keys because another language or another program has it so. */
import text from "./habits.yaml" with { type: "text" };

/** Keys that other engines know, and what to do here instead; Italian. */
export interface ForeignKey {
  readonly keys: readonly string[];
  readonly why: string;
  readonly remedy: string;
  /** The key in whose place it stands, which is then not missing besides. */
  readonly instead?: string;
}

interface Habits {
  /** The key that is meant, by the Italian word. */
  readonly italian: Readonly<Record<string, string>>;
  readonly foreign: readonly ForeignKey[];
}

let habits: Habits | null = null;

/** Parsed at the first word that is not known. */
export function readHabits(): Habits {
  habits ??= Bun.YAML.parse(text) as Habits;
  return habits;
}
