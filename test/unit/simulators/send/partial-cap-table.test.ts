/** A CAP table that does not know all of Italy contradicts only what it knows. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAddressBook } from "../../../../simulators/send/checks/addresses.ts";

const folder = mkdtempSync(join(tmpdir(), "postino-cap-"));
const capTable = join(folder, "cap.csv");
writeFileSync(capTable, "CAP;localita;provincia\n24047;TREVIGLIO;BG\n00118;ROMA;RM\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const address = (zip: string, municipality: string, province: string) => ({
  address: "Via delle Prove 1",
  zip,
  municipality,
  province,
});

test("a CAP and a town that the table lists apart from each other are refused", async () => {
  const book = await openAddressBook({ capTable } as Parameters<typeof openAddressBook>[0]);

  expect(book.findFault(address("24047", "Roma", "RM"))).toBe(
    "Validation failed, address is not valid. Error=Invalid Address, Cap, City and Province: [24047, Roma, RM]",
  );
});

test("a place that the table does not know is taken as it is", async () => {
  const book = await openAddressBook({ capTable } as Parameters<typeof openAddressBook>[0]);

  expect(book.findFault(address("24047", "Treviglio", "BG"))).toBeNull();
  expect(book.findFault(address("89900", "Vibo Valentia", "VV"))).toBeNull();
});
