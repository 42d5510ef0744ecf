import { access, constants } from "node:fs/promises";
import { Pool } from "@apnskit/pool";
import { readServer, type Server } from "./credentials.ts";
import { DemoFailure, inOneLine } from "./failure.ts";
import { formatCount } from "./figures.ts";
import { Interrupts } from "./interrupts.ts";
import { MockServerProcess } from "./mock-server-process.ts";
import { readNotifications } from "./notifications-file.ts";
import type { DemoOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { requestMaker, Sending } from "./send.ts";
import { summary } from "./summary.ts";
import { Tally } from "./tally.ts";

/** Milliseconds that pushes in flight have after Ctrl-C. */
const drain = 5_000;
/** Milliseconds after a request's time limit until its outcome counts as missing. */
const grace = 5_000;
/** Streams that APNs allows on a connection. More notifications would only wait in the pool. */
const streams = 1_000;

/**
 * Sends the notifications, shows the progress, and prints the summary.
 * @returns the exit code
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  await checkReadable(options.file);
  if (options.server) return sendTo(await readServer(options.server), options);
  await using mock = await MockServerProcess.start();
  console.log(`A mock APNs listens at ${mock.server.origin}, in process ${mock.pid}`);
  return await sendTo(mock.server, options, mock);
}

async function sendTo(
  server: Server,
  { file, count, connections, timeout }: DemoOptions,
  mock?: MockServerProcess,
): Promise<number> {
  const pool = await openPool(server, connections);
  const tally = new Tally();
  const sending = new Sending(pool, tally, connections * streams);
  using interrupts = new Interrupts(() => {
    sending.stop(drain);
    progress.interrupt(() => console.error("Stopping; waiting for pushes in flight. Ctrl-C ends at once."));
  });
  let cutShort: string | undefined;
  mock?.onExit(() => {
    cutShort = "the mock server ended by itself";
    sending.stop(grace);
    void pool.close();
  });
  // The pool stops by itself if the server rejects its credentials.
  const onClosed = (reason: string) => {
    cutShort ??= `the server rejects the client: ${reason}`;
    sending.stop(grace);
  };
  pool.once("closed", onClosed);

  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const progress = new Progress(process.stdout, () => ({
    settled: tally.settled,
    total: count,
    counts: tally.counts,
    elapsed: elapsed(),
  }));
  let skippedLines = 0;
  const requests = readNotifications(file, {
    count,
    prepare: requestMaker(timeout),
    onInvalid(line, reason) {
      skippedLines += 1;
      progress.interrupt(() => console.error(`${file}:${line}: skipped: ${reason}`));
    },
  });

  console.log(
    `Sending ${formatCount(count)} notifications to ${server.origin} (connections: ${connections})`,
  );
  progress.start();
  const failure = await sending.postAll(requests).catch(unreadable(file));
  await sending.settled(timeout + grace);
  pool.off("closed", onClosed);
  await pool.close();
  await sending.settled(grace);
  progress.stop();

  const interrupted = interrupts.exitCode !== undefined;
  const { retries } = pool.stats();
  console.log(
    `\n${summary({ tally, total: count, retries, elapsed: elapsed(), interrupted, skippedLines })}`,
  );
  if (failure) throw failure;
  if (cutShort !== undefined) throw new DemoFailure(cutShort);
  return interrupts.exitCode ?? (tally.settled === count && tally.answered > 0 ? 0 : 1);
}

async function checkReadable(file: string): Promise<void> {
  const failure = await access(file, constants.R_OK).catch(unreadable(file));
  if (failure) throw failure;
}

function unreadable(file: string): (error: unknown) => DemoFailure {
  return (error) => new DemoFailure(`cannot read ${file}: ${inOneLine(error)}`);
}

async function openPool({ origin, ...tls }: Server, size: number): Promise<Pool> {
  try {
    return await Pool.open(origin, { size, tls });
  } catch (error) {
    throw new DemoFailure(`${origin}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
