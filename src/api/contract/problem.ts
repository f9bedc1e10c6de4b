import { z } from 'zod';

/** One part of a request that cannot be accepted. */
export const ProblemField = z.object({
  in: z.enum(['path', 'query', 'body']),
  field: z.string().describe('name of the parameter, or path of the member in the body; empty for the whole'),
  reason: z.string().describe('what would be right'),
});
export type ProblemField = z.output<typeof ProblemField>;

/**
 * An error as RFC 9457 describes it. The type is `about:blank`, so `title` is the status phrase; `code` is the
 * stable name that programs may rely on.
 */
export const Problem = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string().describe('stable name of the error'),
  detail: z.string().describe('a sentence for people'),
  errors: z.array(ProblemField).optional(),
});
export type Problem = z.output<typeof Problem>;

/** Media type of {@link Problem} (RFC 9457 §3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
