import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { code } from '../src/messages.js';
import { RawPeer } from './support/raw.js';
import { type Started, startRouter } from './support/router.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('arguments on their way', () => {
  let started: Started;
  let json: RawPeer;
  let cbor: RawPeer;
  let msgpack: RawPeer;
  beforeAll(async () => {
    started = await startRouter();
    json = await RawPeer.join(started.url, 'json');
    cbor = await RawPeer.join(started.url, 'cbor');
    msgpack = await RawPeer.join(started.url, 'msgpack');
    for (const peer of [json, cbor, msgpack]) await peer.ask([code.SUBSCRIBE, 1, {}, 't']);
  });
  afterAll(() => started.router.close());

  const publishJson = async (rest: string): Promise<string> => {
    json.sendBytes(`[16, 2, {"exclude_me": false}, "t"${rest}]`);
    return (await json.next()).toString().replace(/^\[36,1,\d+,\{\}/, '');
  };

  it('keep their very bytes between peers with the same serializer', async () => {
    expect(await publishJson(' , [1.0, 1,  1e2 , "\\u00e9"] , {"b" : 1.50}')).toBe(
      ',[1.0, 1,  1e2 , "\\u00e9"],{"b" : 1.50}]',
    );
    // A float of half precision, an indefinite list and a typed array, which this router would write otherwise.
    const args = hex('9f f9 3c00 d8 56 48 000000000000f83f ff');
    cbor.frames.length = 0;
    cbor.sendBytes(Buffer.concat([hex('85 10 03 a1 6a 6578636c7564655f6d65 f4 61 74'), args]));
    const event = await cbor.next();
    await json.next();
    expect(event.subarray(-args.length).equals(args)).toBe(true);
  });

  it('keep integers and floats apart for peers with another serializer', async () => {
    cbor.frames.length = msgpack.frames.length = 0;
    await publishJson(',[1.0,1],{"f":2.0,"n":NaN}');
    const event = (await cbor.next()).toString('hex');
    expect(event.endsWith('9ffb3ff000000000000001ffbf6166fb4000000000000000616efb7ff8000000000000ff')).toBe(true);
    expect((await msgpack.next()).toString('hex')).toMatch(
      /dd00000002cb3ff000000000000001df00000002a166cb4000000000000000a16ecb7ff8000000000000$/,
    );
  });

  it('reach JSON peers with null for NaN, which is counted', async () => {
    const before = started.router.counts().mishaps['non_finite'] ?? 0;
    expect(await publishJson(',[NaN,{"a":[-Infinity]}]')).toBe(',[null,{"a":[null]}]]');
    expect(started.router.counts().mishaps['non_finite']).toBe(before + 2);
  });

  it.each([
    [',null,null', ']'],
    [',[],null', ',[]]'],
    [',null,{"a":1}', ',[],{"a":1}]'],
    [',[]', ',[]]'],
    ['', ']'],
  ])('never bring a null for keyword arguments: %s', async (sent, expected) => {
    expect(await publishJson(sent)).toBe(expected);
  });

  it('carry bytes to JSON and back', async () => {
    msgpack.frames.length = 0;
    expect(await publishJson(',["\\u0000AQID"]')).toBe(',["\\u0000AQID"]]');
    expect((await msgpack.next()).toString('hex')).toMatch(/dd00000001c403010203$/);
  });

  it('write large ids as integers in every format', async () => {
    json.frames.length = cbor.frames.length = msgpack.frames.length = 0;
    await publishJson(',[]');
    // 36, subscription 1, then a publication id of more than 32 bit (or, once in two million, less).
    expect((await cbor.next()).toString('hex')).toMatch(/^8518240[1-9](1b|1a)/);
    expect((await msgpack.next()).toString('hex')).toMatch(/^95240[1-9](cf|ce)/);
  });
});
