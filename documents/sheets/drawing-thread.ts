/** What a thread of drawing-pool.ts runs: draws what it is sent and hands the files over. */
import { parentPort } from "node:worker_threads";
import type { VerbaleContent } from "../model/content.ts";
import { toDrawingFault, type DrawingFault } from "./drawing-faults.ts";
import { createDrawer, type Drawer, type DrawingPlan, type Drawn } from "./drawing.ts";

/** One verbale to draw; the plan comes with the first of its number. */
export interface Order {
  readonly id: number;
  readonly planNumber: number;
  readonly plan?: DrawingPlan;
  readonly content: VerbaleContent;
}

/** The end of an order. */
export type DrawingDelivery =
  | { readonly id: number; readonly drawn: Drawn }
  | { readonly id: number; readonly fault: DrawingFault };

const drawers = new Map<number, Drawer>();

function requireDrawer({ planNumber, plan }: Order): Drawer {
  const known = drawers.get(planNumber);
  if (known !== undefined) return known;
  if (plan === undefined) throw new Error(`no plan ${planNumber} in this thread`);
  const drawer = createDrawer(plan);
  drawers.set(planNumber, drawer);
  return drawer;
}

async function carryOut(order: Order): Promise<void> {
  const { id } = order;
  try {
    const drawn = await requireDrawer(order).draw(order.content);
    const { verbale, notice, otherNotices } = drawn;
    const files = [verbale, notice, ...otherNotices].filter((file) => file !== null);
    deliver(
      { id, drawn },
      files.map((file) => file.bytes.buffer),
    );
  } catch (error) {
    deliver({ id, fault: toDrawingFault(error) }, []);
  }
}

function deliver(delivery: DrawingDelivery, transferred: ArrayBuffer[]): void {
  // A thread is no window: there is no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(delivery, transferred);
}

parentPort?.on("message", (order: Order) => {
  void carryOut(order);
});
