/**
 * Tool names as the other side accepts them, and back. The strictest known rule is used for everybody: a letter or
 * underscore first, then letters, digits, `_` and `-`, at most 64 characters (OpenAI's function names; Gemini names
 * 64 in its errors, although newer documentation says 128).
 */
export type ToolNames = {
  /** The name to send for one of the client's tools. */
  toProvider(name: string): string;
  /** The client's name for what the model called. An undeclared name comes back in the client's alphabet. */
  toClient(name: string): string;
};

const MAX_LENGTH = 64;

/** The names of one request: two of the client's names never share one of the provider's. */
export function createToolNames(): ToolNames {
  const sent = new Map<string, string>();
  const back = new Map<string, string>();
  return {
    toProvider(name) {
      const known = sent.get(name);
      if (known !== undefined) return known;
      let short = sanitise(name);
      for (let n = 2; back.has(short); n++) short = withSuffix(sanitise(name), `_${n}`);
      sent.set(name, short);
      back.set(short, name);
      return short;
    },
    toClient(name) {
      const known = back.get(name);
      if (known !== undefined) return known;
      const bare = withoutNamespace(name);
      return back.get(bare) ?? toClientName(bare);
    },
  };
}

/**
 * A name without the prefix or suffix that models add: their own namespace (Gemini: `default_api:Read`, GPT-OSS and
 * Kimi: `functions.Read`), and Kimi's count of the calls (`functions.Read:0`).
 */
function withoutNamespace(name: string): string {
  return name
    .trim()
    .replace(/^(?:default_api|functions)[.:]/, '')
    .replace(/:\d+$/, '');
}

/** The declared tool that a model called: for wires on which names travel unchanged. */
export function nameForClient(name: string, declared: ReadonlySet<string>): string {
  if (declared.has(name)) return name;
  const bare = withoutNamespace(name);
  return declared.has(bare) ? bare : toClientName(bare);
}

/** An undeclared name, in the client's alphabet. */
function toClientName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_LENGTH) || 'unnamed_tool';
}

function sanitise(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_');
  const started = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
  return started.length <= MAX_LENGTH ? started : withSuffix(started, `_${hash(name)}`);
}

function withSuffix(name: string, suffix: string): string {
  return name.slice(0, MAX_LENGTH - suffix.length) + suffix;
}

/** Six characters that tell long names with a common beginning apart (FNV-1a). */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(36).padStart(6, '0').slice(-6);
}
