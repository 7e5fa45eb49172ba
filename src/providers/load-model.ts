/**
 * The only file that loads the AI SDK's provider packages, each when it is first needed. Their models are called at
 * the level of `doStream`, which neither retries nor waits.
 */
import type { MetadataExtractor } from '@ai-sdk/openai-compatible';
import type { JSONValue, LanguageModelV4 } from '@ai-sdk/provider';
import { ANNOTATIONS, REASONING_DETAILS } from '../codec/carry.ts';
import { adaptChatBody } from '../codec/translate/request-body.ts';
import { UserError } from '../errors.ts';
import { loadPart } from './part.ts';
import type { TranslatedSpec } from './translated-spec.ts';

/** Imports a package that ccmux does not ship, or one of its entries. Rejects where it is not installed. */
export type ImportOptional = (name: string) => Promise<Record<string, unknown>>;

// The name is a variable so that the bundler does not resolve it.
const importInstalled: ImportOptional = (name) => import(name);

/** The packages that ccmux ships, by the kind of provider whose models they make. */
const SHIPPED = {
  gemini: () => import('@ai-sdk/google'),
  openai: () => import('@ai-sdk/openai'),
  'openai-compatible': () => import('@ai-sdk/openai-compatible'),
};

/** Loads the package that a provider's first request needs. Contacts nobody. */
export async function loadPackage(kind: TranslatedSpec['kind']): Promise<void> {
  if (kind in SHIPPED) await SHIPPED[kind as keyof typeof SHIPPED]();
}

/**
 * The model that answers for a provider.
 * @param fetch carries its requests.
 * @throws UserError if an optional package is not installed, or has an unknown form.
 */
export async function loadModel(
  spec: TranslatedSpec,
  model: string,
  fetch: typeof globalThis.fetch,
  importOptional: ImportOptional = importInstalled,
): Promise<LanguageModelV4> {
  const key = await spec.key();
  const settings = { ...(spec.baseUrl !== '' && { baseURL: spec.baseUrl }), headers: spec.headers, fetch };
  const factoryOf = (name: string, factories: string[], entry = '') =>
    loadFactory(importOptional, spec.label, name, factories, entry);
  switch (spec.kind) {
    case 'gemini': {
      const { createGoogle } = await loadPart(SHIPPED.gemini);
      return createGoogle({ ...settings, apiKey: key ?? '' })(model);
    }
    case 'openai': {
      const { createOpenAI } = await loadPart(SHIPPED.openai);
      return createOpenAI({ ...settings, apiKey: key ?? '' }).responses(model);
    }
    case 'openai-compatible': {
      const { createOpenAICompatible } = await loadPart(SHIPPED['openai-compatible']);
      return createOpenAICompatible({
        ...settings,
        baseURL: spec.baseUrl,
        name: 'openaiCompatible',
        ...(key !== undefined && { apiKey: key }),
        includeUsage: spec.quirks.streamUsage === 'ask',
        supportsStructuredOutputs: true,
        supportsMultiPartToolContent: spec.capabilities.toolResultImages,
        transformRequestBody: (body) => adaptChatBody(body, spec.quirks),
        ...(spec.quirks.reasoningBack === 'reasoning_details' && { metadataExtractor: openrouterExtras }),
      })(model);
    }
    case 'azure': {
      const create = await factoryOf('@ai-sdk/azure', ['createAzure']);
      const provider = create({ ...settings, ...(key !== undefined && { apiKey: key }) });
      return provider.responses ? provider.responses(model) : provider(model);
    }
    case 'vertex': {
      const create = await factoryOf('@ai-sdk/google-vertex', ['createGoogleVertex', 'createVertex']);
      return create({ ...settings, ...vertexPlace(spec), ...(key !== undefined && { apiKey: key }) })(model);
    }
    case 'vertex-anthropic': {
      const names = ['createGoogleVertexAnthropic', 'createVertexAnthropic'];
      const create = await factoryOf('@ai-sdk/google-vertex', names, '/anthropic');
      return create({ ...settings, ...vertexPlace(spec) })(model);
    }
    case 'bedrock': {
      const create = await factoryOf('@ai-sdk/amazon-bedrock', ['createAmazonBedrock']);
      const credentialProvider = key === undefined ? await loadAwsCredentials(importOptional) : undefined;
      return create({
        ...settings,
        ...(spec.region !== undefined && { region: spec.region }),
        ...(key !== undefined && { apiKey: key }),
        ...(credentialProvider !== undefined && { credentialProvider }),
      })(model);
    }
  }
}

function vertexPlace(spec: TranslatedSpec): { project?: string; location?: string } {
  return {
    ...(spec.project !== undefined && { project: spec.project }),
    ...(spec.region !== undefined && { location: spec.region }),
  };
}

/** The part of the packages that ccmux uses: a factory of providers, each a function from a model's name. */
type Factory = (settings: object) => ((model: string) => LanguageModelV4) & {
  responses?: (model: string) => LanguageModelV4;
};

/** @param names of the factory, newest first: packages rename it between versions. */
async function loadFactory(
  importOptional: ImportOptional,
  label: string,
  name: string,
  names: string[],
  entry: string,
): Promise<Factory> {
  let loaded: Record<string, unknown>;
  try {
    loaded = await importOptional(name + entry);
  } catch (cause) {
    const advice = `Install it with: npm install -g ${name}`;
    throw new UserError(`${label} needs a package that ccmux does not ship. ${advice}`, { cause });
  }
  const factory = names.map((each) => loaded[each]).find((value) => typeof value === 'function');
  if (factory) return factory as Factory;
  throw new UserError(
    `${label} cannot use the ${name} that is installed: it has no ${names[0]}. ` +
      `Update it with: npm install -g ${name}@latest`,
  );
}

/** The AWS credential chain (profiles, SSO, instance roles) where its package is installed; else the variables decide. */
async function loadAwsCredentials(importOptional: ImportOptional): Promise<unknown> {
  try {
    const { fromNodeProviderChain } = await importOptional('@aws-sdk/credential-providers');
    return typeof fromNodeProviderChain === 'function' ? fromNodeProviderChain() : undefined;
  } catch {
    return undefined;
  }
}

/** Collects OpenRouter's own fields, which the AI SDK's package does not know: its reasoning, and what it found on the web. */
const openrouterExtras: MetadataExtractor = {
  extractMetadata: async () => undefined,
  createStreamExtractor() {
    const details: JSONValue[] = [];
    const annotations: JSONValue[] = [];
    return {
      processChunk(chunk) {
        const { delta } = (chunk as { choices?: { delta?: Record<string, unknown> | null }[] }).choices?.[0] ?? {};
        const found = delta?.['reasoning_details'];
        const cited = delta?.['annotations'];
        if (Array.isArray(found)) details.push(...(found as JSONValue[]));
        if (Array.isArray(cited)) annotations.push(...(cited as JSONValue[]));
      },
      buildMetadata() {
        if (details.length + annotations.length === 0) return undefined;
        return {
          ...(details.length > 0 && { [REASONING_DETAILS.name]: { [REASONING_DETAILS.field]: details } }),
          ...(annotations.length > 0 && { [ANNOTATIONS.name]: { [ANNOTATIONS.field]: annotations } }),
        };
      },
    };
  },
};
