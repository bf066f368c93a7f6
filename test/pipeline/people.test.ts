/** The people from the terminal: the first one, the login that is asked for from then on, and what the log says of the terminal. */
import { afterAll, beforeAll, expect } from "bun:test";
import { userInfo } from "node:os";
import { openPeople } from "../../server/people/people.ts";
import { locatePeople } from "../../server/people/store.ts";
import { testInOrder } from "../support/chapters.ts";
import {
  makeInstallationWorld,
  type InstallationWorld,
  type Started,
} from "../support/installation-world.ts";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld();
});
afterAll(() => world.close());

let link = "";
let server: Started;

testInOrder(
  "people are managed from the terminal, and the dashboard asks who comes in",
  [
    [
      "a role that is none, no role and a bad name are told",
      async () => {
        for (const [args, why] of [
          [
            ["user", "add", "anna"],
            "Manca --role (uno di: sola-lettura, operatore, firmatario, tecnico, amministratore).",
          ],
          [["user", "add", "anna", "--role", "capo"], "«capo» non è un ruolo"],
          [
            ["user", "add", "Anna Bianchi", "--role", "operatore"],
            "Il nome per l'accesso ha da 2 a 60 lettere minuscole",
          ],
          [
            ["user", "add", "anna", "--role", "operatore", "--ente", "a/b"],
            "--ente vuole il codice di un ente",
          ],
          [
            ["user", "role", "anna", "--role", "operatore"],
            "«anna» non c'è. Chi c'è: postino user list",
          ],
          [["user", "caccia", "anna"], "«caccia» non è una di: add, list"],
          [["user", "link"], "Manca <NOME>."],
        ] as const) {
          const { code, stderr } = await world.postino(args);
          expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
        }
        expect((await world.postino(["user", "list"])).stdout).toBe(
          "Nessuna persona: il pannello risponde solo da questo computer, senza accesso.\n",
        );
      },
    ],

    [
      "the first one gets a link, and is listed",
      async () => {
        const { code, stdout } = await world.postino([
          "user",
          "add",
          "anna",
          "--role",
          "amministratore",
          "--full-name",
          "Anna Bianchi",
        ]);

        expect(code).toBe(0);
        [, link = ""] =
          /http:\/\/127\.0\.0\.1:8099(\/accesso\/invito\/[\w-]{43})\n$/.exec(stdout) ?? [];
        expect(link).not.toBe("");
        expect((await world.postino(["user", "list"])).stdout).toContain(
          "anna  Anna Bianchi  amministratore@*  mai entrata",
        );
      },
    ],

    [
      "a weak password is refused, a good one is read from standard input",
      async () => {
        const weak = await world.postino(["user", "password", "anna"], {
          stdin: "Password2026!\n",
        });
        const good = await world.postino(["user", "password", "anna"], {
          stdin: "quattro gatti sul tetto\n",
        });

        expect([weak.code, weak.stderr]).toEqual([
          2,
          expect.stringContaining("si provano per prime"),
        ]);
        expect([good.code, good.stdout]).toEqual([
          0,
          "La parola d'accesso è cambiata; i suoi accessi sono chiusi.\n",
        ]);
      },
    ],

    [
      "the server asks for the login, and answers other machines only with people and an address",
      async () => {
        const outside = await world.postino(["serve", "--host", "0.0.0.0", "--port", "0"]);
        expect([outside.code, outside.stderr]).toEqual([
          2,
          expect.stringContaining("POSTINO_PUBLIC_URL"),
        ]);

        server = world.start(["serve", "--port", "0", "--no-scheduler"]);
        const said = await server.until("Pannello: ");
        const [, url = ""] = /Pannello: (\S+)/.exec(said) ?? [];
        const home = await fetch(`${url}/`, { redirect: "manual" });
        expect([home.status, home.headers.get("location")]).toEqual([303, "/accesso"]);
        expect((await fetch(`${url}/api/runs`)).status).toBe(401);
        expect((await fetch(`${url}/healthz`)).status).toBe(200);
        // The password was set after the link was made: it is void.
        expect((await fetch(`${url}${link}`)).status).toBe(410);
      },
    ],

    [
      "while it runs, roles change and the last who manages people stays",
      async () => {
        await world.postino(["user", "add", "ugo", "--role", "operatore", "--ente", "prova"]);
        const last = await world.postino(["user", "disable", "anna"]);
        const other = await world.postino([
          "user",
          "role",
          "ugo",
          "--role",
          "firmatario",
          "--role",
          "operatore",
          "--ente",
          "prova",
        ]);

        expect([last.code, last.stderr]).toEqual([2, expect.stringContaining("unica persona")]);
        expect(other.stdout).toBe("ugo: firmatario@prova, operatore@prova\n");
        server.kill("SIGTERM");
        await server.ended;
      },
    ],

    [
      "a key for a script is printed once, listed and revoked",
      async () => {
        const wrong = await world.postino(["token", "add", "gestionale", "--scope", "people"]);
        expect([wrong.code, wrong.stderr]).toEqual([
          2,
          expect.stringContaining("«people» non va con --scope"),
        ]);
        const made = await world.postino([
          "token",
          "add",
          "gestionale",
          "--scope",
          "see",
          "--scope",
          "start",
          "--ente",
          "prova",
        ]);
        expect([made.code, made.stdout]).toEqual([
          0,
          expect.stringMatching(/^pst_[\w-]{43}_[0-9a-f]{6}\n$/),
        ]);
        expect((await world.postino(["token", "list"])).stdout).toBe(
          "1  gestionale  see,start@prova  mai usata\n",
        );
        expect((await world.postino(["token", "revoke", "1"])).stdout).toBe(
          "La chiave 1 non vale più.\n",
        );
        expect((await world.postino(["token", "revoke", "1"])).code).toBe(2);
      },
    ],

    [
      "what was done at the terminal is in the log, under the user of the operating system",
      async () => {
        await world.postino(["find", "Rossi Mario"]);
        await world.postino(["cancel", "20260101-0001"]);
        const { stdout } = await world.postino(["audit", "export"]);
        const rows = stdout
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, string | null>);

        expect(rows.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
          "persona-aggiunta anna",
          "invito anna",
          "parola anna",
          "persona-aggiunta ugo",
          "invito ugo",
          "persona-ruoli ugo",
          "chiave gestionale",
          "chiave-revocata gestionale",
          "ricerca null",
          "annullo 20260101-0001",
        ]);
        expect(new Set(rows.map(({ actor }) => actor))).toEqual(
          new Set([`sistema:${userInfo().username}`]),
        );
      },
    ],

    [
      "`audit verify` says that it is whole, and names the row that somebody changed",
      async () => {
        const whole = await world.postino(["audit", "verify"]);
        expect([whole.code, whole.stdout]).toEqual([
          0,
          expect.stringMatching(
            /^Il registro degli accessi è intero: 10 righe\.\nUltima impronta: [0-9a-f]{64}\n$/,
          ),
        ]);
        const head = /[0-9a-f]{64}/.exec(whole.stdout)![0];
        expect((await world.postino(["audit", "verify", "--contains", head])).code).toBe(0);
        expect((await world.postino(["audit", "verify", "--contains", "0".repeat(64)])).code).toBe(
          1,
        );

        const { Database } = await import("bun:sqlite");
        openPeople(locatePeople(world.dataFolder)).close();
        const db = new Database(locatePeople(world.dataFolder));
        db.run("DROP TRIGGER audit_is_not_changed");
        db.run("UPDATE audit SET actor = 'sistema:altri' WHERE seq = 3");
        db.close();
        const broken = await world.postino(["audit", "verify"]);
        expect([broken.code, broken.stderr]).toEqual([
          1,
          "Il registro degli accessi è stato alterato: alla riga 3 non è più come fu scritta.\n",
        ]);
      },
    ],
  ],
  60_000,
);
