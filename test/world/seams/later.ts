/** Waits of the virtual disk. */
import { basename } from "node:path";
import { isOfWorld, otherSide } from "../stage/disk.ts";
import { requireMachine } from "./machine.ts";

/** What the machine does at once, told when the seed says so. */
export function later<Result>(what: string, path: string, work: () => Result): Promise<Result> {
  const mount = isOfWorld(path) ? requireMachine().disk.findMount(path) : null;
  // The program's own files, and those of the other side, take no time.
  if (!isOfWorld(path) || mount?.host === otherSide)
    return new Promise((resolve) => resolve(work()));
  const machine = requireMachine();
  return new Promise((resolve, reject) => {
    const label = `${what} ${basename(path).replaceAll(/[0-9a-f]{8,}|\d+/g, "*")}`;
    machine.wake(label, machine.draw("disk") * 3, () => {
      if (mount === null || !mount.isAlive) return;
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
