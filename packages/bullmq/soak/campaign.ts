/** The soak of campaigns: on BullMQ with `--redis` or `--postgres`, otherwise with the file journal. */
const isShared = process.argv.some((word) => /^--(?:redis|postgres)(?:=|$)/.test(word));
if (isShared) {
  await import("./main.ts");
} else {
  await import("../../campaign/soak/main.ts");
  if (/^(?:-h|--help)$/m.test(process.argv.join("\n"))) {
    console.log("\n--redis [URL] or --postgres [URL] --help: the soak of several workers on BullMQ");
  }
}

export {};
