/** Paths inside a folder as they are written into files: with slashes, on every machine. */
import { relative, sep } from "node:path";

/** The path from `folder` to `path`, as YAML files, backups and Git name it. */
export function toPortablePath(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}
