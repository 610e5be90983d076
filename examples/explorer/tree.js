/**
 * A folder and all that is below it, as columns of numbers.
 *
 * An entry is an index into typed arrays and a name is a stretch of one buffer, so that a million
 * entries are a few dozen megabytes and nothing for the garbage collector to visit.
 */

/** Flags of an entry. */
export const FOLDER = 1;
export const LINK = 2;
/** Neither a file nor a folder nor a link: a socket, a pipe, a device. */
export const SPECIAL = 4;
/** A folder that could not be read. */
export const UNREADABLE = 8;

/** No entry. */
export const NONE = 0xffff_ffff;
/** The folder that the tree was made of. */
export const ROOT = 0;

const COLUMNS = {
  parent: Uint32Array,
  firstChild: Uint32Array,
  nextSibling: Uint32Array,
  /** Where the name begins in the buffer of names; it ends before the next one's separator. */
  nameStart: Uint32Array,
  /** Bytes of a file, or of all files below a folder. */
  size: Float64Array,
  /** Entries below a folder. */
  count: Uint32Array,
  mtimeMs: Float64Array,
  kind: Uint8Array,
  flags: Uint8Array,
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @typedef {object} NewEntry
 * @property {string} name
 * @property {number} flags
 * @property {number} kind
 * @property {number} size
 * @property {number} mtimeMs
 */

export class Tree {
  /** How many entries there are, with the root. */
  length = 0;
  /** The path of the root, without a separator at its end unless it is all there is. */
  path;
  #capacity = 1024;
  #names = new Uint8Array(1 << 15);
  #namesLength = 0;
  /** @type {Map<string, number>} */
  #folders = new Map();
  #lastFolder = { path: '', entry: ROOT };

  /** @param {string} path an absolute path */
  constructor(path) {
    this.path = path;
    for (const [name, Column] of Object.entries(COLUMNS)) this[name] = new Column(this.#capacity);
    this.#append(NONE, { name: path, flags: FOLDER, kind: 0, size: 0, mtimeMs: Number.NaN });
    this.#folders.set(path, ROOT);
    this.#lastFolder = { path, entry: ROOT };
  }

  /**
   * Adds an entry to a folder and its size to all folders above.
   *
   * @param {string} parentPath the absolute path of its folder
   * @param {NewEntry} entry
   * @returns {number} the entry
   */
  add(parentPath, entry) {
    const parent = this.#folder(parentPath);
    if ((entry.flags & FOLDER) === 0) return this.#insert(parent, entry);
    const path = join(parentPath, entry.name);
    const known = this.#folders.get(path);
    if (known !== undefined) {
      // Something in it came first, or the walk could not enter it after all.
      if (Number.isFinite(entry.mtimeMs)) this.mtimeMs[known] = entry.mtimeMs;
      this.flags[known] |= entry.flags;
      return known;
    }
    const added = this.#insert(parent, entry);
    this.#folders.set(path, added);
    return added;
  }

  /**
   * The folder at a path, if it is known.
   *
   * @param {string} path
   * @returns {number | undefined}
   */
  folderAt(path) {
    return this.#folders.get(path);
  }

  /**
   * @param {number} entry
   * @returns {string}
   */
  nameOf(entry) {
    if (entry === ROOT) return this.path.slice(this.path.lastIndexOf('/') + 1) || '/';
    return decoder.decode(this.#names.subarray(this.nameStart[entry], this.#nameEnd(entry)));
  }

  /**
   * @param {number} entry
   * @returns {string}
   */
  pathOf(entry) {
    if (entry === ROOT) return this.path;
    return join(this.pathOf(this.parent[entry]), this.nameOf(entry));
  }

  /**
   * The names of a run of entries; much cheaper than one by one.
   *
   * @param {number} from
   * @param {number} to not included
   * @returns {string} the names, each followed by a NUL, which no name has
   */
  namesOf(from, to) {
    return decoder.decode(this.#names.subarray(this.nameStart[from], this.#nameEnd(to - 1) + 1));
  }

  /**
   * The entries of a folder.
   *
   * @param {number} folder
   * @returns {Uint32Array}
   */
  childrenOf(folder) {
    let length = 0;
    for (let at = this.firstChild[folder]; at !== NONE; at = this.nextSibling[at]) length += 1;
    const children = new Uint32Array(length);
    let next = 0;
    for (let at = this.firstChild[folder]; at !== NONE; at = this.nextSibling[at]) {
      children[next++] = at;
    }
    return children;
  }

  /**
   * Calls a function with every entry below a folder.
   *
   * @param {number} folder
   * @param {(entry: number) => void} visit
   */
  below(folder, visit) {
    let at = this.firstChild[folder];
    while (at !== NONE) {
      visit(at);
      if (this.firstChild[at] !== NONE) {
        at = this.firstChild[at];
        continue;
      }
      while (this.nextSibling[at] === NONE) {
        at = this.parent[at];
        if (at === folder || at === NONE) return;
      }
      at = this.nextSibling[at];
    }
  }

  /**
   * The folders from the root down to an entry, with both.
   *
   * @param {number} entry
   * @returns {number[]}
   */
  lineOf(entry) {
    const line = [];
    for (let at = entry; at !== NONE; at = this.parent[at]) line.push(at);
    return line.reverse();
  }

  /** The folder at a path, made if its own entry has not come yet. */
  #folder(path) {
    // Entries of a folder come one after the other.
    if (this.#lastFolder.path === path) return this.#lastFolder.entry;
    let entry = this.#folders.get(path);
    if (entry === undefined) {
      const slash = path.lastIndexOf('/');
      const parentPath = path.slice(0, slash) || '/';
      if (slash < 0 || path.length <= this.path.length) {
        throw new RangeError(`${path} is not below ${this.path}`);
      }
      const name = path.slice(slash + 1);
      entry = this.add(parentPath, { name, flags: FOLDER, kind: 0, size: 0, mtimeMs: Number.NaN });
    }
    this.#lastFolder = { path, entry };
    return entry;
  }

  #insert(parent, entry) {
    const added = this.#append(parent, entry);
    this.nextSibling[added] = this.firstChild[parent];
    this.firstChild[parent] = added;
    for (let at = parent; at !== NONE; at = this.parent[at]) {
      this.size[at] += entry.size;
      this.count[at] += 1;
    }
    return added;
  }

  #append(parent, { name, flags, kind, size, mtimeMs }) {
    if (this.length === this.#capacity) this.#grow();
    const at = this.length++;
    this.parent[at] = parent;
    this.firstChild[at] = NONE;
    this.nextSibling[at] = NONE;
    this.flags[at] = flags;
    this.kind[at] = kind;
    this.size[at] = size;
    this.mtimeMs[at] = mtimeMs;
    this.nameStart[at] = this.#keepName(name);
    return at;
  }

  #keepName(name) {
    // UTF-8 takes three bytes at most for each unit of UTF-16.
    const needed = this.#namesLength + name.length * 3 + 1;
    if (needed > this.#names.length) {
      const names = new Uint8Array(Math.max(needed, this.#names.length * 2));
      names.set(this.#names);
      this.#names = names;
    }
    const start = this.#namesLength;
    this.#namesLength += encoder.encodeInto(name, this.#names.subarray(start)).written + 1;
    return start;
  }

  #nameEnd(entry) {
    return (entry + 1 < this.length ? this.nameStart[entry + 1] : this.#namesLength) - 1;
  }

  #grow() {
    this.#capacity *= 2;
    for (const [name, Column] of Object.entries(COLUMNS)) {
      const column = new Column(this.#capacity);
      column.set(this[name]);
      this[name] = column;
    }
  }
}

/**
 * A path of a name in a folder.
 *
 * @param {string} folder
 * @param {string} name
 * @returns {string}
 */
export function join(folder, name) {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
