/** People in a real browser: login by keyboard, without script, passkeys, and nothing for axe to say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { openPeople, type People } from "../../server/people/people.ts";
import { addAccount, inviteUser } from "../../server/people/accounts.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import {
  browseDashboard,
  chromiumPath,
  launchChromium,
  type BrowsedDashboard,
} from "../support/browser.ts";
import { goodPassword } from "../support/people-world.ts";
import { sampleNow } from "../support/sample-flussi.ts";

const axe = readFileSync(join(import.meta.dir, "../../node_modules/axe-core/axe.min.js"), "utf8");
const shots = process.env["POSTINO_SHOTS"];

describe.skipIf(chromiumPath === null)(
  `people in a browser${chromiumPath === null ? " (skipped: no Chromium)" : ""}`,
  () => {
    let browser: Browser;
    let dashboard: BrowsedDashboard;
    let people: People;

    beforeAll(async () => {
      browser = await launchChromium();
      people = openPeople(":memory:", {
        clock: createFakeClock(sampleNow),
        cost: { memoryCost: 1_024, timeCost: 1 },
      });
      const actor = { name: "prova", address: null };
      for (const [name, role] of [
        ["anna", "operatore"],
        ["capo", "amministratore"],
      ] as const) {
        const added = addAccount(people, actor, {
          name,
          fullName: name === "anna" ? "Anna Bianchi" : "Carlo Capo",
          grants: [{ ente: "*", role }],
          seesPersonal: false,
        });
        if (added.status === "refused") throw new Error(added.reason);
        people.users.setPassword(added.value.id, await people.passwords.hash(goodPassword));
      }
      dashboard = await browseDashboard(browser, {
        deps: { people: { people, secondFactorFor: [], listOwnWords: async () => [] } },
      });
    }, 60_000);
    afterAll(async () => {
      await dashboard?.close();
      people?.close();
      await browser?.close();
    });

    async function signIn(
      name: string,
      options: Parameters<BrowsedDashboard["open"]>[1] = {},
    ): Promise<Page> {
      const page = await dashboard.open("/", options);
      await page.getByLabel("Nome", { exact: true }).fill(name);
      await page.getByLabel("Parola d'accesso", { exact: true }).fill(goodPassword);
      await page.getByRole("button", { name: "Entra", exact: true }).click();
      await page.waitForURL((url) => url.pathname === "/");
      return page;
    }

    async function judge(page: Page, name: string): Promise<unknown> {
      if (shots !== undefined)
        await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
      // The policy lets no script in that is not ours: the judge comes by the browser's remote control.
      await page.evaluate(axe);
      return await page.evaluate(async () => {
        const run = (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          }
        ).axe.run;
        const { violations } = await run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
    }

    test("somebody comes in by keyboard alone and goes out again", async () => {
      const page = await dashboard.open("/flussi/20261123-0002");
      await page.getByLabel("Nome", { exact: true }).focus();
      await page.keyboard.type("anna");
      await page.keyboard.press("Tab");
      await page.keyboard.type(goodPassword);
      await page.keyboard.press("Enter");
      await page.waitForURL("**/flussi/20261123-0002");
      await page.getByRole("link", { name: "Profilo di Anna Bianchi" }).click();
      await page.getByRole("button", { name: "Esci", exact: true }).click();
      await page.waitForURL("**/accesso?fatto=uscita");

      expect(await page.getByText("L'accesso è finito.").isVisible()).toBe(true);
      await page.close();
    }, 30_000);

    test("the whole of it works without script", async () => {
      const page = await signIn("anna", { javaScriptEnabled: false });
      await page.goto(`${dashboard.url}/profilo`);

      expect(await page.getByRole("heading", { name: "Anna Bianchi" }).isVisible()).toBe(true);
      expect(await page.getByRole("button", { name: "Aggiungi una passkey" }).isVisible()).toBe(
        false,
      );
      await page.close();
    }, 30_000);

    test("a passkey is made, opens the door without a password, and is not taken twice", async () => {
      const page = await signIn("anna", { baseURL: dashboard.url });
      const client = await page.context().newCDPSession(page);
      await client.send("WebAuthn.enable");
      await client.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      const local = dashboard.url.replace("127.0.0.1", "localhost");
      await page.goto(`${local}/`);
      await page.getByLabel("Nome", { exact: true }).fill("anna");
      await page.getByLabel("Parola d'accesso", { exact: true }).fill(goodPassword);
      await page.getByRole("button", { name: "Entra", exact: true }).click();
      await page.goto(`${local}/profilo`);
      // An open session alone adds none: the password is asked for once more.
      await page.getByRole("button", { name: "Aggiungi una passkey" }).click();
      await page.getByText("La parola d'accesso di adesso non è quella.").waitFor();
      await page.getByLabel("Parola d'accesso, per aggiungere una passkey").fill(goodPassword);
      await page.getByRole("button", { name: "Aggiungi una passkey" }).click();
      await page.waitForURL("**/profilo?fatto=passkey");
      const { id } = people.users.find("anna")!;
      expect(people.passkeys.list(id)).toHaveLength(1);

      await page.getByRole("button", { name: "Esci", exact: true }).click();
      let sent = "";
      page.on("request", (request) => {
        if (request.url().endsWith("/accesso/passkey/fine")) sent = request.postData() ?? "";
      });
      await page.getByRole("button", { name: "Entra con una passkey" }).click();
      await page.waitForURL((url) => url.pathname === "/");
      expect(await page.getByRole("link", { name: "Profilo di Anna Bianchi" }).isVisible()).toBe(
        true,
      );
      expect(people.passkeys.list(id)[0]?.usedAt).not.toBeNull();

      // The same answer again, from a fresh page: its question is gone.
      await page.context().clearCookies({ name: "postino_sessione" });
      await page.goto(`${local}/accesso`);
      const status = await page.evaluate(async (body) => {
        const csrf = document.querySelector<HTMLInputElement>("input[name=csrf]")?.value ?? "";
        const answer = await fetch("/accesso/passkey/fine", {
          method: "POST",
          headers: { "content-type": "application/json", "x-postino-csrf": csrf },
          body,
        });
        return answer.status;
      }, sent);
      expect(status).toBe(401);
      // With a passkey the password alone is no longer enough.
      await page.getByLabel("Nome", { exact: true }).fill("anna");
      await page.getByLabel("Parola d'accesso", { exact: true }).fill(goodPassword);
      await page.getByRole("button", { name: "Entra", exact: true }).click();
      await page.waitForURL("**/accesso/codice**");
      await page.getByRole("button", { name: "Entra con una passkey" }).click();
      await page.waitForURL((url) => url.pathname === "/");
      for (const passkey of people.passkeys.list(id)) people.passkeys.remove(id, passkey.id);
      await page.close();
    }, 60_000);

    test.each([
      ["light", 1280],
      ["dark", 1280],
      ["light", 360],
      ["light", 1920],
    ] as const)(
      "axe finds nothing on any page about people, %s, %d wide",
      async (colorScheme, width) => {
        // What the refusals of other tests left in the console.
        dashboard.faults.splice(0);
        const options = { colorScheme, viewport: { width, height: 900 } } as const;
        const door = await dashboard.open("/accesso", options);
        const found: Record<string, unknown> = {
          "/accesso": await judge(door, `accesso-${colorScheme}-${width}`),
        };
        const invited = inviteUser(
          people,
          { name: "prova", address: null },
          people.users.find("capo")!,
        );
        if (invited.status === "done") {
          await door.goto(`${dashboard.url}/accesso/invito/${invited.value}`);
          found["/accesso/invito"] = await judge(door, `invito-${colorScheme}-${width}`);
        }
        await door.close();
        const page = await signIn("capo", options);
        for (const path of [
          "/profilo",
          "/persone",
          "/persone/anna",
          "/registro-accessi",
          "/chiavi",
          "/api",
        ]) {
          await page.goto(dashboard.url + path);
          found[path] = await judge(
            page,
            `${path.slice(1).replaceAll("/", "-")}-${colorScheme}-${width}`,
          );
          const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
          expect(`${path} ${scrollWidth}`).toBe(`${path} ${clientWidth}`);
        }
        await page.close();

        for (const [path, violations] of Object.entries(found))
          expect([path, violations]).toEqual([path, []]);
        expect(dashboard.faults).toEqual([]);
      },
      60_000,
    );
  },
);
