import type { CheckpointRecord } from "./checkpoint-record.ts";

/**
 * Where a campaign, or one range of it, keeps what happened. The file journal is one; a database or Redis may be another.
 *
 * A store has to keep three promises:
 *
 * 1. **Order and whole appends.** Records come back in the order in which they were appended. What one call of `append`
 *    was given comes back as a whole or not at all.
 * 2. **Durability.** When `append` resolves, the records survive whatever the store is said to survive.
 * 3. **Fencing.** From the moment that `claim` resolves, the store refuses every append of an earlier claim, also if that
 *    claim's process was only suspended, or cut off, and does not know. A claim gets a fencing token for that, a number
 *    which is higher than those of all claims before; the store compares it in the same step that writes.
 *
 * A store may hold a whole campaign (one process works all ranges), or one range of it (many workers, each with its own
 * claim on its own range). Places of recipients count within the campaign in both cases.
 */
export interface CheckpointStore {
  /**
   * Takes the store over for writing.
   *
   * @throws JournalInUse when the store can tell that its owner lives; a store that cannot tell takes over instead
   * @throws JournalFailed when it cannot be read; JournalDamaged when it holds what nothing can have left there
   */
  claim(): Promise<Checkpoint>;
  /** The records, the oldest first. The owner does not change; what it is just appending may be missing. */
  read(): AsyncIterable<CheckpointRecord>;
}

/** The right to append to a store, until another claim takes it. */
export interface Checkpoint {
  /** The fencing token, from 1. */
  readonly fence: number;
  /** What was there at the claim, the oldest first. Read to its end once, before the first `append`. */
  records(): AsyncIterable<CheckpointRecord>;
  /**
   * Appends records and resolves when they are durable. The engine waits for one append before it begins the next.
   * A store that loses its connection may repeat the write, if it makes sure that the records then count once.
   *
   * @throws ClaimLost when another claim has taken the store; the records are not there
   * @throws JournalFailed when they cannot be made durable; whether they are there is unknown. The engine stops then:
   *   what it had handed out is in doubt, and the next claim finds out what was written
   */
  append(records: readonly CheckpointRecord[]): Promise<void>;
  /**
   * Fires when the claim is lost, or may be by now, such as when its lock could not be renewed in time. The engine hands
   * out nothing more and gives up what is under way. Absent: a loss shows with the next `append`.
   */
  readonly lost?: AbortSignal | undefined;
  /** Gives the claim up. Nothing is appended after that. */
  close(): Promise<void>;
}
