import type { Random } from "./random.ts";

const INTERESTING = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 32, 61, 62, 63, 64, 127, 128, 129, 192, 224, 254, 255,
];
const INTERESTING_32 = [
  0, 1, 2, 16_383, 16_384, 16_385, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
const MAX_LENGTH = 20_000;

/** Changes an input without knowing what it means. */
export function mutateOctets(input: Buffer, random: Random, corpus: readonly Buffer[]): Buffer {
  const at = random.below(input.length + 1);
  const count = 1 + random.below(random.once(4) ? 200 : 8);
  switch (random.below(9)) {
    case 0: {
      const changed = Buffer.from(input);
      if (at < changed.length) changed[at] = changed[at]! ^ (1 << random.below(8));
      return changed;
    }
    case 1: {
      const changed = Buffer.from(input);
      if (at < changed.length) changed[at] = random.pick(INTERESTING);
      return changed;
    }
    case 2: {
      const changed = Buffer.from(input);
      if (at + 4 <= changed.length) changed.writeUInt32BE(random.pick(INTERESTING_32), at);
      return changed;
    }
    case 3:
      return Buffer.concat([input.subarray(0, at), input.subarray(at + count)]);
    case 4: {
      const inserted = Buffer.from(Array.from({ length: count }, () => random.below(256)));
      return Buffer.concat([input.subarray(0, at), inserted, input.subarray(at)]);
    }
    case 5: {
      // Repeats a piece, at times very often.
      const piece = input.subarray(at, at + count);
      const times = random.once(10) ? 1 + random.below(300) : 2;
      return Buffer.concat([
        input.subarray(0, at),
        ...new Array<Buffer>(times).fill(piece),
        input.subarray(at),
      ]);
    }
    case 6: {
      const other = random.pick(corpus);
      const from = random.below(other.length + 1);
      return Buffer.concat([
        input.subarray(0, at),
        other.subarray(from, from + 1 + random.below(100)),
        input.subarray(at),
      ]);
    }
    case 7:
      return Buffer.concat([input.subarray(0, at), random.pick(corpus).subarray(1)]);
    default:
      return Buffer.from(input.subarray(0, at));
  }
}

/** Changes an input that is a head of `headLength` octets and then frames, frame by frame, so that most stay whole. */
export function mutateFrames(
  input: Buffer,
  headLength: number,
  random: Random,
  corpus: readonly Buffer[],
): Buffer {
  const frames = splitFrames(input.subarray(headLength));
  const at = random.below(frames.length + 1);
  const frame = frames[at];
  switch (random.below(9)) {
    case 0:
      if (frame)
        frames.splice(at, 0, ...new Array<Buffer>(random.once(10) ? 1 + random.below(100) : 1).fill(frame));
      break;
    case 1:
      frames.splice(at, 1 + random.below(3));
      break;
    case 2:
      if (frame) {
        frames.splice(at, 1);
        frames.splice(random.below(frames.length + 1), 0, frame);
      }
      break;
    case 3: {
      const others = splitFrames(random.pick(corpus).subarray(headLength));
      if (others.length > 0) frames.splice(at, 0, random.pick(others));
      break;
    }
    case 4:
      if (frame && frame.length >= 9) {
        const changed = Buffer.from(frame);
        changed[3] = random.below(11);
        frames[at] = changed;
      }
      break;
    case 5:
      if (frame && frame.length >= 9) {
        const changed = Buffer.from(frame);
        changed[4] = changed[4]! ^ random.pick([0x1, 0x4, 0x8, 0x20, 0x5, 0xff]);
        frames[at] = changed;
      }
      break;
    case 6:
      if (frame && frame.length >= 9) {
        const changed = Buffer.from(frame);
        changed.writeUInt32BE(random.pick([0, 1, 2, 3, 5, 7, 9, 11, 0x7fff_ffff, 0x8000_0001]), 5);
        frames[at] = changed;
      }
      break;
    case 7:
      // Changes a payload and puts its length right again.
      if (frame && frame.length >= 9)
        frames[at] = withPayload(frame, mutateOctets(frame.subarray(9), random, corpus));
      break;
    default: {
      const payload = Buffer.from(Array.from({ length: random.below(20) }, () => random.below(256)));
      const made = Buffer.alloc(9);
      made[3] = random.below(12);
      made[4] = random.pick([0, 1, 4, 5, 8, 9, 0xd, 0x20, 0x25, 0xff]);
      made.writeUInt32BE(random.pick([0, 0, 1, 3, 5, 7, 2]), 5);
      frames.splice(
        at,
        0,
        withPayload(made, random.once(2) ? payload : payload.subarray(0, random.pick([0, 4, 8]))),
      );
    }
  }
  return Buffer.concat([input.subarray(0, headLength), ...frames]);
}

/** One input out of another by a few changes. */
export function mutate(
  input: Buffer,
  headLength: number | undefined,
  random: Random,
  corpus: readonly Buffer[],
): Buffer {
  let changed = input;
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    changed =
      headLength === undefined || random.once(4)
        ? mutateOctets(changed, random, corpus)
        : mutateFrames(changed, headLength, random, corpus);
  }
  return changed.length > MAX_LENGTH ? changed.subarray(0, MAX_LENGTH) : changed;
}

function withPayload(frame: Buffer, payload: Buffer): Buffer {
  const kept = payload.subarray(0, 16_384);
  const changed = Buffer.concat([frame.subarray(0, 9), kept]);
  changed.writeUIntBE(kept.length, 0, 3);
  return changed;
}

function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 9 <= bytes.length ? at + 9 + bytes.readUIntBE(at, 3) : bytes.length;
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}
