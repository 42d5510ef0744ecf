import type { CheckpointRecord } from "./checkpoint-record.ts";

/**
 * Keeps the records of a campaign, or of one range of a campaign. The file journal is such a store. A
 * database or Redis can be another.
 *
 * A store must keep three promises:
 *
 * 1. **Order and atomic appends.** Records come back in the order of their appends. The records of one
 *    `append` come back completely or not at all.
 * 2. **Durability.** When `append` resolves, the records survive every failure that the store claims to
 *    survive.
 * 3. **Fencing.** As soon as `claim` resolves, the store refuses every append of earlier claims. This
 *    includes a claim whose process was suspended or cut off, and does not know about the new claim. For
 *    this, each claim gets a fencing token, a number above those of all earlier claims. The store compares
 *    the token in the same step that writes.
 *
 * A store may hold a whole campaign, with one process for all ranges. It may also hold one range, with many
 * workers that each claim their own range. In both cases, places of recipients count within the campaign.
 */
export interface CheckpointStore {
  /**
   * Takes over the store for writing.
   *
   * @throws JournalInUse when the store can tell that its owner lives. A store that cannot tell takes over
   *   instead
   * @throws JournalFailed when the store cannot be read
   * @throws JournalDamaged when the store holds data that no failure can explain
   */
  claim(): Promise<Checkpoint>;
  /**
   * Yields the records, the oldest first, without changing the owner. Records that the owner is appending may
   * be missing.
   */
  read(): AsyncIterable<CheckpointRecord>;
}

/** The right to append to a store, until another claim takes the store. */
export interface Checkpoint {
  /** The fencing token, from 1. */
  readonly fence: number;
  /**
   * The records at the time of the claim, the oldest first. Read all of them once, before the first `append`.
   */
  records(): AsyncIterable<CheckpointRecord>;
  /**
   * Appends records, and resolves when they are durable. The engine waits for one append before it begins the
   * next. A store that loses its connection may repeat the write, if the records then count once.
   *
   * @throws ClaimLost when another claim has taken the store. The store does not hold the records
   * @throws JournalFailed when the records may not be durable. The engine then stops. The recipients that it
   *   had handed out are in doubt, and the next claim finds out which records the store holds
   */
  append(records: readonly CheckpointRecord[]): Promise<void>;
  /**
   * Fires when the claim is or may be lost, for example because its lock was not renewed in time. The engine
   * then stops handing out recipients, and aborts pushes under way. Without this signal, the engine notices
   * the loss at the next `append`.
   */
  readonly lost?: AbortSignal | undefined;
  /** Releases the claim. No append follows. */
  close(): Promise<void>;
}
