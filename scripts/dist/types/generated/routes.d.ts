declare module 'oro:internal/generated/routes' {
/** A point in time of a file, as decimal strings. */
export interface FsTime {
    tv_sec: string;
    tv_nsec: string;
}
/** What the file system knows of an entry; 64-bit numbers are decimal strings. */
export interface FsStat {
    st_dev: string;
    st_mode: string;
    st_nlink: string;
    st_uid: string;
    st_gid: string;
    st_rdev: string;
    st_ino: string;
    st_size: string;
    st_blksize: string;
    st_blocks: string;
    st_flags?: string;
    st_gen?: string;
    st_atim: FsTime;
    st_mtim: FsTime;
    st_ctim: FsTime;
    st_birthtim: FsTime;
}
/** One entry of a directory. */
export interface FsEntry {
    name: string;
    /** 1 file, 2 directory, 3 link, 4 fifo, 5 socket, 6 character device, 7 block device. */
    type: number;
    /** The directory that holds it, relative to the opened one; empty at the top. */
    parent: string;
    size?: number;
    mtimeMs?: number;
    mode?: number;
    /** The code of what went wrong with it; the walk goes on. */
    error?: string;
}
/** A window as routes describe it. */
export interface WindowState {
    index: number;
    id?: string;
    title?: string;
    url?: string;
    location?: string;
    width?: number;
    height?: number;
    minWidth?: number;
    minHeight?: number;
    resizable?: boolean;
    closable?: boolean;
    maximizable?: boolean;
    minimizable?: boolean;
    frameless?: boolean;
    utility?: boolean;
    status?: number;
    readyState?: string;
    origin?: string;
    backgroundColor?: string;
    screen?: {
        width: number;
        height: number;
    };
    size?: {
        width: number;
        height: number;
    };
    position?: {
        x: number;
        y: number;
    };
}
type Done = Record<string, unknown>;
interface Target {
    targetWindowIndex: number;
}
/** Every route: its parameters and its result. */
export interface Routes {
    /** Answers `pong`. */
    'ping': {
        params: {};
        result: string;
    };
    /** The secret of the script-message channel of this document. */
    'internal.session': {
        params: {};
        result: {
            secret: string;
        };
    };
    /** Changes the working directory of the process. */
    'internal.setcwd': {
        params: {
            value: string;
        };
        result: Done;
    };
    'log': {
        params: {
            value: string;
        };
        result: Done;
    };
    'stdout': {
        params: {
            value: string;
        };
        result: Done;
    };
    'stderr': {
        params: {
            value: string;
            debug?: boolean;
        };
        result: Done;
    };
    'mime.lookup': {
        params: {
            value: string;
        };
        result: {
            url: string;
            type: string;
        };
    };
    'platform.primordials': {
        params: {};
        result: {
            arch: string;
            cwd: string;
            platform: string;
            version: {
                full: string;
                short: string;
                hash: string;
            };
            'host-operating-system': string;
        };
    };
    'process.env.get': {
        params: {
            key: string;
        };
        result: {
            key: string;
            value: string | null;
        };
    };
    'process.env.set': {
        params: {
            key: string;
            value: string;
        };
        result: {
            key: string;
            value: string;
        };
    };
    'diagnostics.timings': {
        params: {};
        result: Record<string, unknown>;
    };
    'rpc.discover': {
        params: {};
        result: Record<string, unknown>;
    };
    'os.cpus': {
        params: {};
        result: Array<{
            model: string;
            speed: number;
            times: {
                user: number;
                nice: number;
                sys: number;
                idle: number;
                irq: number;
            };
        }>;
    };
    'os.networkInterfaces': {
        params: {};
        result: Record<string, unknown>;
    };
    'os.rusage': {
        params: {};
        result: {
            ru_maxrss: number;
        };
    };
    'os.uptime': {
        params: {};
        result: number;
    };
    'os.uname': {
        params: {};
        result: {
            sysname: string;
            release: string;
            version: string;
            machine: string;
        };
    };
    'os.hrtime': {
        params: {};
        result: Uint8Array;
    };
    'os.availableMemory': {
        params: {};
        result: Uint8Array;
    };
    'os.constants': {
        params: {};
        result: Record<string, number>;
    };
    'os.paths': {
        params: {};
        result: Record<string, string>;
    };
    'fs.access': {
        params: {
            path: string;
            mode: number;
        };
        result: Done;
    };
    'fs.appendFile': {
        params: {
            path: string;
            mode?: number;
            flags?: number;
        };
        result: Done;
    };
    'fs.chmod': {
        params: {
            path: string;
            mode: number;
        };
        result: Done;
    };
    'fs.chown': {
        params: {
            path: string;
            uid: number;
            gid: number;
        };
        result: Done;
    };
    'fs.close': {
        params: {
            id: string;
        };
        result: Done;
    };
    'fs.closedir': {
        params: {
            id: string;
        };
        result: Done;
    };
    'fs.copyFile': {
        params: {
            src: string;
            dest: string;
            flags?: number;
        };
        result: Done;
    };
    'fs.fstat': {
        params: {
            id: string;
        };
        result: FsStat;
    };
    'fs.fsync': {
        params: {
            id: string;
        };
        result: Done;
    };
    'fs.ftruncate': {
        params: {
            id: string;
            offset: number;
        };
        result: Done;
    };
    'fs.lchown': {
        params: {
            path: string;
            uid: number;
            gid: number;
        };
        result: Done;
    };
    'fs.link': {
        params: {
            src: string;
            dest: string;
        };
        result: Done;
    };
    'fs.lstat': {
        params: {
            path: string;
        };
        result: FsStat;
    };
    'fs.mkdir': {
        params: {
            path: string;
            mode: number;
            recursive?: boolean;
        };
        result: Done;
    };
    'fs.mkdtemp': {
        params: {
            prefix: string;
        };
        result: {
            path: string;
        };
    };
    'fs.open': {
        params: {
            path: string;
            flags: number;
            mode: number;
            id?: string;
        };
        result: {
            id: string;
            fd: number;
        };
    };
    'fs.opendir': {
        params: {
            path: string;
            id?: string;
            recursive?: boolean;
            stats?: boolean;
        };
        result: {
            id: string;
        };
    };
    'fs.read': {
        params: {
            id: string;
            size: number;
            offset?: number | string;
        };
        result: Uint8Array;
    };
    'fs.readFile': {
        params: {
            path: string;
        };
        result: Uint8Array;
    };
    'fs.readdir': {
        params: {
            id: string;
            entries: number;
        };
        result: FsEntry[];
    };
    'fs.readlink': {
        params: {
            path: string;
        };
        result: {
            path: string;
        };
    };
    'fs.realpath': {
        params: {
            path: string;
        };
        result: {
            path: string;
        };
    };
    'fs.rename': {
        params: {
            src: string;
            dest: string;
        };
        result: Done;
    };
    'fs.rm': {
        params: {
            path: string;
            recursive?: boolean;
            force?: boolean;
        };
        result: Done;
    };
    'fs.rmdir': {
        params: {
            path: string;
        };
        result: Done;
    };
    'fs.stat': {
        params: {
            path: string;
        };
        result: FsStat;
    };
    'fs.symlink': {
        params: {
            src: string;
            dest: string;
            flags?: number;
        };
        result: Done;
    };
    'fs.truncate': {
        params: {
            path: string;
            length: number;
        };
        result: Done;
    };
    'fs.unlink': {
        params: {
            path: string;
        };
        result: Done;
    };
    'fs.utimes': {
        params: {
            path: string;
            atime: number;
            mtime: number;
        };
        result: Done;
    };
    'fs.write': {
        params: {
            id: string;
            offset?: number | string;
        };
        result: {
            id: string;
            result: number;
        };
    };
    'fs.writeFile': {
        params: {
            path: string;
            mode?: number;
            flags?: number;
        };
        result: Done;
    };
    'application.exit': {
        params: {
            value?: number;
        };
        result: Done;
    };
    'application.getScreenSize': {
        params: {};
        result: {
            width: number;
            height: number;
        };
    };
    'application.getWindows': {
        params: {
            value?: string;
        };
        result: WindowState[];
    };
    'window': {
        params: {
            index?: number;
        };
        result: WindowState;
    };
    'window.create': {
        params: {
            targetWindowIndex?: number;
            url?: string;
            title?: string;
            width?: number | string;
            height?: number | string;
            minWidth?: number | string;
            minHeight?: number | string;
            maxWidth?: number | string;
            maxHeight?: number | string;
            resizable?: boolean;
            frameless?: boolean;
            closable?: boolean;
            maximizable?: boolean;
            minimizable?: boolean;
            headless?: boolean;
            utility?: boolean;
        };
        result: WindowState;
    };
    'window.close': {
        params: Target;
        result: WindowState;
    };
    'window.show': {
        params: Target;
        result: WindowState;
    };
    'window.hide': {
        params: Target;
        result: WindowState;
    };
    'window.maximize': {
        params: Target;
        result: WindowState;
    };
    'window.minimize': {
        params: Target;
        result: WindowState;
    };
    'window.restore': {
        params: Target;
        result: WindowState;
    };
    'window.showInspector': {
        params: Target;
        result: WindowState;
    };
    'window.setTitle': {
        params: Target & {
            value: string;
        };
        result: WindowState;
    };
    'window.getTitle': {
        params: Target;
        result: string;
    };
    'window.setSize': {
        params: Target & {
            width: number | string;
            height: number | string;
        };
        result: WindowState;
    };
    'window.setPosition': {
        params: Target & {
            x: number | string;
            y: number | string;
        };
        result: WindowState;
    };
    'window.setBackgroundColor': {
        params: Target & {
            red: number;
            green: number;
            blue: number;
            alpha: number;
        };
        result: WindowState;
    };
    'window.getBackgroundColor': {
        params: Target;
        result: string;
    };
    'window.navigate': {
        params: Target & {
            url: string;
        };
        result: WindowState;
    };
    'window.eval': {
        params: Target & {
            value: string;
        };
        result: unknown;
    };
    'window.send': {
        params: Target & {
            event: string;
            value?: unknown;
        };
        result: Done;
    };
}
/** Every topic: what its events carry as `detail`. */
export interface Topics {
    'applicationpause': unknown;
    'applicationresume': unknown;
    'applicationstop': unknown;
    'applicationurl': {
        url: string;
    };
}
/** Routes that take or give bytes or a stream; they travel by the scheme only. */
export const binaryRoutes: ReadonlySet<string>;
export {};
}
