import { MemorySite } from '@sisock/core';
import { fakeClock, siteContract } from '@sisock/testkit';

siteContract('MemorySite', async () => {
  const site = new MemorySite(fakeClock());
  return {
    site,
    add: async (name, reader, description) => site.add(name, reader, description),
    remove: async (name) => void site.remove(name),
    close: async () => {},
  };
});
