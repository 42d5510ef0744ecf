import {
  Aborted,
  Blocked,
  Closed,
  ConnectFailed,
  InvalidRequest,
  type PushError,
  StreamReset,
  Timeout,
} from "@apnskit/connection";
import { ErrorCode } from "@apnskit/http2";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answer, JobBench, memberOver, words } from "./support/job-bench.ts";
import { push, turns } from "./support/pools.ts";

const lost = () => new Closed("ECONNRESET", "unknown");
const refused = () => new StreamReset(ErrorCode.REFUSED_STREAM, "unsent");

/** Each situation in which a job can be, with what it has been through. */
const situations: Record<string, () => JobBench> = {
  new: () => new JobBench(),
  queued: () => {
    const bench = new JobBench();
    bench.job.queue();
    return bench;
  },
  "queued, refused before": () => {
    const bench = new JobBench().attempt(refused());
    bench.job.queue();
    return bench;
  },
  "queued, answered before": () => {
    const bench = new JobBench().attempt(answer(503));
    bench.job.queue();
    return bench;
  },
  "queued, lost before": () => {
    const bench = new JobBench().attempt(lost());
    bench.job.queue();
    return bench;
  },
  "in flight": () => {
    const bench = new JobBench();
    bench.job.send(bench.member);
    return bench;
  },
  "in flight, answered before": () => {
    const bench = new JobBench().attempt(answer(503));
    bench.job.queue();
    bench.job.send(bench.member);
    return bench;
  },
  "in flight, lost before": () => {
    const bench = new JobBench().attempt(lost());
    bench.job.queue();
    bench.job.send(bench.member);
    return bench;
  },
  "in flight, its attempt has ended": () => new JobBench().attempt(answer(503)),
  "pausing, answered before": () => {
    const bench = new JobBench().attempt(answer(503));
    bench.job.pause();
    return bench;
  },
  "pausing, refused before": () => {
    const bench = new JobBench().attempt(refused());
    bench.job.pause();
    return bench;
  },
  "pausing, lost before": () => {
    const bench = new JobBench().attempt(lost());
    bench.job.pause();
    return bench;
  },
  "pausing, lost, then answered": () => {
    const bench = new JobBench().attempt(lost());
    bench.job.queue();
    bench.attempt(answer(503)).job.pause();
    return bench;
  },
  settled: () => {
    const bench = new JobBench();
    bench.job.settle(answer(200));
    return bench;
  },
};

const inputs: Record<string, (bench: JobBench) => void> = {
  response: ({ job }) => job.onResponse(answer(200)),
  "failure unsent": ({ job }) => job.onFailure(refused()),
  "failure unknown": ({ job }) => job.onFailure(lost()),
  "deadline passes": (bench) => {
    bench.now = 1_000;
    bench.job.expire();
  },
  abort: ({ abort }) => abort.abort("enough"),
  "over in time": ({ job }) => void job.endIfOver(999),
  "over too late": ({ job }) => void job.endIfOver(1_000),
  close: ({ job }) => job.close("close", undefined),
};

/** A connection has nothing to say about a job that is not on it. */
function ignored(state: string): Record<string, string> {
  return { response: state, "failure unsent": state, "failure unknown": state, "over in time": state };
}

function late(what: string): Record<string, string> {
  return { "deadline passes": what, "over too late": what };
}

/** The connection has it, and the server may: whatever ends it here leaves that open. */
const inFlight: Record<string, string> = {
  response: "result 200, in-flight",
  "failure unsent": "result StreamReset unsent, in-flight",
  "failure unknown": "result Closed unknown, in-flight",
  ...late("timeout, settled Timeout unknown, failed Timeout unknown in-flight, settled"),
  abort: "settled AbortError unknown, failed AbortError unknown in-flight, settled",
  "over in time": "in-flight",
  close: "in-flight",
};

/** What every input does in every situation: what the desk and the recipient are told, and where the job is then. */
const table: Record<string, Record<string, string>> = {
  new: {
    ...ignored("new"),
    ...late("settled Timeout unsent, failed Timeout unsent queued, settled"),
    abort: "settled AbortError unsent, failed AbortError unsent queued, settled",
    close: "settled Closed unsent, failed Closed unsent queued, settled",
  },
  queued: {
    ...ignored("queued"),
    ...late("left queued, settled Timeout unsent, failed Timeout unsent queued, settled"),
    abort: "left queued, settled AbortError unsent, failed AbortError unsent queued, settled",
    close: "left queued, settled Closed unsent, failed Closed unsent queued, settled",
  },
  "queued, refused before": {
    ...ignored("queued"),
    ...late("left queued, settled Timeout unsent, failed Timeout unsent between-attempts, settled"),
    abort: "left queued, settled AbortError unsent, failed AbortError unsent between-attempts, settled",
    close: "left queued, settled Closed unsent, failed Closed unsent between-attempts, settled",
  },
  "queued, answered before": {
    ...ignored("queued"),
    ...late("left queued, settled 503, answered 503, settled"),
    abort: "left queued, settled AbortError unsent, failed AbortError unsent between-attempts, settled",
    close: "left queued, settled 503, answered 503, settled",
  },
  "queued, lost before": {
    ...ignored("queued"),
    ...late("left queued, settled Timeout unknown, failed Timeout unknown between-attempts, settled"),
    abort: "left queued, settled AbortError unknown, failed AbortError unknown between-attempts, settled",
    close: "left queued, settled Closed unknown, failed Closed unknown between-attempts, settled",
  },
  "in flight": inFlight,
  "in flight, answered before": inFlight,
  "in flight, lost before": inFlight,
  "in flight, its attempt has ended": {
    ...ignored("in-flight"),
    ...late("settled 503, answered 503, settled"),
    abort: "settled AbortError unsent, failed AbortError unsent in-flight, settled",
    close: "in-flight",
  },
  "pausing, answered before": {
    ...ignored("pausing"),
    ...late("left pausing, settled 503, answered 503, settled"),
    abort: "left pausing, settled AbortError unsent, failed AbortError unsent between-attempts, settled",
    close: "left pausing, settled 503, answered 503, settled",
  },
  "pausing, refused before": {
    ...ignored("pausing"),
    ...late("left pausing, settled Timeout unsent, failed Timeout unsent between-attempts, settled"),
    abort: "left pausing, settled AbortError unsent, failed AbortError unsent between-attempts, settled",
    close: "left pausing, settled Closed unsent, failed Closed unsent between-attempts, settled",
  },
  "pausing, lost before": {
    ...ignored("pausing"),
    ...late("left pausing, settled Timeout unknown, failed Timeout unknown between-attempts, settled"),
    abort: "left pausing, settled AbortError unknown, failed AbortError unknown between-attempts, settled",
    close: "left pausing, settled Closed unknown, failed Closed unknown between-attempts, settled",
  },
  "pausing, lost, then answered": {
    ...ignored("pausing"),
    ...late("left pausing, settled Timeout unknown, failed Timeout unknown between-attempts, settled"),
    abort: "left pausing, settled AbortError unknown, failed AbortError unknown between-attempts, settled",
    close: "left pausing, settled Closed unknown, failed Closed unknown between-attempts, settled",
  },
  settled: { ...ignored("settled"), ...late("settled"), abort: "settled", close: "settled" },
};

describe("every input in every situation", () => {
  for (const [situation, create] of Object.entries(situations)) {
    test(situation, () => {
      const row = Object.entries(inputs).map(([input, apply]) => {
        const bench = create();
        const { attempts } = bench.job;
        const before = bench.told.length;
        apply(bench);
        expect(bench.job.attempts).toBe(attempts);
        return [input, [...bench.told.slice(before), bench.job.state].join(", ")];
      });
      expect(Object.fromEntries(row)).toEqual(table[situation]);
    });
  }
});

describe("what a job says about itself", () => {
  test("attempts count what a connection took over, and the error of the last one is kept", () => {
    const bench = new JobBench({ idempotent: true });
    expect([bench.job.attempts, bench.job.maybeDelivered, bench.job.last, bench.job.avoid]).toEqual([
      0,
      false,
      undefined,
      undefined,
    ]);
    const first = lost();
    bench.attempt(first).job.queue();
    expect([bench.job.attempts, bench.job.maybeDelivered, bench.job.idempotent]).toEqual([1, true, true]);
    expect(bench.job.last).toBe(first);
    expect(bench.job.avoid).toBe(bench.member);
    bench.attempt(answer(503));
    expect([bench.job.attempts, bench.job.maybeDelivered]).toEqual([2, true]);
    expect(new JobBench().job.idempotent).toBe(false);
  });

  test("only an error that leaves it open means that it may have been delivered", () => {
    for (const result of [answer(503), refused(), new Closed("Shutdown", "unsent"), new Blocked("full")]) {
      expect(new JobBench().attempt(result).job.maybeDelivered).toBe(false);
    }
    const reset = new StreamReset(ErrorCode.INTERNAL_ERROR, "unknown");
    expect(new JobBench().attempt(reset).job.maybeDelivered).toBe(true);
  });

  test("its history counts resends, pauses, and the connections that were lost under it", () => {
    const bench = new JobBench({ idempotent: true });
    expect(bench.job.history(400)).toEqual({
      idempotent: true,
      resends: 0,
      pauses: 0,
      losses: 0,
      timeLeft: 600,
    });
    bench.job.countResend();
    bench.job.countPause();
    bench.job.countPause();
    bench.attempt(lost()).job.queue();
    bench.attempt(new StreamReset(ErrorCode.INTERNAL_ERROR, "unknown")).job.queue();
    bench.attempt(new Closed("Shutdown", "unsent"));
    expect(bench.job.history(1_200)).toEqual({
      idempotent: true,
      resends: 1,
      pauses: 2,
      losses: 1,
      timeLeft: -200,
    });
  });
});

describe("handing a job to a connection", () => {
  test("sends what prepare makes of the request, each time anew", () => {
    const bench = new JobBench();
    const prepared = [push(7), push(8)];
    bench.prepare = (request) => {
      expect(request).toBe(bench.job.request);
      return prepared[bench.job.attempts]!;
    };
    bench.attempt(answer(503)).job.queue();
    bench.job.send(bench.member);
    expect(bench.transport.submitted).toEqual(prepared);
  });

  test("sends the request itself without prepare, or if prepare returns nothing", () => {
    const bench = new JobBench();
    bench.job.send(bench.member);
    const careless = new JobBench();
    careless.prepare = () => undefined as never;
    careless.job.send(careless.member);
    expect([bench.transport.submitted[0], careless.transport.submitted[0]]).toEqual([
      bench.job.request,
      careless.job.request,
    ]);
  });

  const throwing: [string, unknown, string, RegExp][] = [
    [
      "an error",
      new Error("no key"),
      "InvalidRequest unsent",
      /^the request cannot be prepared for its next attempt$/,
    ],
    ["a text", "no key", "InvalidRequest unsent", /cannot be prepared/],
    ["an InvalidRequest", new InvalidRequest("path", "odd"), "InvalidRequest unsent", /^odd$/],
    [
      "an error of this project",
      new Closed("gone", "unsent"),
      "InvalidRequest unsent",
      /attempt: closed: gone$/,
    ],
  ];
  for (const [what, error, ending, message] of throwing) {
    test(`ends it when prepare throws ${what}: nothing of it was in flight`, () => {
      const bench = new JobBench();
      bench.job.queue();
      bench.prepare = () => {
        throw error;
      };
      bench.job.send(bench.member);
      expect(bench.told).toEqual([`settled ${ending}`, `failed ${ending} queued`]);
      expect([bench.job.state, bench.job.attempts, bench.transport.submitted]).toEqual(["settled", 0, []]);
      expect(bench.error?.message).toMatch(message);
      if (!(error instanceof InvalidRequest)) expect(bench.error?.cause).toBe(error);
      expect(bench.error).toMatchObject({ field: error instanceof InvalidRequest ? "path" : "request" });
    });
  }

  test("when prepare throws after an attempt that may have been delivered: unknown, between two attempts", () => {
    const bench = new JobBench().attempt(lost());
    bench.job.queue();
    bench.prepare = () => {
      throw new Error("no key");
    };
    bench.job.send(bench.member);
    expect(bench.told.at(-1)).toBe("failed Closed unknown between-attempts");
    expect(bench.error).toMatchObject({ reason: "the request cannot be prepared for its next attempt" });
    expect(bench.error?.cause).toBeInstanceOf(InvalidRequest);
    expect(bench.job.attempts).toBe(1);
  });

  test("sends nothing that is aborted while it is prepared", () => {
    const bench = new JobBench();
    bench.prepare = (request) => {
      bench.abort.abort();
      return request;
    };
    bench.job.send(bench.member);
    expect(bench.transport.submitted).toEqual([]);
    expect([bench.job.attempts, bench.error?.delivery]).toEqual([0, "unsent"]);
  });

  for (const error of [new Closed("Shutdown", "unsent"), new Blocked("no stream is free")]) {
    test(`is no attempt when the connection throws ${error.name}: the desk decides`, () => {
      const bench = new JobBench();
      bench.transport.refusal = error;
      bench.job.send(bench.member);
      expect(bench.results).toEqual([error]);
      expect([bench.job.state, bench.job.attempts]).toEqual(["in-flight", 0]);
    });
  }

  test("ends it when the connection calls the request invalid", () => {
    const bench = new JobBench();
    bench.transport.refusal = new InvalidRequest("path", "too long");
    bench.job.send(bench.member);
    expect(bench.results).toEqual([]);
    expect(bench.error).toBe(bench.transport.refusal);
    expect([bench.told.at(-1), bench.job.attempts]).toEqual(["failed InvalidRequest unsent queued", 0]);
  });

  test("tells the desk of an error of code in the connection as of an invalid request", () => {
    const bench = new JobBench();
    bench.transport.refusal = new RangeError("odd");
    bench.job.send(bench.member);
    expect(bench.results).toMatchObject([{ name: "InvalidRequest", cause: bench.transport.refusal }]);
    expect(bench.job.attempts).toBe(0);
  });
});

describe("taking a job off its connection", () => {
  test("frees its stream and asks the connection for a sign of life, by deadline and by signal", () => {
    for (const end of [(b: JobBench) => b.job.expire(), (b: JobBench) => b.abort.abort()]) {
      const bench = new JobBench();
      bench.job.send(bench.member);
      end(bench);
      expect([bench.transport.cancelled, bench.transport.probes]).toEqual([1, 1]);
    }
  });

  test("says what the connection says", () => {
    const bench = new JobBench();
    bench.transport.delivery = "unsent";
    bench.job.send(bench.member);
    bench.abort.abort();
    expect(bench.error?.delivery).toBe("unsent");
  });

  test("touches no connection while it waits", () => {
    const bench = new JobBench().attempt(answer(503));
    bench.job.pause();
    bench.job.expire();
    expect([bench.transport.cancelled, bench.transport.probes]).toEqual([0, 0]);
  });
});

describe("the error that a job ends with", () => {
  test("a time-out names the limit that has passed, with the last error as its cause", () => {
    const last = refused();
    const bench = new JobBench().attempt(last);
    bench.job.queue();
    bench.now = 5_000;
    bench.job.expire();
    expect(bench.error).toMatchObject({ deadlineSource: "timeout", delivery: "unsent", cause: last });
  });

  test("a time-out before the first attempt says why there is no connection", () => {
    const bench = new JobBench();
    bench.connectError = new ConnectFailed("unreachable", "ECONNREFUSED");
    bench.job.queue();
    bench.job.expire();
    expect(bench.error?.cause).toBe(bench.connectError);
    const alone = new JobBench();
    alone.job.expire();
    expect(alone.error).not.toHaveProperty("cause");
  });

  test("closing says why, with its cause", () => {
    const cause = new ConnectFailed("client-certificate", "refused");
    const bench = new JobBench();
    bench.job.queue();
    bench.job.close("BadCertificate", cause);
    expect(bench.error).toMatchObject({ reason: "BadCertificate", cause });
    const alone = new JobBench();
    alone.job.close("close", undefined);
    expect(alone.error).not.toHaveProperty("cause");
  });

  test("an abort carries the signal's reason", () => {
    const bench = new JobBench();
    bench.abort.abort("enough");
    expect(bench.error).toMatchObject({ name: "AbortError", cause: "enough" });
  });

  test("the time that is left is too short: the last answer, else a time-out for the limit that is to pass", () => {
    const answered = new JobBench().attempt(answer(503));
    answered.job.expireEarly(1_000);
    expect(answered.told.at(-1)).toBe("answered 503");
    const last = refused();
    const unanswered = new JobBench().attempt(last);
    unanswered.job.expireEarly(1_000);
    expect(unanswered.error).toMatchObject({ name: "Timeout", delivery: "unsent", cause: last });
  });

  const doubtful: [PushError | InvalidRequest, object][] = [
    [
      new Timeout("expiration", "unsent", { cause: refused() }),
      { name: "Timeout", deadlineSource: "expiration" },
    ],
    [new Aborted("unsent", "enough"), { name: "AbortError", cause: "enough" }],
    [new Closed("Shutdown", "unsent"), { name: "Closed", reason: "Shutdown" }],
    [refused(), { name: "Closed", reason: "stream reset by the server: REFUSED_STREAM" }],
  ];
  for (const [error, expected] of doubtful) {
    test(`a later ${words(error)} does not undo what an earlier attempt may have done`, () => {
      const bench = new JobBench().attempt(lost());
      bench.job.settle(error);
      expect(bench.error).toMatchObject({ ...expected, delivery: "unknown" });
      if (error instanceof Timeout) expect(bench.error?.cause).toBe(error.cause);
      else if (!(error instanceof Aborted)) expect(bench.error?.cause).toBe(error);
    });
  }

  test("an error that leaves it open stays as it is", () => {
    const error = new Closed("ECONNRESET", "unknown");
    const bench = new JobBench().attempt(lost());
    bench.job.settle(error);
    expect(bench.error).toBe(error);
  });
});

describe("a signal that fires", () => {
  test("is heard before its turn has come, ahead of the deadline", () => {
    const abort = new AbortController();
    let over: boolean | undefined;
    // This listener is called before that of the job.
    abort.signal.addEventListener("abort", () => {
      over = bench.job.endIfOver(5_000);
    });
    const bench = new JobBench({ abort });
    bench.job.queue();
    abort.abort("enough");
    expect(over).toBe(true);
    expect(bench.told).toEqual([
      "left queued",
      "settled AbortError unsent",
      "failed AbortError unsent queued",
    ]);
  });

  test("after the end is not listened to: nothing of the job is kept by it", () => {
    const bench = new JobBench();
    const removed: string[] = [];
    const { signal } = bench.abort;
    signal.removeEventListener = (name: string) => void removed.push(name);
    bench.job.settle(answer(200));
    expect(removed).toEqual(["abort"]);
    bench.abort.abort();
    expect(bench.told).toEqual(["settled 200", "answered 200"]);
  });

  test("need not exist", () => {
    const bench = new JobBench({ signal: false });
    expect(bench.job.endIfOver(0)).toBe(false);
    expect(bench.job.endIfOver(1_000)).toBe(true);
    bench.abort.abort();
    expect(bench.told.at(-1)).toBe("failed Timeout unsent queued");
  });
});

describe("the owner of the credentials", () => {
  test("is told of the job's past and of the connection", () => {
    const bench = new JobBench({ idempotent: true });
    const member = memberOver(bench.transport, 77);
    const advice = { request: { action: "resend" } } as const;
    const occasions: unknown[] = [];
    bench.advise = (response, occasion) => {
      occasions.push(response, occasion);
      return advice;
    };
    const first = answer(403, "ExpiredProviderToken");
    expect(bench.job.advice(first, member)).toBe(advice);
    bench.attempt(lost());
    bench.job.countPause();
    bench.job.advice(first, member);
    const rest = { idempotent: true, connectionOpenedAt: 77 };
    expect(occasions).toEqual([
      first,
      { ...rest, attempts: 0, maybeDelivered: false, pauses: 0 },
      first,
      { ...rest, attempts: 1, maybeDelivered: true, pauses: 1 },
    ]);
  });

  test("need not exist", () => {
    const bench = new JobBench();
    expect(bench.job.advice(answer(503), bench.member)).toBeUndefined();
  });
});

describe("a recipient that throws", () => {
  const uncaught: unknown[] = [];
  const listener = (error: unknown) => void uncaught.push(error);
  let others: NodeJS.UncaughtExceptionListener[] = [];

  beforeEach(() => {
    uncaught.length = 0;
    others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", listener);
  });
  afterEach(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });

  test("in onResponse or onFailure: the job is settled, and the error is an uncaught exception", async () => {
    const answered = new JobBench();
    answered.onResponse = () => {
      throw new Error("first");
    };
    answered.job.settle(answer(200));
    const failed = new JobBench();
    failed.onFailure = () => {
      throw new Error("second");
    };
    failed.job.settle(lost());
    await turns(2);
    expect(uncaught).toEqual([new Error("first"), new Error("second")]);
    expect([answered.job.state, failed.job.state]).toEqual(["settled", "settled"]);
    expect([answered.told, failed.told]).toEqual([["settled 200"], ["settled Closed unknown"]]);
  });

  test("in advise: the retry table decides, and the error is an uncaught exception", async () => {
    const bench = new JobBench();
    bench.advise = () => {
      throw new Error("advise");
    };
    expect(bench.job.advice(answer(403), bench.member)).toBeUndefined();
    await turns(2);
    expect(uncaught).toEqual([new Error("advise")]);
  });
});

test("no order of attempts and ends makes a job unsent that may have been delivered", () => {
  const results = {
    lost: lost(),
    reset: new StreamReset(ErrorCode.INTERNAL_ERROR, "unknown"),
    refused: refused(),
    gone: new Closed("Shutdown", "unsent"),
    blocked: new Blocked("full"),
    "503": answer(503),
    "403": answer(403, "ExpiredProviderToken"),
  };
  const ends = {
    deadline: (bench: JobBench) => bench.job.expire(),
    early: (bench: JobBench) => bench.job.expireEarly(1_000),
    abort: (bench: JobBench) => bench.abort.abort(),
    over: (bench: JobBench) => void bench.job.endIfOver(1_000),
    close: (bench: JobBench) => bench.job.close("close", undefined),
    refused: (bench: JobBench) => bench.job.settle(refused()),
    prepare: (bench: JobBench) => {
      bench.prepare = () => {
        throw new Error("no key");
      };
      bench.job.send(bench.member);
    },
  };
  const attempt = fc.constantFrom(...Object.keys(results)) as fc.Arbitrary<keyof typeof results>;
  const end = fc.constantFrom(...Object.keys(ends)) as fc.Arbitrary<keyof typeof ends>;
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 6 }), end, fc.boolean(), (attempts, last, pauses) => {
      const bench = new JobBench({ idempotent: true });
      for (const name of attempts) {
        bench.attempt(results[name]);
        if (pauses) bench.job.pause();
        bench.job.queue();
      }
      if (attempts.length === 0) bench.job.queue();
      ends[last](bench);
      const maybe = attempts.includes("lost") || attempts.includes("reset");
      expect(bench.job.state).toBe("settled");
      expect(bench.told.filter((line) => /^(answered|failed)/.test(line))).toHaveLength(1);
      expect(bench.life?.maybeDelivered).toBe(maybe);
      expect(bench.life?.attempts).toBe(attempts.length);
      if (bench.error !== undefined) expect(bench.error.delivery).toBe(maybe ? "unknown" : "unsent");
    }),
  );
});
