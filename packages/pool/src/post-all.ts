import type { Request, Response } from "@apnskit/connection";
import type { AbortGroup } from "@apnskit/connection/internal";
import { Completions } from "./completions.ts";
import { concurrencyOf, type Feedable, underWayLimitOf } from "./feeding.ts";
import type { Failure, Recipient } from "./recipient.ts";

/** How far `postAll` may run ahead of its reader, and how to stop it. */
export interface PostAllOptions {
  /**
   * The most requests under way and results kept for the reader. Default 2,000 for each connection of the
   * pool; from 1. If the server allows fewer streams, fewer are under way: for each one in flight, another
   * waits for a stream, so that time limits do not pass in the queue.
   */
  concurrency?: number | undefined;
  /** Ends the run: cancels the requests under way and still yields each of their results. */
  signal?: AbortSignal | undefined;
}

/** How one request of `postAll` ended. */
export type PostResult =
  | {
      /** The request's place in the source, from 0. */
      readonly index: number;
      /** The same object that the source yielded. */
      readonly request: Request;
      /** APNs's answer, whatever its status. */
      readonly response: Response;
      /** Absent: there is an answer. */
      readonly error?: undefined;
    }
  | {
      /** The request's place in the source, from 0. */
      readonly index: number;
      /** The same object that the source yielded. */
      readonly request: Request;
      /** Absent: there is no answer. */
      readonly response?: undefined;
      /** Why there is none; its `delivery` says whether the server may have acted on the request. */
      readonly error: Failure;
    };

/** The pool that takes the requests. */
export interface Submitter extends Feedable {
  submit(request: Request, recipient: Recipient, group?: AbortGroup): void;
}

/** See {@link Pool.postAll}. */
export function postAll(
  pool: Submitter,
  requests: Iterable<Request> | AsyncIterable<Request>,
  options: PostAllOptions,
): AsyncIterableIterator<PostResult> {
  const concurrency = concurrencyOf(pool, options.concurrency);
  const post = (
    request: Request,
    index: number,
    done: (result: PostResult) => void,
    group: AbortGroup,
  ): void => {
    const recipient: Recipient = {
      onResponse: (response) => done({ index, request, response }),
      onFailure: (error) => done({ index, request, error }),
    };
    pool.submit(request, recipient, group);
  };
  return new Completions(requests, concurrency, options.signal, post, underWayLimitOf(pool));
}
