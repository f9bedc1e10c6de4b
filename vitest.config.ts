import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/bgp-ts/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^bgp-ts$/, replacement: source('index.ts') },
      { find: /^bgp-ts\/linux$/, replacement: source('linux/index.ts') },
    ],
  },
  test: {
    reporters: ['default', './tools/test/tally.ts', './tools/test/interop/reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/bgp-ts/wire/**/*.ts', 'src/bgp-ts/fsm/**/*.ts'],
      thresholds: { branches: 95 },
      reportOnFailure: true,
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        // Properties take as long as the machine lets them: a bound only for what never ends.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
