/** The payers: each pays early, on the last day, late, twice or never, with the code that he has. */
import { toRomeDay } from "../../../engine/host/clock.ts";
import { findTermEnd, type Notified } from "../stage/notified.ts";
import { type Actor, Broken, type Stage } from "../stage/stage.ts";

const hour = 3_600_000;
const habits = [
  "mai",
  "subito",
  "ultimo giorno scontato",
  "ultimo giorno",
  "tardi",
  "due volte",
] as const;

export const payers: Actor = {
  name: "chi paga",
  begin(stage) {
    stage.world.live(live(stage));
  },
};

async function live(stage: Stage): Promise<void> {
  const habitOf = new Map<string, (typeof habits)[number]>();
  for (;;) {
    await stage.world.sleep(24 * hour);
    stage.notified.listen();
    for (const notified of stage.notified.byIun.values()) {
      let habit = habitOf.get(notified.iun);
      if (habit === undefined) {
        habit = stage.world.chaos.pick("habit", habits);
        habitOf.set(notified.iun, habit);
      }
      payAsUsual(stage, notified, habit);
    }
  }
}

function payAsUsual(stage: Stage, notified: Notified, habit: (typeof habits)[number]): void {
  const { world } = stage;
  const [first] = notified.codes;
  const last = notified.codes.at(-1);
  if (first === undefined || last === undefined || habit === "mai") return;
  const { length } = notified.payments;
  if (habit === "subito" || habit === "due volte") {
    if (length === 0 && world.draw("pays") < 0.3) pay(stage, notified, first);
    else if (habit === "due volte" && length === 1 && world.draw("pays again") < 0.3)
      pay(stage, notified, last);
    return;
  }
  const day = notified.words.at(-1)?.day ?? null;
  if (day === null || length > 0) return;
  const daysLeft = (end: number): number => Math.ceil((end - world.now()) / (24 * hour));
  if (habit === "ultimo giorno scontato" && daysLeft(findTermEnd(first, day)) === 1)
    pay(stage, notified, first);
  if (habit === "ultimo giorno" && daysLeft(findTermEnd(last, day)) === 1)
    pay(stage, notified, last);
  if (habit === "tardi" && daysLeft(findTermEnd(last, day)) < 0) pay(stage, notified, last);
}

function pay(stage: Stage, notified: Notified, code: Notified["codes"][number]): void {
  const { world } = stage;
  const price = stage.notified.askPrice(notified);
  const isFirst = notified.payments.length === 0;
  const told = stage.notified.pay(notified, code);
  const words =
    "fault" in told
      ? told.fault
      : `${told.amountCents} centesimi, di cui ${told.notificationFeeCents} per la notifica`;
  world.story.tell(
    "chi paga",
    `${notified.numero} ${code.kind}, ${toRomeDay(world.now())}: ${words}`,
  );
  if ("fault" in told || price === null || !isFirst) return;
  if (
    told.amountCents !== code.principalCents + price.totalPrice ||
    told.notificationFeeCents !== price.totalPrice
  )
    throw new Broken(
      "conti",
      `${notified.numero}: pagato ${words}, SEND chiede ${price.totalPrice} oltre a ${code.principalCents}`,
    );
}
