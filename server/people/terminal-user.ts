/** Who works at this machine, as the log of accesses names them. */
import { userInfo } from "node:os";

export function nameTerminalUser(): string {
  try {
    return `sistema:${userInfo().username}`;
  } catch {
    // A user id that the machine has no name for.
    return `sistema:${process.getuid?.() ?? "?"}`;
  }
}
