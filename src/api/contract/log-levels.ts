/** How much each component says, changeable at run time. */
import { z } from 'zod';

/** From the most to the least talkative. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const level = z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` });

export const LogLevels = z.object({ levels: z.record(z.string(), level).describe('level by component') });
export type LogLevels = z.output<typeof LogLevels>;

/** Components that are not named keep their level; `*` sets all, before those that are named beside it. */
export const LogLevelsChange = z.strictObject({
  levels: z
    .record(z.string().min(1).max(64), level)
    .refine((levels) => Object.keys(levels).length > 0, { error: 'must name at least one component, or *' }),
});
export type LogLevelsChange = z.output<typeof LogLevelsChange>;
