import { assign } from "../../../packages/pool/src/assignment.ts";
import type { MicroCase } from "./case.ts";

class Connection {
  readonly lastChoice = false;
  readonly full = false;
  #inflight = 0;

  room(): number {
    return 1_000 - this.#inflight;
  }

  take(): void {
    this.#inflight = (this.#inflight + 1) % 1_000;
  }
}

function choosing(connections: number): MicroCase {
  return {
    group: "assignment",
    name: `one of ${connections} connections`,
    prepare() {
      const candidates = Array.from({ length: connections }, () => new Connection());
      return (times) => {
        let assigned = 0;
        for (let i = 0; i < times; i++) {
          const chosen = assign(candidates, undefined, i);
          if (chosen === undefined) continue;
          chosen.take();
          assigned++;
        }
        return assigned;
      };
    },
  };
}

export const assignmentCases: readonly MicroCase[] = [choosing(1), choosing(4), choosing(32)];
