// The agents of a site in a process of their own, over one session: `url fields rate seconds fieldsOfBlock samplesAtOnce`.
// Prints how many samples were published and acknowledged, and in what time.
import { connectSession } from '@sisock/wamp';
import { setTimeout as sleep } from 'node:timers/promises';
import { channels, eventOf, topicOf } from './feed-events.mjs';

const [url, ...numbers] = process.argv.slice(2);
const [fields, rate, seconds, fieldsOfBlock, samplesAtOnce] = numbers.map(Number);
const agents = Math.ceil(fields / fieldsOfBlock);
const names = channels(fieldsOfBlock);
const session = connectSession({ url, serializers: ['cbor'] });
await session.ready;

const rounds = (seconds * rate) / samplesAtOnce;
const roundMs = (1000 * samplesAtOnce) / rate;
const began = Date.now();
let samples = 0;
const underway = [];
for (let round = 0; round < rounds; round++) {
  // Agents don't publish all at once.
  for (let agent = 0; agent < agents; agent++) {
    const due = began + roundMs * (round + agent / agents);
    if (Date.now() < due) await sleep(due - Date.now());
    const times = Array.from({ length: samplesAtOnce }, (_, i) => began / 1000 + (round * samplesAtOnce + i) / rate);
    const published = session.publish(topicOf(agent), eventOf(agent, names, times));
    underway.push(published.then(() => (samples += fieldsOfBlock * samplesAtOnce)));
  }
  await Promise.all(underway.splice(0));
}
await session.close();
console.log(JSON.stringify({ samples, tookSec: (Date.now() - began) / 1000 }));
