/** How long SEND waits before a notification counts as done, in days of the environment; a setting, for environments differ. */

export interface OutcomeTerms {
  readonly digitalDays: number;
  /** Taken later than this hour of Rome, a message counts longer; exactly then it does not. */
  readonly eveningHour: number;
  readonly eveningDays: number;
  /** After all messages failed. */
  readonly digitalFailedDays: number;
  /** Before the second round of messages. */
  readonly secondRoundDays: number;
  readonly paperDays: number;
  readonly depositDays: number;
  readonly unreachableDays: number;
}

/** Source: pn-delivery-push-workflow RefinementScheduler, pn-paper-channel; production. */
export const productionOutcomeTerms: OutcomeTerms = {
  digitalDays: 7,
  eveningHour: 21,
  eveningDays: 8,
  digitalFailedDays: 15,
  secondRoundDays: 7,
  paperDays: 10,
  depositDays: 10,
  unreachableDays: 10,
};
