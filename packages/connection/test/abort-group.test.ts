import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { type Abortable, AbortGroup } from "../src/abort-group.ts";

class Task implements Abortable {
  abortPlace = -1;
  readonly reasons: unknown[] = [];

  onAbort(reason: unknown): void {
    this.reasons.push(reason);
  }
}

test("all tasks of a group end together, once, and those that were removed do not", () => {
  const group = new AbortGroup();
  const [first, removed, last] = [new Task(), new Task(), new Task()];
  for (const task of [first, removed, last]) group.add(task);
  group.remove(removed);
  group.abort("why");
  group.abort("again");
  expect([first, removed, last].map(({ reasons }) => reasons)).toEqual([["why"], [], ["why"]]);
  expect([group.aborted, group.reason]).toEqual([true, "why"]);
});

test("a task may leave while the group is aborted, or join another group", () => {
  const group = new AbortGroup();
  const other = new AbortGroup();
  const last = new Task();
  class Leaving extends Task {
    override onAbort(reason: unknown): void {
      super.onAbort(reason);
      group.remove(this);
      other.add(this);
    }
  }
  const leaving = new Leaving();
  group.add(leaving);
  group.add(last);
  group.abort("first");
  other.abort("second");
  expect(leaving.reasons).toEqual(["first", "second"]);
  expect(last.reasons).toEqual(["first"]);
});

test("the places of tasks that have left are used again, and no task gets another's place", () => {
  const group = new AbortGroup();
  const tasks = Array.from({ length: 1_000 }, () => new Task());
  const present = new Set<Task>();
  // A fixed order that mixes joining and leaving.
  for (let step = 0; step < 20_000; step++) {
    const task = tasks[(step * 7_919) % tasks.length]!;
    if (present.delete(task)) group.remove(task);
    else {
      present.add(task);
      group.add(task);
    }
  }
  expect(new Set([...present].map(({ abortPlace }) => abortPlace)).size).toBe(present.size);
  group.abort("end");
  for (const task of tasks) expect(task.reasons).toEqual(present.has(task) ? ["end"] : []);
});

test("the tasks of a signal share one listener, which goes with the last of them", () => {
  const { signal } = new AbortController();
  const tasks = [new Task(), new Task()];
  for (const task of tasks) AbortGroup.of(signal).add(task);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const task of tasks) AbortGroup.of(signal).remove(task);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("a signal's group is aborted from the moment at which the signal fires, before it hears of that", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const seen: unknown[] = [];
  signal.addEventListener("abort", () => seen.push([group.aborted, group.reason, task.reasons.length]));
  const task = new Task();
  const group = AbortGroup.of(signal);
  group.add(task);
  expect(group.aborted).toBe(false);
  controller.abort("why");
  expect(seen).toEqual([[true, "why", 0]]);
  expect(task.reasons).toEqual(["why"]);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
});

test("a group is its own group", () => {
  const group = new AbortGroup();
  expect(AbortGroup.of(group)).toBe(group);
});
