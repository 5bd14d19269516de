/** Builds everything into `dist`: the pages, the widget's panel, then its loader. */

import { renameSync, rmSync } from 'node:fs';

import { build } from 'vite';
import type { InlineConfig, Rolldown } from 'vite';

import { dist, growing, loader, pages, panel } from './config.ts';

async function entryOf(config: InlineConfig): Promise<string> {
  const { output } = (await build(config)) as Rolldown.RolldownOutput;
  const entry = output.find((file) => file.type === 'chunk' && file.isEntry);
  if (!entry) throw new Error('The build of the panel made no entry.');
  return entry.fileName;
}

try {
  await build(pages);
  await build(loader(await entryOf(panel)));
  rmSync(dist, { recursive: true, force: true });
  renameSync(growing, dist);
} finally {
  rmSync(growing, { recursive: true, force: true });
}
