/** A server in a process of its own, and a browser's way with it: the token of its forms, uploads, where an answer leads. */
import type { InstallationWorld } from "./installation-world.ts";

const token = "0123456789abcdef0123456789abcdef";

export interface Desk {
  readonly url: string;
  get(path: string): Promise<Response>;
  /** The text of a page, its marks taken out, once it is ready. */
  read(path: string): Promise<string>;
  /** A form; redirects are not followed. */
  post(path: string, form: Readonly<Record<string, string>>): Promise<Response>;
  upload(
    path: string,
    form: Readonly<Record<string, string>>,
    file?: { readonly name: string; readonly content: string | Uint8Array },
  ): Promise<Response>;
  stop(): Promise<void>;
}

export async function openDesk(world: InstallationWorld): Promise<Desk> {
  const server = world.start(["serve", "--port", "0", "--no-scheduler"]);
  const said = await server.until("Pannello: ");
  const [, url = ""] = /Pannello: (\S+)/.exec(said) ?? [];
  const headers = { cookie: `postino_csrf=${token}`, origin: url };
  const get = (path: string): Promise<Response> =>
    fetch(url + path, { headers, redirect: "manual" });
  return {
    url,
    get,
    async read(path) {
      for (;;) {
        const answer = await get(path);
        // A page that is not ready says by its header when to ask again.
        if (!answer.headers.has("refresh")) return takeText(await answer.text());
        await answer.body?.cancel();
        await Bun.sleep(50);
      }
    },
    post: (path, form) =>
      fetch(url + path, {
        method: "POST",
        redirect: "manual",
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ csrf: token, ...form }).toString(),
      }),
    upload(path, form, file) {
      const body = new FormData();
      body.append("csrf", token);
      for (const [name, value] of Object.entries(form)) body.append(name, value);
      if (file !== undefined)
        body.append("input", new File([Buffer.from(file.content)], file.name));
      return fetch(url + path, { method: "POST", redirect: "manual", headers, body });
    },
    async stop() {
      server.kill("SIGTERM");
      await server.ended;
    },
  };
}

/** What a person reads of a page. */
export function takeText(html: string): string {
  const [, main = html] = /<main[^>]*>([\s\S]*)<\/main>/.exec(html) ?? [];
  return main
    .replaceAll(/<option[^>]*>[^<]*<\/option>/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ");
}
