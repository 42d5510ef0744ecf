import { EventEmitter } from "node:events";
import { type CloseOptions, ConnectFailed } from "@apnskit/connection";
import { Deadlines, guardLogger, type Transport } from "@apnskit/connection/internal";
import { ManualClock } from "@apnskit/testkit";
import { describe, expect, test } from "vitest";
import { ConnectionSet, type ConnectionSetOptions } from "../src/connection-set.ts";
import type { Member } from "../src/member.ts";
import { turns } from "./support/pools.ts";

/** What a set sees of a transport. */
class FakeTransport extends EventEmitter {
  state = "active";
  reason = "";
  inflight = 0;
  readonly closed: CloseOptions[] = [];
  /** The patience of each call of `retire`. */
  readonly retired: number[] = [];

  close(options: CloseOptions = {}): Promise<void> {
    this.closed.push(options);
    if (this.state !== "active") return Promise.resolve();
    if (options.drain) this.leave("draining", "close");
    else this.leave("closed", "close");
    return Promise.resolve();
  }

  /** Once more, it gives back what is not written, which a set does not see. */
  retire(_reason?: string, patience = Number.POSITIVE_INFINITY): Promise<void> {
    this.retired.push(patience);
    return this.closed.length === 0 || patience === 0 ? this.close({ drain: patience }) : Promise.resolve();
  }

  leave(to: "draining" | "closed", reason: string): void {
    this.state = to;
    this.reason = reason;
    this.emit(to, reason);
  }
}

interface Attempt {
  readonly signal: AbortSignal;
  open(transport?: FakeTransport): Promise<FakeTransport>;
  fail(error?: unknown): Promise<void>;
}

function bench(size: number, more: Partial<ConnectionSetOptions> = {}) {
  const clock = new ManualClock();
  const attempts: Attempt[] = [];
  const told: string[] = [];
  const lines: unknown[] = [];
  const errors: ConnectFailed[] = [];
  const logger = guardLogger({
    info: (fields: object, message: string) => void lines.push(["info", fields, message]),
    warn: (fields: object, message: string) => void lines.push(["warn", fields, message]),
  });
  const dial = (_: unknown, signal?: AbortSignal) =>
    new Promise<Transport>((resolve, reject) => {
      attempts.push({
        signal: signal!,
        open: async (transport = new FakeTransport()) => {
          resolve(transport as unknown as Transport);
          await turns(2);
          return transport;
        },
        fail: async (error: unknown = new ConnectFailed("unreachable", "nobody listens")) => {
          reject(error);
          await turns(2);
        },
      });
    });
  const set = new ConnectionSet(
    size,
    {
      dialer: { dial } as ConnectionSetOptions["dialer"],
      clock,
      deadlines: new Deadlines(clock),
      logger,
      lifetime: { maxAge: Infinity, maxRequests: Infinity },
      reconnect: { minDelay: 100, maxDelay: 1_000, factor: 2 },
      random: () => 1,
      unref: false,
      ...more,
    },
    {
      onRoom: () => told.push("room"),
      onConnected: () => told.push("connected"),
      onDisconnected: (reason) => told.push(`disconnected ${reason}`),
      onConnectFailed: (error) => {
        errors.push(error);
        told.push(`failed ${error.failure}`);
      },
      onRefused: (reason, error) => told.push(`refused ${reason} ${error?.failure ?? ""}`.trim()),
    },
  );
  const figures = () => [set.active.length, set.connecting, set.draining];
  /** Opens all that is being opened. */
  const openAll = async () => {
    const transports: FakeTransport[] = [];
    for (const attempt of attempts.splice(0)) transports.push(await attempt.open());
    return transports;
  };
  return { set, clock, attempts, told, lines, errors, figures, openAll };
}

const memberOf = (set: ConnectionSet, transport: FakeTransport): Member =>
  set.active.find((member) => member.transport === (transport as unknown))!;

/** A connection that did some work, but has not proven itself. */
function answered(member: Member): Member {
  member.answered(200);
  return member;
}

describe("opening", () => {
  test("opens as many as wanted at once, and tells of each and of its room", async () => {
    const { set, told, figures, openAll } = bench(3);
    set.maintain();
    set.maintain();
    expect(figures()).toEqual([0, 3, 0]);
    const [first] = await openAll();
    expect(figures()).toEqual([3, 0, 0]);
    expect(told).toEqual(Array(3).fill(["connected", "room"]).flat());
    first!.emit("capacity");
    expect(told.at(-1)).toBe("room");
    expect(set.size).toBe(3);
  });

  test("after a failure waits, then tries with one connection until one is there", async () => {
    const { set, clock, attempts, told, lines, figures } = bench(3);
    set.maintain();
    for (const attempt of attempts.splice(0)) await attempt.fail();
    expect(told).toEqual(Array(3).fill("failed unreachable"));
    expect(lines[0]).toEqual(["warn", { failure: "unreachable", err: "nobody listens" }, "cannot connect"]);
    expect([figures(), set.connectFailures, clock.delays]).toEqual([[0, 0, 0], 1, [100]]);
    set.maintain();
    expect(figures()).toEqual([0, 0, 0]);
    clock.advance(100);
    expect(figures()).toEqual([0, 1, 0]);
    set.maintain();
    expect(figures()).toEqual([0, 1, 0]);
    await attempts.shift()!.fail();
    expect([set.connectFailures, clock.delays]).toEqual([2, [200]]);
    clock.advance(200);
    await attempts.shift()!.open();
    // The server takes connections again: the others follow at once.
    expect(figures()).toEqual([1, 2, 0]);
  });

  test("that ends in an error of code counts as a failure, with that error as its cause", async () => {
    const { set, clock, attempts, told, errors } = bench(1);
    set.maintain();
    const cause = new RangeError("clock is broken");
    await attempts[0]!.fail(cause);
    expect([told, clock.delays]).toEqual([["failed unreachable"], [100]]);
    expect(errors[0]).toMatchObject({
      message: "the connection could not be opened: an unexpected error",
      cause,
    });
  });

  test("that is sent away in the same breath counts as a failure with the server's reason", async () => {
    const { set, attempts, told, lines } = bench(1);
    set.maintain();
    const transport = new FakeTransport();
    transport.leave("draining", "Shutdown");
    await attempts[0]!.open(transport);
    expect([told, set.active]).toEqual([["failed http2"], []]);
    const err = "the server sends new connections away: Shutdown";
    expect(lines).toEqual([["warn", { failure: "http2", err }, "cannot connect"]]);
  });

  test("is over when the server refuses the certificate, by alert or by reason", async () => {
    for (const [error, expected] of [
      [new ConnectFailed("client-certificate", "alert"), "refused alert client-certificate"],
      [new ConnectFailed("http2", "goaway", { reason: "BadCertificate" }), "refused BadCertificate http2"],
    ] as const) {
      const { set, clock, attempts, told } = bench(1);
      set.maintain();
      await attempts[0]!.fail(error);
      expect([told, clock.pending]).toEqual([[expected], 0]);
    }
  });

  test("is over when the server refuses the certificate in the same breath", async () => {
    const { set, clock, attempts, told } = bench(1);
    set.maintain();
    const transport = new FakeTransport();
    transport.leave("draining", "BadCertificateEnvironment");
    await attempts[0]!.open(transport);
    expect([told, clock.pending]).toEqual([["refused BadCertificateEnvironment http2"], 0]);
  });
});

describe("a connection that goes", () => {
  test("is told of once, and replaced: at once if it did some work, held back the next time", async () => {
    const { set, clock, told, figures, openAll } = bench(1);
    set.maintain();
    const [first] = await openAll();
    answered(memberOf(set, first!));
    told.length = 0;
    first!.leave("draining", "Shutdown");
    expect(figures()).toEqual([0, 1, 1]);
    first!.leave("closed", "Shutdown");
    expect([figures(), told]).toEqual([[0, 1, 0], ["disconnected Shutdown"]]);
    const [second] = await openAll();
    answered(memberOf(set, second!));
    second!.leave("closed", "ECONNRESET");
    expect([figures(), clock.delays]).toEqual([[0, 0, 0], [100]]);
  });

  test("that never answered counts as a failed attempt", async () => {
    const { set, clock, figures, openAll } = bench(1);
    set.maintain();
    const [first] = await openAll();
    first!.leave("closed", "ECONNRESET");
    expect([figures(), clock.delays, set.connectFailures]).toEqual([[0, 0, 0], [100], 1]);
  });

  test("that has proven itself is replaced at once, always", async () => {
    const { set, clock, figures, openAll } = bench(1);
    set.maintain();
    for (let i = 0; i < 3; i++) {
      const [transport] = await openAll();
      clock.advance(10_000);
      transport!.leave("closed", "IdleTimeout");
      expect([figures(), clock.pending, set.connectFailures]).toEqual([[0, 1, 0], 0, 0]);
    }
  });

  test("by this end's own doing says nothing about the server", async () => {
    const { set, clock, figures, openAll } = bench(1);
    set.maintain();
    const [transport] = await openAll();
    transport!.leave("draining", "close");
    expect([figures(), clock.pending, set.connectFailures]).toEqual([[0, 1, 1], 0, 0]);
  });

  test("since the server refuses the certificate ends it all: no replacement", async () => {
    const { set, clock, told, figures, openAll } = bench(1);
    set.maintain();
    const [transport] = await openAll();
    told.length = 0;
    transport!.leave("draining", "BadCertificateEnvironment");
    expect(told).toEqual(["disconnected BadCertificateEnvironment", "refused BadCertificateEnvironment"]);
    expect([figures(), clock.pending]).toEqual([[0, 0, 1], 0]);
  });

  test("as it drains, after it was stopped, is judged once", async () => {
    const { set, clock, figures, openAll } = bench(1);
    set.maintain();
    const [transport] = await openAll();
    const member = answered(memberOf(set, transport!));
    set.stop(member);
    expect([figures(), transport!.closed]).toEqual([[0, 1, 1], [{ drain: Infinity }]]);
    set.stop(member);
    expect([transport!.closed.length, clock.pending, set.connectFailures]).toEqual([1, 0, 0]);
  });

  test("because it is stopped before any good answer counts as a failed attempt", async () => {
    const { set, clock, figures, openAll } = bench(1);
    set.maintain();
    const [transport] = await openAll();
    set.stop(memberOf(set, transport!));
    expect([figures(), clock.delays, set.connectFailures]).toEqual([[0, 0, 1], [100], 1]);
  });
});

describe("a connection to be replaced", () => {
  test("takes requests until its replacement is there, and then drains", async () => {
    const { set, told, lines, figures, openAll } = bench(1);
    set.maintain();
    const [old] = await openAll();
    const member = answered(memberOf(set, old!));
    set.retire(member, "maxRequests");
    set.retire(member, "maxRequests");
    expect(figures()).toEqual([1, 1, 0]);
    expect(set.active).toEqual([member]);
    expect(lines).toEqual([["info", { reason: "maxRequests" }, "connection to be replaced"]]);
    told.length = 0;
    await openAll();
    expect([figures(), old!.closed]).toEqual([[1, 0, 1], [{ drain: Infinity }]]);
    expect(set.active).not.toContain(member);
    expect(told).toEqual(["disconnected close", "connected", "room"]);
  });

  for (const [reason, held] of [
    ["InternalServerError", true],
    ["timeouts", true],
    ["maxAge", false],
    ["maxRequests", false],
  ] as const) {
    test(`because of ${reason} ${held ? "counts against" : "says nothing about"} the server`, async () => {
      const { set, clock, openAll } = bench(1);
      set.maintain();
      const [transport] = await openAll();
      set.retire(memberOf(set, transport!), reason);
      expect([clock.delays, set.connectFailures]).toEqual(held ? [[100], 1] : [[], 0]);
    });
  }

  test("because of its age is found by the clock, each at its own time", async () => {
    const { set, clock, figures, openAll, lines } = bench(2, {
      lifetime: { maxAge: 1_000, maxRequests: Infinity },
      random: () => 0,
    });
    set.maintain();
    const [first] = await openAll();
    expect(clock.delays).toEqual([1_000]);
    clock.advance(999);
    expect(figures()).toEqual([2, 0, 0]);
    clock.advance(1);
    expect([figures(), lines.length, memberOf(set, first!).group]).toEqual([[2, 2, 0], 2, "retiring"]);
    expect(lines[0]).toEqual(["info", { reason: "maxAge" }, "connection to be replaced"]);
    await openAll();
    expect(figures()).toEqual([2, 0, 2]);
  });
});

describe("resizing", () => {
  test("opens what is missing; lets those go that were to be replaced, then the least busy", async () => {
    const { set, figures, openAll } = bench(2);
    set.maintain();
    const [first, second] = await openAll();
    set.resize(4);
    expect([figures(), set.size]).toEqual([[2, 2, 0], 4]);
    const [third, fourth] = await openAll();
    for (const [i, transport] of [first, second, third, fourth].entries()) transport!.inflight = 10 - i;
    set.retire(answered(memberOf(set, first!)), "maxRequests");
    expect(set.inflight).toBe(10 + 9 + 8 + 7);
    set.resize(2);
    expect(set.active.map(({ transport }) => transport.inflight)).toEqual([9, 8]);
    expect(figures()).toEqual([2, 1, 2]);
    // What is open beyond the size when it arrives is closed again.
    const [late] = await openAll();
    expect([late!.closed, figures()]).toEqual([[{}], [2, 0, 2]]);
  });

  test.each([0, 1, 2])(
    "lets connection %i go if it was to be replaced, although it is the busiest",
    async (at) => {
      const { set, openAll } = bench(3);
      set.maintain();
      const transports = await openAll();
      const old = transports[at]!;
      for (const transport of transports) transport.inflight = transport === old ? 9 : 1;
      set.retire(answered(memberOf(set, old)), "maxRequests");
      set.resize(2);
      expect(transports.map(({ closed }) => closed.length)).toEqual(
        transports.map((one) => Number(one === old)),
      );
    },
  );
});

describe("closing", () => {
  test("gives attempts up, closes all with its patience, and opens and tells nothing from then on", async () => {
    const { set, clock, attempts, told, openAll } = bench(2);
    set.maintain();
    const [first] = await openAll();
    set.resize(4);
    told.length = 0;
    const closing = set.close("close", 500);
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(String(attempts[0]!.signal.reason)).toContain("the pool was closed");
    await closing;
    expect(first!.closed).toEqual([{ drain: 500 }]);
    await attempts[0]!.fail();
    const late = await attempts[1]!.open();
    expect(late.closed).toEqual([{}]);
    set.maintain();
    expect([told, set.connecting, clock.pending, attempts.length]).toEqual([[], 0, 0, 2]);
  });

  test("keeps its patience when a late answer tells a connection to stop", async () => {
    const { set, openAll } = bench(1);
    set.maintain();
    const [transport] = await openAll();
    const member = memberOf(set, transport!);
    await set.close("close", 500);
    set.stop(member);
    expect(transport!.retired).toEqual([500]);
  });

  test("ends the wait after a failure, and the watch over ages", async () => {
    const { set, clock, attempts } = bench(2, { lifetime: { maxAge: 1_000, maxRequests: Infinity } });
    set.maintain();
    await attempts[0]!.open();
    await attempts[1]!.fail();
    expect(clock.pending).toBe(2);
    await set.close("close", 0);
    expect(clock.pending).toBe(0);
  });
});

test("an unref'd set keeps the process alive between attempts only while requests wait", async () => {
  const { set, clock, attempts } = bench(1, { unref: true });
  set.maintain();
  await attempts[0]!.fail();
  expect(clock.refed).toBe(0);
  set.setNeeded(true);
  expect(clock.refed).toBe(1);
});
