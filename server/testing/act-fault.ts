/** A test that cannot be played as it is written. */

/** Its message is Italian and says what to change. */
export class ActFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ActFault";
  }
}
