import type { Provider } from '../providers/provider.ts';

/** Whether a provider may answer in Claude's place, and has what it needs for that. */
export function canStandIn({ own, routed, keySource }: Provider): boolean {
  return !own && !routed && keySource !== undefined;
}
