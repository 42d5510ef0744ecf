import { expect, test, vi } from "vitest";
import { warnUnderBun } from "../src/runtime-warning.ts";

test("under Bun the server says once on stderr what does not work there", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  warnUnderBun(process.versions);
  expect(error).not.toHaveBeenCalled();
  warnUnderBun({ ...process.versions, bun: "1.4.5" });
  warnUnderBun({ ...process.versions, bun: "1.4.5" });
  expect(error).toHaveBeenCalledTimes(1);
  expect(error.mock.calls[0]![0]).toMatch(/RST_STREAM.*Node\.js/);
  error.mockRestore();
});
