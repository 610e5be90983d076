// Turns the declarations of the compiler into ambient modules: `declare module 'oro:fs' { … }`.

import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Packages whose types are given on to users. */
const PACKAGES = { 'buffer/': 'node_modules/buffer/index.d.ts' };

/** @returns {Array<[name: string, text: string]>} the files of `dist/types` */
export function declarations(root, out, modules, node) {
  const sources = reachable(out, [...modules, 'internal/runtime']);
  const files = sources.map((path) => {
    const name = path.replace(/\.d\.ts$/, '');
    const text = readFileSync(join(out, path), 'utf8');
    return [
      path,
      wrap(`oro:${modules.includes(name) ? '' : 'internal/'}${name}`, name, text, modules),
    ];
  });
  for (const [name, path] of Object.entries(PACKAGES)) {
    const text = readFileSync(join(root, path), 'utf8').replace(/^\/\*[\s\S]*?\*\//, '');
    files.push([
      `packages/${name.replace('/', '')}.d.ts`,
      wrap(packageName(name), '', text, modules),
    ]);
  }
  const shims = node.map((name) => {
    const from = `'oro:${name}'`;
    return `declare module 'node:${name}' {\n  export * from ${from};\n  export { default } from ${from};\n}`;
  });
  files.push(['node.d.ts', `// For projects that do not have @types/node.\n${shims.join('\n')}\n`]);
  const paths = files.map(([path]) => path).filter((path) => path !== 'node.d.ts');
  const index = paths.sort().map((path) => `/// <reference path="./${path}" />`);
  files.push(['index.d.ts', `// Types of the modules of Oro.\n${index.join('\n')}\n${GLOBALS}`]);
  return files;
}

const GLOBALS = `
/** Whether this code runs in Oro. */
declare var isOroRuntime: true | undefined;
/** The public facts of this document and its application. */
declare var __args: import('oro:internal/internal/runtime').RuntimeArgs;
`;

function wrap(module, name, text, modules) {
  const directory = posix.dirname(name);
  const resolve = (specifier) => {
    if (specifier in PACKAGES) return packageName(specifier);
    if (!specifier.startsWith('.')) return specifier;
    const target = posix.join(directory, specifier).replace(/\.js$/, '');
    return `oro:${modules.includes(target) ? '' : 'internal/'}${target}`;
  };
  const body = text
    .replace(/\b(from|import)(\s*\(?\s*)(['"])([^'"]+)\3/g, (_all, word, gap, quote, specifier) => {
      return `${word}${gap}${quote}${resolve(specifier)}${quote}`;
    })
    .replace(/^(export )?declare /gm, '$1')
    .trimEnd();
  return `declare module '${module}' {\n${body}\n}\n`;
}

function packageName(specifier) {
  return `oro:internal/packages/${specifier.replace('/', '')}`;
}

/** The declarations that the modules name, directly or not. */
function reachable(out, names) {
  const seen = new Set(names);
  for (const name of seen) {
    const text = readFileSync(join(out, `${name}.d.ts`), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      seen.add(posix.join(posix.dirname(name), specifier).replace(/\.js$/, ''));
    }
  }
  return [...seen].sort().map((name) => `${name}.d.ts`);
}
