import type { EventOf } from '../events.ts';
import type { Tested } from '../state/live.ts';
import type { Label } from './label.ts';
import { withKey } from './switch.ts';
import { clock } from './time.ts';
import { reasonText } from './why.ts';

/** Whether a fallback's key was accepted before it is needed. */

/** Its question costs something, so it is the user's to ask. */
const WAY = 'to test it: ccmux doctor --live';

/** `Gemini ready ✓`, `Gemini: 401 (key or login refused)`; what can be done about it. */
export function netTestParts({ provider, key, result, reason }: EventOf<'net-test'>, label: Label): string[] {
  const name = withKey(label(provider), key);
  switch (result) {
    case 'ready':
      return [`${name} ready ✓`, 'it answers when Claude cannot'];
    case 'failed':
      return [`${name} cannot answer: ${reason ? reasonText(reason) : 'its test failed'}`, WAY];
    case 'not-tested':
      return [`${name} answers when Claude cannot; its key is not tested`, WAY];
  }
}

/** Beside a provider's state: `tested at 14:31 ✓`, `test at 14:31: 401 (key or login refused)` */
export function testedText({ result, reason, at }: Tested, now: number): string {
  switch (result) {
    case 'ready':
      return `tested at ${clock(at, now)} ✓`;
    case 'failed':
      return `test at ${clock(at, now)}: ${reason ? reasonText(reason) : 'failed'}`;
    case 'not-tested':
      return 'key not tested';
  }
}
