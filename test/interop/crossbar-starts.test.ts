import { afterAll, expect, it } from '@jest/globals';
import { startCrossbar } from './peers/crossbar.js';
import { stopAllProcesses } from './peers/peer-process.js';
afterAll(stopAllProcesses);
it('starts', async () => {
  const t=Date.now();
  const x = await startCrossbar({ realm: 'test_realm', roles: [{name:'iocs_agent', permissions:[{uri:'',match:'prefix',allow:{call:true}}]}], users: {server:{secret:'a',role:'iocs_agent'}, s:{secret:'b',role:'iocs_agent',salted:{salt:'x',iterations:100,keylen:32}}}, anonymousRole: 'iocs_agent', httpRole: 'iocs_agent' });
  console.log(Date.now()-t, x.wsUrl);
  await x.restart();
  console.log(Date.now()-t);
  const r = await fetch(x.httpUrl + '/call', {method:'POST', headers:{'content-type':'application/json'}, body: JSON.stringify({procedure:'wamp.session.count', args:[]})});
  console.log(r.status, await r.text());
  await x.stop();
  expect(1).toBe(1);
});
