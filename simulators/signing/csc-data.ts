/** What the simulated CSC server does, as tables: credentials by name, OTPs by value. */

export interface SimulatedCredential {
  readonly id: string;
  readonly scal: "1" | "2";
  /** Most signatures per authorisation. */
  readonly multisign: number;
  /** `implicit`: signs without asking anyone. */
  readonly mode: "explicit" | "implicit" | "oauth2code";
  /** `null`: none wanted. */
  readonly pin: string | null;
  /** `sent`: by the provider when asked; `device`: made by an app. */
  readonly otp: "sent" | "device" | "none";
  readonly keyStatus: "enabled" | "disabled";
  readonly isLocked?: boolean;
  /** False: `extendTransaction` is unknown and a SAD may be used until its count is spent. */
  readonly canExtend: boolean;
}

const ordinary: SimulatedCredential = {
  id: "comandante",
  scal: "2",
  multisign: 100_000,
  mode: "explicit",
  pin: null,
  otp: "sent",
  keyStatus: "enabled",
  canExtend: true,
};

export const simulatedCredentials: readonly SimulatedCredential[] = [
  ordinary,
  { ...ordinary, id: "con-pin", pin: "12345678", otp: "device" },
  { ...ordinary, id: "cinque-per-volta", multisign: 5 },
  { ...ordinary, id: "senza-estensione", canExtend: false },
  { ...ordinary, id: "automatica", scal: "1", mode: "implicit", otp: "none" },
  { ...ordinary, id: "browser", mode: "oauth2code" },
  { ...ordinary, id: "disattivata", keyStatus: "disabled" },
  { ...ordinary, id: "bloccata", isLocked: true },
];

/** What an OTP brings about; any other value is wrong. */
export interface SimulatedOtp {
  readonly outcome: "accepted" | "expired";
  /** How long the SAD lives, in seconds. */
  readonly sadSeconds: number;
  /** True: authorisation and signatures are fetched later (202 with a handle, responseID); v2 only. */
  readonly isSlow: boolean;
}

export const simulatedOtps: Readonly<Record<string, SimulatedOtp>> = {
  "123456": { outcome: "accepted", sadSeconds: 300, isSlow: false },
  // As long as tests need that look for it in files where six digits are met by chance.
  "4815162342": { outcome: "accepted", sadSeconds: 300, isSlow: false },
  "111111": { outcome: "accepted", sadSeconds: 0, isSlow: false },
  "222222": { outcome: "accepted", sadSeconds: 300, isSlow: true },
  "999999": { outcome: "expired", sadSeconds: 0, isSlow: false },
};

/** The one client secret that is refused. */
export const refusedSecret = "rifiutato";
