/** Protocol numbers by DOCAREA against the simulated program, and by files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "bun:test";
import { createHttp, type Fetch } from "../../../../engine/host/http.ts";
import {
  createProtocol,
  diagnoseProtocol,
} from "../../../../integrations/protocollo/create-protocollo.ts";
import { parseProtocolNumber } from "../../../../integrations/protocollo/port.ts";
import { createDocareaSimulator } from "../../../../simulators/protocollo/docarea-simulator.ts";
import { fakeClock } from "../send/setup.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const docarea = {
  url: "http://protocollo.simulato/docarea",
  codiceEnte: "c_x000",
  username: "postino",
  password: { secret: "PROTOCOLLO" },
  codiceAmministrazione: "c_x000",
  codiceAoo: "AOO1",
  applicativo: "POSTINO",
  namespace: "http://tempuri.org/",
};
const oggetto = "Verbale n. {numero}";
const entry = {
  reference: "ab".repeat(32),
  numero: "V-1 & <2>",
  addressee: { name: "Ada", surname: "Fittizia", taxId: "FTTDAA80A41H501X" },
  file: {
    name: "verbale.pdf",
    contentType: "application/pdf" as const,
    // What a boundary looks like, and bytes that are no text.
    bytes: new Uint8Array([37, 80, 68, 70, 255, 0, 13, 10, ...Buffer.from("--postino-parte--")]),
  },
};

function open(
  changes: Partial<typeof docarea> & { titolario?: string } = {},
  options: {
    password?: string;
    answer?: (operation: string, real: Response) => Response | Error;
  } = {},
) {
  const clock = fakeClock();
  const simulator = createDocareaSimulator({ clock });
  const calls: string[] = [];
  const fetchWith: Fetch = async (input, init) => {
    const request = new Request(input, init);
    const operation = /(\w+)"$/.exec(request.headers.get("soapaction") ?? "")?.[1] ?? "";
    calls.push(operation);
    const real = await simulator.app.request("/", {
      method: "POST",
      headers: request.headers,
      body: await request.arrayBuffer(),
    });
    const answer = options.answer?.(operation, real) ?? real;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const given = {
    settings: { oggetto, docarea: { ...docarea, ...changes } },
    ente: { codice: "prova", nome: "Comune di Esempio" },
    outboxFolder: "/nowhere",
    secrets: { get: () => Promise.resolve(options.password ?? "protocollo") },
    http: createHttp(fetchWith),
    clock,
  };
  return { port: createProtocol(given), simulator, calls, given };
}

async function failOf(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    const { name, code, effect, message } = error as Record<string, unknown>;
    return { name, code, message, ...(effect === undefined ? {} : { effect }) };
  }
  throw new Error("it did not fail");
}

test("a number is given for the document that went up, and the intent stands before the last call", async () => {
  const { port, simulator, calls } = open({ titolario: "4.3" });
  const seen: string[][] = [];

  const given = await port.give(entry, () => {
    seen.push([...calls]);
    return Promise.resolve();
  });

  expect(given).toEqual({ number: "1/2026", day: "2026-11-23", documentId: "1" });
  expect(seen).toEqual([["Login", "Inserimento"]]);
  expect(simulator.report()).toEqual({
    documents: 1,
    numbers: [{ number: 1, oggetto: "Verbale n. V-1 & <2>" }],
  });
});

describe("what goes wrong before the last call gives no number", () => {
  const soap = (inner: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${inner}</s:Body></s:Envelope>`;
  const text = (body: string, status = 200) =>
    new Response(body, { status, headers: { "content-type": "text/xml" } });
  test.each([
    ["Login", text("<Envelope><Body>"), "SERVICE_UNAVAILABLE", "none"],
    ["Login", text("<html>proxy</html>"), "SERVICE_UNAVAILABLE", "none"],
    ["Login", text(soap("<r><lngErrNumber>0</lngErrNumber></r>")), "PROTOCOLLO_UNHEARD", "none"],
    ["Login", text("", 404), "PROTOCOLLO_DENIED", undefined],
    ["Login", text("", 302), "PROTOCOLLO_DENIED", undefined],
    ["Login", new Error("reset"), "NO_ANSWER", "none"],
    ["Inserimento", text(soap("<s:Fault/>"), 500), "SERVICE_UNAVAILABLE", "none"],
    ["Inserimento", text(soap("<r>1</r>")), "PROTOCOLLO_UNHEARD", "none"],
    ["Inserimento", new Error("reset"), "NO_ANSWER", "none"],
  ])("%s (%#)", async (at, wrong, code, effect) => {
    const { port, simulator } = open({}, { answer: (name, real) => (name === at ? wrong : real) });
    let isIntended = false;

    const fault = await failOf(
      port.give(entry, () => {
        isIntended = true;
        return Promise.resolve();
      }),
    );

    expect(fault).toMatchObject({ code, ...(effect === undefined ? {} : { effect }) });
    expect(isIntended).toBe(false);
    expect(simulator.report().numbers).toEqual([]);
  });
});

test.each([
  ["no answer", new Error("reset")],
  ["XML that ends in the middle", new Response("<Envelope><Body><lngNumPG>1")],
  ["a fault", new Response("<Envelope><Body><Fault/></Body></Envelope>", { status: 500 })],
  [
    "a number that is none",
    new Response(
      "<Envelope><Body><lngNumPG>0</lngNumPG><lngErrNumber>0</lngErrNumber></Body></Envelope>",
    ),
  ],
  ["neither yes nor no", new Response("<Envelope><Body><lngNumPG>7</lngNumPG></Body></Envelope>")],
])("after the last call %s leaves it unknown", async (_what, wrong) => {
  const { port, simulator } = open(
    {},
    { answer: (name, real) => (name === "Protocollazione" ? wrong : real) },
  );

  const fault = await failOf(port.give(entry, () => Promise.resolve()));

  expect(fault).toMatchObject({ name: "RetryLater", effect: "unknown" });
  expect(simulator.report().numbers).toHaveLength(1);
  expect(await port.find(entry.reference)).toBe("unknown");
});

test("what the program refuses is the verbale's, with its words; a password is the ente's", async () => {
  const refused = open({ titolario: "99.99" });
  expect(await failOf(refused.port.give(entry, () => Promise.resolve()))).toEqual({
    name: "ItemRejected",
    code: "PROTOCOLLO_REFUSED",
    message:
      "Il protocollo non registra il verbale (Protocollazione, errore -26: Voce di titolario inesistente).",
  });

  const stranger = open({}, { password: "altra" });
  expect(await failOf(stranger.port.give(entry, () => Promise.resolve()))).toMatchObject({
    name: "RunBlocked",
    code: "PROTOCOLLO_DENIED",
  });
  expect(await diagnoseProtocol(stranger.given)).toMatchObject([
    { state: "bad", note: "Il protocollo ha rifiutato utente, password o codice ente." },
  ]);
  const { given, simulator } = open();
  expect(await diagnoseProtocol(given)).toEqual([
    { state: "good", note: "Il protocollo (DOCAREA) accetta utente e password." },
  ]);
  expect(simulator.report()).toEqual({ documents: 0, numbers: [] });
});

test.each([
  ["123/2026", "123/2026"],
  [" n. 0041877 - 2026 ", "41877/2026"],
  ["0/2026", null],
  ["123", null],
  ["123/26", null],
  ["abc/2026", null],
])("a person's «%s» is %p", (text, number) => {
  expect(parseProtocolNumber(text)).toBe(number);
});

describe("by files", () => {
  function openFolder() {
    const outboxFolder = mkdtempSync(join(tmpdir(), "postino-protocollo-"));
    folders.push(outboxFolder);
    const { given } = open();
    const port = createProtocol({ ...given, outboxFolder, settings: { oggetto } });
    return { port, place: join(outboxFolder, "prova", "protocollo") };
  }
  const answer = (place: string, text: string): void => {
    mkdirSync(join(place, "risposte"), { recursive: true });
    writeFileSync(join(place, "risposte", "r.csv"), text);
  };
  const never = (): Promise<void> => Promise.reject(new Error("no intent"));

  const header = "riferimento;verbale;oggetto;documento\r\n";
  const row =
    "abababababababababab;V-1 & <2>;Verbale n. V-1 & <2>;documenti/abababababababababab.pdf\r\n";
  test.each([
    ["nothing", ""],
    ["half a header", header.slice(0, 9)],
    ["a header without its end", header.slice(0, -2)],
    ["half a row", header + row.slice(0, 30)],
    ["a row without its end", header + row.slice(0, -1)],
    ["half a row after whole ones", `${header}${row.replaceAll("ab", "cd")}${row.slice(0, 22)}`],
  ])("a process that died left %s: the request is whole after the next", async (_, left) => {
    const { port, place } = openFolder();
    mkdirSync(place, { recursive: true });
    const file = join(place, "richieste-2026-11-23.csv");
    writeFileSync(file, left);

    await failOf(port.give(entry, never));

    const others = left.includes("cdcd") ? row.replaceAll("ab", "cd") : "";
    expect(readFileSync(file, "utf8")).toBe(header + others + row);
  });

  test("a verbale is asked for once, however often, and the answer is its number", async () => {
    const { port, place } = openFolder();

    const asked = [];
    for (let count = 0; count < 2; count += 1) asked.push(await failOf(port.give(entry, never)));
    expect(asked).toMatchObject([
      { code: "PROTOCOLLO_PENDING", effect: "none" },
      { code: "PROTOCOLLO_PENDING", effect: "none" },
    ]);
    expect(readFileSync(join(place, "richieste-2026-11-23.csv"), "utf8")).toBe(
      "riferimento;verbale;oggetto;documento\r\nabababababababababab;V-1 & <2>;Verbale n. V-1 & <2>;documenti/abababababababababab.pdf\r\n",
    );
    expect(readdirSync(join(place, "documenti"))).toEqual(["abababababababababab.pdf"]);
    expect(await port.find(entry.reference)).toBe("repeat");

    answer(
      place,
      "\uFEFFData;Numero;Riferimento\r\n29/11/2026;77/2026;abababababababababab\r\n2026-11-30;78/2026;altro\r\n",
    );
    const number = { number: "77/2026", day: "2026-11-29" };
    expect(await port.give(entry, never)).toEqual(number);
    expect(await port.find(entry.reference)).toEqual(number);
  });

  test.each([
    ["riferimento;numero\r\nabababababababababab;1/2026\r\n", "mancano le colonne"],
    ["riferimento;numero;data\r\nabababababababababab;77;29/11/2026\r\n", "alla riga 2"],
    ["riferimento;numero;data\r\nabababababababababab;77/2026;ieri\r\n", "alla riga 2"],
  ])("an answer that is not what was agreed stops the run (%#)", async (text, why) => {
    const { port, place } = openFolder();
    answer(place, text);

    const fault = await failOf(port.give(entry, never));

    expect(fault).toMatchObject({ name: "RunBlocked", code: "PROTOCOLLO_SETTINGS" });
    expect(String(fault["message"])).toContain(why);
  });
});

test("an ente that says nothing of its protocol stops the run", async () => {
  const { given } = open();
  const port = createProtocol({ ...given, settings: undefined });

  expect(await failOf(port.give(entry, () => Promise.resolve()))).toMatchObject({
    name: "RunBlocked",
    code: "PROTOCOLLO_SETTINGS",
  });
});
