/** The list of a folder's entries, or of what a search found. */

import { byId, make } from './elements.js';
import { formatBytes, formatFullTime, formatItems, formatShare, formatTime } from './format.js';
import { icon, setIcon } from './icons.js';
import { Rows } from './rows.js';
import { matchesIn, wordsOf } from './search.js';

const ROW_HEIGHT = 30;
/** Rows that are asked for beyond those that can be seen, on each side. */
const AHEAD = 120;

export class List {
  #grid = byId('grid');
  #empty = byId('list-empty');
  #rows;
  #actions;
  #view = null;
  #words = [];
  /** @type {{ from: number, rows: any[] }} */
  #page = { from: 0, rows: [] };
  #asking = false;
  #selectedIndex = -1;
  #selected = null;

  /**
   * @param {object} actions
   * @param {(row: any) => void} actions.select
   * @param {(row: any) => void} actions.enter
   * @param {() => void} actions.up
   * @param {(version: number, from: number, to: number) => Promise<any[] | null>} actions.fetch
   * @param {(sort: string) => void} actions.sort
   */
  constructor(actions) {
    this.#actions = actions;
    this.#rows = new Rows(this.#grid, {
      rowHeight: ROW_HEIGHT,
      create: () => this.#createRow(),
      update: (element, index) => this.#updateRow(element, index),
    });
    this.#grid.addEventListener('keydown', (event) => this.#pressed(event));
    for (const head of document.querySelectorAll('[data-sort]')) {
      head.addEventListener('click', () => actions.sort(head.dataset.sort));
    }
  }

  /** The rows that a new view should bring. */
  get wanted() {
    const { from, to } = this.#rows.range;
    return { from: Math.max(0, from - AHEAD), to: to + AHEAD };
  }

  focus() {
    this.#grid.focus();
  }

  /** Goes to the first row. */
  toTop() {
    this.#rows.reveal(0);
  }

  /**
   * Shows a view.
   *
   * @param {any} view
   * @param {any} selected the selected entry, if there is one
   * @param {string} empty what to say if there are no rows
   */
  show(view, selected, empty) {
    this.#view = view;
    this.#words = wordsOf(view.query);
    this.#page = { from: view.from, rows: view.rows };
    this.#selected = selected?.entry ?? null;
    this.#selectedIndex = view.selectedIndex;
    this.#empty.textContent = empty;
    this.#empty.hidden = view.total > 0 || !empty;
    this.#grid.setAttribute('aria-rowcount', String(view.total));
    this.#rows.setTotal(view.total);
  }

  /** Marks an entry as selected. */
  select(selected) {
    const entry = selected?.entry ?? null;
    if (entry === this.#selected) return;
    this.#selected = entry;
    const at = this.#page.rows.findIndex((row) => row.entry === entry);
    this.#selectedIndex = at < 0 ? -1 : this.#page.from + at;
    if (this.#selectedIndex >= 0) this.#rows.reveal(this.#selectedIndex);
    this.#rows.draw();
  }

  /** Shows how the list is sorted. */
  setSort(sort, descending) {
    for (const head of document.querySelectorAll('[data-sort]')) {
      const current = head.dataset.sort === sort;
      const order = descending ? 'descending' : 'ascending';
      head.parentElement.setAttribute('aria-sort', current ? order : 'none');
    }
  }

  #rowAt(index) {
    return this.#page.rows[index - this.#page.from];
  }

  #createRow() {
    const row = make(
      'div',
      { className: 'row', role: 'row' },
      icon('other'),
      make('span', { className: 'name', role: 'gridcell' }),
      make(
        'span',
        { className: 'size', role: 'gridcell' },
        make('span', { className: 'track' }, make('i')),
        make('span'),
      ),
      make('span', { className: 'time', role: 'gridcell' }),
    );
    const own = () => this.#rowAt(row.index);
    row.addEventListener('click', () => own() && this.#actions.select(own()));
    row.addEventListener('dblclick', () => own() && this.#actions.enter(own()));
    return row;
  }

  #updateRow(element, index) {
    const row = this.#rowAt(index);
    element.index = index;
    element.id = `row-${index}`;
    element.setAttribute('aria-rowindex', String(index + 1));
    element.classList.toggle('coming', !row);
    if (!row) {
      this.#fetch();
      return;
    }
    const [mark, name, size, time] = element.children;
    const look = row.folder ? 'folder' : row.link ? 'link' : row.special ? 'special' : row.kind;
    setIcon(mark, look);
    mark.dataset.kind = look;
    element.classList.toggle('unreadable', row.unreadable);
    const isSelected = row.entry === this.#selected;
    element.setAttribute('aria-selected', String(isSelected));
    if (isSelected) {
      this.#selectedIndex = index;
      this.#grid.setAttribute('aria-activedescendant', element.id);
    }
    this.#fillName(name, row);
    const whole = this.#view.folder.size;
    const { largest } = this.#view;
    size.firstChild.firstChild.hidden = row.size === 0;
    size.firstChild.firstChild.style.width = `${largest > 0 ? (row.size / largest) * 100 : 0}%`;
    size.lastChild.textContent = row.size > 0 || !row.folder ? formatBytes(row.size) : '–';
    size.title = row.folder
      ? `${formatItems(row.count)}, ${formatShare(row.size, whole)}`
      : formatShare(row.size, whole);
    time.textContent = formatTime(row.mtimeMs);
    time.title = formatFullTime(row.mtimeMs);
  }

  #fillName(element, row) {
    const parts = [];
    let end = 0;
    for (const [from, to] of matchesIn(row.name, this.#words)) {
      parts.push(row.name.slice(end, from), make('mark', {}, row.name.slice(from, to)));
      end = to;
    }
    parts.push(row.name.slice(end));
    if (this.#words.length > 0) {
      const start = this.#view.root.length + (this.#view.root.endsWith('/') ? 0 : 1);
      const place = row.path.slice(start, -row.name.length - 1);
      if (place) parts.push(make('small', {}, place));
    }
    element.replaceChildren(...parts);
    element.title = row.path;
  }

  /** Asks for the rows around those that can be seen; one question at a time. */
  async #fetch() {
    if (this.#asking || !this.#view) return;
    this.#asking = true;
    const { version } = this.#view;
    const { from, to } = this.wanted;
    try {
      const rows = await this.#actions.fetch(version, from, to);
      if (rows && version === this.#view.version) this.#page = { from, rows };
    } finally {
      this.#asking = false;
      this.#rows.draw();
    }
  }

  async #selectAt(index) {
    const at = Math.max(0, Math.min(index, this.#rows.total - 1));
    const row = this.#rowAt(at) ?? (await this.#actions.fetch(this.#view.version, at, at + 1))?.[0];
    if (!row) return;
    this.#selectedIndex = at;
    this.#rows.reveal(at);
    this.#actions.select(row);
  }

  #pressed(event) {
    if (!this.#view || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = this.#selectedIndex;
    const page = this.#rows.pageSize;
    const moves = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#rows.total - 1,
    };
    if (event.key in moves) this.#selectAt(moves[event.key]);
    else if (event.key === 'Enter' || event.key === 'ArrowRight') this.#enterSelected(event.key);
    else if (event.key === 'Backspace' || event.key === 'ArrowLeft') this.#actions.up();
    else return;
    event.preventDefault();
  }

  #enterSelected(key) {
    const row = this.#rowAt(this.#selectedIndex);
    if (row && (row.folder || key === 'Enter')) this.#actions.enter(row);
  }
}
