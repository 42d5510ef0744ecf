import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";

/** A question of a device to a web service. */
export interface ServiceQuestion {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorities to trust instead of Node's own list, PEM. */
  readonly ca: string | undefined;
  /** In milliseconds. */
  readonly timeout: number;
}

/**
 * Asks, and reads only the head of the answer.
 *
 * @returns the status; rejects with the system's error
 */
export function ask({ url, headers = {}, ca, timeout }: ServiceQuestion): Promise<number> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const options: RequestOptions & { ca?: string } = { headers, timeout, ...(ca !== undefined && { ca }) };
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)(target, options);
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      incoming.destroy();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.end();
  });
}
