/** The demo's keys, which every signature of conformance:documents is made with. */
import { join } from "node:path";

/** Its `ca.crt` is the one authority that the judges trust. */
export const keysFolder = join(import.meta.dir, "..", "..", "data", "demo", "keys");

/** Of every key file in it. */
export const keyPassword = "dimostrazione";
