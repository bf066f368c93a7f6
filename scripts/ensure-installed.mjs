/** Installs the pinned packages (Bun among them) when they are missing; quiet when there is nothing to do. Runs on plain Node.js or Bun. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stampFile = join(root, "node_modules", ".postino-installed");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package.json")))
  .update(readFileSync(join(root, "bun.lock")))
  .digest("hex");

if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) install();

function install() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const args = ["install", "--frozen-lockfile", "--silent"];
  const isBunPresent = spawnSync("bun", ["--version"], { cwd: root }).status === 0;
  const [command, ...rest] = isBunPresent
    ? ["bun", ...args]
    : ["npx", "--yes", `bun@${manifest.dependencies.bun}`, ...args];
  process.stderr.write("Installo i pacchetti necessari (solo la prima volta)…\n");
  const done = spawnSync(command, rest, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (done.status !== 0) {
    process.stderr.write(
      "Installazione non riuscita: controllare la connessione al registro dei pacchetti npm e riprovare.\n",
    );
    process.exit(1);
  }
  writeFileSync(stampFile, wanted);
}
