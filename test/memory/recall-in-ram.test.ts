import { describe } from 'vitest';
import { testRecall } from './recall-contract.ts';
import { createRamRecall } from './recall-in-ram.ts';

describe('the store of the tests', () => {
  testRecall(async () => {
    const records: Parameters<typeof createRamRecall>[0] = [];
    return { open: async () => createRamRecall(records) };
  });
});
