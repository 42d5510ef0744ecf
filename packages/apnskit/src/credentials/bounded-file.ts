/** Milliseconds that a pipe may take to have its content; `{ file: "/dev/fd/63" }` is one in a shell. */
const PATIENCE = 1_000;
const PAUSE = 5;

/**
 * Reads a file that may be anything: a device without an end, or a pipe to which nobody ever writes. Neither stops the
 * process.
 *
 * @param most octets, after which the rest is left
 * @throws Error of Node.js; its `code` is `EAGAIN` for a pipe that has nothing for a second
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
      // The function is synchronous, as its callers are.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** An `import` would load all of its parts with it, such as `fs.promises`, also for those who have no file. */
function fs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
