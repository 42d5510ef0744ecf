/** The state of a log when a new owner took it over. */
export interface TakenLog {
  /** The new owner's fencing token, higher than those of all former owners. Every write names it. */
  readonly fence: number;
  /** All records, the oldest first. */
  readonly records: readonly string[];
}

/** Result of a write. `stale`: another owner has taken over the log. */
export type Written = "written" | "stale";

/**
 * Logs with one owner at a time. A new owner gets a fencing token. From then on, the store refuses the writes
 * of former owners, including a worker that lost its lock without noticing.
 *
 * A client may repeat a call whose connection was lost, although the call took effect. `length` names the
 * number of records before a write, so a repeated write counts once.
 */
export interface FencedLogs {
  /** Takes over a log. A missing log begins empty. */
  take(name: string): Promise<TakenLog>;
  /**
   * Appends records.
   *
   * @param length number of records in the log, as far as the owner knows
   */
  append(name: string, fence: number, length: number, records: readonly string[]): Promise<Written>;
  /** Replaces all records of a log, to shorten it. */
  rewrite(name: string, fence: number, records: readonly string[]): Promise<Written>;
  /** Reads several logs, in the order of the names, without changing their owners. */
  read(names: readonly string[]): Promise<readonly (readonly string[])[]>;
  /** Removes logs, regardless of their owners. */
  remove(names: readonly string[]): Promise<void>;
}
