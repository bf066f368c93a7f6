/** Who is abroad and has a tax code is notified with SEND where the ente wants it, by registered letter; where it does not, nothing goes out. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { addDays, countDaysBetween } from "../../engine/host/clock.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { makeVerbale } from "../support/verbali.ts";

setDefaultTimeout(60_000);

let world: InstallationWorld | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

interface Sent {
  readonly physicalCommunicationType: string;
  readonly recipients: readonly { readonly physicalAddress: Readonly<Record<string, string>> }[];
}

test.each([
  [true, "done", null],
  [false, "rejected", "FOREIGN_RECIPIENT"],
] as const)("send.abroad: %p", async (abroad, state, code) => {
  const sent: Sent[] = [];
  world = await makeInstallationWorld({
    enteYaml: (text) => text.replace(/^send:\n/m, `send:\n  abroad: ${String(abroad)}\n`),
    async observe(request) {
      if (
        request.method === "POST" &&
        /delivery\/v[\d.]+\/requests$/.test(new URL(request.url).pathname)
      )
        sent.push((await request.json()) as Sent);
    },
  });
  const verbale = makeVerbale(1, world.freshDay);
  const indirizzo = {
    via: "Rue de l'Exemple",
    civico: "4",
    cap: "75001",
    comune: "Parigi",
    provincia: "EE",
    stato: "Francia",
  };
  const line = { ...verbale, destinatario: { ...verbale.destinatario, indirizzo } };
  const input = world.file("estero.jsonl", JSON.stringify(line));

  const { document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--wait",
    "1m",
    "--json",
  ]);

  expect(document.items.map((item) => [item.state, item.code])).toEqual([[state, code]]);
  const listed = await world.postino(["abroad", "--ente", "prova"]);
  const day = addDays(world.freshDay, 360);
  expect([listed.code, listed.stdout.split("\r\n").slice(1)]).toEqual([
    0,
    abroad
      ? [""]
      : [
          `T00001;Finti Tommaso;FNTTMS54R12X001U;Rue de l'Exemple 4 75001 Parigi;Francia;${world.freshDay};${day};${countDaysBetween(world.today, day)};${document.run.id}`,
          "",
        ],
  ]);
  expect(
    sent.map(({ physicalCommunicationType, recipients }) => [
      physicalCommunicationType,
      recipients[0]?.physicalAddress,
    ]),
  ).toEqual(
    abroad
      ? [
          [
            "AR_REGISTERED_LETTER",
            {
              address: "Rue de l'Exemple 4",
              zip: "75001",
              municipality: "Parigi",
              foreignState: "FRANCIA",
            },
          ],
        ]
      : [],
  );
});

test("every recipient abroad stands in the list, not the first alone", async () => {
  world = await makeInstallationWorld();
  const verbale = makeVerbale(1, world.freshDay);
  const { destinatario } = verbale;
  const abroad = (cognome: string, stato: string) => ({
    ...destinatario,
    cognome,
    codiceFiscale: undefined,
    indirizzo: { via: "Rue 1", cap: "75001", comune: "Parigi", provincia: "EE", stato },
  });
  const line = { ...verbale, destinatari: [abroad("Uno", "Francia"), abroad("Due", "Belgio")] };
  const input = world.file("estero.jsonl", JSON.stringify(line));

  await world.json(["run", "send", "--ente", "prova", "--input", input, "--wait", "1m", "--json"]);

  const { stdout } = await world.postino(["abroad", "--ente", "prova"]);
  expect(
    stdout
      .split("\r\n")
      .slice(1, -1)
      .map((row) => row.split(";").slice(0, 5)),
  ).toEqual([
    ["T00001", "Uno Tommaso", "", "Rue 1 75001 Parigi", "Francia"],
    ["T00001", "Due Tommaso", "", "Rue 1 75001 Parigi", "Belgio"],
  ]);
});
