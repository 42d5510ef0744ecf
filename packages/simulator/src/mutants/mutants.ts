import { CAMPAIGN_MUTANTS } from "./campaign-mutants.ts";
import type { Mutant } from "./mutant.ts";

const RETRY = "packages/pool/src/retry-policy.ts";
const JOB = "packages/pool/src/job.ts";
const TRANSPORT = "packages/connection/src/transport.ts";

/** The defects that the simulator must find; each is one change of one line. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a request that a closing connection left unsent ends instead of going elsewhere",
    file: RETRY,
    from: "error instanceof Closed ? RESEND : atOnceFirst(history, policy)",
    to: "error instanceof Closed ? SETTLE : atOnceFirst(history, policy)",
  },
  {
    name: "a refused stream ends its request",
    file: RETRY,
    from: "error instanceof Closed ? RESEND : atOnceFirst(history, policy)",
    to: "error instanceof Closed ? RESEND : SETTLE",
  },
  {
    name: "a request that is not idempotent is sent again after its connection was lost",
    file: RETRY,
    from: "history.idempotent && history.losses < MAX_LOSSES",
    to: "history.losses < MAX_LOSSES",
  },
  {
    name: "lost connections are not counted",
    file: RETRY,
    from: "history.idempotent && history.losses < MAX_LOSSES",
    to: "history.idempotent",
  },
  {
    name: "an idempotent request is not sent again after its connection was lost",
    file: RETRY,
    from: "history.idempotent && history.losses < MAX_LOSSES",
    to: "history.idempotent && history.losses < 1",
  },
  {
    name: "429 is final",
    file: RETRY,
    from: '"TooManyProviderTokenUpdates" ? SETTLE : backOff(history, policy)',
    to: '"TooManyProviderTokenUpdates" ? SETTLE : SETTLE',
  },
  {
    name: "500 is final",
    file: RETRY,
    from: "case 500:\n      return backOff(history, policy);",
    to: "case 500:\n      return SETTLE;",
  },
  {
    name: "503 is final, except Shutdown",
    file: RETRY,
    from: '"Shutdown" ? atOnceFirst(history, policy) : backOff(history, policy)',
    to: '"Shutdown" ? atOnceFirst(history, policy) : SETTLE',
  },
  {
    name: "400 IdleTimeout is final",
    file: RETRY,
    from: '"IdleTimeout" ? atOnceFirst(history, policy) : SETTLE',
    to: '"IdleTimeout" ? SETTLE : SETTLE',
  },
  {
    name: "a connection goes on after Shutdown",
    file: RETRY,
    from: '  "Shutdown",\n',
    to: "",
  },
  {
    name: "a connection goes on after ENHANCE_YOUR_CALM",
    file: RETRY,
    from: 'result.errorCode === ErrorCode.ENHANCE_YOUR_CALM) return "stop"',
    to: 'result.errorCode === ErrorCode.ENHANCE_YOUR_CALM) return "keep"',
  },
  {
    name: "unsent after an attempt that may have been delivered",
    file: JOB,
    from: 'if (error.delivery === "unknown" || !this.maybeDelivered) return error;',
    to: "if (error !== undefined) return error;",
  },
  {
    name: "a request that needed a second attempt settles twice",
    file: JOB,
    from: "else if (honest instanceof Response) owner.onResponse(honest, this);",
    to: `else if (honest instanceof Response) {
        if (this.#attempts > 1) owner.onResponse(honest, this);
        owner.onResponse(honest, this);
      }`,
  },
  {
    name: "a request whose deadline has passed while the process was suspended is sent",
    file: JOB,
    from: "else if (this.deadline <= now) this.expire();",
    to: "else if (this.deadline <= now - 60_000) this.expire();",
  },
  {
    name: "REFUSED_STREAM after the answer had begun counts as unsent",
    file: "packages/http2/src/streams.ts",
    from: "errorCode === ErrorCode.REFUSED_STREAM && !stream.answerBegun",
    to: "errorCode === ErrorCode.REFUSED_STREAM",
  },
  {
    name: "the last request that was written counts as unsent when its connection is lost",
    file: TRANSPORT,
    from: 'id > handedOver ? "unsent" : "unknown"',
    to: 'id >= handedOver ? "unsent" : "unknown"',
  },
  {
    name: "a connection that was told to stop writes what waits in it",
    file: TRANSPORT,
    from: 'failAll(this.#session.recall(), () => new Closed(this.reason, "unsent"));',
    to: "",
  },
  {
    name: "the deadline of a request is its time-out alone",
    file: "packages/connection/src/deadline-of.ts",
    from: ": Math.min(byTimeout, now + wallClock - clock.epoch());",
    to: ": byTimeout;",
  },
  {
    name: "a wake-up is lost: no request is told of new room",
    file: TRANSPORT,
    from: "if (free === 0) this.#wanted = true;",
    to: "",
  },
  {
    name: "a drain forgets the last stream",
    file: TRANSPORT,
    from: "if (drain === 0 || this.#session.openStreams === 0) end();",
    to: "if (drain === 0 || this.#session.openStreams <= 1) end();",
  },
  {
    name: "the acknowledgement of SETTINGS leaves behind the DATA that it allows",
    file: "packages/http2/src/incoming-frames.ts",
    from: '    this.#advance("settings");\n',
    to: '    this.#advance("settings");\n    this.#sending.write();\n',
  },
  {
    name: "a stream id is used again",
    file: "packages/http2/src/streams.ts",
    from: "    this.#nextId += 2;\n",
    to: "    this.#nextId += this.#nextId === 9 ? 0 : 2;\n",
  },
  {
    name: "GOAWAY leaves out streams that it spares",
    file: "packages/http2/src/streams.ts",
    from: "this.#table.between(lastId + 1 + (lastId % 2), highest)",
    to: "this.#table.between(lastId - 1, highest)",
  },
  {
    name: "a lowered stream limit is ignored for requests that wait in the connection",
    file: "packages/http2/src/send-queue.ts",
    from: "if (!out.hasRoom || this.#inUse >= this.#remote.maxConcurrentStreams) return;",
    to: "if (!out.hasRoom) return;",
  },
  {
    name: "DATA passes the window of its stream",
    file: "packages/http2/src/send-queue.ts",
    from: "const window = Math.min(stream.sendWindow, this.#window);\n      if (",
    to: "const window = this.#window;\n      if (",
  },
  {
    name: "octets are written over while their write is under way",
    file: "packages/http2/src/output-buffer.ts",
    from: "    this.#busy = !this.hasRoom;\n    this.#begin();\n",
    to: "    this.#busy = !this.hasRoom;\n    this.length = 0;\n",
  },
  {
    name: "the queue is last in, first out",
    file: "packages/pool/src/dispatcher.ts",
    from: "else if (job.queue()) this.#queue.push(job);",
    to: "else if (job.queue()) this.#queue.unshift(job);",
  },
  {
    name: "connections are opened without a pause after failures",
    file: "packages/pool/src/reconnect-backoff.ts",
    from: "backoffDelay(backoff, this.#failures, random())",
    to: "backoffDelay(backoff, 1, random()) / 50",
  },
  {
    name: "a silent connection is never given up",
    file: "packages/connection/src/keepalive.ts",
    from: "else if (this.#lastLook) this.#actions.dead();",
    to: "else if (this.#lastLook) this.stop();",
  },
  {
    name: "silence is measured without the time of a suspension in which the monotonic clock stood still",
    file: "packages/connection/src/keepalive.ts",
    from: "return Math.max(now - this.#heardAt, epoch - this.#heardEpoch);",
    to: "return Math.min(now - this.#heardAt, Math.max(0, epoch - this.#heardEpoch));",
  },
  {
    name: "a pool goes on after its certificate was refused",
    file: RETRY,
    from: 'if (refusesCredentials(reason)) return "terminate";',
    to: 'if (refusesCredentials(reason)) return "keep";',
  },
  {
    name: "a provider token is renewed at each rejection",
    file: "packages/apnskit/src/credentials/token-lifecycle.ts",
    from: 'return inVain ? "surface" : "renew";',
    to: 'return inVain ? "renew" : "renew";',
  },
  {
    name: "a closed connection keeps its timer",
    file: "packages/connection/src/keepalive.ts",
    from: "  stop(): void {\n    this.#timer?.cancel();\n",
    to: "  stop(): void {\n",
  },
  ...CAMPAIGN_MUTANTS,
];
