import { guardLogger } from "@apnskit/connection/internal";
import { type Occasion, Response } from "@apnskit/pool";
import { ManualClock } from "@apnskit/testkit";
import { describe, expect, it, vi } from "vitest";
import { Authorization } from "../src/client/authorization.ts";
import { type BearerToken, InvalidOption, type ProviderTokenSource, providerToken } from "../src/index.ts";
import { MINUTE } from "./kit/durations.ts";
import { p8 } from "./kit/p8.ts";

const key = p8();
const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };
const occasion: Occasion = {
  attempts: 1,
  maybeDelivered: false,
  idempotent: false,
  pauses: 0,
  connectionOpenedAt: 0,
};
const expired = new Response(403, [":status", "403"], Buffer.from('{"reason":"ExpiredProviderToken"}'));

/** A source whose answers the test decides. */
class Source implements ProviderTokenSource {
  token: BearerToken | undefined;
  delay: number | undefined = 250;
  readonly reports: BearerToken[] = [];

  current() {
    return this.token;
  }

  rejected(token: BearerToken) {
    this.reports.push(token);
    return this.delay;
  }
}

function bench() {
  const clock = new ManualClock();
  const source = new Source();
  const auth = providerToken({ key, ...ids, clock, source });
  const authorization = new Authorization({
    auth,
    random: () => 1,
    logger: guardLogger(undefined),
    onRenewal: () => {},
  });
  return { clock, source, auth, authorization };
}

describe("a provider token with a source", () => {
  it("is the one of the source, however old this process's own would be", () => {
    const { auth, clock, source } = bench();
    source.token = auth.sign(7);
    expect(auth.current()).toBe(source.token);
    clock.advance(55 * MINUTE);
    expect(auth.current()).toBe(source.token);
    expect(auth.current().generation).toBe(7);
  });

  it("is this process's own while the source has none, and the source's again as soon as it has one", () => {
    const { auth, clock, source } = bench();
    const own = auth.current();
    expect(own.generation).toBe(1);
    clock.advance(50 * MINUTE);
    expect(auth.current().generation).toBe(2);
    source.token = auth.sign(1);
    expect(auth.current()).toBe(source.token);
  });

  it("that APNs calls expired is shown again as the source says, or its refusal stands", () => {
    const { authorization, source, auth } = bench();
    source.token = auth.sign(1);
    const shown = authorization.current()!;
    expect(authorization.refusal(expired, shown, occasion)).toEqual({
      advice: { request: { action: "after", delay: 250 } },
    });
    expect(source.reports).toEqual([shown]);
    source.delay = undefined;
    expect(authorization.refusal(expired, shown, occasion)).toMatchObject({
      advice: { request: { action: "settle" } },
      error: { code: "ERR_APNS_PROVIDER_TOKEN_REJECTED" },
    });
  });

  it("that was replaced meanwhile is not reported: the newer one is sent at once", () => {
    const { authorization, source, auth } = bench();
    source.token = auth.sign(1);
    const shown = authorization.current()!;
    source.token = auth.sign(2);
    expect(authorization.refusal(expired, shown, occasion)).toEqual({
      advice: { request: { action: "resend" } },
    });
    expect(authorization.last).toBe(source.token);
    expect(source.reports).toEqual([]);
  });

  it("that was the source's, which has none now, costs no token of this process's own", () => {
    const { authorization, source, auth } = bench();
    const own = authorization.current()!;
    source.token = auth.sign(1);
    const shown = authorization.current()!;
    source.token = undefined;
    authorization.refusal(expired, shown, occasion);
    expect(authorization.current()).toBe(own);
  });

  it("derives the same secret from the same key, another one for each purpose and key", () => {
    const [one, two] = [providerToken({ key, ...ids }), providerToken({ key, ...ids })];
    const other = providerToken({ key: p8(), ...ids });
    expect(one.secretFor("a")).toEqual(two.secretFor("a"));
    expect(one.secretFor("a")).toHaveLength(32);
    expect(one.secretFor("a")).not.toEqual(one.secretFor("b"));
    expect(one.secretFor("a")).not.toEqual(other.secretFor("a"));
  });

  it.each([["a string"], [{}], [null], [{ current: () => undefined }]])(
    "refuses a source that is %j",
    (source) => {
      expect(() => providerToken({ key, ...ids, source: source as never })).toThrow(InvalidOption);
    },
  );

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new RangeError("of the source");
      },
    ],
    ["returns a promise", () => Promise.resolve()],
  ])("a source that %s does not reach the engine: the token is this process's own", async (_, current) => {
    const thrown = new Promise<Error>((resolve) => {
      const before = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.once("uncaughtException", (error) => {
        for (const listener of before) process.on("uncaughtException", listener);
        resolve(error);
      });
    });
    const source = { current: vi.fn(current) as never, rejected: () => undefined };
    const auth = providerToken({ key, ...ids, source });
    expect(auth.current().generation).toBe(1);
    expect((await thrown).message).toMatch(/of the source|must return a BearerToken/);
  });
});
