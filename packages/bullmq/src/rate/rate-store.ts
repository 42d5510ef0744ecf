/** Counts what many processes send, so that together they keep to one rate. */
export interface RateStore {
  /**
   * Takes `count` out of what the name may use. It is always granted, for now or for later.
   *
   * @param perSecond how many each second
   * @param burst how many may come at once after a pause
   * @returns milliseconds until the caller may use them
   */
  take(name: string, count: number, perSecond: number, burst: number): Promise<number>;
}
