import { MockApns } from "@apnskit/mock-server";
import { Test, type TestingModule } from "@nestjs/testing";
import { ApnsClient, providerToken } from "apnskit";
import { OrderNotifications } from "./order-notifications.service";
import { PushModule } from "./push.module";

describe("PushModule", () => {
  const device = "ab".repeat(32);
  let server: MockApns;
  let application: TestingModule;

  beforeEach(async () => {
    server = await MockApns.start();
    application = await Test.createTestingModule({ imports: [PushModule] })
      .overrideProvider(ApnsClient)
      .useFactory({
        factory: () =>
          ApnsClient.open({
            origin: server.origin,
            tls: { ca: server.ca },
            auth: providerToken(server.key),
            topic: "com.example.app",
          }),
      })
      .compile();
    await application.init();
  });

  afterEach(async () => {
    await application.close();
    await server.close();
  });

  it("tells the device that its order is on its way", async () => {
    expect(await application.get(OrderNotifications).shipped(device, 4711)).toBe(true);
    const [push, ...more] = await server.received({ acted: true });
    expect(push?.topic).toBe("com.example.app");
    expect(JSON.parse(push?.payload ?? "")).toEqual({
      aps: { alert: { title: "Order 4711", body: "is on its way." } },
    });
    expect(more).toEqual([]);
  });

  it("reports a dead device token", async () => {
    server.devices.unregister(device);
    expect(await application.get(OrderNotifications).shipped(device, 4711)).toBe(false);
  });

  it("closes the client with the application", async () => {
    const apns = application.get(ApnsClient);
    await application.close();
    expect(apns.stats().push.state).toBe("closed");
  });
});
