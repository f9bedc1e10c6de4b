/** Where in a topology file something stands; lines and columns count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

export type FaultCode =
  | 'syntax'
  | 'unknown-key'
  | 'wrong-type'
  | 'bad-value'
  | 'missing'
  | 'not-supported'
  | 'contradiction'
  | 'unknown-image';

/** One thing that is wrong with a topology file. The outcome is always the same: nothing is started. */
export type Fault = { readonly code: FaultCode; readonly at: Place; readonly reason: string };

/** `file:line:column: reason`, the form that editors and terminals turn into a link. */
export function showFault(fault: Fault): string {
  return `${fault.at.file}:${fault.at.line}:${fault.at.column}: ${fault.reason}`;
}

export type LabErrorCode =
  | 'bad-topology'
  | 'no-topology'
  | 'missing-means'
  | 'name-taken'
  | 'already-up'
  | 'not-up'
  | 'no-such-node'
  | 'node-not-running'
  | 'step-failed'
  | 'interrupted'
  | 'busy';

/**
 * What stops the runner. `exitCode` is 2 when nothing was touched and the person at the keyboard has to change
 * something first, and 1 when a step that was begun did not work.
 */
export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.name = 'LabError';
    this.code = code;
  }

  get exitCode(): 1 | 2 {
    return this.code === 'step-failed' || this.code === 'interrupted' ? 1 : 2;
  }
}
