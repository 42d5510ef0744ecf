let warned = false;

/** Warns once per process that the server is limited under Bun, whose node:http2 breaks RST_STREAM frames. */
export function warnUnderBun(versions: NodeJS.ProcessVersions = process.versions): void {
  if (warned || versions.bun === undefined) return;
  warned = true;
  console.error(
    "apnskit mock server: under Bun resets of streams (RST_STREAM) reach clients broken. Run the server with Node.js.",
  );
}
