// A WAMP client with next to no cost of its own, so that what is measured is the router.
import WebSocket from 'ws';

const code = { hello: 1, welcome: 2, goodbye: 6, publish: 16, subscribe: 32, subscribed: 33, event: 36 };
const rpc = { call: 48, result: 50, register: 64, registered: 65, invocation: 68, yield: 70 };

/** Joins anonymously, in JSON. */
export async function join(url, realm = 'test_realm') {
  const socket = new WebSocket(url, 'wamp.2.json', { perMessageDeflate: false });
  const answers = new Map();
  let onInvocation = () => undefined;
  let onEvent = () => undefined;
  let next = 0;
  let welcome;
  const welcomed = new Promise((resolve) => (welcome = resolve));
  let part;
  const parted = new Promise((resolve) => (part = resolve));
  const send = (message) => socket.send(JSON.stringify(message));
  const ask = (type, ...rest) =>
    new Promise((resolve) => {
      answers.set(++next, resolve);
      send([type, next, ...rest]);
    });
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    switch (message[0]) {
      case code.welcome:
        return welcome();
      case code.goodbye:
        return part();
      case code.event:
        return onEvent(message[4]);
      case rpc.invocation:
        return send([rpc.yield, message[1], {}, onInvocation(message[4])]);
      case code.subscribed:
      case rpc.registered:
      case rpc.result: {
        const resolve = answers.get(message[1]);
        answers.delete(message[1]);
        return resolve(message);
      }
      default:
        throw new Error(`unexpected message ${data}`);
    }
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  send([code.hello, realm, { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]);
  await welcomed;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return {
    call: (uri, args) => ask(rpc.call, {}, uri, args),
    register: (uri, handler) => ((onInvocation = handler), ask(rpc.register, {}, uri)),
    subscribe: (topic, handler) => ((onEvent = handler), ask(code.subscribe, {}, topic)),
    publish: (topic, args) => send([code.publish, ++next, {}, topic, args]),
    /** Resolves when the router has let go of the session: its registrations are free again. */
    leave: async () => {
      send([code.goodbye, {}, 'wamp.close.normal']);
      await parted;
      socket.terminate();
      await closed;
    },
  };
}
