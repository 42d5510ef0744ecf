import {
  type ClientSession,
  type ClientStream,
  ErrorCode,
  HeaderListTooLarge,
  type SessionEvent,
} from "@apnskit/http2";
import {
  type Closed,
  type Delivery,
  FormatError,
  InvalidRequest,
  type PushError,
  ResponseTooLarge,
  StreamReset,
} from "./errors.ts";
import { outgoing, type Request } from "./request.ts";
import { Response } from "./response.ts";
import { uncaught } from "./uncaught.ts";

/**
 * Learns how a submitted request ended: exactly one of the two methods is called, once. An error that a
 * method throws becomes an uncaught exception and affects no other request.
 */
export interface ExchangeHandler {
  /** A complete answer has arrived, whatever its status. */
  onResponse(response: Response): void;
  /** There is no answer; the error's `delivery` says whether the server may have acted on the request. */
  onFailure(error: PushError): void;
}

/** The event of a stream that ended without a complete answer. */
type Failed = Extract<SessionEvent<ExchangeHandler>, { type: "failure" }>;

/** A request in flight; what `submit` returns and `cancel` takes. */
export type Exchange = ClientStream<ExchangeHandler>;

/**
 * Opens the stream of a request; its bytes leave with the next output.
 *
 * @throws {@link InvalidRequest} for a header list over the limit of the server
 *   (SETTINGS_MAX_HEADER_LIST_SIZE, RFC 9113 §6.5.2) or of this end: no stream is opened, and the other
 *   requests continue
 */
export function openExchange(
  session: ClientSession<ExchangeHandler>,
  request: Request,
  handler: ExchangeHandler,
): Exchange {
  try {
    return session.request(outgoing(request), handler);
  } catch (error) {
    if (!(error instanceof HeaderListTooLarge)) throw error;
    throw new InvalidRequest("headers", error.message, { cause: error });
  }
}

/** The error for a stream that ended without a complete answer. */
export function exchangeError({ failure, errorCode, message, unprocessed }: Failed): PushError {
  switch (failure) {
    case "reset":
      return new StreamReset(errorCode, resetDelivery(errorCode, unprocessed));
    case "headers-too-large":
    case "body-too-large":
      return new ResponseTooLarge(`answer too large: ${message}`);
    case "malformed":
    case "flow-control":
      return new FormatError(`malformed answer: ${message}`);
  }
}

/** A refused stream was not processed (RFC 9113 §8.7), unless the server had begun to answer it. */
function resetDelivery(errorCode: ErrorCode, unprocessed: boolean): Delivery {
  return errorCode === ErrorCode.REFUSED_STREAM && unprocessed ? "unsent" : "unknown";
}

/**
 * Tells the handlers of exchanges that their connection closed. Newest first: a pool puts each unsent request
 * back at the head of its queue, so the requests keep their order.
 */
export function failAll(exchanges: readonly Exchange[], error: (exchange: Exchange) => Closed): void {
  for (let i = exchanges.length - 1; i >= 0; i--) {
    const exchange = exchanges[i]!;
    fail(exchange.owner, error(exchange));
  }
}

/** Hands the answer of a stream to its handler. */
export function answer({ owner, status, fields, body, trailers }: Exchange): void {
  try {
    owner.onResponse(new Response(status, fields, body, trailers));
  } catch (error) {
    uncaught(error);
  }
}

/** Hands a failure to its handler. */
export function fail(handler: ExchangeHandler, failure: PushError): void {
  try {
    handler.onFailure(failure);
  } catch (error) {
    uncaught(error);
  }
}
