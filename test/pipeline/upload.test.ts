/** Signed elsewhere, with real processes: a folder of files on the command line, and a form over HTTP that is taken, refused or breaks off. */
import { sign } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { zipSync } from "fflate";
import { createPades } from "../../documents/signature/pades.ts";
import { openPkcs12 } from "../../integrations/signing/pkcs12.ts";
import {
  type InstallationWorld,
  makeInstallationWorld,
  sendYaml,
} from "../support/installation-world.ts";
import { verbaliLines } from "../support/verbali.ts";

const keys = resolve(import.meta.dir, "../../data/demo/keys");
const token = "0123456789abcdef0123456789abcdef";

let world: InstallationWorld;
beforeAll(async () => {
  world = await makeInstallationWorld({
    sendYaml: sendYaml.replace("mode: automatic", "mode: upload"),
    enteYaml: (text) => text.replace("signing:\n", `signing:\n  trust: ${keys}\n`),
  });
});
afterAll(async () => {
  await world.close();
});

/** A run that waits for its signed files, and an archive of them. */
async function waitingRun(first: number): Promise<{ id: string; zip: Uint8Array }> {
  const input = world.file(`flusso-${first}.jsonl`, verbaliLines(3, world.freshDay, first));
  const { code, document } = await world.json([
    "run",
    "send",
    "--ente",
    "prova",
    "--input",
    input,
    "--json",
  ]);
  expect([code, document.run.state]).toEqual([4, "waiting-for-person"]);
  const key = await openPkcs12(
    await Bun.file(join(keys, "comandante.p12")).bytes(),
    "dimostrazione",
    "comandante.p12",
  );
  const pades = createPades({ chain: key.chain, algorithm: "RSA-SHA256", timestampBytes: 0 });
  const files: Record<string, Uint8Array> = {};
  for (const item of document.items)
    for (const { name, path } of item.artifacts) {
      const prepared = pades.prepare(await Bun.file(path).bytes(), {
        signedAt: new Date().toISOString(),
      });
      files[`cartella/${name}`] = pades.embed(
        prepared,
        sign("sha256", prepared.toSign, key.privateKey),
      );
    }
  expect(Object.keys(files)).toHaveLength(6);
  return { id: document.run.id, zip: zipSync(files) };
}

/** What lies in the store besides its blobs. */
function temporary(): string[] {
  return readdirSync(join(world.dataFolder, "artifacts", "tmp"));
}

async function serve(env: Record<string, string> = {}) {
  const server = world.start(["serve", "--port", "0", "--no-scheduler"], { env });
  const [, url = ""] = /Pannello: (\S+)/.exec(await server.until("Pannello: ")) ?? [];
  return { server, url };
}

function send(url: string, id: string, zip: Uint8Array): Promise<Response> {
  const form = new FormData();
  form.append("csrf", token);
  form.append("files", new File([zip as Uint8Array<ArrayBuffer>], "firmati.zip"));
  return fetch(`${url}/flussi/${id}/firmati`, {
    method: "POST",
    headers: { origin: url, cookie: `postino_csrf=${token}` },
    body: form,
    redirect: "manual",
  });
}

test("answer --files takes a folder with a ZIP archive", async () => {
  const { id, zip } = await waitingRun(100);
  const folder = join(world.folder, "firmati", "oggi");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "firmati.zip"), zip);

  const { code, document } = await world.json([
    "answer",
    id,
    "--files",
    join(world.folder, "firmati"),
    "--json",
  ]);

  expect([code, document.run.counts.done]).toEqual([0, 3]);
});

test("a form takes the run to its end and leaves nothing temporary", async () => {
  const { id, zip } = await waitingRun(200);
  const { server, url } = await serve();

  const response = await send(url, id, zip);
  await server.until('"state":"completed"');
  const left = temporary();
  server.kill("SIGTERM");
  await server.ended;

  expect([response.status, response.headers.get("location")]).toEqual([
    303,
    `/flussi/${id}?fatto=firmati`,
  ]);
  expect(left).toEqual([]);
});

test("a form beyond the limit is refused with a page, and one that breaks off leaves nothing", async () => {
  const { id } = await waitingRun(300);
  const { server, url } = await serve({ POSTINO_UPLOAD_MB: "1" });

  const response = await send(url, id, new Uint8Array(3_000_000));
  await breakOff(url, id);
  while (temporary().length > 0) await Bun.sleep(5);
  const next = await fetch(`${url}/flussi/${id}`);
  server.kill("SIGTERM");
  const { stdout, stderr } = await server.ended;

  expect(response.status).toBe(413);
  expect(await response.text()).toContain("se ne caricano al massimo 1 MB alla volta");
  expect(await next.text()).toContain("Caricare qui i PDF firmati");
  expect(stdout + stderr).not.toContain("request failed");
});

/** Begins a form with a file, waits until the file grows on disk, and hangs up. */
async function breakOff(url: string, id: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = `--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${token}\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n`;
  socket.write(
    `POST /flussi/${id}/firmati HTTP/1.1\r\nHost: ${hostname}:${port}\r\nOrigin: ${url}\r\nCookie: postino_csrf=${token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n\r\n${head}${"x".repeat(200_000)}`,
  );
  while (temporary().length === 0) await Bun.sleep(5);
  socket.destroy();
}
