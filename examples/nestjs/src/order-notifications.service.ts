import { Injectable } from "@nestjs/common";
import { ApnsClient, alert } from "apnskit";

@Injectable()
export class OrderNotifications {
  constructor(private readonly apns: ApnsClient) {}

  /**
   * Tells a device that an order is on its way. Resolves with false if the application must delete the
   * device's token.
   */
  async shipped(device: string, orderId: number): Promise<boolean> {
    const outcome = await this.apns.trySend(
      device,
      alert({ title: `Order ${orderId}`, body: "is on its way." }),
    );
    if (outcome.result === "unsent" || outcome.result === "unknown") throw outcome.error;
    return outcome.result === "accepted" || outcome.reason !== "Unregistered";
  }
}
