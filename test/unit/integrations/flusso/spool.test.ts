/** The rows of a file on the disk of temporary files: what is said when it is full. */
import { expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { noMarks } from "../../../../integrations/flusso/rows/marks.ts";
import { openSpool } from "../../../../integrations/flusso/rows/spool.ts";

/** Adds rows of 2 kB until one is refused. */
function fill(mostPages: number, number: (line: number) => string | null): unknown {
  const spool = openSpool({ mostPages });
  try {
    for (let line = 1; line <= 2000; line += 1)
      spool.add({
        line,
        number: number(line),
        marks: noMarks,
        content: { verbale: { descrizione: "x".repeat(2000) } },
      });
    return null;
  } catch (error) {
    return error;
  } finally {
    spool.close();
  }
}

test.each([
  ["rows with a number", (line: number) => `A${line}`],
  ["rows without one", () => null],
])("a full disk of temporary files is told with its place: %s", (_, number) => {
  const error = fill(40, number);

  expect(error).toBeInstanceOf(RunBlocked);
  expect(error).toHaveProperty("code", "DISK_FULL");
  expect((error as RunBlocked).message).toMatch(
    /^Il disco dei file temporanei \(la cartella di TMPDIR; .*\) è pieno o non si può scrivere: il flusso non è stato letto\.$/,
  );
  expect((error as RunBlocked).hint).toEqual({
    action: "resume",
    first:
      "Liberare spazio in quella cartella, oppure indicarne un'altra con TMPDIR e riavviare Postino.",
    after: "Nessun verbale è partito.",
  });
});

test("room enough is no fault", () => {
  expect(fill(4000, (line) => `A${line}`)).toBeNull();
});
