/** The question for room on the disk, before a run begins. */
import { expect, test } from "bun:test";
import { RunBlocked } from "../../../../engine/host/errors.ts";
import { createRoomCheck } from "../../../../server/store/disk-room.ts";

test.each([
  ["enough", 100_000_000, 100_000_000 * 1.25, 240, null],
  [
    "a byte too few",
    100_000_000,
    124_999_999,
    240,
    "Per 240 verbali servono circa 125 MB nella cartella dei dati, e ne restano 125 MB. Nulla è stato cominciato.",
  ],
  [
    "a year's flusso on a small disk",
    2_145_000_000,
    1_200_000_000,
    5_000,
    "Per 5000 verbali servono circa 2,7 GB nella cartella dei dati, e ne restano 1,2 GB. Nulla è stato cominciato.",
  ],
  [
    "a full disk",
    429_000,
    0,
    1,
    "Per 1 verbale servono circa 536,3 kB nella cartella dei dati, e ne restano 0 byte. Nulla è stato cominciato.",
  ],
  ["steps that leave nothing, on a full disk", 0, 0, 5_000, null],
] as const)("%s", async (_how, bytes, free, items, message) => {
  const assertRoom = createRoomCheck("data", () => Promise.resolve(free));

  const told = await assertRoom(bytes, items).catch((error: unknown) => error);

  if (message === null) expect(told).toBeUndefined();
  else {
    expect(told).toBeInstanceOf(RunBlocked);
    expect(told).toMatchObject({ code: "INSUFFICIENT_DISK", message });
  }
});

test("the system is asked where nobody says otherwise", async () => {
  const assertRoom = createRoomCheck(import.meta.dir);

  const small = await assertRoom(1, 1).catch((error: unknown) => error);
  const huge = await assertRoom(1e18, 1).catch((error: unknown) => error);

  expect(small).toBeUndefined();
  expect(huge).toMatchObject({ code: "INSUFFICIENT_DISK" });
});
