/** What the file system knows of an entry: `oro:fs/stats`. */

import type { Routes } from '../generated/routes.js';
import constants from './constants.js';

type FsStat = Routes['fs.stat']['result'];
type FsTime = FsStat['st_atim'];
type FsFileSystem = Routes['fs.statfs']['result'];
type Numeric = number | bigint;

/** The tests and dates that both kinds of stats share. */
abstract class StatsBase<N extends Numeric> {
  readonly dev: N;
  readonly mode: N;
  readonly nlink: N;
  readonly uid: N;
  readonly gid: N;
  readonly rdev: N;
  readonly blksize: N;
  readonly ino: N;
  readonly size: N;
  readonly blocks: N;
  readonly atimeMs: N;
  readonly mtimeMs: N;
  readonly ctimeMs: N;
  readonly birthtimeMs: N;

  protected constructor(raw: FsStat, number: (text: string) => N, ms: (time: FsTime) => N) {
    this.dev = number(raw.st_dev);
    this.mode = number(raw.st_mode);
    this.nlink = number(raw.st_nlink);
    this.uid = number(raw.st_uid);
    this.gid = number(raw.st_gid);
    this.rdev = number(raw.st_rdev);
    this.blksize = number(raw.st_blksize);
    this.ino = number(raw.st_ino);
    this.size = number(raw.st_size);
    this.blocks = number(raw.st_blocks);
    this.atimeMs = ms(raw.st_atim);
    this.mtimeMs = ms(raw.st_mtim);
    this.ctimeMs = ms(raw.st_ctim);
    this.birthtimeMs = ms(raw.st_birthtim);
  }

  get atime(): Date {
    return date(this.atimeMs);
  }

  get mtime(): Date {
    return date(this.mtimeMs);
  }

  get ctime(): Date {
    return date(this.ctimeMs);
  }

  get birthtime(): Date {
    return date(this.birthtimeMs);
  }

  isBlockDevice(): boolean {
    return this.is(constants.S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return this.is(constants.S_IFCHR);
  }

  isDirectory(): boolean {
    return this.is(constants.S_IFDIR);
  }

  isFIFO(): boolean {
    return this.is(constants.S_IFIFO);
  }

  isFile(): boolean {
    return this.is(constants.S_IFREG);
  }

  isSocket(): boolean {
    return this.is(constants.S_IFSOCK);
  }

  isSymbolicLink(): boolean {
    return this.is(constants.S_IFLNK);
  }

  private is(kind: number): boolean {
    return (Number(this.mode) & constants.S_IFMT) === kind;
  }
}

/** Stats in numbers. */
export class Stats extends StatsBase<number> {
  constructor(raw: FsStat) {
    super(raw, Number, ({ tv_sec, tv_nsec }) => Number(tv_sec) * 1e3 + Number(tv_nsec) / 1e6);
  }

  /** Makes stats of what the route answers. */
  static from(raw: FsStat, bigint: true): BigIntStats;
  static from(raw: FsStat, bigint?: false): Stats;
  static from(raw: FsStat, bigint?: boolean): Stats | BigIntStats;
  static from(raw: FsStat, bigint = false): Stats | BigIntStats {
    return bigint ? new BigIntStats(raw) : new Stats(raw);
  }

  /** Stats of what is not there: zeros. */
  static nothing(bigint: boolean): Stats | BigIntStats {
    return Stats.from(NOTHING, bigint);
  }
}

const NO_TIME: FsTime = { tv_sec: '0', tv_nsec: '0' };
const NOTHING: FsStat = {
  st_dev: '0',
  st_mode: '0',
  st_nlink: '0',
  st_uid: '0',
  st_gid: '0',
  st_rdev: '0',
  st_ino: '0',
  st_size: '0',
  st_blksize: '0',
  st_blocks: '0',
  st_flags: '0',
  st_gen: '0',
  st_atim: NO_TIME,
  st_mtim: NO_TIME,
  st_ctim: NO_TIME,
  st_birthtim: NO_TIME,
};

/** Stats in big integers, with times in nanoseconds too. */
export class BigIntStats extends StatsBase<bigint> {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor(raw: FsStat) {
    super(raw, BigInt, (time) => nanoseconds(time) / 1_000_000n);
    this.atimeNs = nanoseconds(raw.st_atim);
    this.mtimeNs = nanoseconds(raw.st_mtim);
    this.ctimeNs = nanoseconds(raw.st_ctim);
    this.birthtimeNs = nanoseconds(raw.st_birthtim);
  }
}

/** What is known of a file system. */
export class StatFs<N extends Numeric = number> {
  /** Its kind: the system's magic number. */
  readonly type: N;
  /** The size of a block, in bytes. */
  readonly bsize: N;
  readonly blocks: N;
  readonly bfree: N;
  /** Free blocks that this user may fill. */
  readonly bavail: N;
  /** All entries that there can be. */
  readonly files: N;
  /** Entries that can still be made. */
  readonly ffree: N;

  constructor(raw: FsFileSystem, number: (text: string) => N) {
    this.type = number(raw.type);
    this.bsize = number(raw.bsize);
    this.blocks = number(raw.blocks);
    this.bfree = number(raw.bfree);
    this.bavail = number(raw.bavail);
    this.files = number(raw.files);
    this.ffree = number(raw.ffree);
  }

  /** Makes one of what the route answers. */
  static from(raw: FsFileSystem, bigint = false): StatFs | StatFs<bigint> {
    return bigint ? new StatFs(raw, BigInt) : new StatFs(raw, Number);
  }
}

function nanoseconds({ tv_sec, tv_nsec }: FsTime): bigint {
  return BigInt(tv_sec) * 1_000_000_000n + BigInt(tv_nsec);
}

function date(ms: Numeric): Date {
  // Node rounds so that a time that was set in whole milliseconds comes back as it was.
  return new Date(Math.round(Number(ms)));
}

export default Stats;
