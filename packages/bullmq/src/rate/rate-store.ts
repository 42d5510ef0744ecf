/** Counts the pushes of many processes, so that together they keep to one rate. */
export interface RateStore {
  /**
   * Reserves `count` pushes under a name, for now or for later.
   *
   * @param perSecond pushes per second
   * @param burst pushes that may leave at once after a pause
   * @returns milliseconds until the pushes may leave
   */
  take(name: string, count: number, perSecond: number, burst: number): Promise<number>;
}
