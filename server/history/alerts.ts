/** Messages to people as pages and the API show them. */
import type { AlertLine, KeptMessage } from "../../integrations/alerts/outbox.ts";

export interface ShownMessage extends Pick<
  KeptMessage,
  "channel" | "to" | "kind" | "madeAt" | "sentAt" | "tries" | "fault"
> {
  readonly lines: readonly AlertLine[];
  /** It will be tried, or tried again. */
  readonly isWaiting: boolean;
}
