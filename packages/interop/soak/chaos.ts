import { SeededRandom } from "@apnskit/testkit";

/**
 * The faults of a soak, in the form of the mock server's `--fault`, with their rates per request. The seed
 * varies the rates, so that runs differ in character.
 */
export function chaosFaults(seed: number): string[] {
  const random = new SeededRandom(seed);
  const share = (most: number): string => (most * (0.2 + 0.8 * random.next())).toFixed(7);
  return [
    `reset=REFUSED_STREAM,share=${share(0.004)}`,
    `reset=CANCEL,share=${share(0.0004)}`,
    `reset=CANCEL,acted,share=${share(0.0004)}`,
    `reset=INTERNAL_ERROR,share=${share(0.0004)}`,
    `reset=ENHANCE_YOUR_CALM,share=${share(0.00005)}`,
    `answer=TooManyRequests,share=${share(0.004)}`,
    `answer=InternalServerError,share=${share(0.002)}`,
    `answer=ServiceUnavailable,share=${share(0.002)}`,
    `answer=Shutdown,share=${share(0.0001)}`,
    `answer=Unregistered,share=${share(0.01)}`,
    `answer=BadDeviceToken,share=${share(0.01)}`,
    `answer=ExpiredProviderToken,share=${share(0.0002)}`,
    `answer=TooManyProviderTokenUpdates,share=${share(0.0005)}`,
    `answer=InvalidProviderToken,share=${share(0.001)}`,
    `goaway=Shutdown,share=${share(0.00005)}`,
    `goaway,lastStreamId=acted,share=${share(0.00005)}`,
    `goaway,announce=5,share=${share(0.00005)}`,
    `goaway=IdleTimeout,twice,share=${share(0.00005)}`,
    `drop,share=${share(0.00003)}`,
    `drop,acted,share=${share(0.00003)}`,
    `stall,share=${share(0.00005)}`,
    `stall,acted,share=${share(0.00005)}`,
    `stall=3000,scope=connection,share=${share(0.000005)}`,
    ...[0, 1, 10, 100, 1000, 1000, 1000].map(
      (limit) => `settings=${limit},share=${share(limit === 0 ? 0.00001 : 0.0001)}`,
    ),
    `refuse=close,share=${share(0.3)}`,
    `refuse=close-after-handshake,share=${share(0.2)}`,
    `latency=0..${random.integer(1, 8)}`,
  ];
}
