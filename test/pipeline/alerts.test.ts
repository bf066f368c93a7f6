/** Alerts of commands and of the server: a run that stops tells whom it should, a kill after the sending loses nothing, and the doctor knows. */
import { afterAll, beforeAll, expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testInOrder } from "../support/chapters.ts";
import { openDesk } from "../support/desk.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { type MailServer, openMailServer } from "../support/mail-server.ts";

let world: InstallationWorld;
let mail: MailServer;
const run = ["run", "send", "--ente", "prova", "--json"];
// Its secret is not there: the run is blocked before its first effect.
const env = { PROVA_SEND_KEY: "" };

beforeAll(async () => {
  mail = await openMailServer();
  world = await makeInstallationWorld({
    sendYaml: `${sendYaml}onFailure: { uses: notify, with: { to: turno@comune.example } }\n`,
    enteYaml: (text) => `${text}alerts: { to: [ced@comune.example] }\n`,
  });
  mkdirSync(world.dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(world.dataFolder, "avvisi.yaml"),
    `mail: { host: 127.0.0.1, port: ${mail.port}, security: none, from: postino@comune.example }\n`,
  );
});
afterAll(async () => {
  await world.close();
  await mail.close();
});

const listIds = (): readonly (string | undefined)[] =>
  mail.letters.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1]);

testInOrder("a run that stops is told", [
  [
    "the doctor tries the mail server and sends nothing",
    async () => {
      const { stdout } = await world.postino(["doctor", "--ente", "prova"], { env });

      expect(stdout).toContain(
        `✓ Il server di posta 127.0.0.1:${mail.port} fa entrare; un indirizzo è avvisato.`,
      );
      expect(mail.letters).toEqual([]);
    },
  ],
  [
    "a kill between the sending and its mark loses no message",
    async () => {
      const killed = await world.start(run, {
        env: { ...env, POSTINO_CRASH_AT: "alert-sent" },
      }).ended;

      expect([killed.signal, mail.letters.length]).toEqual(["SIGKILL", 1]);
    },
  ],
  [
    "the next command sends it again under the same name, and who was not told yet",
    async () => {
      await world.postino(run, { env });

      // Either of the two may have been the first.
      expect(new Set(mail.letters.map(({ to }) => to.join()))).toEqual(
        new Set(["ced@comune.example", "turno@comune.example"]),
      );
      expect(mail.letters).toHaveLength(3);
      expect(new Set(listIds()).size).toBe(2);
      expect(mail.letters[0]?.text).toContain("Manca il segreto PROVA_SEND_KEY.");
    },
  ],
  [
    "another stop for the same cause is no other message that day",
    async () => {
      await world.postino(run, { env });

      expect(mail.letters).toHaveLength(3);
    },
  ],
  [
    "the page shows what was told to whom, and a message to try it",
    async () => {
      const desk = await openDesk(world);
      const page = await desk.read("/avvisi");
      const tried = await desk.post("/avvisi/prova", {});
      const refused = await desk.post("/avvisi/prova", { csrf: "x" });
      const api = (await (await desk.get("/api/alerts")).json()) as {
        alerts: readonly { kind: string; sentAt: string | null }[];
      };
      await desk.stop();

      expect(page).toContain("Flusso fermo");
      expect(page).toContain("ced@comune.example");
      expect(page).toContain("Inviato");
      // Nobody is told of all enti in this file.
      expect(tried.headers.get("location")).toBe("/avvisi?prova=0");
      expect(refused.status).toBe(403);
      expect(api.alerts.map(({ kind, sentAt }) => [kind, sentAt !== null])).toEqual([
        ["stopped", true],
        ["stopped", true],
      ]);
    },
  ],
]);
