/** A log as it was when it was taken over. */
export interface TakenLog {
  /** Of the new owner; higher than that of all before it. Goes with every write. */
  readonly fence: number;
  /** All records, the oldest first. */
  readonly records: readonly string[];
}

/** Says that another owner has taken the log over. */
export type Written = "written" | "stale";

/**
 * Logs with one owner at a time. Whoever takes a log over gets a fencing token, and from that moment on the store refuses
 * what its former owner writes: a worker that has lost its lock without noticing cannot write any more.
 *
 * A call may be repeated when a connection was lost, although it had taken effect: `length` says after how many records a
 * write belongs, so that it never counts twice.
 */
export interface FencedLogs {
  /** Takes a log over; one that is not there begins empty. */
  take(name: string): Promise<TakenLog>;
  /**
   * Appends records.
   *
   * @param length how many records the log has, to the knowledge of the owner
   */
  append(name: string, fence: number, length: number, records: readonly string[]): Promise<Written>;
  /** Puts these records in place of all: a log that became long. */
  rewrite(name: string, fence: number, records: readonly string[]): Promise<Written>;
  /** The records of several logs, in the order of the names; no log changes its owner. */
  read(names: readonly string[]): Promise<readonly (readonly string[])[]>;
  /** Removes logs, whoever owns them. */
  remove(names: readonly string[]): Promise<void>;
}
