/** Makes this process answer each message of its parent with one message. */
export function answer<Asked, Reply extends { type: string }>(work: (asked: Asked) => Promise<Reply>): void {
  process.on("message", (asked: Asked) => {
    work(asked)
      .catch((error: unknown) => ({ type: "failed", message: String((error as Error).stack ?? error) }))
      .then((reply) => process.send?.(reply));
  });
  process.once("disconnect", () => process.exit());
}
