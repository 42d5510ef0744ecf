import { systemClock } from "@apnskit/connection";
import { Deadlines, type Expiring } from "@apnskit/connection/internal";
import type { MicroCase } from "./case.ts";

const SPACING = 0.01;
const FAR = 60_000;

class Item implements Expiring {
  readonly deadline: number;
  bucket: Expiring["bucket"];
  previous: Expiring["previous"];
  next: Expiring["next"];

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  expire(): void {
    throw new Error("nothing expires here");
  }
}

function entering(name: string, others: number): MicroCase {
  return {
    group: "deadlines",
    name,
    prepare() {
      const deadlines = new Deadlines(systemClock);
      const now = systemClock.now();
      for (let i = 0; i < others; i++) deadlines.add(new Item(now + FAR + i * SPACING), now);
      return (times) => {
        const start = systemClock.now();
        for (let i = 0; i < times; i++) {
          const item = new Item(start + FAR + i * SPACING);
          deadlines.add(item, start);
          deadlines.remove(item);
        }
        return deadlines.size;
      };
    },
  };
}

export const deadlineCases: readonly MicroCase[] = [
  entering("entered and removed, alone", 0),
  entering("entered and removed among 1,000,000", 1_000_000),
];
