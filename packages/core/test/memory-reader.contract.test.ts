import { MemoryReader } from '@sisock/core';
import { readerContract } from '@sisock/testkit';

readerContract('MemoryReader', async ({ timelines }) => {
  const reader = new MemoryReader({ timelines });
  return {
    reader,
    close: async () => {},
    append: async (timeline, batch) => reader.append(timeline, batch),
  };
});
