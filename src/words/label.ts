import type { ProviderId } from '../events.ts';

/** What a person calls a provider. */
export type Label = (provider: ProviderId) => string;

/** Who is none of these is called by its id. */
export function labelsOf(providers: readonly { id: ProviderId; label: string }[]): Label {
  return (provider) => providers.find(({ id }) => id === provider)?.label ?? provider;
}
