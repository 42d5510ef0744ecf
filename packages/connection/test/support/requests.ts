import { Request, type RequestOptions } from "../../src/index.ts";

const headers = { "apns-topic": "com.example.app", "apns-push-type": "alert" };

/** Paths tell requests apart: `/3/device/7` is the seventh. */
export function path(number: number): string {
  return `/3/device/${number}`;
}

/** A small push; it waits for its answer without limit unless told otherwise. */
export function push(number = 0, options: RequestOptions = {}): Request {
  return Request.json(path(number), headers, { aps: { alert: "hi" } }, { timeout: Infinity, ...options });
}

/** A push with a body of that many bytes. */
export function body(length: number, number = 0, options: RequestOptions = {}): Request {
  return Request.of(path(number), headers, Buffer.alloc(length, "x"), {
    timeout: Infinity,
    maxBodyLength: Math.max(4_096, length),
    ...options,
  });
}
