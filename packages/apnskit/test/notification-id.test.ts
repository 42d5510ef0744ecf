import { expect, test } from "vitest";
import { notificationId } from "../src/client/notification-id.ts";

const COUNT = 10_000;

test("ids are random UUIDs in lower case (RFC 9562 §5.4)", () => {
  for (let i = 0; i < COUNT; i++) {
    expect(notificationId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test("none comes twice", () => {
  expect(new Set(Array.from({ length: COUNT }, notificationId)).size).toBe(COUNT);
});

test("all of the other 122 bits are random", () => {
  const ids = Array.from({ length: COUNT }, () => BigInt(`0x${notificationId().replaceAll("-", "")}`));
  for (let bit = 0n; bit < 128n; bit++) {
    const ones = ids.filter((id) => (id >> bit) & 1n).length;
    if (bit >= 76n && bit < 80n) expect(ones).toBe(bit === 78n ? COUNT : 0);
    else if (bit === 62n || bit === 63n) expect(ones).toBe(bit === 63n ? COUNT : 0);
    // Eight standard deviations: one run in 10¹⁵ fails by chance.
    else expect(Math.abs(ones - COUNT / 2)).toBeLessThan(8 * Math.sqrt(COUNT / 4));
  }
});
