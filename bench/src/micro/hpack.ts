import { Decoder, Encoder, FieldList, OutputBuffer } from "@apnskit/http2";
import { devicePath, deviceTokens } from "../workload.ts";
import type { MicroCase } from "./case.ts";

const PATH_INDEX = 4;
const LIST_LIMIT = 65_536;

const notificationHeaders: [string, string][] = [
  ["authorization", `bearer ${"x".repeat(180)}`],
  ["apns-topic", "com.example.bench"],
  ["apns-push-type", "alert"],
  ["apns-expiration", "0"],
];
const fieldList = () => FieldList.from(notificationHeaders, () => "indexed");

/**
 * An answer as APNs sends it: `:status: 200` and an `apns-id` of 36 characters, encoded by this project's
 * encoder.
 */
function answerBlock(id: string): Buffer {
  const out = new OutputBuffer();
  const fields = FieldList.from([["apns-id", id]], () => "literal");
  out.reserve(1);
  out.bytes[out.length++] = 0x88;
  new Encoder(4_096).encodeList(fields, out);
  return Buffer.from(out.take()!);
}

export const hpackCases: readonly MicroCase[] = [
  {
    group: "HPACK",
    name: "encode a path and shared headers that the encoder knows",
    prepare() {
      const encoder = new Encoder(4_096);
      const out = new OutputBuffer();
      const shared = fieldList();
      const paths = deviceTokens(1_000).map(devicePath);
      return (times) => {
        let bytes = 0;
        for (let i = 0; i < times; i++) {
          encoder.encodeLiteral(PATH_INDEX, paths[i % paths.length]!, out);
          encoder.encodeList(shared, out);
          bytes += out.length;
          out.length = 0;
        }
        return bytes;
      };
    },
  },
  {
    group: "HPACK",
    name: "encode the headers of a new notification, fields known",
    prepare() {
      const encoder = new Encoder(4_096);
      const out = new OutputBuffer();
      return (times) => {
        let bytes = 0;
        for (let i = 0; i < times; i++) {
          encoder.encodeList(fieldList(), out);
          bytes += out.length;
          out.length = 0;
        }
        return bytes;
      };
    },
  },
  {
    group: "HPACK",
    name: "decode an answer with apns-id",
    prepare() {
      const decoder = new Decoder(LIST_LIMIT);
      const block = answerBlock("EC1BF194-B3B2-424A-89A9-5A918A6E6B5F");
      return (times) => {
        let fields = 0;
        for (let i = 0; i < times; i++) fields += decoder.decode(block, 0, block.length).length;
        return fields;
      };
    },
  },
];
