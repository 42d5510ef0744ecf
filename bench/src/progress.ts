/** Shows the current measurement. */
export interface Progress {
  step<Result>(
    title: string,
    work: () => Promise<Result>,
    describe?: (result: Result) => string,
  ): Promise<Result>;
}

const TICK = 1_000;

/** Writes one line per step. On a terminal, the line counts the seconds of the running step. */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return {
    async step(title, work, describe) {
      const start = performance.now();
      const seconds = () => ((performance.now() - start) / 1000).toFixed(0);
      const ticker = stream.isTTY
        ? setInterval(() => stream.write(`\r${title} … ${seconds()} s`), TICK)
        : undefined;
      try {
        const result = await work();
        stream.write(
          `${stream.isTTY ? "\r\x1b[K" : ""}${title}: ${describe?.(result) ?? `${seconds()} s`}\n`,
        );
        return result;
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

export const silentProgress: Progress = { step: (_title, work) => work() };
