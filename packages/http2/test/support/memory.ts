import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Octets of live memory, garbage left out. */
function live(): number {
  // Memory of buffers is given back beside the collection that found them dead; the next one waits for that.
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

/** Whether nothing but this weak reference is left of an object. */
export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  // A weak reference is not cleared in the turn of the event loop that made it.
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) collectGarbage();
  return reference.deref() === undefined;
}

/**
 * How much more memory is live after `work` than before, in octets. What `work` returns is kept until the end. The
 * runtime itself is good for some hundred kilobytes either way: compare with a megabyte or more.
 */
export function retainedBy(work: () => unknown): number {
  const before = live();
  const kept = work();
  const after = live();
  if (kept === undefined) throw new Error("nothing was kept");
  return after - before;
}

/**
 * Throws unless two values have the same JSON: for checks inside of {@link retainedBy}, since assertions of the test
 * runner keep what they have seen.
 */
export function mustEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Error(`${JSON.stringify(actual)} where ${JSON.stringify(expected)} was expected`);
}
