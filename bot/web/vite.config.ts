import { defineConfig } from 'vitest/config';

import { shared } from './tools/config.ts';

export default defineConfig({
  ...shared,
  test: { root: import.meta.dirname, include: ['src/**/*.test.ts', 'tools/*.test.ts'], environment: 'node' },
});
