import type { Wire } from '../errors.ts';
import { UpstreamError } from '../errors.ts';
import type { WireEvent } from './adapt/blocks.ts';
import { answerFailure } from './stream-failure.ts';

/**
 * Holds an answer's events to the order of Anthropic's wire (platform docs, streaming): one start, one block at a time,
 * numbered from 0, one end. The client builds its message by this order and keeps a wrong one in its transcript.
 * @returns a check of the next event. @throws UpstreamError for an event that must not come here.
 */
export function createEventOrder(wire: Wire): (event: WireEvent) => void {
  let begun = false;
  let blocks = 0;
  let isOpen = false;
  let ended = false;
  return ({ type, index }) => {
    const expect = (right: boolean) => {
      if (!right) throw new UpstreamError(answerFailure(wire, 'broken', 'malformed_stream', `${type} out of order`));
    };
    switch (type) {
      case 'message_start':
        expect(!begun);
        begun = true;
        break;
      case 'content_block_start':
        expect(begun && !isOpen && index === blocks);
        isOpen = true;
        break;
      case 'content_block_delta':
        expect(isOpen && index === blocks);
        break;
      case 'content_block_stop':
        expect(isOpen && index === blocks);
        isOpen = false;
        blocks++;
        break;
      case 'message_delta':
        expect(begun && !isOpen && !ended);
        ended = true;
        break;
      default:
    }
  };
}
