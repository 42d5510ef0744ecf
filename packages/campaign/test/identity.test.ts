import { createHash } from "node:crypto";
import { collapseIdFor, InvalidOption } from "apnskit";
import { expect, test } from "vitest";
import { apnsIdFor, campaignCollapseId } from "../src/index.ts";

test("apns-ids are UUIDs of version 5 of campaign and place", () => {
  for (const name of ["spring", "été 2026", "s", "n".repeat(100), "🚀"]) {
    for (const index of [0, 1, 9, 10, 4_999, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      expect(apnsIdFor(name, index)).toBe(uuid5(`${name}\n${index}`));
    }
  }
});

test("apns-ids do not depend on the ids that were made before", () => {
  const names = ["spring", "summer", "spring2", "spring"];
  const ids = [12_345, 6, 78].flatMap((index) => names.map((name) => apnsIdFor(name, index)));
  expect(ids).toEqual([12_345, 6, 78].flatMap((index) => names.map((name) => uuid5(`${name}\n${index}`))));
  expect(new Set(ids).size).toBe(9);
});

test("collapse ids are those of the name and the place", () => {
  for (const name of ["spring", "été 2026", "🚀"]) {
    for (const index of [0, 9, 10, 2 ** 31]) {
      expect(campaignCollapseId(name, index)).toBe(collapseIdFor("campaign", name, index));
    }
  }
});

test.each([-1, 0.5, Number.NaN, 2 ** 53, "1", undefined])("the place %s is refused", (index) => {
  for (const idFor of [apnsIdFor, campaignCollapseId]) {
    expect(() => idFor("spring", index as number)).toThrow(InvalidOption);
    expect(() => idFor(undefined as unknown as string, 0)).toThrow("campaign must be a string");
  }
});

// A resumed campaign has to find the ids of the version that began it.
test("ids stay the same in all versions", () => {
  expect(apnsIdFor("spring", 0)).toBe("72505ad7-41fc-5ddd-b08b-24b1a1cd0724");
  expect(campaignCollapseId("spring", 0)).toBe("5CYO69CEXR_eoLdydC7PK8XVW-gpDy_S4slHDfGUuxs");
});

/** RFC 9562 §5.5, as it stands there. */
function uuid5(name: string): string {
  const octets = createHash("sha1").update("6f1c2d0a4b7e4c5f9d3e8a1b2c3d4e5f", "hex").update(name).digest();
  octets[6] = (octets[6]! & 0x0f) | 0x50;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  return octets.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
