/** Prints the gzip size of each part of the widget as a JSON line; fails when one is over its budget. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { dist } from './config.ts';

const budgets = [
  { part: 'loader', files: 'widget.js', budget: 10 * 1024 },
  { part: 'panel', files: 'assets/panel-*.js', budget: 100 * 1024 },
  { part: 'call', files: 'assets/widget-call-*.js', budget: 10 * 1024 },
];

for (const { part, files, budget } of budgets) {
  const found = globSync(files, { cwd: dist });
  if (found.length !== 1) throw new Error(`Expected one ${files} in dist, found ${found.length}.`);
  const gzip = gzipSync(readFileSync(join(dist, found[0] ?? '')), { level: 9 }).length;
  console.log(JSON.stringify({ metric: 'widget_size', part, gzip_bytes: gzip, budget_bytes: budget }));
  if (gzip > budget) process.exitCode = 1;
}
