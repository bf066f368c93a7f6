/** Named points at which a crash test kills or suspends the process; inert unless POSTINO_CRASH_AT names one. */

/** Every point, in the order in which a run passes them. */
export const crashpoints = [
  "after-run-created",
  "inbox-after-rename",
  "inbox-after-adopt",
  "register-after-take",
  "after-items-loaded",
  "artifact-before-sync",
  "artifact-after-sync",
  "before-intent",
  "after-intent",
  "gpd-after-create",
  "gpd-after-drafts",
  "gpd-after-cancel",
  "gpd-after-publish",
  "after-effect",
  "after-record",
  "group-after-outcome",
  "recovery-after-reconcile",
  "report-after-plan",
  "report-after-delivery",
  "before-run-end",
  "alert-sent",
] as const;

/** Points of backup, restore and the moving of sealed data, which no run passes. */
export const upkeepPoints = [
  "backup-after-journal",
  "restore-after-file",
  "reseal-after-page",
  "reseal-after-journal",
  "reseal-after-pack",
] as const;

export type Crashpoint = (typeof crashpoints | typeof upkeepPoints)[number];

// `name` or `name:N`: die at the Nth passing, counted from 1; `name:N:SIGSTOP`: stand still there, until SIGCONT.
const [wanted, nth = "1", signal = "SIGKILL"] = (process.env["POSTINO_CRASH_AT"] ?? "").split(":");
let passed = 0;

/** Dies or stands still here, when the environment asks for it. */
export function passCrashpoint(name: Crashpoint): void {
  if (name !== wanted) return;
  passed += 1;
  if (passed === Number(nth)) process.kill(process.pid, signal);
}
