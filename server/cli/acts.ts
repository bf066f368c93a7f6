/** Writes down what is done at the terminal: the audit log names the user of the operating system. */
import { type AuditAction, createAudit } from "../people/audit.ts";
import { locatePeople, openPeopleFile } from "../people/store.ts";
import { nameTerminalUser } from "../people/terminal-user.ts";
import { readConfig } from "../config.ts";
import type { CommandInput } from "./command.ts";
import { terminal } from "./terminal.ts";

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
