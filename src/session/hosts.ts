import { withheldAt, type Identity } from '../claude/first-party.ts';
import { createMemory, forgiving } from '../codec/carry.ts';
import type { Config } from '../config/schema.ts';
import type { Address } from '../launch/address.ts';
import type { AdaptedSpec } from '../providers/adapted.ts';
import { buildProviders } from '../providers/build.ts';
import { createClaudeSend } from '../providers/claude.ts';
import { withMadeUpLimits } from '../providers/made-up-limit.ts';
import { loadPart } from '../providers/part.ts';
import type { Provider } from '../providers/provider.ts';
import { proxyOfClaude } from '../providers/proxy-of.ts';
import { createTrust, type Trust } from '../providers/trust.ts';
import { createUpstream, type Upstream } from '../providers/upstream.ts';
import { createGreeting, createRelay } from '../proxy/relay.ts';
import { routeModels } from './route-models.ts';

/** Who can answer, and the connections to them. */
export type Hosts = {
  /** In the user's order; behind it those that only a route asks. */
  providers: Provider[];
  /** A provider with the models that a route names. */
  routed: ReturnType<typeof routeModels>;
  /** The way to the user's own Claude. */
  claude: Provider['send'];
  relay: ReturnType<typeof createRelay>;
  greet: ReturnType<typeof createGreeting>;
  /** Prepares the first request while `claude` starts. */
  prepare(): void;
  trust: Trust;
  close(): void;
};

/**
 * Contacts nobody yet.
 * @param input.address where the user's own Claude is reached.
 * @param input.identity what the client was told about it.
 * @param input.forgot called with a fault of what the translation remembers between requests.
 * @throws UserError for a configuration that cannot work.
 */
export function openHosts(input: {
  config: Config;
  env: NodeJS.ProcessEnv;
  address: Address;
  identity: Identity;
  forgot: (fault: unknown) => void;
}): Hosts {
  const { config, env, address, identity, forgot } = input;
  const { others, claude: limits } = config.limits;
  const trust = createTrust(env);
  const toOthers = createUpstream(env, others.connect, trust.forOthers);
  const toClaude = createUpstream(env, others.connect, trust.forClaude, proxyOfClaude(env));
  const claude = createClaudeSend(address.for, toClaude, (at) => withheldAt(at, identity));
  const build = (settings: Config) =>
    buildProviders({
      config: settings,
      env,
      claudeUpstream: address.current(),
      dependencies: {
        upstream: toOthers,
        memory: forgiving(createMemory(), forgot),
        claudeSend: claude,
        createAdaptedSend: (spec) => adaptedSend(spec, toOthers),
        allowsWeb: () => config.webSearch === 'provider',
      },
    });
  const providers = withMadeUpLimits(build(config), (env['CCMUX_DRILL_LIMITS'] ?? '').split(','));
  return {
    providers,
    routed: routeModels(config, build),
    claude,
    relay: createRelay(address.for, toClaude, limits),
    greet: createGreeting(address.for, toClaude, limits),
    prepare() {
      void toClaude.prepare(new URL(address.current()));
      // Whoever cannot load it now is told with the request that needs it.
      if (providers.some(({ own, kind }) => !own && kind === 'anthropic')) loadAdapted().catch(() => {});
    },
    trust,
    close() {
      toOthers.close();
      toClaude.close();
    },
  };
}

/** Most sessions have no other host of Anthropic's wire, and none needs it before its client has started. */
const loadAdapted = () => import('../providers/adapted.ts');

function adaptedSend(spec: AdaptedSpec, upstream: Upstream): Provider['send'] {
  let made: Provider['send'] | undefined;
  return async (request) => {
    made ??= (await loadPart(loadAdapted)).createAdaptedSend(spec, upstream);
    return made(request);
  };
}
