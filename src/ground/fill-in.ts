const VARIABLE = /\$\{(\w+)\}/g;

/** The names in `${…}`, in their order. */
export function variablesIn(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(VARIABLE)].map((match) => match[1] ?? '');
}

/** @returns undefined when one of the variables is not set or empty. */
export function fillIn(text: string, env: NodeJS.ProcessEnv): string | undefined {
  if (variablesIn(text).some((name) => !env[name])) return undefined;
  return text.replace(VARIABLE, (_whole, name: string) => env[name] ?? '');
}
