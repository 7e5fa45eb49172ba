import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inheritsSession, isWithin, ownerOf, readInode, readLsof, runsInSession } from '../../src/launch/peer.ts';
import { createPerson } from '../../src/launch/person.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A4C1 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0000 100 0 0 10 0
   1: 0100007F:A4C1 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0000 20 4 30 10 -1
   2: 0100007F:D431 0100007F:A4C1 01 00000000:00000000 00:00000000 00000000  1000        0 333 1 0000 20 4 30 10 -1
   3: 0100007F:D432 0100007F:A4C1 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000
`;

it.each([
  ['the client’s end', 0xd431, 0xa4c1, '333'],
  ['our own end', 0xa4c1, 0xd431, '222'],
  ['a connection that is over', 0xd432, 0xa4c1, undefined],
  ['another port', 0xd433, 0xa4c1, undefined],
  ['no port', 0, 0, undefined],
])('reads of /proc/net/tcp: %s', (_, remotePort, localPort, inode) => {
  expect(readInode(TABLE, { remotePort, localPort })).toBe(inode);
});

const LSOF = `p100
n127.0.0.1:42177->127.0.0.1:54321
p200
n127.0.0.1:50000->127.0.0.1:42177
n127.0.0.1:54321->127.0.0.1:42177
`;

it.each([
  ['the client’s end', 54321, 42177, 200],
  ['our own end', 42177, 54321, 100],
  ['another port', 4321, 42177, undefined],
])('reads of lsof: %s', (_, remotePort, localPort, pid) => {
  expect(readLsof(LSOF, { remotePort, localPort })).toBe(pid);
});

/** The connection that a program makes to us, and the program's pid. */
async function asked(env: NodeJS.ProcessEnv = {}) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const code = `require('net').connect(${port}, '127.0.0.1'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', code], { env, stdio: 'ignore' });
  onTestFinished(() => void (child.kill('SIGKILL'), server.close()));
  const [socket] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => void socket.destroy());
  return { pid: child.pid!, connection: { remotePort: socket.remotePort!, localPort: port } };
}

describe.skipIf(process.platform === 'win32')('who is at the other end', () => {
  it('a program, and under whom it runs', async () => {
    const { pid, connection } = await asked();
    expect(await ownerOf(connection)).toBe(pid);
    expect(await isWithin(pid, pid)).toBe(true);
    expect(await isWithin(pid, process.pid)).toBe(true);
    expect(await isWithin(process.pid, pid)).toBe(false);
  });

  it('nobody who could be told', async () => {
    expect(await ownerOf({ remotePort: 1, localPort: 1 })).toBeUndefined();
    expect(await isWithin(2 ** 30, process.pid)).toBeUndefined();
    expect(await inheritsSession(2 ** 30)).toBe(false);
  });

  it.runIf(process.platform === 'linux').each([
    [{ CLAUDECODE: '1' }, true],
    [{ CCMUX_SESSION: 'http://127.0.0.1:1/a/ccmux' }, true],
    [{ NOT_CLAUDECODE: '1' }, false],
  ])('one that was given %j comes from a session: %s', async (env, wanted) => {
    expect(await inheritsSession((await asked(env)).pid)).toBe(wanted);
  });

  it.runIf(process.platform === 'linux')(
    'one that has emptied its environment is known by whom it was started',
    async () => {
      const code =
        "const { pid } = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: {} }); console.log(pid)";
      const parent = spawn(process.execPath, ['-e', code], {
        env: { CLAUDECODE: '1' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      onTestFinished(() => void (process.kill(Number(pid)), parent.kill('SIGKILL')));
      expect(await inheritsSession(Number(pid))).toBe(false);
      expect(await runsInSession(Number(pid))).toBe(true);
      expect(await runsInSession((await asked()).pid)).toBe(await runsInSession(process.ppid));
    },
  );

  it('takes the client for the client, and nobody beneath it or us for a person', async () => {
    const { pid, connection } = await asked();
    const person = createPerson();
    expect(await person.isClient(connection)).toBe(false);
    person.launched(pid);
    expect(await person.isClient(connection)).toBe(true);
    expect(await person.isOutside(connection)).toBe(false);
  });

  it('takes whoever runs elsewhere for a person, unless it was given a session’s variables', async () => {
    // The session is another process, and what asks is none of its own.
    const session = (await asked()).pid;
    const outside = async (env: NodeJS.ProcessEnv) => createPerson(session).isOutside((await asked(env)).connection);
    expect(await outside({})).toBe(true);
    if (process.platform === 'linux') expect(await outside({ CLAUDECODE: '1' })).toBe(false);
  });

  it('takes nobody for a person who cannot be found', async () => {
    const gone = { remotePort: 1, localPort: 1 };
    expect(await createPerson().isOutside(gone)).toBe(false);
    expect(await createPerson().isClient(gone)).toBe(false);
  });

  it.runIf(process.platform === 'linux')(
    'knows the program behind a script by the session’s first request',
    async () => {
      const { connection } = await asked();
      const person = createPerson();
      person.launched(2 ** 30);
      person.met({ socket: connection });
      expect(await person.isClient(connection)).toBe(true);
      const other = await asked();
      person.met({ socket: other.connection });
      expect(await person.isClient(other.connection)).toBe(false);
    },
  );
});
