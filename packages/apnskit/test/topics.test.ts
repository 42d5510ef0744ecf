import { describe, expect, it } from "vitest";
import { Topics } from "../src/client/topics.ts";
import { DAY } from "./kit/durations.ts";

describe("what a client has seen of a topic", () => {
  it("tells that device tokens fit the environment, for a day after the last acceptance", () => {
    const topics = new Topics();
    expect(topics.tokensFit("app", 0)).toBe(false);
    topics.used("app", 0);
    topics.badToken("app", 0);
    expect(topics.tokensFit("app", 0)).toBe(false);
    topics.accepted("app", 1_000);
    expect(topics.tokensFit("app", 1_000)).toBe(true);
    expect(topics.tokensFit("app", 1_000 + DAY)).toBe(true);
    expect(topics.tokensFit("app", 1_001 + DAY)).toBe(false);
    topics.accepted("app", 2_000 + DAY);
    expect(topics.tokensFit("app", 2_000 + 2 * DAY)).toBe(true);
    expect(topics.tokensFit("other", 2_000)).toBe(false);
  });

  it("counts bad device tokens in a row, for each topic, until one is accepted", () => {
    const topics = new Topics();
    expect([topics.badToken("app", 0), topics.badToken("app", 0)]).toEqual([1, 2]);
    expect(topics.badToken("other", 0)).toBe(1);
    expect(topics.badToken("app", 0)).toBe(3);
    topics.accepted("app", 0);
    expect([topics.badToken("app", 0), topics.badToken("other", 0)]).toEqual([1, 2]);
  });

  it("tells whether a connection is older than the topic's first use", () => {
    const topics = new Topics();
    expect(topics.isNewerThan("app", 0)).toBe(false);
    topics.used("app", 100);
    topics.used("app", 900);
    topics.accepted("app", 900);
    expect(topics.isNewerThan("app", 99)).toBe(true);
    expect(topics.isNewerThan("app", 100)).toBe(false);
    expect(topics.isNewerThan("other", 0)).toBe(false);
  });

  it("is kept for 1,000 topics: the topic that was seen first goes first", () => {
    const topics = new Topics();
    for (let n = 0; n < 1_000; n++) topics.accepted(`app${n}`, 0);
    expect(topics.tokensFit("app0", 0)).toBe(true);
    topics.used("app1000", 0);
    expect(["app0", "app1", "app999"].map((name) => topics.tokensFit(name, 0))).toEqual([false, true, true]);
    // A topic that is known already makes no other one go.
    topics.accepted("app1000", 0);
    topics.accepted("app500", 0);
    expect(topics.tokensFit("app1", 0)).toBe(true);
  });
});
