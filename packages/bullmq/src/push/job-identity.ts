import { createHash } from "node:crypto";
import { collapseIdFor } from "apnskit";
import type { Job } from "bullmq";

/** The parts of a BullMQ job that identify it. */
export type IdentifiedJob = Pick<Job, "id" | "queueQualifiedName" | "timestamp">;

/** The ids of a push, the same in all deliveries of its job. */
export interface JobIdentity {
  /** The `apns-id`: a version 8 UUID (RFC 9562 §5.8) of a hash. */
  readonly id: string;
  /** The `apns-collapse-id`: the device shows pushes of the same job as one. */
  readonly collapseId: string;
}

const NAMESPACE = "apnskit bullmq job";

/**
 * The identity of a job, the same in each delivery. It includes the time at which the job was added, since BullMQ
 * counts ids from 1 again after a queue was emptied or Redis has lost its data.
 */
export function jobIdentity({ id, queueQualifiedName, timestamp }: IdentifiedJob): JobIdentity {
  const parts = [NAMESPACE, queueQualifiedName, id ?? "", timestamp] as const;
  return { id: hashedUuid(parts.join("\n")), collapseId: collapseIdFor(...parts) };
}

function hashedUuid(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
