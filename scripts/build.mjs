// Builds the library: `dist/oro` (the modules), `dist/preload.js`, `dist/types` (declarations for
// users), `dist/LICENSES.txt`, and `src/modules.rs`, the table that the crate embeds them with.
// The same sources give the same bytes; `--check` compares them with what is there.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { declarations } from './declarations.mjs';
import { modules, node } from './modules.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const FILE_SIZE_MAX = 100_000;
const PRELOAD_SIZE_MAX = 24_000;

/** What npm packages expect of Node, and what they carry for browsers that are long gone. */
const replacements = {
  name: 'replacements',
  setup(build) {
    const own = (name) => ({ path: join(root, 'src/internal', name) });
    const aliases = new Map([
      ['call-bind/callBound', own('call-bound.cjs')],
      ['object-is/polyfill', own('object-is.cjs')],
      ['object.assign/polyfill', own('object-assign.cjs')],
      ['util/', own('assert-util.cjs')],
    ]);
    const plain = /^(call-bind\/callBound|object-is\/polyfill|object\.assign\/polyfill|util\/)$/;
    build.onResolve({ filter: plain }, ({ path }) => aliases.get(path));
    build.onResolve({ filter: /^\.\.\/binding$/ }, ({ importer }) =>
      importer.includes('bare-path') ? own('path-binding.cjs') : undefined,
    );
  },
};

/**
 * Packages in whose place are those of the same name that leave out what every engine has. They are
 * not `overrides` of package.json: the npm of Debian 12 cannot read a lock file with such aliases.
 */
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const smaller = Object.keys(devDependencies).filter((name) => name.startsWith('@nolyfill/'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'browser',
  plugins: [replacements],
  target: 'es2022',
  write: false,
  alias: {
    ...Object.fromEntries(smaller.map((name) => [name.slice('@nolyfill/'.length), name])),
    qs: 'fast-querystring',
  },
  define: {
    global: 'globalThis',
    'process.env.NODE_DEBUG': '""',
    'process.nextTick': 'queueMicrotask',
    'process.noDeprecation': 'false',
    'process.pid': '0',
    'process.stderr': 'undefined',
    'process.throwDeprecation': 'false',
    'process.traceDeprecation': 'false',
  },
};

async function build() {
  const library = await esbuild.build({
    ...shared,
    entryPoints: modules.map((name) => ({ in: `src/${name}.ts`, out: name })),
    chunkNames: 'chunks/[name]-[hash]',
    keepNames: true,
    outdir: 'dist/oro',
    splitting: true,
  });
  const preload = await esbuild.build({
    ...shared,
    entryPoints: ['src/preload.ts'],
    minifyIdentifiers: true,
    outfile: 'dist/preload.js',
  });
  const files = new Map();
  for (const { path, text } of library.outputFiles) {
    const name = path.slice(join(root, 'dist/oro/').length).split('\\').join('/');
    if (text.length > FILE_SIZE_MAX) throw new Error(`${name} has ${text.length} bytes`);
    if (/__require\("/.test(text)) throw new Error(`${name} requires something that is not there`);
    files.set(`dist/oro/${name}`, text);
  }
  // The function of this name is how a worker gets the same script: by its source.
  const code = preload.outputFiles[0].text.trim();
  const boot = `(function __oro_boot(__oro_args,__oro_mark,__oro_key){"use strict";${code}})(__oro_args,__oro_mark,__oro_key);\n`;
  if (boot.length > PRELOAD_SIZE_MAX) throw new Error(`the preload has ${boot.length} bytes`);
  files.set('dist/preload.js', boot);
  const inputs = { ...library.metafile.inputs, ...preload.metafile.inputs };
  files.set('dist/LICENSES.txt', licenses(Object.keys(inputs)));
  for (const [name, text] of types()) files.set(`dist/types/${name}`, text);
  const names = [...files.keys()].filter((name) => name.startsWith('dist/oro/'));
  files.set('src/modules.rs', table(names.map((name) => name.slice('dist/oro/'.length))));
  return files;
}

/** The declarations of the compiler, each wrapped into a module that users import. */
function types() {
  const out = mkdtempSync(join(tmpdir(), 'oro-types-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = [
      '--noEmit',
      'false',
      '--declaration',
      '--emitDeclarationOnly',
      '--stripInternal',
    ];
    execFileSync(process.execPath, [tsc, '-p', root, ...flags, '--outDir', out], {
      stdio: 'inherit',
    });
    return declarations(root, out, modules, node);
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** The terms of the packages that are inside. */
function licenses(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input);
    if (match) packages.add(match[1]);
  }
  const texts = [...packages].sort().map((path) => {
    const directory = join(root, path);
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    );
    const file = readdirSync(directory).find((entry) =>
      /^(licen[sc]e|copying)(\.\w+)?$/i.test(entry),
    );
    const terms = file ? readFileSync(join(directory, file), 'utf8').trim() : `License: ${license}`;
    return `${name} ${version}\n\n${terms}\n`;
  });
  return `${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The Rust table of all files. */
function table(names) {
  const byBytes = (a, b) => (a < b ? -1 : 1);
  const files = [...names].sort(byBytes).map((name) => {
    const path = posix.join('../dist/oro', name);
    const line = `    ("${name}", include_str!("${path}")),`;
    if (line.length <= 100) return line;
    return `    (\n        "${name}",\n        include_str!("${path}"),\n    ),`;
  });
  const list = (all) =>
    [...all]
      .sort(byBytes)
      .map((name) => `    "${name}",`)
      .join('\n');
  return [
    '//! The built library. Written by `npm run build`; do not edit.',
    '',
    '/// Runs in each document of the application before any other script.',
    'pub const PRELOAD: &str = include_str!("../dist/preload.js");',
    '',
    '/// File names below `/oro/` and their sources, sorted by name.',
    'pub const FILES: &[(&str, &str)] = &[',
    ...files,
    '];',
    '',
    '/// Names that `oro:` imports, sorted.',
    'pub const MODULES: &[&str] = &[',
    list(modules),
    '];',
    '',
    '/// Names that `node:` imports, sorted.',
    'pub const NODE: &[&str] = &[',
    list(node),
    '];',
    '',
  ].join('\n');
}

/** All files below a directory, as paths relative to the root. */
function existing(directory) {
  try {
    return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      return entry.isDirectory() ? existing(path) : [path];
    });
  } catch {
    return [];
  }
}

const files = await build();
const stale = existing('dist').filter((path) => !files.has(path));
if (process.argv.includes('--check')) {
  const read = (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return null;
    }
  };
  const changed = [...files].filter(([path, text]) => read(path) !== text).map(([path]) => path);
  for (const path of [...changed, ...stale]) console.error(`${path} is not what the sources give`);
  if (changed.length + stale.length > 0) {
    console.error('Run `npm run build` in scripts/ and commit the result.');
    process.exit(1);
  }
} else {
  for (const path of stale) rmSync(join(root, path));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  if (process.argv.includes('--sizes')) {
    for (const [path, text] of files) console.log(String(text.length).padStart(8), path);
  }
}
