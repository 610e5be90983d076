/** Numbers, sizes and times as people read them. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const integers = new Intl.NumberFormat('en');
const dates = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });
const recent = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const full = new Intl.DateTimeFormat('en', {
  dateStyle: 'long',
  timeStyle: 'medium',
  hour12: false,
});
const HALF_YEAR_MS = 182 * 86_400_000;

/**
 * A size with three digits at most: `512 B`, `1.5 KB`, `23 MB`.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  // 999.5 would be rounded to a fourth digit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/**
 * A whole number with separators: `1,234,567`.
 *
 * @param {number} value
 * @returns {string}
 */
export function formatCount(value) {
  return integers.format(Math.round(value));
}

/**
 * A number and its noun: `1 item`, `2 items`.
 *
 * @param {number} value
 * @param {string} noun
 * @returns {string}
 */
export function formatItems(value, noun = 'item') {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/**
 * When something was changed; the time of day is told only of the last half year.
 *
 * @param {number} ms milliseconds since 1970; not a number is unknown
 * @param {number} [now]
 * @returns {string}
 */
export function formatTime(ms, now = Date.now()) {
  if (!Number.isFinite(ms)) return '';
  return (now - ms < HALF_YEAR_MS && ms <= now ? recent : dates).format(ms);
}

/**
 * A time in full, for a tooltip.
 *
 * @param {number} ms
 * @returns {string}
 */
export function formatFullTime(ms) {
  return Number.isFinite(ms) ? full.format(ms) : 'unknown';
}

/**
 * A part of a whole: `12%`, `3.4%`, `<0.1%`.
 *
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function formatShare(part, whole) {
  if (!(whole > 0) || part <= 0) return '0%';
  const percent = (part / whole) * 100;
  if (percent < 0.1) return '<0.1%';
  return `${percent >= 9.95 ? Math.round(percent) : percent.toFixed(1)}%`;
}

/**
 * A duration: `640 ms`, `3.2 s`, `2 min 5 s`.
 *
 * @param {number} ms
 * @returns {string}
 */
export function formatDuration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}
