import { constants } from "node:fs";
import { dirname, resolve } from "node:path";
import { ApnskitError } from "apnskit";
import { JournalFailed } from "../errors.ts";
import type { CheckpointRecord } from "../store/checkpoint-record.ts";
import type { Checkpoint, CheckpointStore } from "../store/checkpoint-store.ts";
import { FileClaim } from "./file-claim.ts";
import { JournalLock } from "./journal-lock.ts";
import { JournalReader } from "./journal-reader.ts";
import { type Machine, type OpenFile, thisMachine } from "./machine.ts";

/** Only the user that runs the process may read the file, because it holds dead tokens. */
const MODE = 0o600;

/** A store in a local file, for a campaign that one process works on at a time. */
export class FileJournal implements CheckpointStore {
  /** Absolute. */
  readonly path: string;
  readonly #open: OpenFile;
  readonly #machine: Machine;

  /** @param path of the file, which the first claim creates. The folder must exist */
  constructor(path: string, openFile?: OpenFile, /** @internal */ machine: Machine = thisMachine) {
    this.path = resolve(path);
    this.#open = openFile ?? machine.open;
    this.#machine = machine;
  }

  /** @throws JournalInUse, JournalFailed, JournalDamaged */
  async claim(): Promise<Checkpoint> {
    const lock = await this.#attempt(() => JournalLock.take(this.path, this.#machine));
    try {
      return await this.#attempt(async () => {
        const file = await this.#open(this.path, constants.O_RDWR | constants.O_CREAT, MODE);
        try {
          // The name of a new file becomes durable with its folder.
          await this.#machine.syncFolder(dirname(this.path));
          return await FileClaim.begin(this.path, file, lock);
        } catch (error) {
          await file.close();
          throw error;
        }
      });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Whether a living process holds the claim. */
  isClaimed(): Promise<boolean> {
    return JournalLock.isTaken(this.path, this.#machine);
  }

  /**
   * @throws JournalFailed, for example if the file does not exist
   * @throws JournalDamaged
   */
  async *read(): AsyncGenerator<CheckpointRecord> {
    const file = await this.#attempt(() => this.#open(this.path, "r"));
    try {
      const reader = new JournalReader(file, this.path);
      yield* reader.records();
    } catch (error) {
      throw this.#failed("read", error);
    } finally {
      await file.close();
    }
  }

  /** Deletes the journal file. The caller must hold the claim. */
  async remove(): Promise<void> {
    await this.#attempt(async () => {
      await this.#machine.unlink(this.path);
      await this.#machine.syncFolder(dirname(this.path));
    });
  }

  async #attempt<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      throw this.#failed("opened", error);
    }
  }

  #failed(what: string, error: unknown): ApnskitError {
    if (error instanceof ApnskitError) return error;
    const { code = "unexpected error" } = error as NodeJS.ErrnoException;
    return new JournalFailed(`the journal ${this.path} cannot be ${what}: ${code}`, { cause: error });
  }
}
