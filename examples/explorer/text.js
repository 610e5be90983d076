/** Tells text from other bytes, and in which encoding it is. */

const MARKS = [
  { bytes: [0xef, 0xbb, 0xbf], label: 'utf-8', name: 'UTF-8 with a mark' },
  { bytes: [0xff, 0xfe], label: 'utf-16le', name: 'UTF-16 LE' },
  { bytes: [0xfe, 0xff], label: 'utf-16be', name: 'UTF-16 BE' },
];
/** How many of the bytes of a text may be control characters. */
const CONTROLS_SHARE_MAX = 0.01;
const SAMPLE = 4096;

/**
 * Decodes the beginning of a file.
 *
 * @param {Uint8Array} bytes
 * @param {boolean} complete whether the bytes are all of the file
 * @returns {{ text: string, encoding: string } | null} null if it is no text
 */
export function decodeText(bytes, complete) {
  const mark = MARKS.find((each) => each.bytes.every((byte, at) => bytes[at] === byte));
  if (mark) return { text: decode(bytes, mark.label, complete), encoding: mark.name };
  const wide = guessWide(bytes);
  if (wide) return { text: decode(bytes, wide, complete), encoding: wide.toUpperCase() };
  if (looksBinary(bytes)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !complete });
    return { text, encoding: bytes.every((byte) => byte < 0x80) ? 'ASCII' : 'UTF-8' };
  } catch {
    return { text: decode(bytes, 'windows-1252', complete), encoding: 'Windows-1252' };
  }
}

/** The last character may be cut: then it is left out. */
function decode(bytes, label, complete) {
  return new TextDecoder(label).decode(bytes, { stream: !complete });
}

/** UTF-16 without a mark: of western text, every other byte is zero. */
function guessWide(bytes) {
  const length = Math.min(bytes.length, SAMPLE) & ~1;
  if (length < 4) return null;
  const zeros = [0, 0];
  for (let at = 0; at < length; at += 1) if (bytes[at] === 0) zeros[at & 1] += 1;
  const half = length / 2;
  if (zeros[1] > half * 0.7 && zeros[0] < half * 0.05) return 'utf-16le';
  if (zeros[0] > half * 0.7 && zeros[1] < half * 0.05) return 'utf-16be';
  return null;
}

function looksBinary(bytes) {
  const length = Math.min(bytes.length, SAMPLE);
  let controls = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at];
    if (byte === 0) return true;
    // Tab, line feed, form feed, carriage return and escape are of terminals and old texts.
    const usual = byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 27;
    if (byte < 32 && !usual) controls += 1;
  }
  return controls > length * CONTROLS_SHARE_MAX;
}
