import type { Host } from './host.ts';
import type { AnswerStep, SimulatedRequest, Step } from '../../src/demo/script.ts';

/** Something that every provider must get right. */
export type Scenario = {
  name: string;
  /** @returns why it does not apply to this host; nothing when it held; throws when it did not. */
  run(host: Host): Promise<string | void>;
};

/** Tells the vendor what to do with every request, until the next scenario. */
export function script(host: Host, step: Step | ((request: SimulatedRequest) => Step)): void {
  host.simulator.script = typeof step === 'function' ? step : () => step;
}

export const say = (text: string, more: Partial<AnswerStep> = {}): AnswerStep => ({ type: 'answer', text, ...more });
export const call = (...toolCalls: { name: string; input: unknown }[]): AnswerStep => ({ type: 'answer', toolCalls });

export const UNTOUCHED = "the user's own Claude: nothing is changed";
