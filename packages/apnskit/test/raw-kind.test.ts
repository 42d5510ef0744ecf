import { expect, test } from "vitest";
import { raw } from "../src/index.ts";

const payload = { aps: { alert: "hi" } };

test("options of raw() that repeat give notifications with the same headers, others do not", () => {
  const topics = (options: object) => raw({ payload, ...options }).headersFor("com.example.app");
  for (let round = 0; round < 2; round++) {
    expect(topics({ pushType: "voip" })).toMatchObject({
      "apns-push-type": "voip",
      "apns-topic": "com.example.app.voip",
    });
    expect(topics({ pushType: "voip", topicSuffix: "" })["apns-topic"]).toBe("com.example.app");
    expect(topics({ pushType: "alert" })["apns-topic"]).toBe("com.example.app");
    expect(topics({ pushType: "alert", headers: { "x-new": "1" } })["x-new"]).toBe("1");
    expect(topics({ pushType: "alert" })["x-new"]).toBeUndefined();
    expect(() => raw({ payload, pushType: "alert", sizeLimit: 10 })).toThrow("more than the 10");
    expect(raw({ payload, pushType: "alert" }).body.length).toBeGreaterThan(10);
  }
});

test("a getter among the options changes no other caller's notification", () => {
  raw({ payload, pushType: "location" });
  let reads = 0;
  const pushType = { get: () => (reads++ === 0 ? "alert" : "voip"), enumerable: true };
  raw(Object.defineProperty({ payload }, "pushType", pushType));
  const { pushType: sent } = raw({ payload, pushType: "alert" });
  expect(sent).toBe("alert");
});
