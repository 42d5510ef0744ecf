import { constants } from "node:fs";
import type { Machine } from "@apnskit/campaign/internal";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import type { SimulatedFile } from "./simulated-file.ts";

/** A machine with its disk and the processes that have run on it. */
export class SimulatedMachine {
  readonly disk: SimulatedDisk;
  readonly #tellsStarts: boolean;
  readonly #processes: SimulatedProcess[] = [];
  /** Processes that have ended, by how many had begun then. */
  readonly #ends = new Map<SimulatedProcess, number>();

  /** @param tellsStarts false: as systems without `/proc` */
  constructor(disk: SimulatedDisk, tellsStarts: boolean) {
    this.disk = disk;
    this.#tellsStarts = tellsStarts;
  }

  get living(): readonly SimulatedProcess[] {
    return this.#processes.filter(({ isAlive }) => isAlive);
  }

  /** Processes so far. */
  get count(): number {
    return this.#processes.length;
  }

  add(process: SimulatedProcess): void {
    this.#processes.push(process);
  }

  ended(process: SimulatedProcess): void {
    this.#ends.set(process, this.count);
  }

  /** Whether another process lived at the same time. @param pid of that process; 0: any */
  hadAnother(process: SimulatedProcess, pid: number): boolean {
    const number = this.#processes.indexOf(process);
    return this.#processes.some((other) => {
      if (other === process || (pid !== 0 && other.pid !== pid)) return false;
      return (this.#ends.get(other) ?? Number.POSITIVE_INFINITY) > number;
    });
  }

  /** As a process on it sees it. */
  seenBy(process: SimulatedProcess): Machine {
    const { disk } = this;
    const withPid = (pid: number): SimulatedProcess | undefined =>
      this.living.find((other) => other.pid === pid);
    return {
      pid: process.pid,
      host: "simulated",
      claims: process.claims,
      open: async (path, flags) => {
        const creates = typeof flags === "number" && (flags & constants.O_CREAT) !== 0;
        return new Handle(disk, await disk.open(path, creates)) as never;
      },
      link: (path, name) => disk.link(path, name),
      rename: (path, name) => disk.rename(path, name),
      unlink: (path) => disk.unlink(path),
      contentOf: (path) => disk.contentOf(path),
      create: (path, content) => disk.create(path, content),
      syncFolder: () => disk.syncFolder(),
      isAlive: (pid) => withPid(pid) !== undefined,
      startOf: async (pid) => (this.#tellsStarts ? withPid(pid)?.started : undefined),
    };
  }
}

/** The part of `FileHandle` that a journal uses. */
class Handle {
  readonly #disk: SimulatedDisk;
  readonly #file: SimulatedFile;

  constructor(disk: SimulatedDisk, file: SimulatedFile) {
    this.#disk = disk;
    this.#file = file;
  }

  async read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }> {
    if (length === 0) return { bytesRead: 0 };
    const into = buffer.subarray(offset, offset + length);
    return { bytesRead: await this.#disk.read(this.#file, into, position) };
  }

  async write(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }> {
    const bytes = Buffer.from(buffer.subarray(offset, offset + length));
    return { bytesWritten: await this.#disk.write(this.#file, bytes, position) };
  }

  truncate(size: number): Promise<void> {
    return this.#disk.truncate(this.#file, size);
  }

  datasync(): Promise<void> {
    return this.#disk.sync(this.#file);
  }

  async stat(): Promise<{ readonly size: number }> {
    return { size: this.#file.content.length };
  }

  async close(): Promise<void> {}
}
