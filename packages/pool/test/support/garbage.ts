import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Whether nobody holds on to what this points to. */
export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // A WeakRef holds its target until the turn in which it was last looked at is over.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return reference.deref() === undefined;
}
