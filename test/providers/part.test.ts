import { expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { loadPart } from '../../src/providers/part.ts';

it('loads what is there', async () => {
  expect(await loadPart(async () => 1)).toBe(1);
});

it('says what has happened to a part that an upgrade has taken away', async () => {
  const missing = async () => {
    throw Object.assign(new Error('Cannot find module'), { code: 'ERR_MODULE_NOT_FOUND' });
  };
  await expect(loadPart(missing)).rejects.toThrow(UserError);
  await expect(loadPart(missing)).rejects.toThrow(/upgraded or removed under this session: leave it/);
});

it('leaves every other fault what it is', async () => {
  const fault = new TypeError('a fault of ours');
  await expect(loadPart(() => Promise.reject(fault))).rejects.toBe(fault);
});
