/** `bun:sqlite` of the world: files of a host's disk are real ones elsewhere, and the disk knows which are open. */
import { Database as Real } from "bun:sqlite";
import { isOfWorld, otherSide } from "../stage/disk.ts";
import { requireMachine } from "./machine.ts";

export * from "bun:sqlite";

export class Database extends Real {
  constructor(path?: string, options?: ConstructorParameters<typeof Real>[1]) {
    if (path === undefined || !isOfWorld(path)) {
      super(path, options);
      return;
    }
    const { disk } = requireMachine();
    // The other side never dies: it needs no file.
    const isOther = disk.findMount(path)?.host === otherSide;
    super(isOther ? ":memory:" : disk.makeRealPath(path), options);
    // What the product says of it.
    Object.defineProperty(this, "filename", { value: path });
    disk.noteDatabase(path, this);
  }
}
