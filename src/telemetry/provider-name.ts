import type { ProviderId } from '../events.ts';

/** The well-known values of `gen_ai.provider.name` for providers of the catalogue whose id is another. */
export const NAMES: Readonly<Record<ProviderId, string>> = {
  claude: 'anthropic',
  gemini: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  'vertex-anthropic': 'gcp.vertex_ai',
  bedrock: 'aws.bedrock',
  azure: 'azure.ai.openai',
  mistral: 'mistral_ai',
  xai: 'x_ai',
};

/** @returns the conventions' own name, else the id: they allow any other. */
export function providerName(id: ProviderId): string {
  return Object.hasOwn(NAMES, id) ? NAMES[id]! : id;
}
