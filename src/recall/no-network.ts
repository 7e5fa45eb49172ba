import dns from 'node:dns';
import net from 'node:net';

/**
 * From now on this process opens no connection and asks for no name, whatever a package in it tries: a foreign module
 * reads what the user said.
 */
export function closeNetwork(): void {
  const refuse = (): never => {
    throw new Error('ccmux lets this process reach nobody');
  };
  net.Socket.prototype.connect = refuse;
  dns.lookup = refuse as unknown as typeof dns.lookup;
  dns.promises.lookup = refuse;
  globalThis.fetch = async () => refuse();
}
