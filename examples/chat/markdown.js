/** Text of models as elements: paragraphs, lists, headings and code. Never as HTML. */

import { make } from './elements.js';
import { copyButton } from './copy.js';

const FENCE = /^\s*```+\s*([\w+#.-]*)\s*$/;
const HEADING = /^(#{1,4})\s+(.*)$/;
const ITEM = /^(\s*)(?:([-*+])|(\d{1,3})[.)])\s+(.*)$/;
const QUOTE = /^>\s?(.*)$/;
const RULE = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/;
const INLINE = /(`+)(.+?)\1|\*\*(\S(?:.*?\S)?)\*\*|(?<![\w*])\*(\S(?:[^*]*?\S)?)\*(?![\w*])/g;

/**
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function render(text) {
  const fragment = document.createDocumentFragment();
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) at = block(lines, at, fragment);
  return fragment;
}

/** Adds the block that begins at a line; gives the line after it. */
function block(lines, at, into) {
  const line = lines[at];
  if (line.trim() === '') return at + 1;
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at + 1, fence[1], into);
  const heading = HEADING.exec(line);
  if (heading) {
    into.append(make(`h${heading[1].length + 2}`, {}, ...inline(heading[2])));
    return at + 1;
  }
  if (RULE.test(line)) {
    into.append(make('hr'));
    return at + 1;
  }
  if (ITEM.test(line)) return list(lines, at, into);
  if (QUOTE.test(line)) {
    const end = span(lines, at, (it) => QUOTE.test(it));
    const inside = lines.slice(at, end).map((it) => QUOTE.exec(it)[1]);
    into.append(make('blockquote', {}, render(inside.join('\n'))));
    return end;
  }
  const end = span(lines, at + 1, isText);
  into.append(make('p', {}, ...inline(lines.slice(at, end).join('\n'))));
  return end;
}

function isText(line) {
  const others = [FENCE, HEADING, ITEM, QUOTE, RULE];
  return line.trim() !== '' && !others.some((other) => other.test(line));
}

function span(lines, from, belongs) {
  let end = from;
  while (end < lines.length && belongs(lines[end])) end += 1;
  return end;
}

/** Code goes to its fence, or, while it is still being written, to the end. */
function code(lines, from, language, into) {
  const end = span(lines, from, (line) => !FENCE.test(line));
  const text = lines.slice(from, end).join('\n');
  const header = make('header', {}, make('span', { textContent: language || 'text' }));
  header.append(copyButton('Copy the code', () => text));
  into.append(make('figure', {}, header, make('pre', {}, make('code', { textContent: text }))));
  return end + 1;
}

function list(lines, from, into) {
  const [, , , first] = ITEM.exec(lines[from]);
  const element = make(first ? 'ol' : 'ul');
  if (first) element.start = Number(first);
  let at = from;
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]);
    if (!item || Boolean(item[3]) !== Boolean(first)) break;
    const end = span(lines, at + 1, (line) => isText(line) && /^\s/.test(line));
    const more = lines.slice(at + 1, end).map((line) => line.trim());
    element.append(make('li', {}, ...inline([item[4], ...more].join('\n'))));
    at = end;
  }
  into.append(element);
  return at;
}

/** @returns {(Node | string)[]} */
function inline(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, , inCode, bold, italic] = match;
    if (match.index > at) nodes.push(text.slice(at, match.index));
    if (inCode !== undefined) nodes.push(make('code', { textContent: inCode.trim() || inCode }));
    else if (bold !== undefined) nodes.push(make('strong', {}, ...inline(bold)));
    else nodes.push(make('em', {}, ...inline(italic)));
    at = match.index + whole.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}
