import { homedir, userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { homeOfUser, nameOfUser } from '../../src/ground/user.ts';

const unknown = () => {
  throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
};

it('is who the system says', () => {
  expect(homeOfUser()).toBe(homedir());
  // Node takes HOME as it is, an empty one as well.
  expect(homeOfUser({ homedir: () => '', userInfo })).toBe(userInfo().homedir);
  expect(nameOfUser()).toBe(userInfo().username);
});

it('has a home and a name where the system does not know it, as in a container', () => {
  expect(homeOfUser({ homedir: unknown, userInfo: unknown })).toBe('/');
  expect(homeOfUser({ homedir: () => '', userInfo: unknown })).toBe('/');
  expect(nameOfUser({ userInfo: unknown })).toBe(String(process.getuid?.()));
});
