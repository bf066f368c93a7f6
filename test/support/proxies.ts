/** Reverse proxies with TLS and a password, set up with the examples of the technician's guide. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./programs.ts";
import { readRepositoryFile } from "./repository.ts";

/** The name that the examples use; browsers of tests find this machine under it. */
export const publicName = "postino.comune.example";
export const credentials = { username: "operatore", password: "prova di accesso" };

export interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ProxyProgram {
  readonly name: "nginx" | "apache" | "caddy";
  /** `null`: not on this machine. */
  readonly path: string | null;
  /** The whole configuration around the example, and the arguments that start it in the foreground. */
  write(
    folder: string,
    example: string,
  ): { readonly config: string; readonly args: readonly string[] };
}

const modules = [
  "mpm_event",
  "authn_core",
  "authn_file",
  "authz_core",
  "authz_user",
  "auth_basic",
  "headers",
  "proxy",
  "proxy_http",
  "ssl",
];

export const proxyPrograms: readonly ProxyProgram[] = [
  {
    name: "nginx",
    path: findProgram("nginx"),
    write: (folder, example) => ({
      config: `daemon off; pid ${folder}/pid; error_log ${folder}/log; events {}
http { access_log off;
client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${example}}`,
      args: ["-c", `${folder}/config`, "-p", folder, "-e", `${folder}/log`],
    }),
  },
  {
    name: "apache",
    path: findProgram("apache2"),
    write: (folder, example) => ({
      config: `ServerRoot ${folder}
ServerName ${publicName}
PidFile ${folder}/pid
ErrorLog ${folder}/log
${process.getuid?.() === 0 ? "User www-data\nGroup www-data" : ""}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
Listen ${/<VirtualHost \*:(\d+)>/.exec(example)?.[1]}
${example}`,
      args: ["-f", `${folder}/config`, "-D", "FOREGROUND"],
    }),
  },
  {
    name: "caddy",
    path: findProgram("caddy"),
    write: (folder, example) => ({
      config: `{\n admin off\n auto_https disable_redirects\n storage file_system ${folder}\n}\n${example}`,
      args: ["run", "--adapter", "caddyfile", "--config", `${folder}/config`],
    }),
  },
];

/** Starts the guide's example of the program before the dashboard on `port`; resolves once it answers. */
export async function startProxy(program: ProxyProgram, own: number, port: number): Promise<Proxy> {
  if (program.path === null) throw new Error(`no ${program.name} on this machine`);
  const folder = await mkdtemp(join(tmpdir(), "postino-proxy-"));
  await chmod(folder, 0o755);
  await writeSecrets(folder);
  const example = adapt(readExample(program.name), folder, own, port);
  const hash = await Bun.password.hash(credentials.password, { algorithm: "bcrypt", cost: 4 });
  const { config, args } = program.write(
    folder,
    example.replace("$2a$14$METTERE.QUI.IMPRONTA", () => hash),
  );
  await writeFile(join(folder, "config"), config);
  const child = Bun.spawn([program.path, ...args], { stdout: "ignore", stderr: "pipe" });
  const url = `https://${publicName}:${own}`;
  await untilAnswers(own, child, join(folder, "log"));
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readExample(language: string): string {
  const guide = readRepositoryFile("docs/it/guida-tecnico.md");
  const example = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(guide)?.[1];
  if (example === undefined) throw new Error(`the guide has no example for ${language}`);
  return example;
}

/** Ports and paths of this test in the place of the guide's. */
function adapt(example: string, folder: string, own: number, port: number): string {
  return example
    .replaceAll("127.0.0.1:8099", `127.0.0.1:${port}`)
    .replace(/(listen |<VirtualHost \*:)443/, `$1${own}`)
    .replace(`${publicName} {`, `${publicName}:${own} {`)
    .replaceAll(/\/etc\/\S+\/(postino\.\w+)/g, `${folder}/$1`);
}

async function writeSecrets(folder: string): Promise<void> {
  const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${publicName} -addext subjectAltName=DNS:${publicName}`;
  const made = Bun.spawnSync(
    ["openssl", ...request.split(" "), "-keyout", "postino.key", "-out", "postino.pem"],
    { cwd: folder },
  );
  if (!made.success) throw new Error(`openssl: ${String(made.stderr)}`);
  const hashed = Bun.spawnSync(["openssl", "passwd", "-apr1", credentials.password]);
  const line = `${credentials.username}:${String(hashed.stdout).trim()}\n`;
  await writeFile(join(folder, "postino.htpasswd"), line, { mode: 0o644 });
}

async function untilAnswers(
  own: number,
  child: Bun.Subprocess<"ignore", "ignore", "pipe">,
  log: string,
): Promise<void> {
  while (child.exitCode === null) {
    try {
      await fetch(`https://127.0.0.1:${own}/`, {
        headers: { host: `${publicName}:${own}` },
        tls: { rejectUnauthorized: false, serverName: publicName },
      });
      return;
    } catch {
      await Bun.sleep(20);
    }
  }
  const said = await new Response(child.stderr).text();
  throw new Error(`the proxy ended: ${said} ${await readFile(log, "utf8").catch(() => "")}`);
}
