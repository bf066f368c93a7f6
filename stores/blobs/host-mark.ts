/** What tells this host's files from those of others in a folder that they share. */
import { createHash } from "node:crypto";
import { hostname } from "node:os";

/** Six hex characters. */
export const hostMark = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
