import { events } from './case.js';
import type { Case } from './case.js';
import type { Payload, Serializer } from './peer.js';
import { asSeenByJs } from './wire-values.js';

const serializers: readonly Serializer[] = ['json', 'msgpack', 'cbor'];

/** What must come out as it went in, whatever the serializers: kinds of numbers above all. */
const values: readonly unknown[] = [
  ...[0, 1, -1, 23, 24, 127, 128, -128, -129, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1],
  ...[-(2 ** 31) - 1, -(2 ** 40), 2 ** 53 - 1, -(2 ** 53) + 1],
  ...['1.0', '0.0', '-0.0', '100.0', '1e+22', '1.7976931348623157e+308', '4294967297.0'].map((text) => ({
    $float: text,
  })),
  ...[0.1, -1.5, 1e-300, 1795186959.1311395],
  ...[true, false, null, '', 'é 中 \u{1f52d} " \\ \n', [], {}, [[[]]], { a: { b: [1, { $float: '2.0' }] } }],
];

const pairs = serializers.flatMap((from) => serializers.map((to) => ({ from, to })));

export const valueCases: readonly Case[] = [
  ...pairs.map(({ from, to }): Case => ({
    name: `values from ${from} to ${to}: event, call and answer keep them`,
    run: async (t) => {
      const publisher = await t.join('a', 'tester', { language: 'python', serializer: from });
      const python = await t.join('b', 'tester', { language: 'python', serializer: to });
      const js = await t.join('b', 'tester', { language: 'js', serializer: to });
      const [atPython, atJs] = [await python.subscribe(t.uri('topic')), await js.subscribe(t.uri('topic'))];
      await publisher.publish(t.uri('topic'), { args: values, kwargs: { all: values } }, { acknowledge: true });
      await python.register(t.uri('echo'), { does: 'echo' });
      const answer = await publisher.call(t.uri('echo'), { args: values, kwargs: { all: values } }).result;
      const [[p], [j]] = [await events(atPython, 1), await events(atJs, 1)];
      const sent: Payload = { args: values, kwargs: { all: values } };
      return {
        python: differences(p!, sent),
        js: differences(j!, asSeenByJs(sent) as Payload),
        answer: differences(answer, sent),
      };
    },
    expect: { python: [], js: [], answer: [] },
  })),
  ...pairs.map(({ from, to }): Case => ({
    name: `NaN and infinities from ${from} to ${to}: kept, or null for JSON`,
    run: async (t) => {
      const publisher = await t.join('a', 'tester', { language: 'python', serializer: from });
      const python = await t.join('b', 'tester', { language: 'python', serializer: to });
      const subscription = await python.subscribe(t.uri('topic'));
      const args = [{ $float: 'nan' }, [{ $float: 'inf' }], { x: { $float: '-inf' } }, 1];
      await publisher.publish(t.uri('topic'), { args }, { acknowledge: true });
      return (await events(subscription, 1))[0]!.args;
    },
    // autobahn-python writes and reads the words NaN and Infinity in JSON: from such a publisher they come through.
    expect:
      to === 'json'
        ? [null, [null], { x: null }, 1]
        : [{ $float: 'nan' }, [{ $float: 'inf' }], { x: { $float: '-inf' } }, 1],
    crossbar: {
      expect: [{ $float: 'nan' }, [{ $float: 'inf' }], { x: { $float: '-inf' } }, 1],
      because: 'Crossbar writes the word NaN into JSON, which is none, and kills autobahn-js',
    },
  })),
  ...pairs.map(({ from, to }): Case => ({
    name: `bytes from ${from} to ${to}`,
    run: async (t) => {
      const publisher = await t.join('a', 'tester', { language: 'python', serializer: from });
      const python = await t.join('b', 'tester', { language: 'python', serializer: to });
      const js = await t.join('b', 'tester', { language: 'js', serializer: to });
      const [atPython, atJs] = [await python.subscribe(t.uri('topic')), await js.subscribe(t.uri('topic'))];
      const args = [{ $bytes: '00ff10' }, { $bytes: '' }];
      await publisher.publish(t.uri('topic'), { args }, { acknowledge: true });
      const [[p], [j]] = [await events(atPython, 1), await events(atJs, 1)];
      return { python: p!.args, js: j!.args };
    },
    expect: {
      python: [{ $bytes: '00ff10' }, { $bytes: '' }],
      // WAMP's form of bytes in JSON (section "Binary conversion of JSON strings"); autobahn-js leaves it as it is.
      js: to === 'json' ? ['\0AP8Q', '\0'] : [{ $bytes: '00ff10' }, { $bytes: '' }],
    },
  })),
  {
    name: 'what autobahn-js sends arrives as it was meant',
    run: async (t) => {
      const [js, python] = [
        await t.join('a', 'tester', { language: 'js' }),
        await t.join('b', 'tester', { language: 'python' }),
      ];
      const subscription = await python.subscribe(t.uri('topic'));
      await js.publish(
        t.uri('topic'),
        { args: [1, 0.5, -7, 'é', null, true, [1, [2]], { x: 1 }] },
        { acknowledge: true },
      );
      return (await events(subscription, 1))[0]!.args;
    },
    expect: [1, 0.5, -7, 'é', null, true, [1, [2]], { x: 1 }],
  },
];

/** The values that are not what was sent. */
function differences(seen: Payload, sent: Payload): unknown[] {
  const differing = (found: readonly unknown[], meant: readonly unknown[]): unknown[] =>
    meant.flatMap((value, i) =>
      JSON.stringify(found[i]) === JSON.stringify(value) ? [] : [{ sent: value, seen: found[i] ?? 'nothing' }],
    );
  return [
    ...differing(seen.args, sent.args),
    ...differing((seen.kwargs['all'] ?? []) as unknown[], sent.kwargs['all'] as unknown[]),
  ];
}
