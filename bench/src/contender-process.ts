import type { Bundle } from "./bundle.ts";
import { Child, type ChildOptions } from "./child.ts";
import type { ContenderReply, ContenderRequest, Load, LoadResult, Task } from "./messages.ts";
import type { Entrant } from "./roster.ts";

/** An entrant in a separate process, connected to the server and ready for loads. */
export class ContenderProcess implements AsyncDisposable {
  readonly #child: Child<ContenderRequest, ContenderReply>;

  private constructor(child: Child<ContenderRequest, ContenderReply>) {
    this.#child = child;
  }

  static async open(
    entrant: Entrant,
    bundle: Bundle,
    task: Task,
    options: ChildOptions,
  ): Promise<ContenderProcess> {
    const child = new Child<ContenderRequest, ContenderReply>(bundle.file(entrant.source), options);
    try {
      await child.ask({ type: "open", task }, "opened");
      return new ContenderProcess(child);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  /** Runs one load to its end. */
  async load(load: Load): Promise<LoadResult> {
    const { type: _, ...result } = await this.#child.ask({ type: "load", load }, "loaded");
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#child.ask({ type: "close" }, "closed");
    } finally {
      await this.#child.stop();
    }
  }
}
