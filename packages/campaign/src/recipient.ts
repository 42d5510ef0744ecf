/** Someone to push to: a device token in hexadecimal, alone or with variables for the notification, as plain JSON. */
export type Recipient = string | { readonly token: string };

/** Recipients at hand, or still to come, always in the same order. */
export type RecipientSource<One extends Recipient> =
  | Iterable<One>
  | AsyncIterable<One>
  | (() => Iterable<One> | AsyncIterable<One>);
