/** What goes out so that the payer pays the notification: SEND's mode and GovPay's pendenze in a whole run, and a setting that loses the costs. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { govPayEnte, govPaySecrets } from "../support/govpay-ente.ts";
import { type InstallationWorld, makeInstallationWorld } from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

setDefaultTimeout(120_000);

let world: InstallationWorld | undefined;
afterEach(() => world?.close());

interface Sent {
  readonly pagoPaIntMode: string;
  readonly paFee: number;
  readonly vat: number;
  readonly recipients: readonly {
    readonly payments: readonly { readonly pagoPa: { readonly applyCost: boolean } }[];
  }[];
}

/** A run of one verbale with two notices: its exit code, the request to SEND, and what GovPay was given. */
async function run(enteYaml: (text: string) => string) {
  const requests: Sent[] = [];
  const pendenze: Record<string, unknown>[] = [];
  const opened = await makeInstallationWorld({
    enteYaml,
    observe: async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method === "POST" && /\/delivery\/v[\d.]+\/requests$/.test(pathname))
        requests.push((await request.json()) as Sent);
      if (request.method === "PUT" && pathname.includes("/govpay/"))
        pendenze.push((await request.json()) as Record<string, unknown>);
    },
  });
  world = opened;
  const input = opened.file("flusso.jsonl", verbaliLines(1, opened.freshDay));
  const args = ["run", "send", "--ente", "prova", "--input", input, "--wait", "5m"];
  const ended = await opened.postino(args, { env: govPaySecrets });
  return { opened, ended, requests, pendenze };
}

test.each([
  ["GPD", (text: string) => text, "ASYNC", []],
  ["GovPay", govPayEnte, "SYNC", [true, true]],
] as const)("with %s the request says who adds the costs", async (_name, enteYaml, mode, asked) => {
  const { ended, requests, pendenze } = await run(enteYaml);

  expect(ended.code).toBe(0);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ pagoPaIntMode: mode, paFee: 100, vat: 22 });
  const payments = requests[0]?.recipients.flatMap((recipient) => recipient.payments) ?? [];
  expect(payments.map(({ pagoPa }) => pagoPa.applyCost)).toEqual([true, true]);
  expect(pendenze.map(({ sendAbilitato }) => sendAbilitato)).toEqual([...asked]);
});

test.each([
  ["GPD and SYNC", (text: string) => text.replace("send:\n", "send:\n  pagoPaIntMode: SYNC\n")],
  ["GovPay without SEND", (text: string) => govPayEnte(text).replace("sendAbilitato: true, ", "")],
])("%s: nothing is begun, and check and doctor tell the same", async (_name, enteYaml) => {
  const { opened, ended, requests } = await run(enteYaml);
  const check = await opened.postino(["check"]);
  const doctor = await opened.postino(["doctor", "--ente", "prova"], { env: govPaySecrets });

  expect([ended.code, check.code, doctor.code]).toEqual([2, 2, 5]);
  expect(requests).toEqual([]);
  expect(opened.report().gpd.positions).toEqual([]);
  for (const { stdout, stderr } of [ended, check, doctor]) {
    expect(stdout + stderr).toContain("spese di notifica: ");
    expect(stdout + stderr).toContain("il destinatario non le paga");
  }
});
