/** `postino simulate` as its own process: the ready line, the keys and limits of a settings file, the imported table of CAPs. */
import { afterEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "../../server/main.ts");
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "postino-simulate-"));
  closing.push(() => {
    rmSync(folder, { recursive: true });
    return Promise.resolve();
  });
  return folder;
}

function spawn(folder: string, options: readonly string[]) {
  return Bun.spawn([process.execPath, "--no-env-file", main, "simulate", ...options], {
    env: { ...process.env, POSTINO_DATA: join(folder, "data") },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Starts it and waits for the line that says it is ready. */
async function start(folder: string, options: readonly string[]) {
  const child = spawn(folder, ["--port", "0", "--json", ...options]);
  closing.push(async () => {
    child.kill();
    await child.exited;
  });
  const reader = child.stdout.getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(await new Response(child.stderr).text());
    line += new TextDecoder().decode(value);
  }
  const ready = JSON.parse(line) as { port: number; apiKey: string; paTaxId: string };
  return { ready, origin: `http://127.0.0.1:${ready.port}` };
}

async function json(url: string, key: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

/** Sends one notification and waits for its verdict. */
async function notify(origin: string, key: string, request: Record<string, unknown>) {
  const bytes = new TextEncoder().encode("%PDF-1.7\n1 0 obj <</Type /Pages /Count 5>> endobj");
  const sha256 = createHash("sha256").update(bytes).digest("base64");
  const slots = await json(`${origin}/send/delivery/attachments/preload`, key, [
    { sha256, contentType: "application/pdf" },
  ]);
  const [slot] = Object.values(slots) as { url: string; secret: string; key: string }[];
  const put = await fetch(slot?.url ?? "", {
    method: "PUT",
    headers: {
      "content-type": "application/pdf",
      "x-amz-meta-secret": slot?.secret ?? "",
      "x-amz-checksum-sha256": sha256,
    },
    body: bytes,
  });
  const ref = { key: slot?.key, versionToken: put.headers.get("x-amz-version-id") };
  const taken = await json(`${origin}/send/delivery/v2.5/requests`, key, {
    subject: "Verbale",
    documents: [{ digests: { sha256 }, contentType: "application/pdf", ref }],
    physicalCommunicationType: "REGISTERED_LETTER_890",
    notificationFeePolicy: "FLAT_RATE",
    senderDenomination: "Comune",
    taxonomyCode: "010103N",
    ...request,
  });
  const query = new URLSearchParams({
    notificationRequestId: String(taken["notificationRequestId"]),
  });
  for (;;) {
    const found = await json(`${origin}/send/delivery/v2.5/requests?${query.toString()}`, key);
    if (found["notificationRequestStatus"] !== "WAITING") return found;
  }
}

const recipient = (address: Record<string, string> = {}) => ({
  recipientType: "PF",
  // One of the persons of SEND's test environment.
  taxId: "CLMCST42R12D969Z",
  denomination: "Cristoforo Colombo",
  physicalAddress: {
    address: "Via Roma 1",
    zip: "00118",
    municipality: "ROMA",
    province: "RM",
    ...address,
  },
});

test("says on one line where it is, and serves the keys and limits of its settings", async () => {
  const folder = makeFolder();
  const settings = join(folder, "simulatori.yaml");
  writeFileSync(
    settings,
    'keys:\n  - { key: leggera, paTaxId: "00000000026", over20Grams: false }\nlimits: { maxRecipients: 1 }\n',
  );
  const options = ["--api-key", "mia", "--pa-tax-id", "00000000018", "--settings", settings];

  const { ready, origin } = await start(folder, options);
  const mine = { paProtocolNumber: "1", senderTaxId: "00000000018", recipients: [recipient()] };
  const accepted = await notify(origin, "mia", mine);
  const heavy = await notify(origin, "leggera", { ...mine, senderTaxId: "00000000026" });
  const two = await json(`${origin}/send/delivery/v2.5/requests`, "mia", {
    ...accepted,
    paProtocolNumber: "2",
    recipients: [recipient(), recipient()],
  });
  const report = await json(`${origin}/report`, "");

  expect(ready).toEqual({ port: expect.any(Number), apiKey: "mia", paTaxId: "00000000018" });
  expect(accepted["notificationRequestStatus"]).toBe("ACCEPTED");
  expect(heavy["errors"]).toMatchObject([{ code: "SENDER_DISABLED_MORE_THAN_20_GRAMS" }]);
  expect(two["errors"]).toMatchObject([{ detail: "Max recipient count reached" }]);
  expect(report["send"]).toMatchObject({ accepted: 2, refused: 1, repeated: 0 });
});

test("GPD lets a hundred calls of a key through in ten seconds, or what the settings say", async () => {
  const folder = makeFolder();
  const settings = join(folder, "simulatori.yaml");
  writeFileSync(settings, "limits: { gpdCalls: 3 }\n");
  const usual = await start(folder, []);
  const narrow = await start(makeFolder(), ["--settings", settings]);
  const crowd = async (origin: string, calls: number, key = "k"): Promise<readonly number[]> => {
    const url = `${origin}/gpd/debt-positions-service/v1/info`;
    const headers = { "ocp-apim-subscription-key": key };
    const ask = async (): Promise<number> => (await fetch(url, { headers })).status;
    return await Promise.all(Array.from({ length: calls }, ask));
  };

  const most = await crowd(usual.origin, 105);
  const other = await crowd(usual.origin, 1, "j");
  const few = await crowd(narrow.origin, 5);

  expect(most.filter((status) => status === 429)).toHaveLength(5);
  expect(other).toEqual([200]);
  expect(few.filter((status) => status === 429)).toHaveLength(2);
});

test("holds addresses against the table that was imported", async () => {
  const folder = makeFolder();
  mkdirSync(join(folder, "data", "postal"), { recursive: true });
  const rows = Array.from(
    { length: 10_000 },
    (_, index) => `${String(index).padStart(5, "0")};PAESE ${index};XX`,
  );
  writeFileSync(
    join(folder, "data", "postal", "cap.csv"),
    `CAP;localita;provincia;2026-11-24\n${rows.join("\n")}\n`,
  );
  const { ready, origin } = await start(folder, []);
  const to = (protocol: string, address: Record<string, string>) =>
    notify(origin, ready.apiKey, {
      paProtocolNumber: protocol,
      senderTaxId: ready.paTaxId,
      recipients: [recipient(address)],
    });

  const known = await to("1", { zip: "00007", municipality: "Paese 7", province: "XX" });
  const unknown = await to("2", {});

  expect(known["notificationRequestStatus"]).toBe("ACCEPTED");
  expect(unknown["errors"]).toMatchObject([{ code: "NOT_VALID_ADDRESS" }]);
});

test("an ASYNC notice that the simulated GPD does not hold, or that nobody can pay, is refused", async () => {
  const { ready, origin } = await start(makeFolder(), []);
  const root = `${origin}/gpd/debt-positions-service/v1/organizations/${ready.paTaxId}/debtpositions`;
  const askGpd = async (method: string, path: string, body?: unknown) => {
    const headers = { "ocp-apim-subscription-key": "k", "content-type": "application/json" };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${root}${path}`, { method, headers, ...init })).status;
  };
  const create = (n: number) => askGpd("POST", "?toPublish=false", buildPosition(n));
  let asked = 0;
  const ask = async (n: number, pagoPaIntMode = "ASYNC") => {
    const noticeCode = `30100000000000000${n}`;
    const pagoPa = { noticeCode, creditorTaxId: ready.paTaxId, applyCost: true };
    const found = await notify(origin, ready.apiKey, {
      paProtocolNumber: `V-${(asked += 1)}`,
      senderTaxId: ready.paTaxId,
      taxonomyCode: "010101P",
      notificationFeePolicy: "DELIVERY_MODE",
      pagoPaIntMode,
      paFee: 100,
      vat: 22,
      recipients: [{ ...recipient(), payments: [{ pagoPa }] }],
    });
    const [error] = (found["errors"] ?? []) as { readonly code: string }[];
    return error?.code ?? found["notificationRequestStatus"];
  };

  expect(await ask(1)).toBe("PAYMENT_NOT_VALID");
  expect(await create(1)).toBe(201);
  expect(await ask(1)).toBe("PAYMENT_NOT_VALID");
  expect(await askGpd("POST", "/P-1/publish")).toBe(200);
  expect(await ask(1)).toBe("ACCEPTED");
  expect(await create(2)).toBe(201);
  expect(await askGpd("POST", "/P-2/publish")).toBe(200);
  expect(await askGpd("POST", "/P-2/invalidate")).toBe(200);
  expect(await ask(2)).toBe("PAYMENT_NOT_VALID");
  // SYNC: SEND asks nobody.
  expect(await ask(3, "SYNC")).toBe("ACCEPTED");
});

/** One notice of 10 euro on GPD. */
function buildPosition(n: number) {
  const text = { description: "Violazione", remittanceInformation: "Violazione" };
  const iban = { category: "9/0101108TS/", iban: "IT60X0542811101000000123456" };
  const { description, remittanceInformation } = text;
  const transfer = [{ idTransfer: "1", amount: 1_000, remittanceInformation, ...iban }];
  const dueDate = "2099-01-01T00:00:00.000Z";
  const iuv = `0100000000000000${n}`;
  return {
    iupd: `P-${n}`,
    type: "F",
    fiscalCode: "CLMCST42R12D969Z",
    fullName: "Cristoforo Colombo",
    companyName: "Comune",
    switchToExpired: false,
    paymentOption: [
      { iuv, amount: 1_000, description, isPartialPayment: false, dueDate, transfer },
    ],
  };
}

test("a settings file with faults is told with its lines, and nothing is started", async () => {
  const folder = makeFolder();
  const settings = join(folder, "simulatori.yaml");
  writeFileSync(settings, "limits:\n  maxDocument: 3\n  day: presto\n");

  const child = spawn(folder, ["--port", "0", "--settings", settings]);
  const stderr = await new Response(child.stderr).text();

  expect(await child.exited).toBe(2);
  expect(stderr).toContain("simulatori.yaml:2:3");
  expect(stderr).toContain("maxDocuments");
  expect(stderr).toContain("simulatori.yaml:3:8");
});

test("--help lists every limit with its default", async () => {
  const child = spawn(makeFolder(), ["--help"]);
  const stdout = await new Response(child.stdout).text();

  expect(await child.exited).toBe(0);
  expect(stdout).toContain("over20Grams");
  expect(stdout).toMatch(/maxDocuments +Documenti per notifica, al più \(15\)/);
});
