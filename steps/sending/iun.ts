/** The IUN of a request, before SEND says it. */

/** SEND's request id is Base64 of the IUN. */
export function decodeIun(notificationRequestId: string): string {
  return Buffer.from(notificationRequestId, "base64").toString("utf8");
}
