import fc from "fast-check";
import { expect, test } from "vitest";
import { DynamicTable, entryWeight } from "../../src/hpack/dynamic-table.ts";

test("an entry weighs its octets and 32 (RFC 7541 §4.1)", () => {
  expect(entryWeight("custom-key", "custom-value")).toBe(54);
  expect(entryWeight("", "")).toBe(32);
});

test("positions count from the newest entry", () => {
  const table = new DynamicTable(1_000);
  for (const name of ["a", "b", "c"]) table.insert(name, `${name}!`, 35);
  expect([0, 1, 2, 3].map((position) => table.name(position))).toEqual(["c", "b", "a", undefined]);
  expect([0, 1, 2, 3].map((position) => table.value(position))).toEqual(["c!", "b!", "a!", undefined]);
});

test("says how many entries were evicted", () => {
  const table = new DynamicTable(105);
  for (const name of ["a", "b", "c"]) expect(table.insert(name, "xx", 35)).toBe(0);
  expect(table.insert("d", "xx", 35)).toBe(1);
  expect(table.insert("e", "x".repeat(30), 63)).toBe(2);
  expect(table.length).toBe(2);
  expect(table.insert("f", "x".repeat(100), 133)).toBe(2);
  expect(table.length).toBe(0);
  table.insert("g", "xx", 35);
  expect(table.resize(35)).toBe(0);
  expect(table.resize(34)).toBe(1);
  expect(table.maxSize).toBe(34);
});

test("a ring that is full to its last place has no entry beyond it", () => {
  const table = new DynamicTable(100_000);
  for (let count = 1; count <= 70; count++) {
    table.insert(`n${count}`, "", 40);
    expect(table.name(count - 1)).toBe("n1");
    expect(table.name(count)).toBeUndefined();
    expect(table.value(count)).toBeUndefined();
  }
});

test("is what a plain list of entries would be, whatever is inserted and however it is resized", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.nat({ max: 60 }).map((length) => ({ insert: "v".repeat(length) })) },
    { weight: 1, arbitrary: fc.nat({ max: 400 }).map((size) => ({ resize: size })) },
  );
  const property = fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
    const table = new DynamicTable(2_000);
    let model: string[] = [];
    let most = 2_000;
    const size = () => model.reduce((sum, value) => sum + 33 + value.length, 0);
    for (const [i, one] of steps.entries()) {
      if ("resize" in one) {
        most = one.resize * 10;
        table.resize(most);
      } else {
        const value = `${i}${one.insert}`;
        table.insert("n", value, entryWeight("n", value));
        model = [value, ...model];
        if (33 + value.length > most) model = [];
      }
      while (size() > most) model.pop();
      expect(table.size).toBe(size());
      expect(table.length).toBe(model.length);
      expect(model.map((_, position) => table.value(position))).toEqual(model);
      expect(table.value(model.length)).toBeUndefined();
      expect(table.name(model.length)).toBeUndefined();
    }
  });
  fc.assert(property, { numRuns: 20 });
});
