// Runs in the empty project, under the tested runtime or test runner. It must not use Node's own APIs.

/**
 * Sends one notification per case, and returns the results that the program saw.
 *
 * @param apnskit the exports of `apnskit`
 * @param cases targets and options of the notifications
 */
export async function faultList(apnskit, cases) {
  const seen = [];
  for (const one of cases) seen.push(await sendOne(apnskit, one));
  return seen;
}

async function sendOne(apnskit, { origin, ca, key, pem, collapseId, timeout, abort }) {
  const { ApnsClient, alert, certificate, providerToken } = apnskit;
  try {
    const apns = await ApnsClient.open({
      origin,
      tls: { ca },
      auth: key === undefined ? certificate({ pem }) : providerToken(key),
      topic: "com.example.app",
      retry: { minDelay: 5 },
      ...(timeout !== undefined && { timeout }),
    });
    try {
      const controller = new AbortController();
      const notification = alert({ title: "Hello", ...(collapseId !== undefined && { collapseId }) });
      const sent = apns.send("ab".repeat(32), notification, { signal: controller.signal });
      if (abort) setTimeout(() => controller.abort(), 100);
      const { apnsId } = await sent;
      return { accepted: /^[0-9a-f-]{36}$/i.test(apnsId) };
    } finally {
      await apns.close();
    }
  } catch (error) {
    return describeError(apnskit, error);
  }
}

function describeError(apnskit, error) {
  const kinds = ["ApnskitError", "PushError", "Aborted", "Closed", "InvalidOption", "Rejected", "Timeout"];
  const is = kinds.filter((kind) => error instanceof apnskit[kind]);
  const { name, code, delivery } = error;
  if (is.length === 0) return { name, code, is, stack: String(error.stack) };
  // The progress of an aborted request depends on the machine's speed.
  const certain = delivery !== undefined && (name === "Closed" || name === "Timeout");
  return { name, code, is, ...(certain && { delivery }) };
}
