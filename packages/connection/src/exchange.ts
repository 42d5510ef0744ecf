import {
  type ClientSession,
  type ClientStream,
  ErrorCode,
  HeaderListTooLarge,
  type StreamFailure,
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
import type { Response } from "./response.ts";
import { uncaught } from "./uncaught.ts";

/**
 * Learns how a submitted request ended: exactly one of the two is called, once. What they throw becomes an uncaught
 * exception and disturbs no other request.
 */
export interface ExchangeHandler {
  /** The whole answer is here, whatever its status. */
  onResponse(response: Response): void;
  /** There is no answer; `delivery` of the error says what became of the request. */
  onFailure(error: PushError): void;
}

/** A request in flight; what `submit` returns and `cancel` takes. */
export type Exchange = ClientStream<ExchangeHandler>;

/**
 * Opens the stream of a request; its bytes leave with the next output.
 *
 * @throws {@link InvalidRequest} for a header list over the limit of the server (SETTINGS_MAX_HEADER_LIST_SIZE, RFC 9113
 *   §6.5.2) or of this end: no stream is opened then, and the other requests go on
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

/** The error for a stream that ended without a whole answer. */
export function exchangeError(
  failure: StreamFailure,
  errorCode: ErrorCode,
  message: string,
  answered: boolean,
): PushError {
  switch (failure) {
    case "reset":
      return new StreamReset(errorCode, resetDelivery(errorCode, answered));
    case "headers-too-large":
    case "body-too-large":
      return new ResponseTooLarge(`answer too large: ${message}`);
    case "malformed":
    case "flow-control":
      return new FormatError(`malformed answer: ${message}`);
  }
}

/** A refused stream was not processed at all (RFC 9113 §8.7), unless the server had begun to answer it all the same. */
function resetDelivery(errorCode: ErrorCode, answered: boolean): Delivery {
  return errorCode === ErrorCode.REFUSED_STREAM && !answered ? "unsent" : "unknown";
}

/**
 * Tells the handlers of exchanges that the connection closed under. Newest first: a pool puts each unsent request back at
 * the head of its queue, and so they end up in the order in which they began.
 */
export function failAll(exchanges: readonly Exchange[], error: (exchange: Exchange) => Closed): void {
  for (let i = exchanges.length - 1; i >= 0; i--) {
    const exchange = exchanges[i]!;
    fail(exchange.owner, error(exchange));
  }
}

/** Hands the answer to its handler. */
export function answer(handler: ExchangeHandler, response: Response): void {
  try {
    handler.onResponse(response);
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
