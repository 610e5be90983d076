/**
 * Rows of one height in a scroller, of which only those that can be seen are in the document.
 *
 * An element cannot be higher than some 33 million pixels. Where the rows are, the scrollbar stands
 * for more than it is high, and the wheel is followed by this class instead.
 */

const HEIGHT_MAX = 16_000_000;
const OVERSCAN = 4;

export class Rows {
  #scroller;
  #spacer = document.createElement('div');
  #rowHeight;
  #create;
  #update;
  #elements = [];
  #total = 0;
  /** Distance of the view from the top of all rows, in pixels. */
  #top = 0;
  #frame = 0;
  #onScroll;

  /**
   * @param {HTMLElement} scroller
   * @param {object} options
   * @param {number} options.rowHeight
   * @param {() => HTMLElement} options.create makes an empty row
   * @param {(element: HTMLElement, index: number) => void} options.update fills a row
   * @param {() => void} [options.onScroll]
   */
  constructor(scroller, { rowHeight, create, update, onScroll = () => {} }) {
    this.#scroller = scroller;
    this.#rowHeight = rowHeight;
    this.#create = create;
    this.#update = update;
    this.#onScroll = onScroll;
    this.#spacer.className = 'rows';
    this.#spacer.role = 'presentation';
    scroller.append(this.#spacer);
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    scroller.addEventListener('wheel', (event) => this.#wheeled(event), { passive: false });
    new ResizeObserver(() => this.draw()).observe(scroller);
  }

  get total() {
    return this.#total;
  }

  /** The rows that can be seen, and some on both sides. */
  get range() {
    const first = Math.floor(this.#top / this.#rowHeight);
    const last = Math.ceil((this.#top + this.#scroller.clientHeight) / this.#rowHeight);
    return { from: Math.max(0, first - OVERSCAN), to: Math.min(this.#total, last + OVERSCAN) };
  }

  /** How many rows fit. */
  get pageSize() {
    return Math.max(1, Math.floor(this.#scroller.clientHeight / this.#rowHeight) - 1);
  }

  /** @param {number} total */
  setTotal(total) {
    this.#total = total;
    this.#spacer.style.height = `${Math.min(HEIGHT_MAX, this.#height)}px`;
    this.#moveTo(this.#top);
    this.draw();
  }

  /** Scrolls as little as makes a row visible. */
  reveal(index) {
    const top = index * this.#rowHeight;
    const view = this.#scroller.clientHeight;
    if (top < this.#top) this.#moveTo(top);
    else if (top + this.#rowHeight > this.#top + view) this.#moveTo(top + this.#rowHeight - view);
    this.draw();
  }

  /** Fills all rows again, with the next frame. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  get #height() {
    return this.#total * this.#rowHeight;
  }

  get #scaled() {
    return this.#height > HEIGHT_MAX;
  }

  #drawNow() {
    const { from, to } = this.range;
    while (this.#elements.length < to - from) {
      const element = this.#create();
      this.#spacer.append(element);
      this.#elements.push(element);
    }
    const offset = this.#scroller.scrollTop - this.#top;
    const pool = this.#elements.length;
    const used = new Set();
    for (let index = from; index < to; index += 1) {
      // A row keeps its element while it can be seen, and with it what the pointer is over.
      const element = this.#elements[index % pool];
      used.add(element);
      element.hidden = false;
      element.style.transform = `translateY(${index * this.#rowHeight + offset}px)`;
      this.#update(element, index);
    }
    for (const element of this.#elements) if (!used.has(element)) element.hidden = true;
  }

  #moveTo(top) {
    const view = this.#scroller.clientHeight;
    this.#top = Math.max(0, Math.min(top, this.#height - view));
    this.#scroller.scrollTop = this.#scaled ? this.#top * this.#ratio : this.#top;
  }

  /** Pixels of the scrollbar for each pixel of the rows. */
  get #ratio() {
    const view = this.#scroller.clientHeight;
    return (Math.min(HEIGHT_MAX, this.#height) - view) / Math.max(1, this.#height - view);
  }

  #scrolled() {
    const { scrollTop } = this.#scroller;
    // Our own move comes back as an event, rounded.
    if (!this.#scaled) this.#top = scrollTop;
    else if (Math.abs(scrollTop - this.#top * this.#ratio) > 1) this.#top = scrollTop / this.#ratio;
    this.draw();
    this.#onScroll();
  }

  #wheeled(event) {
    if (!this.#scaled || event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.#rowHeight : 1;
    this.#moveTo(this.#top + event.deltaY * unit);
    this.draw();
    this.#onScroll();
  }
}
