// Node.js loads this file into the mock server's process before the server. It changes the windows and the
// reading speed of connections at random. Environment: APNSKIT_WEATHER_SEED. The file is JavaScript because
// no TypeScript loader is active yet.
import http2 from "node:http2";
import { syncBuiltinESMExports } from "node:module";

/** Milliseconds between two changes on one connection, on average. */
const EVERY = 400;
/** Maximum milliseconds that a change lasts. */
const LONGEST = 150;
const LARGEST_WINDOW = 2 ** 31 - 1;
const USUAL_WINDOW = 65_535;

let state = Number(process.env.APNSKIT_WEATHER_SEED ?? 1) >>> 0;
function next() {
  // A linear congruential generator (Numerical Recipes): it is random enough to choose faults.
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const sockets = new Map();

/** Changes the windows of all streams, and later restores them. */
function changeWindows(session) {
  const windows = [0, 1, 40, 1_000, LARGEST_WINDOW];
  set(session, windows[Math.floor(next() * windows.length)]);
  setTimeout(() => set(session, USUAL_WINDOW), next() * LONGEST);
}

function set(session, initialWindowSize) {
  if (session.destroyed || session.closed) return;
  try {
    session.settings({ initialWindowSize });
  } catch (error) {
    // Too many SETTINGS frames wait for their acknowledgement. Skips this change.
    if (error.code !== "ERR_HTTP2_MAX_PENDING_SETTINGS_ACK") throw error;
  }
}

/** Stops reading for a while, so that the client's bytes wait in its socket. */
function readSlowly(session) {
  const handle = sockets.get(session.socket?.remotePort)?._handle;
  if (handle === undefined || handle === null) return;
  handle.readStop();
  setTimeout(() => {
    if (handle.fd >= 0) handle.readStart();
  }, next() * LONGEST);
}

function watch(session) {
  let timer;
  const change = () => {
    if (next() < 0.7) changeWindows(session);
    else readSlowly(session);
    timer = setTimeout(change, next() * 2 * EVERY).unref();
  };
  timer = setTimeout(change, next() * 2 * EVERY).unref();
  session.once("close", () => clearTimeout(timer));
}

const { createSecureServer } = http2;
http2.createSecureServer = (...args) => {
  const server = createSecureServer(...args);
  server.on("connection", (socket) => {
    const port = socket.remotePort;
    sockets.set(port, socket);
    socket.once("close", () => sockets.delete(port));
  });
  server.on("session", watch);
  return server;
};
syncBuiltinESMExports();
