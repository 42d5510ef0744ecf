/** "BadDeviceToken counts harder than others" ("Handling notification responses from APNs"); how much is a guess. */
const BAD_DEVICE_TOKEN_COST = 5;

/** The number of refusals that a connection survives. */
export class ErrorBudget {
  #left: number;

  /** @param errors refused pushes after which the connection ends; Infinity: never */
  constructor(errors: number) {
    this.#left = errors;
  }

  /** @returns whether the connection ends with this refusal */
  spend(reason: string): boolean {
    // "410 does not count as an error" ("Handling notification responses from APNs").
    if (reason === "Unregistered" || reason === "ExpiredToken") return false;
    this.#left -= reason === "BadDeviceToken" ? BAD_DEVICE_TOKEN_COST : 1;
    return this.#left < 0;
  }
}
