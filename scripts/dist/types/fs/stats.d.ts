declare module 'oro:fs/stats' {
/** What the file system knows of an entry: `oro:fs/stats`. */
import type { Routes } from 'oro:internal/generated/routes';
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
    protected constructor(raw: FsStat, number: (text: string) => N, ms: (time: FsTime) => N);
    get atime(): Date;
    get mtime(): Date;
    get ctime(): Date;
    get birthtime(): Date;
    isBlockDevice(): boolean;
    isCharacterDevice(): boolean;
    isDirectory(): boolean;
    isFIFO(): boolean;
    isFile(): boolean;
    isSocket(): boolean;
    isSymbolicLink(): boolean;
    private is;
}
/** Stats in numbers. */
export class Stats extends StatsBase<number> {
    constructor(raw: FsStat);
    /** Makes stats of what the route answers. */
    static from(raw: FsStat, bigint: true): BigIntStats;
    static from(raw: FsStat, bigint?: false): Stats;
    static from(raw: FsStat, bigint?: boolean): Stats | BigIntStats;
    /** Stats of what is not there: zeros. */
    static nothing(bigint: boolean): Stats | BigIntStats;
}
/** Stats in big integers, with times in nanoseconds too. */
export class BigIntStats extends StatsBase<bigint> {
    readonly atimeNs: bigint;
    readonly mtimeNs: bigint;
    readonly ctimeNs: bigint;
    readonly birthtimeNs: bigint;
    constructor(raw: FsStat);
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
    constructor(raw: FsFileSystem, number: (text: string) => N);
    /** Makes one of what the route answers. */
    static from(raw: FsFileSystem, bigint?: boolean): StatFs | StatFs<bigint>;
}
export default Stats;
}
