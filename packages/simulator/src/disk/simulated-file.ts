import type { SeededRandom } from "@apnskit/testkit/seeded-random";

/** A change that the file has in memory and the disk may not have. */
type Change =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: "truncate"; readonly size: number };

/** Octets that a disk writes as a whole. */
const SECTOR = 512;

/** A file: the content that processes see, and the content that a loss of power leaves. */
export class SimulatedFile {
  #content: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  #changes: Change[] = [];

  /** As processes see it. */
  get content(): Buffer {
    return this.#content;
  }

  /** As a loss of power leaves it at least. */
  get durable(): Buffer {
    return this.#durable;
  }

  write(at: number, bytes: Buffer): void {
    this.#change({ kind: "write", at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    this.#change({ kind: "truncate", size });
  }

  sync(): void {
    this.#durable = this.#content;
    this.#changes = [];
  }

  /** Of the changes that were not synced, each is there, or in part, or as zeros, or not. */
  losePower(random: SeededRandom): void {
    let content = this.#durable;
    for (const change of this.#changes) {
      switch (random.pick(["lost", "whole", "torn", "zeros"])) {
        case "whole":
          content = changed(content, change);
          break;
        case "torn":
          content = changed(content, torn(change, random));
          break;
        case "zeros":
          if (change.kind === "write")
            content = changed(content, { ...change, bytes: Buffer.alloc(change.bytes.length) });
          break;
      }
    }
    this.#content = content;
    this.#durable = content;
    this.#changes = [];
  }

  #change(change: Change): void {
    this.#changes.push(change);
    this.#content = changed(this.#content, change);
  }
}

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === "truncate") {
    const result = Buffer.alloc(change.size);
    content.copy(result, 0, 0, change.size);
    return result;
  }
  const { at, bytes } = change;
  const result = Buffer.alloc(Math.max(content.length, at + bytes.length));
  content.copy(result);
  bytes.copy(result, at);
  return result;
}

/** The sectors that were written before the power failed. */
function torn(change: Change, random: SeededRandom): Change {
  if (change.kind === "truncate") return change;
  const { at, bytes } = change;
  const end = Math.floor((at + random.next() * bytes.length) / SECTOR) * SECTOR;
  return { ...change, bytes: bytes.subarray(0, Math.max(0, end - at)) };
}
