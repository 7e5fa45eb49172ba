import type { Config, ProviderSettings } from '../config/schema.ts';
import { LOCAL } from '../providers/catalog-local.ts';
import type { LocalModel, LocalServer } from '../providers/local-servers.ts';
import { windowSize } from '../words/limit.ts';
import type { Questions } from './init-questions.ts';
import { LARGER_WINDOW, LEAST_WINDOW } from './local-text.ts';

/** What is written for each server that was chosen. */
export type LocalChoices = Record<string, ProviderSettings>;

/** For each server among the chosen: which of its models answers, and with which window. */
export async function askLocalModels(
  asked: Questions,
  chosen: readonly string[],
  servers: readonly LocalServer[],
  config: Config,
): Promise<LocalChoices> {
  const choices: LocalChoices = {};
  for (const id of chosen) {
    const server = servers.find((candidate) => candidate.id === id);
    if (server === undefined) continue;
    const able = server.models.filter(({ tools }) => tools !== false);
    const models = able.length > 0 ? able : server.models;
    const model = models.length === 1 ? models[0]! : await asked.localModel(server.label, models);
    choices[server.id] = settingsOf(server, model, config);
    if (model.contextWindow !== undefined && model.contextWindow < LEAST_WINDOW) {
      const size = windowSize(model.contextWindow);
      asked.say(
        'warn',
        `${server.label}: a window of ${size} tokens is too small for Claude Code. ${LARGER_WINDOW[server.id]}`,
      );
    }
  }
  return choices;
}

/** A window that the server has not given yet is the catalogue's, as far as the model can take it. */
function settingsOf(server: LocalServer, model: LocalModel, config: Config): ProviderSettings {
  const row = LOCAL[server.id];
  const { contextWindow: usual } = row.limits.default;
  const window = model.contextWindow ?? Math.min(usual, model.mostContext ?? usual);
  const isElsewhere = new URL(server.baseUrl).host !== new URL(row.baseUrl).host;
  return {
    ...config.providers[server.id],
    ...(isElsewhere && { baseUrl: server.baseUrl }),
    models: { default: model.id },
    contextWindow: window,
    ...(model.images === true && { images: true }),
  };
}
