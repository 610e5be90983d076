/** Borders between the panes, which can be dragged and moved by keys. */

const STEP = 24;

/**
 * @param {HTMLElement} bar
 * @param {object} options
 * @param {'x' | 'y'} options.axis
 * @param {string} options.property the custom property that holds the share, of `bar`'s parent
 * @param {number} options.min share of the parent, in percent
 * @param {number} options.max
 */
export function makeSplitter(bar, { axis, property, min, max }) {
  const parent = bar.parentElement;
  const place = (position) => {
    const box = parent.getBoundingClientRect();
    const share =
      axis === 'x' ? (position - box.left) / box.width : (position - box.top) / box.height;
    const percent = Math.max(min, Math.min(max, share * 100));
    parent.style.setProperty(property, `${percent}%`);
    bar.setAttribute('aria-valuenow', String(Math.round(percent)));
  };
  bar.addEventListener('pointerdown', (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  bar.addEventListener('pointermove', (event) => {
    if (bar.hasPointerCapture(event.pointerId)) place(axis === 'x' ? event.clientX : event.clientY);
  });
  bar.addEventListener('keydown', (event) => {
    const back = axis === 'x' ? 'ArrowLeft' : 'ArrowUp';
    const on = axis === 'x' ? 'ArrowRight' : 'ArrowDown';
    if (event.key !== back && event.key !== on) return;
    event.preventDefault();
    const box = bar.getBoundingClientRect();
    const at = axis === 'x' ? box.left + box.width / 2 : box.top + box.height / 2;
    place(at + (event.key === on ? STEP : -STEP));
  });
}
