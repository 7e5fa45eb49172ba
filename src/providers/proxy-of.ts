import { isLoopback } from '../ground/price.ts';

const net = process.getBuiltinModule('node:net');

/** The address of the user's proxy for a host; undefined: the host is asked directly. */
export type ProxyOf = (url: URL) => string | undefined;

/** As Claude Code chooses it for its own requests: HTTPS_PROXY also for an `http:` gateway (2.1.330). */
export const proxyOfClaude = (env: NodeJS.ProcessEnv): ProxyOf => from(env, () => ['https', 'http', 'all']);

/** As other programs choose it: a model server in the local network is no matter of HTTPS_PROXY. */
export const proxyOfOthers = (env: NodeJS.ProcessEnv): ProxyOf =>
  from(env, ({ protocol }) => [protocol === 'https:' ? 'https' : 'http', 'all']);

function from(env: NodeJS.ProcessEnv, kindsFor: (url: URL) => string[]): ProxyOf {
  // The small name first, as in curl and in Claude Code.
  const read = (name: string) => env[name] || env[name.toUpperCase()];
  if (!['https', 'http', 'all'].some((kind) => read(`${kind}_proxy`))) return () => undefined;
  return (url) => {
    // The user's proxy cannot reach this machine's own address.
    if (isLoopback(url.hostname)) return undefined;
    const proxy = kindsFor(url)
      .map((kind) => read(`${kind}_proxy`))
      .find(Boolean);
    if (!proxy || isExempt(url, read('no_proxy') ?? '')) return undefined;
    return proxy.includes('://') ? proxy : `http://${proxy}`;
  };
}

/** `NO_PROXY`: hosts (their subdomains with them), with or without a port, ranges of addresses, or `*`. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = withoutBrackets(hostname);
  const hostPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*';
      if (entry.includes('/')) return isInRange(host, entry);
      const [, name = entry, only = hostPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      const suffix = withoutBrackets(name).replace(/^\*?\.?/, '');
      return only === hostPort && (host === suffix || host.endsWith(`.${suffix}`));
    });
}

function isInRange(host: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = net.isIPv6(network) ? 'ipv6' : 'ipv4';
  if (net.isIP(host) === 0 || net.isIP(host) !== net.isIP(network)) return false;
  const list = new net.BlockList();
  try {
    list.addSubnet(network, Number(bits), family);
  } catch {
    return false;
  }
  return list.check(host, family);
}

/** The bare IPv6 address of a URL's host. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
