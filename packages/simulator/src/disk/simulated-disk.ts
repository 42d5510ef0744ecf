import type { SeededRandom } from "@apnskit/testkit/seeded-random";
import type { EventLoop } from "../host/event-loop.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import type { ScheduledCall, World } from "../world/world.ts";
import { SimulatedFile } from "./simulated-file.ts";

/** How a disk is. */
export interface DiskQuality {
  /** Milliseconds that an operation takes at most. */
  readonly latency: number;
  /** Share of the reads and writes that do a part only, 0 … 1. */
  readonly shortness: number;
  /** Share of the syncs that fail, until the weather clears; 0 … 1. */
  readonly syncFailures: number;
}

/** A change of a folder that a loss of power may undo. */
type NameChange = (names: Map<string, SimulatedFile>) => void;

/** An operation that the system has not done yet for a process. */
interface Operation {
  readonly process: SimulatedProcess | undefined;
  readonly event: ScheduledCall;
  apply(): void;
}

/** Milliseconds of a disk that is busy with something else. */
const STALL = 3_000;

/** The disk of one machine: one folder, its files, and their faults. */
export class SimulatedDisk {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #random: SeededRandom;
  #quality: DiskQuality;
  #names = new Map<string, SimulatedFile>();
  #durableNames = new Map<string, SimulatedFile>();
  #nameChanges: NameChange[] = [];
  readonly #underWay = new Set<Operation>();
  /** Writes find no room. */
  isFull = false;
  /** Told when octets of a file have become durable. */
  onDurable: (path: string, content: Buffer) => void = () => {};

  constructor(world: World, loop: EventLoop, random: SeededRandom, quality: DiskQuality) {
    this.#world = world;
    this.#loop = loop;
    this.#random = random;
    this.#quality = quality;
  }

  /** From now on nothing fails. */
  recover(): void {
    this.#quality = { ...this.#quality, syncFailures: 0 };
    this.isFull = false;
  }

  // ── operations of processes ──────────────────────────────────────────────────────────────────────────────

  open(path: string, creates: boolean): Promise<SimulatedFile> {
    return this.#operate(() => {
      const found = this.#names.get(path);
      if (found !== undefined) return found;
      if (!creates) throw failure("ENOENT");
      if (this.isFull) throw failure("ENOSPC");
      const file = new SimulatedFile();
      this.#rename((names) => names.set(path, file));
      return file;
    });
  }

  /** Makes a file whose content is durable; its name is not. */
  create(path: string, content: string): Promise<void> {
    return this.#operate(() => {
      if (this.#names.has(path)) throw failure("EEXIST");
      if (this.isFull) throw failure("ENOSPC");
      const file = new SimulatedFile();
      file.write(0, Buffer.from(content));
      file.sync();
      this.#rename((names) => names.set(path, file));
    });
  }

  link(path: string, name: string): Promise<void> {
    return this.#operate(() => {
      const file = this.#fileAt(path);
      if (this.#names.has(name)) throw failure("EEXIST");
      this.#rename((names) => names.set(name, file));
    });
  }

  rename(path: string, name: string): Promise<void> {
    return this.#operate(() => {
      const file = this.#fileAt(path);
      this.#rename((names) => {
        names.delete(path);
        names.set(name, file);
      });
    });
  }

  unlink(path: string): Promise<void> {
    return this.#operate(() => {
      this.#fileAt(path);
      this.#rename((names) => names.delete(path));
    });
  }

  contentOf(path: string): Promise<string | undefined> {
    return this.#operate(() => this.#names.get(path)?.content.toString("utf8"));
  }

  syncFolder(): Promise<void> {
    return this.#operate(() => {
      this.#nameChanges = [];
      this.#durableNames = new Map(this.#names);
    });
  }

  /** @returns how many octets were read: perhaps fewer than asked for */
  read(file: SimulatedFile, into: Buffer, from: number): Promise<number> {
    return this.#operate(() => file.content.copy(into, 0, from, from + this.#part(into.length)));
  }

  /** @returns how many octets were written: perhaps fewer than given */
  write(file: SimulatedFile, bytes: Buffer, at: number): Promise<number> {
    return this.#operate(
      () => {
        const size = this.isFull ? this.#random.integer(0, bytes.length - 1) : this.#part(bytes.length);
        if (size === 0) throw failure("ENOSPC");
        file.write(at, bytes.subarray(0, size));
        return size;
      },
      () => file.write(at, bytes.subarray(0, this.#random.integer(1, bytes.length))),
    );
  }

  truncate(file: SimulatedFile, size: number): Promise<void> {
    return this.#operate(() => file.truncate(size));
  }

  sync(file: SimulatedFile): Promise<void> {
    return this.#operate(() => {
      if (this.#random.chance(this.#quality.syncFailures)) throw failure("EIO");
      file.sync();
      this.#tellDurable(file);
    });
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────

  /** A process has ended: of its operations, some were done, some in part, some not. */
  kill(process: SimulatedProcess): void {
    for (const operation of this.#underWay) {
      if (operation.process !== process) continue;
      operation.event.cancel();
      this.#underWay.delete(operation);
      operation.apply();
    }
  }

  /** The machine has lost its power: all its processes have ended before. */
  losePower(): void {
    const files = new Set([...this.#names.values(), ...this.#durableNames.values()]);
    for (const file of files) file.losePower(this.#random);
    // Folders are journalled by the file system: changes are there up to one of them.
    const survives = this.#random.integer(0, this.#nameChanges.length);
    for (const change of this.#nameChanges.slice(0, survives)) change(this.#durableNames);
    this.#nameChanges = [];
    this.#names = new Map(this.#durableNames);
    for (const file of files) this.#tellDurable(file);
  }

  #tellDurable(file: SimulatedFile): void {
    for (const [path, named] of this.#names) if (named === file) this.onDurable(path, file.durable);
  }

  #fileAt(path: string): SimulatedFile {
    const file = this.#names.get(path);
    if (file === undefined) throw failure("ENOENT");
    return file;
  }

  #rename(change: NameChange): void {
    change(this.#names);
    this.#nameChanges.push(change);
  }

  #part(length: number): number {
    return this.#random.chance(this.#quality.shortness) ? this.#random.integer(1, length) : length;
  }

  /** @param tear does a part of it: when its process is killed meanwhile */
  #operate<Result>(work: () => Result, tear?: () => void): Promise<Result> {
    const process = this.#loop.current;
    return new Promise((resolve, reject) => {
      const event = this.#world.after(this.#time(), () => {
        this.#underWay.delete(operation);
        try {
          const result = work();
          this.#loop.arrive(() => resolve(result), process);
        } catch (error) {
          this.#loop.arrive(() => reject(error), process);
        }
      });
      const apply = (): void => {
        const how = this.#random.pick(["not", "whole", "torn"]);
        try {
          if (how === "whole") work();
          else if (how === "torn") tear?.();
        } catch {
          // Its process is not told.
        }
      };
      const operation = { process, event, apply };
      this.#underWay.add(operation);
    });
  }

  #time(): number {
    const usual = this.#random.next() ** 3 * this.#quality.latency;
    return this.#random.chance(0.003) ? usual + this.#random.next() * STALL : usual;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
