import {
  type DeviceToken,
  deviceToken,
  type Notification,
  type NotificationJson,
  Notification as Notifications,
} from "apnskit";
import { InvalidPushJob } from "./push-errors.ts";

/** The data of a job that sends one notification to one device, made by {@link pushJob}. */
export interface PushJobData {
  /** The device token, lower-case hexadecimal. */
  readonly device: string;
  readonly notification: NotificationJson;
}

/** The push of a job. */
export interface Push {
  readonly device: DeviceToken;
  readonly notification: Notification;
}

/**
 * The data of a job for `createPushProcessor()`: `queue.add("push", pushJob(device, alert({ title: "Hello" })))`. The
 * function checks both.
 *
 * @throws InvalidDeviceToken, InvalidNotification
 */
export function pushJob(device: DeviceToken, notification: Notification): PushJobData {
  return { device: deviceToken(device), notification: requireMade(notification).toJSON() };
}

/** @throws InvalidPushJob, InvalidNotification */
export function readPushJob(data: unknown): Push {
  const { device, notification } = (data ?? {}) as Partial<PushJobData>;
  if (typeof device !== "string" || typeof notification !== "object" || notification === null) {
    throw new InvalidPushJob(
      "the job's data is not what pushJob(device, notification) makes; give createPushProcessor() the option `push`",
    );
  }
  return { device, notification: Notifications.fromJSON(notification) };
}

function requireMade(notification: Notification): Notification {
  if (typeof notification?.toJSON === "function") return notification;
  throw new InvalidPushJob("pushJob() needs a notification, made by alert() or another such function");
}
