/** What the three builds (pages, panel, loader) and the tests have in common. */

import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { InlineConfig } from 'vite';

import { shopRecords } from './shop.ts';
import { ownTrustedTypesPolicy } from './trusted-types.ts';

export const web = resolve(import.meta.dirname, '..');
export const dist = join(web, 'dist');
/** Where this build grows, so that neither a server on `dist` nor another build meets half of one. */
export const growing = join(web, `node_modules/.dist-${process.pid}`);
const src = join(web, 'src');

/** Browsers with `light-dark()`, constructable style sheets and `:has()`. */
const browsers = ['chrome123', 'firefox121', 'safari17.5'];

export const shared = {
  configFile: false,
  root: src,
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: growing,
    emptyOutDir: false,
    target: browsers,
    cssTarget: browsers,
    // A data: address would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
} satisfies InlineConfig;

/** Every page: `src/index.html`, and `src/<name>/index.html` which is served at `/<name>`. */
export const pages: InlineConfig = {
  ...shared,
  plugins: [shopRecords()],
  build: {
    ...shared.build,
    rolldownOptions: { input: globSync(['index.html', '*/index.html'], { cwd: src }).map((page) => join(src, page)) },
  },
};

/** The chat panel and its catalogues: modules that import each other relative to where they lie. */
export const panel: InlineConfig = {
  ...shared,
  base: './',
  plugins: [ownTrustedTypesPolicy()],
  build: {
    ...shared.build,
    modulePreload: false,
    rolldownOptions: {
      input: { panel: join(src, 'widget/panel/main.ts') },
      // What the panel loads later shares the panel's own code, and there is no third file to wait for.
      preserveEntrySignatures: 'allow-extension',
      output: {
        format: 'es',
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/widget-[name]-[hash].js',
      },
    },
  },
};

/** The loader: one classic script with a stable name, which knows where this build's panel lies. */
export function loader(panelFile: string): InlineConfig {
  return {
    ...shared,
    define: { __PANEL__: JSON.stringify(panelFile) },
    build: {
      ...shared.build,
      modulePreload: false,
      rolldownOptions: {
        input: { widget: join(src, 'widget/loader/main.ts') },
        output: { format: 'iife', entryFileNames: '[name].js' },
      },
    },
  };
}
