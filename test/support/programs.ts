/** Programs of this machine that tests may use. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where the program is; those of the system's keeper stand in folders that an ordinary PATH leaves out. `null`: nowhere. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
