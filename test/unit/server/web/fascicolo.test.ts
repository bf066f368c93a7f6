/** The case file from the page of a verbale: a click for the PDF, one for all. */
import { expect, test } from "bun:test";
import { dashboardsOfATest } from "../../../support/dashboard.ts";

const makeDashboard = dashboardsOfATest();
const iun = "ABCD-EFGH-ILMN-202611-N-1";

async function ask(path: string) {
  const asked: string[] = [];
  const dashboard = await makeDashboard({
    deps: {
      async writeCase(ente, wanted) {
        asked.push(`${ente} ${wanted}`);
        if (wanted !== iun) return null;
        return {
          name: `fascicolo-V-1-${iun}`,
          pdf: new TextEncoder().encode("%PDF"),
          async *openZip() {
            yield new TextEncoder().encode("PK");
            yield new TextEncoder().encode("…");
          },
          faults: [],
        };
      },
    },
  });
  return { response: await dashboard.get(path), asked };
}

test.each([
  ["pdf", "application/pdf", "%PDF"],
  ["zip", "application/zip", "PK…"],
])("as %s is made when it is asked for, and saved by its name", async (kind, type, text) => {
  const { response, asked } = await ask(`/fascicoli/borgonuovo/${iun}.${kind}`);

  expect([response.status, asked]).toEqual([200, [`borgonuovo ${iun}`]]);
  expect(response.headers.get("content-type")).toBe(type);
  expect(response.headers.get("content-disposition")).toContain(`fascicolo-V-1-${iun}.${kind}`);
  expect(await response.text()).toBe(text);
});

test.each([
  ["a notification that is not ours", "/fascicoli/borgonuovo/ZZZZ-EFGH-ILMN-202611-N-1.pdf", 1],
  ["another kind", `/fascicoli/borgonuovo/${iun}.exe`, 0],
  ["no IUN", "/fascicoli/borgonuovo/..%2f..%2fetc.zip", 0],
])("of %s there is none", async (_what, path, times) => {
  const { response, asked } = await ask(path);

  expect([response.status, asked.length]).toEqual([404, times]);
  expect(await response.text()).toContain("Di questa notifica non c&#39;è un fascicolo");
});
