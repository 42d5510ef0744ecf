/** Recipients in a fixed order: an iterable or async iterable, or a function that returns either. */
export type Recipient = string | { readonly token: string };

/** Recipients in a fixed order: a list, a stream, or a function that returns either. */
export type RecipientSource<One extends Recipient> =
  | Iterable<One>
  | AsyncIterable<One>
  | (() => Iterable<One> | AsyncIterable<One>);
