/** A real S3 server of the tests' own, with a door before it that cuts, slows and refuses; tests that need one skip where it is not installed. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findSeaweedfs } from "../../scripts/conformance/seaweedfs.ts";
import type { BucketPlace } from "../../stores/s3/place.ts";

const program = findSeaweedfs();

export const noBucket =
  program === null
    ? " (skipped: SeaweedFS is not installed: bun scripts/conformance/seaweedfs.ts)"
    : "";

export const bucketKeys = {
  owner: { accessKeyId: "POSTINOPROVA", secretAccessKey: "segreto-di-prova" },
  reader: { accessKeyId: "POSTINOLETTURA", secretAccessKey: "solo-lettura" },
} as const;

/** What becomes of a request at the door; `null`: it goes through. */
export type DoorFault = (request: Request) => Promise<Response> | Response | "cut" | "late" | null;

export interface BucketServer {
  /** A place of its own in the bucket, through the door. */
  makePlace(): BucketPlace;
  /** Requests that went through the door since the last call, as `GET`, `PUT`. */
  takeMethods(): readonly string[];
  /** The door's manners from now on. */
  spoil(fault: DoorFault): void;
  mend(): void;
  /** Without a door: puts the bytes there whatever is there. */
  overwrite(place: BucketPlace, name: string, bytes: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** Started, with an empty bucket `prova`; `stop` it in `afterAll`. */
export async function startBucketServer(): Promise<BucketServer> {
  const folder = mkdtempSync(join(tmpdir(), "postino-s3-"));
  writeFileSync(join(folder, "keys.json"), JSON.stringify(describeKeys()));
  const ports = await findFreePorts(8);
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3, s3Grpc] = ports;
  const words = {
    dir: folder,
    ip: "127.0.0.1",
    "ip.bind": "127.0.0.1",
    "master.port": master,
    "master.port.grpc": masterGrpc,
    "master.telemetry": false,
    "master.volumeSizeLimitMB": 64,
    "volume.port": volume,
    "volume.port.grpc": volumeGrpc,
    "volume.max": 20,
    "filer.port": filer,
    "filer.port.grpc": filerGrpc,
    s3: true,
    "s3.port": s3,
    "s3.port.grpc": s3Grpc,
    "s3.port.iceberg": 0,
    "s3.port.lance": 0,
    "s3.config": join(folder, "keys.json"),
    "s3.iam": false,
    "s3.autoCreateBucket": false,
  };
  const args = Object.entries(words).map(([name, value]) => `-${name}=${value}`);
  const child = Bun.spawn([program ?? "", "server", ...args], {
    cwd: folder,
    stdout: "ignore",
    stderr: "ignore",
  });
  const origin = `http://127.0.0.1:${s3}`;
  await untilMade(`http://127.0.0.1:${filer}/buckets/prova/`, origin, child);
  const door = await openDoor(origin);
  let places = 0;
  return {
    ...door,
    makePlace() {
      places += 1;
      const { bucket, region } = { bucket: "prova", region: "eu-south-1" };
      return { bucket, region, prefix: `p${places}/`, endpoint: door.url, ...bucketKeys.owner };
    },
    async overwrite({ prefix }, name, bytes) {
      const url = `http://127.0.0.1:${filer}/buckets/prova/${prefix}${name}`;
      const form = new FormData();
      form.set("file", new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
      const { ok, status } = await fetch(url, { method: "POST", body: form });
      if (!ok) throw new Error(`the server did not take it: ${status}`);
    },
    async stop() {
      await door.close();
      child.kill("SIGKILL");
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
      // Its sockets lie in the folder of all, by the numbers of its ports.
      for (const name of readdirSync("/tmp"))
        if (name.startsWith("seaweedfs-") && ports.some((port) => name.endsWith(`-${port}.sock`)))
          rmSync(join("/tmp", name), { force: true });
    },
  };
}

/** Each another. */
async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () =>
    Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() }),
  );
  const ports = servers.map(({ port = 0 }) => port);
  for (const server of servers) await server.stop(true);
  return ports;
}

function describeKeys(): object {
  const { owner, reader } = bucketKeys;
  const toIdentity = (name: string, keys: typeof owner | typeof reader, actions: string[]) => ({
    name,
    credentials: [{ accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey }],
    actions,
  });
  return {
    identities: [
      toIdentity("owner", owner, ["Admin", "Read", "Write", "List"]),
      toIdentity("reader", reader, ["Read", "List"]),
    ],
  };
}

async function untilMade(url: string, origin: string, child: Bun.Subprocess): Promise<void> {
  const ask = async (address: string, method: string): Promise<number | null> => {
    try {
      return (await fetch(address, { method })).status;
    } catch {
      return null;
    }
  };
  while (child.exitCode === null) {
    const made = await ask(url, "POST");
    if ((made === 201 || made === 409) && (await ask(`${origin}/prova/`, "GET")) === 403) return;
    await Bun.sleep(50);
  }
  throw new Error("SeaweedFS ended");
}

async function openDoor(origin: string) {
  let fault: DoorFault = () => null;
  let methods: string[] = [];
  const server = createServer((asked, answered) => {
    void pass(asked, answered).catch(() => answered.destroy());
  });

  async function pass(asked: IncomingMessage, answered: ServerResponse): Promise<void> {
    const request = await readRequest(asked);
    methods.push(request.method);
    const spoiled = await fault(request.clone());
    if (spoiled === "late") return;
    const answer = spoiled instanceof Response ? spoiled : await passOn(origin, request);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const headers = Object.fromEntries(answer.headers);
    answered.writeHead(answer.status, { ...headers, "content-length": bytes.byteLength });
    if (spoiled !== "cut") {
      answered.end(bytes);
      return;
    }
    // As a proxy that dies half way: what was announced does not come.
    answered.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)), () =>
      answered.socket?.destroy(),
    );
  }

  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    takeMethods() {
      const taken = methods;
      methods = [];
      return taken;
    },
    spoil(next: DoorFault) {
      fault = next;
    },
    mend() {
      fault = () => null;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readRequest(asked: IncomingMessage): Promise<Request> {
  const pieces: Uint8Array[] = [];
  for await (const piece of asked) pieces.push(piece as Uint8Array);
  const body = Buffer.concat(pieces);
  const { method = "GET", url = "/" } = asked;
  return new Request(`http://${asked.headers.host}${url}`, {
    method,
    headers: asked.headers as Record<string, string>,
    ...(method === "PUT" || method === "POST" ? { body } : {}),
  });
}

/** The signature names the host that was asked. */
async function passOn(origin: string, request: Request): Promise<Response> {
  const { pathname, search, host } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set("host", host);
  return await fetch(`${origin}${pathname}${search}`, {
    method: request.method,
    headers,
    redirect: "manual",
    ...(request.body === null ? {} : { body: await request.arrayBuffer() }),
    ...({ decompress: false } satisfies BunFetchRequestInit),
  });
}
