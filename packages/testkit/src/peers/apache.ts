import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess, type Site } from "./peer-process.ts";
import { findProgram } from "./program.ts";

export interface ApacheOptions extends PeerOptions {
  /** Initial stream window in bytes (`H2WindowSize`). Default 65535. */
  window?: number;
}

/** Apache with mod_http2. It answers every request with 204 without reading the body. */
export const Apache: Peer<ApacheOptions> = {
  name: "Apache",
  available: () => findProgram("apache2", "apache2"),
  start: (options = {}) =>
    PeerProcess.start("apache2", Apache.available(), options, async (site) => {
      const file = join(site.directory, "httpd.conf");
      await writeFile(file, configuration(site, options));
      return ["-f", file, "-D", "FOREGROUND"];
    }),
};

/** Debian's folder for Apache modules. */
const MODULES = "/usr/lib/apache2/modules";

/** Apache refuses to serve as root. Without root it cannot change its user. */
const WORKER = process.getuid?.() === 0 ? "User www-data\nGroup www-data" : "";

function configuration({ directory, port, certFile, keyFile }: Site, options: ApacheOptions): string {
  const { streams = 1000, window = 65_535 } = options;
  return `
ServerRoot "${directory}"
DefaultRuntimeDir "${directory}"
PidFile "${directory}/httpd.pid"
ServerName localhost
Listen 127.0.0.1:${port}
ErrorLog "${directory}/error.log"
LogLevel crit
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule ssl_module ${MODULES}/mod_ssl.so
LoadModule http2_module ${MODULES}/mod_http2.so
LoadModule alias_module ${MODULES}/mod_alias.so
${WORKER}
StartServers 1
# One at work; the others are for those that end after a graceful restart.
ServerLimit 8
ThreadsPerChild 32
MinSpareThreads 1
MaxSpareThreads 32
MaxRequestWorkers 32
MaxConnectionsPerChild 0
KeepAliveTimeout 3600
Timeout 3600
Mutex posixsem
<VirtualHost 127.0.0.1:${port}>
  Protocols h2
  SSLEngine on
  SSLCertificateFile "${certFile}"
  SSLCertificateKeyFile "${keyFile}"
  H2MaxSessionStreams ${streams}
  H2WindowSize ${window}
  Redirect 204 /
</VirtualHost>
`;
}
