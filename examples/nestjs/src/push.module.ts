import { Module, type OnApplicationShutdown } from "@nestjs/common";
import { ApnsClient, providerToken } from "apnskit";
import { OrderNotifications } from "./order-notifications.service";

/** One client for the application. `app.enableShutdownHooks()` in `main.ts` makes SIGTERM close it. */
@Module({
  providers: [
    {
      provide: ApnsClient,
      useFactory: () =>
        ApnsClient.open(
          {
            environment: "production",
            auth: providerToken({
              key: { file: "AuthKey_ABC123DEFG.p8" },
              keyId: "ABC123DEFG",
              teamId: "DEF123GHIJ",
            }),
            topic: "com.example.app",
          },
          // The application starts even if APNs is unreachable.
          { wait: false },
        ),
    },
    OrderNotifications,
  ],
  exports: [OrderNotifications],
})
export class PushModule implements OnApplicationShutdown {
  constructor(private readonly apns: ApnsClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.apns.close({ drain: 10_000 });
  }
}
