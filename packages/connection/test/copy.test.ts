import { Request } from "@apnskit/connection";
import { otherCopy } from "@apnskit/connection/internal";
import { expect, it, vi } from "vitest";

it("a value of another copy is told by a message that names both copies", async () => {
  vi.resetModules();
  const other = await import("@apnskit/connection");
  const request = other.Request.of("/3/device/00");
  expect(request instanceof Request).toBe(false);
  expect(otherCopy("Request", request)).toBe(
    "this Request comes from another copy of apnskit (source) than the one that received it (source): " +
      "install one version, and load it by import or by require, not by both",
  );
});

it.each([undefined, null, 1, "text", {}, [], Request])("%s comes from no copy", (value) => {
  expect(otherCopy("Request", value)).toBeUndefined();
});

it("a value of another kind is not taken for it", () => {
  expect(otherCopy("Notification", Request.of("/3/device/00"))).toBeUndefined();
});
