import { describe, expect, test } from "vitest";
import { ConnectionGroups } from "../src/connection-groups.ts";
import type { Group, Member } from "../src/member.ts";
import { memberOver } from "./support/job-bench.ts";

const groups = ["new", "active", "retiring", "draining", "gone"] as const satisfies readonly Group[];

/** Groups with one connection in the group that is asked for. */
function withOneIn(group: Group): { set: ConnectionGroups; member: Member } {
  const set = new ConnectionGroups();
  const member = memberOver({ inflight: 3 });
  if (group !== "new") set.move(member, "active");
  if (group !== "new" && group !== "active") set.move(member, group);
  return { set, member };
}

/** Where a connection is found. */
function found(set: ConnectionGroups, member: Member): object {
  return {
    group: member.group,
    taking: set.taking.includes(member),
    active: set.active,
    draining: set.draining,
    open: set.all().length,
    inflight: set.inflight,
  };
}

const places: Record<Group, object> = {
  new: { taking: false, active: 0, draining: 0, open: 0, inflight: 0 },
  active: { taking: true, active: 1, draining: 0, open: 1, inflight: 3 },
  retiring: { taking: true, active: 0, draining: 0, open: 1, inflight: 3 },
  draining: { taking: false, active: 0, draining: 1, open: 1, inflight: 3 },
  gone: { taking: false, active: 0, draining: 0, open: 0, inflight: 0 },
};

describe("a connection is in exactly one group", () => {
  for (const from of groups) {
    for (const to of groups.slice(1) as Exclude<Group, "new">[]) {
      // Only a connection that takes requests can come into the pool.
      if (from === "new" && to !== "active") continue;
      const onward = groups.indexOf(to) > groups.indexOf(from);
      test(`${from} to ${to}: ${onward ? "moves on" : "is there, or further on, already"}`, () => {
        const { set, member } = withOneIn(from);
        expect(found(set, member)).toEqual({ group: from, ...places[from] });
        expect(set.move(member, to)).toBe(onward);
        const now = onward ? to : from;
        expect(found(set, member)).toEqual({ group: now, ...places[now] });
      });
    }
  }
});

test("those that take requests stand in the order in which they were opened; one that leaves takes no other along", () => {
  const set = new ConnectionGroups();
  const [first, second, third] = [1, 2, 4].map((inflight) => memberOver({ inflight })) as [
    Member,
    Member,
    Member,
  ];
  for (const member of [first, second, third]) set.move(member, "active");
  set.move(first, "retiring");
  expect(set.taking).toEqual([first, second, third]);
  set.move(second, "draining");
  expect(set.taking).toEqual([first, third]);
  expect(set.all()).toEqual([first, third, second]);
  expect([set.active, set.draining, set.inflight]).toEqual([1, 1, 7]);
  set.move(second, "gone");
  expect([set.all(), set.inflight]).toEqual([[first, third], 5]);
});
