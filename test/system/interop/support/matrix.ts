import { type TestContext, test } from 'vitest';
import type { InteropMeta } from '../../../../tools/test/interop/reporter.ts';
import type { InteropRow } from '../../../../tools/test/interop/result.ts';

export type { InteropRow } from '../../../../tools/test/interop/result.ts';

/** What the test of a row may say of itself. Notes have to be the same at each run: no times, ports or counts of chance. */
export interface InteropContext {
  readonly test: TestContext;
  /** A remark beside the result. */
  note(text: string): void;
  /** The row shows a limit of the peer, this one; the test still has to pass. */
  limit(text: string): void;
}

/** Registers a vitest test that is one row of docs/interop.md. */
export function interop(row: InteropRow, run: (context: InteropContext) => Promise<void>, timeoutMs?: number): void {
  const name = `${row.peer}: ${row.what} (${row.standard})`;
  const interop: InteropMeta = { ...row, notes: [] };
  const options = { meta: { interop }, ...(timeoutMs !== undefined && { timeout: timeoutMs }) };
  test(name, options, async (context) => {
    const said: InteropMeta = { ...row, notes: [] };
    context.task.meta.interop = said;
    await run({
      test: context,
      note: (text) => {
        said.notes.push(text);
      },
      limit: (text) => {
        said.outcome = 'limit';
        said.notes.push(text);
      },
    });
  });
}
