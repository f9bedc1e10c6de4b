import { numberAttribute } from './number.ts';

/** MULTI_EXIT_DISC (RFC 4271 §5.1.4, RFC 7606 §7.4): lower is better. */
export const multiExitDisc = numberAttribute('multi-exit-disc');
