// What `benches/files.rs` measures, from a page; the variable `BENCH` is
// `folder=DIR&target=DIR&only=KEY`.

import { exit } from 'oro:application';
import fs from 'oro:fs';
import { call } from 'oro:ipc';
import { env } from 'oro:process';

import { measure } from './measure.mjs';

const params = new URLSearchParams(env.BENCH);
try {
  const target = `${params.get('target')}/oro-bench-${Date.now()}`;
  const results = await measure(fs, params.get('folder'), target, params.get('only') ?? '');
  await call('bench.print', { text: JSON.stringify(results) });
} catch (error) {
  await call('bench.print', { text: JSON.stringify({ error: String(error) }) });
}
exit(0);
