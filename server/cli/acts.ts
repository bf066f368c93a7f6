/** Writes down what is done at the terminal: the audit log names the user of the operating system. */
import { userInfo } from "node:os";
import { type AuditAction, createAudit } from "../people/audit.ts";
import { locatePeople, openPeopleFile } from "../people/store.ts";
import { readConfig } from "../config.ts";
import type { CommandInput } from "./command.ts";
import { terminal } from "./terminal.ts";

/** As the log names whoever types at this machine. */
export function nameTerminalUser(): string {
  try {
    return `sistema:${userInfo().username}`;
  } catch {
    // A user id that the machine has no name for.
    return `sistema:${process.getuid?.() ?? "?"}`;
  }
}

/** Writes the act before it is done: what was tried is known too. The words of the command, no option's value but the ente's. */
export async function noteCommand(action: AuditAction, input: CommandInput): Promise<void> {
  const db = openPeopleFile(locatePeople(readConfig(terminal.environment).dataFolder));
  try {
    // What is looked for may name a person.
    const subject = action === "ricerca" ? null : (input.words[0] ?? null);
    const ente = input.findValue("ente") ?? null;
    createAudit(db, terminal.clock).append({ actor: nameTerminalUser(), action, ente, subject });
  } finally {
    db.close();
  }
}
