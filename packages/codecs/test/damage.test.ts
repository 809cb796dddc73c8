import { describe, expect, it } from '@jest/globals';
import {
  decodeHk,
  decodeObject,
  FrameWalker,
  type HkBlock,
  HkTracker,
  initialHkState,
  isHkFrame,
  summarizeHk,
} from '@sisock/codecs/g3';
import fc from 'fast-check';
import { archive, frame, smallFile } from './support/bytes.js';
import { fixture } from './support/golden.js';

/** What a reader makes of a file, and all damage it found; anything else it throws fails the test. */
function readFile(bytes: Uint8Array, offset = 0, state = initialHkState) {
  const walker = new FrameWalker({ offset });
  const tracker = new HkTracker(state);
  const samples: string[] = [];
  const damage: unknown[] = [];
  for (const { offset, frame: whole } of walker.push(bytes)) {
    if (whole === null || !isHkFrame(whole)) continue;
    try {
      summarizeHk(whole);
      const hk = decodeHk(whole);
      const feed = tracker.follow(hk, offset);
      if (hk.kind === 'data') samples.push(...hk.blocks.flatMap((block) => rows(feed!, block)));
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'bad_data') throw thrown;
      damage.push(thrown);
      if (!whole.entries.has('blocks')) tracker.forget();
    }
  }
  const end = walker.end();
  if (end !== null) damage.push(end);
  return { samples, damage, state: tracker.state };
}

function rows(feed: string, { name, ticks, columns }: HkBlock): string[] {
  return [...columns].flatMap(([field, { kind, v }]) =>
    [...v].map((value, i) => `${feed} ${name} ${field} ${ticks[i]} ${kind} ${value}`),
  );
}

describe.each([
  ['little-endian', smallFile(true)],
  ['big-endian', smallFile(false)],
  ['an aggregator wrote', fixture('tiny/v2_basic.g3').slice(0, 2457)],
])('a file that is %s, one bit flipped', (_what, file) => {
  const { samples, damage } = readFile(file);
  const known = new Set(samples);

  it('is whole before', () => {
    expect(samples.length).toBeGreaterThan(20);
    expect(damage).toEqual([]);
  });

  it('never gives a wrong value under a right name, and is always said', () => {
    for (const { offset, length } of new FrameWalker().push(file)) {
      // What stands before is read as it was: tested below.
      const { state } = readFile(file.slice(0, offset));
      const rest = file.slice(offset);
      const whole = readFile(rest, offset, state);
      for (let bit = 0; bit < length * 8; bit++) {
        const at = bit >> 3;
        rest[at]! ^= 1 << (bit & 7);
        const now = readFile(rest, offset, state);
        rest[at]! ^= 1 << (bit & 7);
        const wrong = now.samples.find((sample) => !known.has(sample));
        if (wrong !== undefined) throw new Error(`frame at ${offset}, bit ${bit}: ${wrong}`);
        // All but 1 in the flag means big-endian: only there a flip may change nothing.
        if (now.damage.length > 0) continue;
        expect({ at, samples: now.samples }).toEqual({ at: 0, samples: whole.samples });
      }
    }
  });

  it('keeps the frames before it', () => {
    for (let at = 0; at < file.length; at++) {
      const flipped = file.slice();
      flipped[at]! ^= 0x10;
      const before = new FrameWalker().push(file.slice(0, at)).length;
      expect(new FrameWalker().push(flipped).length).toBeGreaterThanOrEqual(before);
    }
  });
});

describe('malformed input', () => {
  const seeds = [smallFile(true), fixture('tiny/v2_basic.g3'), fixture('tiny/v0_irreg.g3'), fixture('tiny/objects.g3')];
  const frames = seeds.flatMap((file) => new FrameWalker().push(file).map((walked) => walked.frame!));

  it('is damage, 10,000 times: frames whose values are wrong under a right CRC', () => {
    let damaged = 0;
    const outcome = (read: () => unknown) => {
      try {
        read();
      } catch (thrown) {
        const { code, kind, offset } = thrown as { code?: string; kind?: string; offset?: number };
        if (code !== 'bad_data' || kind === undefined || offset === undefined) throw thrown;
        damaged++;
      }
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255))), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.option(fc.nat()),
        (whole, which, changes, cut) => {
          const keys = [...whole.entries.keys()];
          if (keys.length === 0) return;
          const key = keys[which % keys.length]!;
          const blob = whole.entries.get(key)!.slice();
          for (const [at, value] of changes) blob[at % blob.length] = value;
          const wrong = cut === null ? blob : blob.slice(0, cut % blob.length);
          const changed = { ...whole, entries: new Map([...whole.entries, [key, wrong]]) };
          outcome(() => decodeObject(wrong));
          outcome(() => summarizeHk(changed));
          outcome(() => decodeHk(changed));
        },
      ),
      { numRuns: 5000 },
    );
    expect(damaged).toBeGreaterThan(5000);
  });

  it('is damage, 5,000 times: files of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, begun) => {
        const head = frame(true, 'H', []).slice(0, 13);
        const { damage, samples } = readFile(begun ? Uint8Array.from([...head, ...bytes]) : bytes);
        expect(samples).toEqual([]);
        if (bytes.length > 4) expect(damage).toHaveLength(1);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes no memory that its bytes do not warrant', () => {
    const huge = [2 ** 31, 2 ** 40, 2 ** 52];
    const vectors = ['G3VectorDouble', 'G3VectorBool', 'G3VectorString', 'G3VectorTime', 'G3VectorFrameObject'];
    for (const n of huge) {
      for (const name of vectors) {
        const blob = archive(true, name, 1, (b) => b.base().u64(n).u64(0));
        expect(() => decodeObject(blob)).toThrow(`a length of ${n} with`);
      }
      const blob = archive(true, 'G3VectorInt', 2, (b) => b.base().u32(8).u64(n));
      expect(() => decodeObject(blob)).toThrow(`a length of ${n} with`);
    }
  });
});
