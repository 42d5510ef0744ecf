import { RequestQueue } from "../../../packages/pool/src/request-queue.ts";
import type { MicroCase } from "./case.ts";

class Item {
  queued = true;
}

function passing(name: string, depth: number): MicroCase {
  return {
    group: "queue",
    name,
    prepare() {
      const queue = new RequestQueue<Item>();
      for (let i = 0; i < depth; i++) queue.push(new Item());
      const item = new Item();
      return (times) => {
        let passed = 0;
        for (let i = 0; i < times; i++) {
          queue.push(item);
          if (queue.shift() !== undefined) passed++;
        }
        return passed;
      };
    },
  };
}

export const queueCases: readonly MicroCase[] = [
  passing("entered and taken, alone", 0),
  passing("entered and taken among 1,000,000", 1_000_000),
];
