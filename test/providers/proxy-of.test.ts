import { describe, expect, it } from 'vitest';
import { proxyOfClaude, proxyOfOthers } from '../../src/providers/proxy-of.ts';

const P = 'http://proxy:3128';
const Q = 'http://other:8080';

/** Each row was observed with Claude Code 2.1.330, which was asked by a proxy that writes down who asks for what. */
describe('which proxy', () => {
  it.each<[string, NodeJS.ProcessEnv, string | undefined, string | undefined]>([
    ['https://gw.example', {}, undefined, undefined],
    ['https://gw.example', { HTTPS_PROXY: P }, P, P],
    ['https://gw.example', { https_proxy: P, HTTPS_PROXY: Q }, P, P],
    ['https://gw.example', { https_proxy: P, HTTPS_PROXY: '' }, P, P],
    ['https://gw.example', { https_proxy: '', HTTPS_PROXY: P }, P, P],
    ['https://gw.example', { ALL_PROXY: P }, P, P],
    ['https://gw.example', { HTTPS_PROXY: P, HTTP_PROXY: Q }, P, P],
    ['https://gw.example', { HTTP_PROXY: P }, P, undefined],
    ['http://gw.example', { http_proxy: P }, P, P],
    ['http://gw.example', { all_proxy: P }, P, P],
    ['http://gw.example', { HTTPS_PROXY: P }, P, undefined],
    ['http://gw.example', { HTTPS_PROXY: P, HTTP_PROXY: Q }, P, Q],
    ['https://gw.example', { HTTPS_PROXY: 'proxy:3128' }, P, P],
    ['https://gw.example', { HTTPS_PROXY: 'socks5://proxy:1080' }, 'socks5://proxy:1080', 'socks5://proxy:1080'],
    ['http://127.0.0.1:4000', { HTTP_PROXY: P }, undefined, undefined],
    ['http://localhost:4000', { HTTP_PROXY: P }, undefined, undefined],
    ['http://[::1]:4000', { HTTP_PROXY: P }, undefined, undefined],
  ])('%s with %j: %s for Claude, %s for others', (address, env, ofClaude, ofOthers) => {
    expect(proxyOfClaude(env)(new URL(address))).toBe(ofClaude);
    expect(proxyOfOthers(env)(new URL(address))).toBe(ofOthers);
  });
});

describe('NO_PROXY', () => {
  it.each<[list: string, address: string, isExempt: boolean]>([
    ['gw.example', 'https://gw.example', true],
    ['example', 'https://gw.example', true],
    ['.example', 'https://gw.example', true],
    ['*.example', 'https://gw.example', true],
    ['.gw.example', 'https://gw.example', true],
    ['GW.Example', 'https://gw.example', true],
    ['a.b gw.example', 'https://gw.example', true],
    ['a.b, ,gw.example', 'https://gw.example', true],
    ['*', 'https://gw.example', true],
    ['gw.example:443', 'https://gw.example', true],
    ['gw.example:80', 'https://gw.example', false],
    ['gw.example:8443', 'https://gw.example:8443', true],
    ['w.example', 'https://gw.example', false],
    ['gw.example.com', 'https://gw.example', false],
    ['', 'https://gw.example', false],
    ['10.0.0.0/8', 'http://10.1.2.3', true],
    ['10.0.0.0/8', 'http://11.1.2.3', false],
    ['10.0.0.0/99', 'http://10.1.2.3', false],
    ['10.0.0.0/8', 'https://gw.example', false],
    ['10.1.2.3', 'http://10.1.2.3', true],
    ['fd00::/8', 'http://[fd00::1]', true],
    ['[fd00::1]', 'http://[fd00::1]', true],
    ['[fd00::1]:81', 'http://[fd00::1]', false],
    ['fd00::1', 'http://[fd00::1]', true],
  ])('%s: %s is asked directly: %s', (list, address, isExempt) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const env = { HTTPS_PROXY: P, HTTP_PROXY: P, [name]: list };
      expect(proxyOfClaude(env)(new URL(address))).toBe(isExempt ? undefined : P);
    }
  });

  it('counts in the small name first', () => {
    const env = { HTTPS_PROXY: P, NO_PROXY: 'elsewhere.example', no_proxy: 'gw.example' };
    expect(proxyOfClaude(env)(new URL('https://gw.example'))).toBeUndefined();
  });
});
