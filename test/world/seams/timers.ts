/** `node:timers/promises` of the world. */
export { setImmediateOnce as setImmediate } from "./globals.ts";
