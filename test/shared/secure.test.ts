import { describe, expect, it } from 'vitest';
import { answer } from '../../src/demo/script.ts';
import { claudeLimit } from '../../src/demo/limits.ts';
import { inAnHour, makeCast } from '../helpers/cast.ts';
import { makeAuthority } from '../helpers/certificates.ts';
import { runCcmux } from '../helpers/claude.ts';
import { answersOf, useQuickClient } from '../helpers/quick-client.ts';
import { anotherMachine, quick } from './places.ts';
import { freePort, startRedis, withRedis } from './redis.ts';

/** A server for encrypted connections to this host. `trust`: the environment that believes its certificate. */
async function startEncrypted(host: string, ...options: string[]) {
  const authority = await makeAuthority();
  const { key, cert } = await authority.issue(host);
  const port = await freePort();
  const files = {
    '--tls-cert-file': authority.file('cert.pem', cert),
    '--tls-key-file': authority.file('key.pem', key),
  };
  await startRedis('--tls-port', String(port), '--tls-auth-clients', 'no', ...Object.entries(files).flat(), ...options);
  return { port, trust: { NODE_EXTRA_CA_CERTS: authority.file('ca.pem', authority.ca) } };
}

const PASSWORD = 'a-password/of+the@team:%41';

describe.skipIf(withRedis.skip)('an encrypted server with a password', () => {
  it('is shared by those who trust it and know the password, and by nobody else', async () => {
    const { port, trust } = await startEncrypted('localhost', '--requirepass', PASSWORD);
    const cast = await makeCast({
      claude: () => claudeLimit(inAnHour()),
      gemini: () => answer('Gemini was here.'),
      settings: `shared: 'rediss://:\${TEAM_PASSWORD}@localhost:${port}'`,
      env: { TEAM_PASSWORD: PASSWORD, ...trust },
    });
    const byCommand = anotherMachine(cast, {
      ...trust,
      CCMUX_SHARED: `valkeys://localhost:${port}`,
      CCMUX_SHARED_PASSWORD_COMMAND: `printf '%s\\n' '${PASSWORD}'`,
    });
    for (const place of [cast.place, byCommand]) {
      useQuickClient(place);
      const { code, stdout, stderr } = await quick(place, 'hello').finished;
      expect([code, answersOf(stdout).map(({ status }) => status)]).toEqual([0, [200]]);
      expect(stderr).not.toMatch(/localhost|Warning/);
    }
    // The second one did not ask Claude: the first had told it of the limit.
    expect(cast.claude.asked()).toHaveLength(1);
    expect((await runCcmux(byCommand, ['doctor'])).stdout).toMatch(
      /valkey at localhost \(redis 7\S*\) answers in .*2 machines share/s,
    );

    const strangers: [Record<string, string>, RegExp][] = [
      [{ TEAM_PASSWORD: PASSWORD }, /certificate not trusted\s.*NODE_EXTRA_CA_CERTS/s],
      [{ ...trust, TEAM_PASSWORD: 'another-password' }, /does not take the password/],
      [{ ...trust, CCMUX_SHARED: `rediss://localhost:${port}` }, /wants a password/],
      [{ CCMUX_SHARED: `redis://localhost:${port}` }, /connection broke\s.*encrypted connections only/s],
      [{ ...trust, CCMUX_SHARED: `rediss://127.0.0.1:${port}` }, /certificate of another host/],
    ];
    const told = await Promise.all(strangers.map(([env]) => runCcmux(anotherMachine(cast, env), ['doctor'])));
    for (const [at, { stdout, stderr }] of told.entries()) {
      expect(stdout).toMatch(strangers[at]![1]);
      expect(stderr).not.toMatch(/Warning/);
    }
  });

  it('may have an address for its name', async () => {
    const { port, trust } = await startEncrypted('127.0.0.1');
    const { place } = await makeCast({
      settings: `shared: 'rediss://127.0.0.1:${port}'`,
      env: trust,
    });
    const { stdout, stderr } = await runCcmux(place, ['doctor']);
    expect(stdout).toMatch(/redis at 127\.0\.0\.1 \(redis 7\S*\) answers/);
    expect(stderr).not.toMatch(/Warning/);
  });
});
