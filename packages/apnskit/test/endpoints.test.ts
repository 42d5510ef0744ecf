import { describe, expect, it } from "vitest";
import { endpointsOf, readEnvironment } from "../src/client/endpoints.ts";

// Apple: "Sending notification requests to APNs", "Sending channel management requests to APNs".
describe("Apple's hosts", () => {
  it("of production", () => {
    expect(endpointsOf("production", {})).toEqual({
      push: "https://api.push.apple.com",
      broadcast: "https://api.push.apple.com",
      management: "https://api-manage-broadcast.push.apple.com:2196",
    });
  });

  it("of the sandbox", () => {
    expect(endpointsOf("sandbox", {})).toEqual({
      push: "https://api.sandbox.push.apple.com",
      broadcast: "https://api.sandbox.push.apple.com",
      management: "https://api-manage-broadcast.sandbox.push.apple.com:2195",
    });
  });

  it("through the other port, which is for device pushes only", () => {
    expect(endpointsOf("sandbox", { port: 2197 })).toMatchObject({
      push: "https://api.sandbox.push.apple.com:2197",
      broadcast: "https://api.sandbox.push.apple.com",
    });
  });

  it("each replaced by itself", () => {
    expect(
      endpointsOf("production", { broadcastOrigin: "https://api-broadcast.push.apple.com" }),
    ).toMatchObject({
      push: "https://api.push.apple.com",
      broadcast: "https://api-broadcast.push.apple.com",
    });
    expect(endpointsOf("production", { origin: "https://a", managementOrigin: "https://b" })).toEqual({
      push: "https://a",
      broadcast: "https://a",
      management: "https://b",
    });
    expect(endpointsOf("production", { origin: "https://a" }).management).toBeUndefined();
  });
});

it("development is another word for the sandbox, and a stand-in is one unless it says otherwise", () => {
  expect(readEnvironment("development", undefined)).toBe("sandbox");
  expect(readEnvironment(undefined, "https://localhost")).toBe("sandbox");
  expect(readEnvironment("production", "https://localhost")).toBe("production");
});
