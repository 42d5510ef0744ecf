/** Milliseconds that a pipe may take to provide content; in a shell, `{ file: "/dev/fd/63" }` is a pipe. */
const PATIENCE = 1_000;
const PAUSE = 5;

/**
 * Reads a file of any kind. An endless device or a pipe without a writer does not block the process.
 *
 * @param most octets to read; the rest is ignored
 * @throws Error of Node.js; its `code` is `EAGAIN` for a pipe without content for a second
 */
export function readAtMost(file: string | URL, most: number): Buffer {
  const { closeSync, constants, openSync } = fs();
  // Without O_NONBLOCK, opening a FIFO waits for its writer. Windows has no such flag.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const buffer = Buffer.alloc(most);
    const deadline = performance.now() + PATIENCE;
    let size = 0;
    while (size < most) {
      const count = readSome(descriptor, buffer, size, deadline);
      if (count === 0) break;
      size += count;
    }
    return Buffer.from(buffer.subarray(0, size));
  } finally {
    closeSync(descriptor);
  }
}

function readSome(descriptor: number, buffer: Buffer, at: number, deadline: number): number {
  for (;;) {
    try {
      return fs().readSync(descriptor, buffer, at, buffer.length - at, null);
    } catch (error) {
      const empty = (error as { code?: unknown }).code === "EAGAIN";
      if (!empty || performance.now() >= deadline) throw error;
      // This function and its callers are synchronous.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** An `import` would load all of its parts with it, such as `fs.promises`, also for those who have no file. */
function fs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
