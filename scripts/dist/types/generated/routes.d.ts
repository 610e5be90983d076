declare module 'oro:internal/generated/routes' {
/** The program that runs beside the application. */
export type Backend = {
    /** Its arguments. */
    argv: Array<string>;
    /** The program. */
    cmd: string;
    /** Its working directory. */
    path: string;
    /** The number of its process. */
    pid: number;
};
/** What lives in the runtime. */
export type Census = {
    /** Child processes, of pages and of the program. */
    childProcess: Kind;
    /** Files. */
    fs: FsCensus;
    /** Whether the app is paused. */
    paused: boolean;
    /** Timers of pages. */
    timers: TimersCensus;
    /** UDP sockets, of pages and of the program. */
    udp: Kind;
    /** The loop. The member's name is the one that programs know from libuv. */
    uv: LoopCensus;
};
/** A conversation. */
export type ChatReport = {
    /** The id of its context. */
    id: Id;
    /** How many turns it has. */
    messages: number;
    /** Its model's id. */
    model: Id;
};
/** A child process that was started. */
export type ChildSpawned = {
    /** The child. */
    id: Id;
    /** The number of its process. */
    pid: number;
};
/** How tokens are chosen in a context. */
export type ContextOptions = {
    /** See [`ContextCreate::min_p`]. */
    minP: number;
    /** See [`ContextCreate::seed`]. */
    seed?: number | null;
    /** See [`ContextCreate::temp`]. */
    temp: number;
    /** See [`ContextCreate::top_k`]. */
    topK: number;
    /** See [`ContextCreate::top_p`]. */
    topP: number;
};
/** A context. */
export type ContextReport = {
    /** Its id. */
    id: Id;
    /** The adapter that is attached to it. */
    lora?: LoraAttached | null;
    /** Its model's id. */
    model: Id;
    /** How tokens are chosen in it. */
    options: ContextOptions;
    /** How many tokens it holds at most. */
    size: number;
    /** How many it holds now. */
    used: number;
};
/** A processor core. */
export type Cpu = {
    /** Its maker's name for it. */
    model: string;
    /** Its clock in MHz; 0 if unknown. */
    speed: number;
    /** How it spent its time. */
    times: CpuTimes;
};
/** Milliseconds that a core spent since the system started. */
export type CpuTimes = {
    /** With nothing to do. */
    idle: number;
    /** In interrupts. */
    irq: number;
    /** In programs of low priority. */
    nice: number;
    /** In the kernel. */
    sys: number;
    /** In programs. */
    user: number;
};
/** An open file or directory, as routes tell of it. */
export type Descriptor = {
    /** The number that the operating system gave it. */
    fd: number;
    /** Its id. */
    id: Id;
    /** What it is. */
    type: DescriptorKind;
};
/** What an open descriptor is. */
export type DescriptorKind = "file" | "directory";
/** An address of a name. */
export type DnsAddress = {
    /** The address. */
    address: string;
    /** 4 or 6. */
    family: number;
};
/** What a name leads to. */
export type DnsAddresses = {
    /** The address. */
    address: string;
    /** All of them, if they were asked for. */
    addresses?: Array<DnsAddress>;
    /** 4 or 6. */
    family: number;
};
/** Which addresses come first. */
export type DnsOrder = "verbatim" | "ipv4first" | "ipv6first";
/** The result of a route that has nothing to tell: `{}`. */
export type Empty = Record<string, unknown>;
/** Why a model has stopped. */
export type EndReason = "stop" | "length" | "timeout" | "abort";
/** Living things of the `fs` service. */
export type FsCensus = {
    /** Open files and directories. */
    descriptors: Kind;
    /** Watched files and directories, of pages and of the program. */
    watchers: Kind;
};
/** An operation that went well and has a number to tell, mostly 0. */
export type FsDone = {
    /** 0, or how many bytes were written. */
    result: number;
};
/** One entry of a directory. */
export type FsEntry = {
    /** Why it could not be looked into or at, such as `EACCES`; the walk goes on without it. */
    error?: string;
    /** Its kind and permissions, if opened with `stats`. */
    mode?: number;
    /** Its time of last change in milliseconds since 1970, if opened with `stats`. */
    mtimeMs?: number;
    /** Its name. */
    name: string;
    /** The directory that holds it, relative to the opened one; empty at the top. */
    parent: string;
    /** Its size in bytes, if the directory was opened with `stats`. */
    size?: number;
    /**
     * 1 file, 2 directory, 3 link, 4 fifo, 5 socket, 6 character device, 7 block device;
     * 0 if unknown.
     */
    type: number;
};
/** What is known of a file system. Numbers are decimal strings of 64 bits. */
export type FsFileSystem = {
    /** Free blocks that this user may fill. */
    bavail: string;
    /** Free blocks. */
    bfree: string;
    /** All blocks. */
    blocks: string;
    /** The size of a block, in bytes. */
    bsize: string;
    /** Entries that can still be made. */
    ffree: string;
    /** All entries that there can be. */
    files: string;
    /** Its kind: the system's magic number. */
    type: string;
};
/** A directory that is there now. */
export type FsMade = {
    /** The first directory that had to be made, if one had to be. */
    path?: string;
    /** Always 0. */
    result: number;
};
/** The mode that was asked for. */
export type FsMode = {
    /** The mode. */
    mode: number;
};
/** A file that is now open. */
export type FsOpened = {
    /** The number that the operating system gave it. */
    fd: number;
    /** The id for further calls. */
    id: Id;
};
/** A path. */
export type FsPath = {
    /** The path. */
    path: string;
};
/** What the file system knows of an entry. Numbers are decimal strings of 64 bits. */
export type FsStat = {
    /** Last access. */
    st_atim: FsTime;
    /** Creation; `st_ctim` where the file system does not know. */
    st_birthtim: FsTime;
    /** The best size for reads and writes, in bytes. */
    st_blksize: string;
    /** Blocks of 512 bytes that it takes. */
    st_blocks: string;
    /** Last change of the content or of what is told here. */
    st_ctim: FsTime;
    /** The device that holds it. */
    st_dev: string;
    /** Always 0 on this system. */
    st_flags: string;
    /** Always 0 on this system. */
    st_gen: string;
    /** The group. */
    st_gid: string;
    /** Its number on the device. */
    st_ino: string;
    /** Kind and permissions. */
    st_mode: string;
    /** Last change of the content. */
    st_mtim: FsTime;
    /** How many names it has. */
    st_nlink: string;
    /** The device that it is, if it is one. */
    st_rdev: string;
    /** Its size in bytes. */
    st_size: string;
    /** The owner. */
    st_uid: string;
};
/** A point in time, counted from 1970. */
export type FsTime = {
    /** Nanoseconds of the second. */
    tv_nsec: string;
    /** Whole seconds. */
    tv_sec: string;
};
/** What an [`FsWatchEvent`] tells of. */
export type FsWatchKind = "rename" | "change" | "close";
/** A watcher. */
export type FsWatching = {
    /** The id for further calls, and of its events. */
    id: Id;
};
/** How much was written. */
export type FsWritten = {
    /** The file. */
    id: Id;
    /** Bytes written. */
    result: number;
};
/** Living things. */
export type Handles = {
    /** How many. */
    count: number;
    /** Their ids, where they have some. */
    ids: Array<Id>;
};
/** The id of a live resource: a decimal string of at most 64 bits. */
export type Id = string;
/** Living things of one kind. */
export type Kind = {
    /** The things. */
    handles: Handles;
};
/** Well-known directories. They need not exist. */
export type KnownPaths = {
    /** What the application keeps and can make anew. */
    cache: string;
    /** The application's settings. */
    config: string;
    /** The application's data. */
    data: string;
    /** The user's desktop. */
    desktop: string;
    /** The user's documents. */
    documents: string;
    /** The user's downloads. */
    downloads: string;
    /** The user's home. */
    home: string;
    /** The application's logs. */
    log: string;
    /** The application's media: the user's media folder of the application. */
    media: string;
    /** The user's music. */
    music: string;
    /** The user's pictures. */
    pictures: string;
    /** The application's own files. */
    resources: string;
    /** For files that may vanish. */
    tmp: string;
    /** The user's videos. */
    videos: string;
};
/** Logical pixels, or a part of the screen such as `50%`. */
export type Length = number | string;
/** The loop. */
export type LoopCensus = {
    /** Requests whose answer is still to come. */
    activeRequests: number;
    /** Its figures. */
    metrics: LoopMetrics;
};
/** Figures of the loop. */
export type LoopMetrics = {
    /** Wakes from other threads since the start. */
    events: number;
    /** Requests and callbacks that wait for the tick. */
    eventsWaiting: number;
    /** Ticks since the start. */
    loopCount: number;
};
/** An adapter and how strong it is. */
export type LoraAttached = {
    /** The adapter's id. */
    id: Id;
    /** How strong it is; 0 is not at all. */
    scale: number;
};
/** How an adapter was loaded. */
export type LoraOptions = {
    /** The folder of its file. */
    directory: string;
    /** The id of the model that it is for. */
    model: Id;
};
/** An adapter. */
export type LoraReport = {
    /** The name of its file. */
    filename: string;
    /** Its id. */
    id: Id;
    /** Whether it can be used. */
    loaded: boolean;
    /** The name of its file, without the extension. */
    name: string;
    /** How it was loaded. */
    options: LoraOptions;
};
/** Who says something to a model. */
export type MessageRole = "user" | "system";
/** A type of content. */
export type MimeType = {
    /** Its type, such as `text/html`; empty if unknown. */
    type: string;
    /** The name or address that was asked about. */
    url: string;
};
/** A file that holds a model. */
export type ModelFile = {
    /** The folder of the file. */
    directory: string;
    /** The name of the file. */
    filename: string;
    /** The name to load it by: that of the file, without the extension. */
    name: string;
    /** Its bytes; of a model in several files, those of the first one. */
    size: number;
};
/** How a model was loaded. */
export type ModelOptions = {
    /** The folder of its file. */
    directory: string;
    /** Layers that run on the GPU. */
    gpuLayerCount: number;
};
/** A model. */
export type ModelReport = {
    /** The name of its file. */
    filename: string;
    /** Its id. */
    id: Id;
    /** Whether it can be used. */
    loaded: boolean;
    /** The name of its file, without the extension. */
    name: string;
    /** How it was loaded. */
    options: ModelOptions;
};
/** An address of a network interface. */
export type NetworkAddress = {
    /** The address. */
    address: string;
    /** Address and length of the network's name. */
    cidr: string;
    /** `IPv4` or `IPv6`. */
    family: string;
    /** Whether it leads nowhere but to this machine. */
    internal: boolean;
    /** The hardware address of the interface. */
    mac: string;
    /** Which of its bits name the network. */
    netmask: string;
    /** The number of the interface, for IPv6 addresses that need it; else 0. Absent for IPv4. */
    scopeid?: number;
};
/** How far a page has come. */
export type PageStage = "beforeruntimeinit" | "runtimeinit" | "domcontentloaded" | "load" | "readystatechange";
/** What never changes, save for the working directory. */
export type Primordials = {
    /** The processor architecture, as Node names it. */
    arch: string;
    /** The application's working directory. */
    cwd: string;
    /** The operating system that really runs it, below a simulator. */
    'host-operating-system': string;
    /** The operating system, as Node names it. */
    platform: string;
    /** The version of the runtime. */
    version: RuntimeVersion;
};
/** What is known of the process. */
export type Process = {
    /** The processor architecture, as Node names it. */
    arch: string;
    /** The words that it was started with. */
    argv: Array<string>;
    /** The application's working directory. */
    cwd: string;
    /** The path of its program. */
    execPath: string;
    /** Its number. */
    pid: number;
    /** The operating system, as Node names it. */
    platform: string;
    /** The number of the process that started it. */
    ppid: number;
    /** Time since the start of the runtime, in seconds. */
    uptime: number;
    /** Versions of the runtime and its parts. */
    versions: Record<string, string>;
};
/** What waits in the queues. */
export type QueueDepths = {
    /** Callbacks that wait for the tick. */
    callbacks: number;
    /** Events that were lost because the outbox was full. */
    eventsDropped: number;
    /** Jobs that have ended since the start. */
    jobsFinished: number;
    /** Jobs on threads, or finished and not yet collected. */
    jobsInFlight: number;
    /** Jobs that wait for a thread. */
    jobsWaiting: number;
    /** Requests that wait for their answer. */
    pending: number;
    /** Requests that wait for the tick. */
    requests: number;
};
/** How far a document is loaded. */
export type ReadyState = "loading" | "complete";
/** What a process has used. */
export type ResourceUsage = {
    /** The memory that is resident now, in bytes. */
    rss: number;
    /** The most memory that was resident at once, in KiB. */
    ru_maxrss: number;
    /** Processor time in the kernel for it, in microseconds; likewise. */
    ru_stime: number;
    /** Processor time in the program, in microseconds; the system counts in steps of 10,000. */
    ru_utime: number;
};
/** The version of the runtime. */
export type RuntimeVersion = {
    /** With everything that is known of it. */
    full: string;
    /** The commit it was built from; empty if that was not told. */
    hash: string;
    /** The number alone. */
    short: string;
};
/** A place in logical pixels. */
export type ScreenPosition = {
    /** From the left. */
    x: number;
    /** From the top. */
    y: number;
};
/** A size in logical pixels. */
export type ScreenSize = {
    /** Height. */
    height: number;
    /** Width. */
    width: number;
};
/** What a model has said. */
export type SessionAnswer = {
    /** Those of them that it had read before. */
    cachedTokens: number;
    /** Tokens of what it has said. */
    completionTokens: number;
    /** Why it ended. */
    finishReason: EndReason;
    /** Tokens of what the model has read. */
    promptTokens: number;
    /** All of it. */
    text: string;
};
/** A signal, by its number or by its name. */
export type SignalWord = number | string;
/** Where an input or output of a child leads. */
export type Stdio = "pipe" | "ignore" | "inherit";
/** Figures of one system. */
export type SystemTiming = {
    /** The longest duration. */
    maxUs: number;
    /** Half of all durations were at most this long; exact to a factor of two. */
    p50Us: number;
    /** 99 of 100 durations were at most this long; exact to a factor of two. */
    p99Us: number;
    /**
     * How often it was timed: a whole tick each time, a system in or after the tick each time at
     * first and in one of 16 ticks later.
     */
    runs: number;
    /** The schedule that it runs in. */
    schedule: string;
    /** Its path in the source. */
    system: string;
    /** The sum of these durations. */
    totalUs: number;
};
/** The id of a timer that was started. */
export type TimerStarted = {
    /** What clears it, and what the event `timers.fire` names. */
    id: Id;
};
/** Living things of the `timers` service. */
export type TimersCensus = {
    /** Timers of the next tick. */
    immediate: Kind;
    /** Timers that fire again and again. */
    interval: Kind;
    /** Timers that fire once. */
    timeout: Kind;
};
/** Figures of the whole runtime since its start. */
export type TimingReport = {
    /** Entities in the World. */
    entities: number;
    /** Systems, commands and observers that failed. */
    errors: number;
    /** How often the loop asked the operating system for events. */
    polls: number;
    /** What waits at this moment. */
    queues: QueueDepths;
    /** The state of the loop. */
    state: string;
    /** Every system of every schedule, in the order of their names. */
    systems: Array<SystemTiming>;
    /** Whole ticks. */
    tick: TimingStats;
    /** Time since the start, pauses included, in milliseconds. */
    uptimeMs: number;
    /** How often another thread woke the loop; wakes before it ran count as one. */
    wakes: number;
};
/** Figures of a [`Timing`], in microseconds. */
export type TimingStats = {
    /** The longest duration. */
    maxUs: number;
    /** Half of all durations were at most this long; exact to a factor of two. */
    p50Us: number;
    /** 99 of 100 durations were at most this long; exact to a factor of two. */
    p99Us: number;
    /**
     * How often it was timed: a whole tick each time, a system in or after the tick each time at
     * first and in one of 16 ticks later.
     */
    runs: number;
    /** The sum of these durations. */
    totalUs: number;
};
/** A turn of a conversation. */
export type TurnReport = {
    /** What was said. */
    content: string;
    /** Its number in the conversation. */
    id: Id;
    /** Who said it: `system`, `user` or `assistant`. */
    role: string;
};
/** An address of a socket. */
export type UdpAddress = {
    /** The address, without port. */
    address: string;
    /** Its family. */
    family: UdpFamily;
    /** The socket. */
    id: Id;
    /** The port. */
    port: number;
};
/** What became of a batch. */
export type UdpBatchSent = {
    /** The ones that it refused. */
    failed: Array<UdpSendFailure>;
    /** The socket. */
    id: Id;
    /** How many datagrams the kernel took. */
    sent: number;
};
/** A socket that was opened. */
export type UdpBound = {
    /** The address, without port. */
    address: string;
    /** The name of Node's event. */
    event: string;
    /** Its family. */
    family: UdpFamily;
    /** The socket. */
    id: Id;
    /** The port. */
    port: number;
};
/** The size of a buffer. */
export type UdpBufferSize = {
    /** The socket. */
    id: Id;
    /** Bytes, as the kernel counts them. */
    size: number;
};
/** A family of addresses. */
export type UdpFamily = "IPv4" | "IPv6";
/** What sockets can do on this system. */
export type UdpFeatures = {
    /** Bytes that wait for `udp.recv` before datagrams are dropped. */
    backlogMaxBytes: number;
    /** Datagrams read by one system call. */
    batchMax: number;
    /** IPv6 is there. */
    ipv6: boolean;
    /** Datagrams that come from the kernel in one piece; 1 is one by one. */
    receiveSegmentsMax: number;
    /** Several sockets can share a port. */
    reusePort: boolean;
    /** Datagrams of one receiver that go to the kernel at once; 1 is one by one. */
    segmentsMax: number;
    /** Most sockets. */
    socketsMax: number;
};
/** The socket that a call was about. */
export type UdpId = {
    /** The socket. */
    id: Id;
};
/** Datagrams of a batch that were refused, all for one reason. */
export type UdpSendFailure = {
    /** The code, such as `EMSGSIZE`. */
    code: string;
    /** How many. */
    count: number;
    /** The first of them, counted from 0. */
    index: number;
    /** What happened, with the address. */
    message: string;
};
/** A datagram that was sent. */
export type UdpSent = {
    /** The socket. */
    id: Id;
    /** Always 0: failures are errors. */
    status: number;
};
/** What a socket is doing. */
export type UdpState = {
    /** It receives. */
    active: boolean;
    /** It has a local address. */
    bound: boolean;
    /** It is closed: never, such a socket is not found. */
    closed: boolean;
    /** It closes when what waits has been sent. */
    closing: boolean;
    /** It has a peer. */
    connected: boolean;
    /** Datagrams that were dropped because nobody took the ones before. */
    dropped: number;
    /** It closes after its datagram. */
    ephemeral: boolean;
    /** The socket. */
    id: Id;
    /** Datagrams that wait for `udp.recv`. */
    queued: number;
    /** Always `udp`. */
    type: string;
};
/** The names and versions of the system. */
export type Uname = {
    /** The machine: `x86_64`. */
    machine: string;
    /** The name of the machine in its network. */
    nodename: string;
    /** Its release. */
    release: string;
    /** The system: `Linux`. */
    sysname: string;
    /** Its version. */
    version: string;
};
/** A user of the system. */
export type UserInfo = {
    /** The number of the user's group. */
    gid: number;
    /** The home directory. */
    homedir: string;
    /** The login shell; null if there is none. */
    shell?: string | null;
    /** The number. */
    uid: number;
    /** The name. */
    username: string;
};
/** An environment variable. */
export type Variable = {
    /** Its name. */
    key: string;
    /** Its value; null if there is no such variable. */
    value?: string | null;
};
/** An environment: names and values, or one text of `NAME=value` with U+0001 between them. */
export type Variables = Record<string, string> | string;
/**
 * All that is known of a window: what most window routes answer with, after the change that
 * they were asked for took effect.
 */
export type WindowSnapshot = {
    /** `width:height` that a resize keeps. */
    aspectRatio?: string | null;
    /** The colour behind the page, as CSS writes it. */
    backgroundColor: string;
    /** Colour behind the page in the dark theme. */
    backgroundColorDark?: string | null;
    /** Colour behind the page in the light theme. */
    backgroundColorLight?: string | null;
    /** Whether the user can close it. */
    closable: boolean;
    /** Whether it has the keyboard. */
    focused: boolean;
    /** Without border and title bar. */
    frameless: boolean;
    /** Height of the content in logical pixels. */
    height: number;
    /** Names the window's page among all clients. */
    id: string;
    /** The number by which pages name it. */
    index: number;
    /** The same as `url`. */
    location: string;
    /** Space around the content, in logical pixels. */
    margin?: number;
    /** Greatest height that the user can choose; 0 is no limit. */
    maxHeight: number;
    /** Greatest width that the user can choose; 0 is no limit. */
    maxWidth: number;
    /** Whether the user can maximize it. */
    maximizable: boolean;
    /** Whether it is as large as the screen. */
    maximized: boolean;
    /** Least height that the user can choose; 0 is no limit. */
    minHeight: number;
    /** Least width that the user can choose; 0 is no limit. */
    minWidth: number;
    /** Whether the user can minimize it. */
    minimizable: boolean;
    /** Whether it is an icon. */
    minimized: boolean;
    /** The origin of the app. */
    origin: string;
    /** Where it is on the screen, in logical pixels. */
    position: ScreenPosition;
    /** Radius of the corners, in logical pixels. */
    radius?: number;
    /** How far the document is loaded. */
    readyState: ReadyState;
    /** Whether the user can change the size. */
    resizable: boolean;
    /** Folder that the window's resources come from. */
    resourcesDirectory?: string | null;
    /** The screen, in logical pixels. */
    screen: ScreenSize;
    /** Size of the content in logical pixels. */
    size: ScreenSize;
    /** Where it is in its life. */
    status: WindowStatus;
    /** The text of the title bar. */
    title: string;
    /** `normal`, `hidden` or `hiddenInset`. */
    titlebarStyle?: string | null;
    /** The creator's own mark. */
    token?: string | null;
    /** The address of the document. */
    url: string;
    /** A tool window: not in the task bar. */
    utility: boolean;
    /** Width of the content in logical pixels. */
    width: number;
    /** `x:y` of the window's own buttons. */
    windowControlOffsets?: string | null;
};
/** 0 none, 10 creating, 11 created, 20 hiding, 21 hidden, 30 showing, 31 shown, 40 closing, 41 closed, 50 exiting, 51 exited, 60 killing, 61 killed, -1 error. */
export type WindowStatus = -1 | 0 | 10 | 11 | 20 | 21 | 30 | 31 | 40 | 41 | 50 | 51 | 60 | 61;
/** The program and its arguments: a list, or one text with U+0001 between them. */
export type Words = Array<string> | string;
/** Every route: its parameters and its result. */
export interface Routes {
    /**
     * Answers a chat as OpenAI's `/v1/chat/completions` does, all at once. The parameters are those
     * of OpenAI; streams are only at the server's own address.
     */
    'ai.chat.completions': {
        params: Record<string, never>;
        result: unknown;
    };
    /** The conversations of the caller. */
    'ai.chat.list': {
        params: Record<string, never>;
        result: Array<ChatReport>;
    };
    /** Ends what the model of a context is saying. What it has said is its answer. */
    'ai.chat.session.abort': {
        params: {
            /** The context. */
            id: Id;
        };
        result: Empty;
    };
    /**
     * Has the model go on with a text, as it is, behind all that its context holds. It becomes no
     * turn of the conversation. What the model writes comes as events `ai.chat.text`.
     */
    'ai.chat.session.generate': {
        params: {
            /** Strings that end the answer, with the character U+0001 between them. */
            antiprompts?: string | null;
            /** The context. */
            id: Id;
            /** Most tokens of the answer; `ai_llm_default_max_tokens` unless given. */
            maxTokens?: number | null;
            /** The text; the body unless given. */
            prompt?: string | null;
        };
        result: SessionAnswer;
    };
    /** The turns of the conversation in a context, the first one first. */
    'ai.chat.session.history': {
        params: {
            /** The context. */
            id: Id;
        };
        result: Array<TurnReport>;
    };
    /**
     * Says something to the model of a context, and answers once the model has answered. What it says
     * comes as events `ai.chat.text`. Both become turns of the conversation.
     */
    'ai.chat.session.message': {
        params: {
            /** Strings that end the answer, with the character U+0001 between them. */
            antiprompts?: string | null;
            /** The context. */
            id: Id;
            /** Most tokens of the answer; `ai_llm_default_max_tokens` unless given. */
            maxTokens?: number | null;
            /** What is said; the body unless given. */
            prompt?: string | null;
            /**
             * Who says it: `user`, or `system` for what holds for all of the conversation and is not
             * answered.
             */
            role?: MessageRole;
        };
        result: SessionAnswer;
    };
    /** Makes a context: a conversation with a model, and its place in the model's cache. */
    'ai.llm.context.create': {
        params: {
            /** The context's id; a new one unless given. */
            id?: Id | null;
            /**
             * Least probability relative to the likeliest token, 0 to 1; `ai_llm_default_min_p` unless
             * given.
             */
            minP?: number | null;
            /** The model's id or its name. */
            model: string;
            /** The same seed gives the same texts; another one each time unless given. */
            seed?: number | null;
            /** How many tokens it holds. */
            size?: number;
            /** 0 always takes the likeliest token; `ai_llm_default_temperature` unless given. */
            temp?: number | null;
            /** Tokens to sample from, 0 is all; `ai_llm_default_top_k` unless given. */
            topK?: number | null;
            /** Probability mass to sample from, 0 to 1; `ai_llm_default_top_p` unless given. */
            topP?: number | null;
        };
        result: ContextReport;
    };
    /** Ends a context, and what is generated in it. */
    'ai.llm.context.destroy': {
        params: {
            /** The context. */
            id: Id;
        };
        result: Empty;
    };
    /** The state of a context as bytes, for `ai.llm.context.restore`. */
    'ai.llm.context.dump': {
        params: {
            /** The context. */
            id: Id;
        };
        result: Uint8Array;
    };
    /** What is known of a context. */
    'ai.llm.context.info': {
        params: {
            /** The context. */
            id: Id;
        };
        result: ContextReport;
    };
    /** Gives a context the state that is the body. It may come from another context of the same model. */
    'ai.llm.context.restore': {
        params: {
            /** The context; what it holds is forgotten. */
            id: Id;
        };
        result: ContextReport;
    };
    /** The same as `ai.llm.context.info`. */
    'ai.llm.context.stats': {
        params: {
            /** The context. */
            id: Id;
        };
        result: ContextReport;
    };
    /** Attaches an adapter to a context, in the place of another one that is there. */
    'ai.llm.lora.attach': {
        params: {
            /** The context. */
            context: Id;
            /** The adapter. */
            id: Id;
            /** How strong it is; 0 is not at all. */
            scale?: number;
        };
        result: LoraReport;
    };
    /** Takes an adapter off a context. */
    'ai.llm.lora.detach': {
        params: {
            /** The context. */
            context: Id;
            /** The adapter. */
            id: Id;
        };
        result: LoraReport;
    };
    /** The adapters that are loaded, in the order in which they were. */
    'ai.llm.lora.list': {
        params: Record<string, never>;
        result: Array<LoraReport>;
    };
    /** Loads a LoRA adapter for a model. One that is loaded already is that one. */
    'ai.llm.lora.load': {
        params: {
            /**
             * The folder that the file is in; relative to the folder of pages. Without it the file is
             * looked for in `ORO_AI_LLM_LORA_PATH`, in `ai_llm_lora_path` and in the folder of pages.
             */
            directory?: string | null;
            /** The model's id or its name. */
            model: string;
            /** The name of its file, with or without the extension `.gguf`. */
            name: string;
        };
        result: LoraReport;
    };
    /** Unloads an adapter, and ends what is generated with it. */
    'ai.llm.lora.unload': {
        params: {
            /** The adapter. */
            id: Id;
        };
        result: Empty;
    };
    /** The models that can be loaded by their names: what is in the folders where names are looked for. */
    'ai.llm.model.files': {
        params: Record<string, never>;
        result: Array<ModelFile>;
    };
    /** The models that are loaded, in the order in which they were. */
    'ai.llm.model.list': {
        params: Record<string, never>;
        result: Array<ModelReport>;
    };
    /**
     * Loads a model, and answers once it can be used. One that is loaded already is that one. How much
     * of it is read comes as events `ai.llm.model.progress`.
     */
    'ai.llm.model.load': {
        params: {
            /**
             * The folder that the file is in; relative to the folder of pages. Without it the file is
             * looked for in `ORO_AI_LLM_MODEL_PATH`, in `ai_llm_model_path` and in the folder of pages.
             */
            directory?: string | null;
            /** Layers that run on the GPU; `ai_llm_gpu_layer_count` unless given. */
            gpuLayerCount?: number | null;
            /** The name of its file, with or without the extension `.gguf`. */
            name: string;
        };
        result: ModelReport;
    };
    /** Unloads a model with its adapters and contexts, and ends what it generates. */
    'ai.llm.model.unload': {
        params: {
            /** Its id or its name. */
            model: string;
        };
        result: Empty;
    };
    /** Ends the app, after pages heard `applicationstop`. */
    'application.exit': {
        params: {
            /** The exit code of the process, 0 to 255. */
            value: number;
        };
        result: Empty;
    };
    /** Tells the size of the primary screen. */
    'application.getScreenSize': {
        params: Record<string, never>;
        result: ScreenSize;
    };
    /** Lists windows. */
    'application.getWindows': {
        params: {
            /** Numbers of windows with commas between them; all windows if left out. */
            value?: string | null;
        };
        result: Array<WindowSnapshot>;
    };
    /**
     * Closes the input or an output of a child. A child that writes to a closed output gets
     * `SIGPIPE`.
     */
    'child_process.close': {
        params: {
            /** 0 is its input, 1 its output, 2 its errors. */
            fd: number;
            /** The child. */
            id: Id;
        };
        result: Empty;
    };
    /**
     * Runs a program to its end. The body is its input. The answer is a frame: 4 bytes with the
     * length of a JSON object (little-endian), the object (`pid`, `code`, `signal`, `stdout` and
     * `stderr` with their lengths, `timedOut`, `overflow` with the output that was too long), the
     * bytes of the output, the bytes of the errors.
     */
    'child_process.exec': {
        params: {
            /** The program and its arguments. */
            args: Words;
            /** What the program sees as its own name. */
            argv0?: string | null;
            /** Its working directory; the application's unless given. */
            cwd?: string | null;
            /** Its whole environment; the application's unless given. */
            env?: Variables | null;
            /** The group that it runs as. */
            gid?: number | null;
            /**
             * The signal that ends it when its time is over or it writes too much; `SIGTERM` unless
             * given.
             */
            killSignal?: SignalWord | null;
            /** Most bytes of output, and of errors; 1 MiB unless given. */
            maxBuffer?: number | null;
            /** Where its errors go: to the answer unless given. */
            stderr?: Stdio;
            /** Where its output goes: to the answer unless given. */
            stdout?: Stdio;
            /** Milliseconds that it may run; 0 is no limit. */
            timeout?: number | null;
            /** The user that it runs as. */
            uid?: number | null;
        };
        result: Uint8Array;
    };
    /** Sends a signal to a child and its process group. */
    'child_process.kill': {
        params: {
            /** The child. */
            id: Id;
            /** The signal; `SIGTERM` unless given. 0 only asks whether it runs. */
            signal?: SignalWord | null;
        };
        result: Empty;
    };
    /**
     * Takes what a child has written: waits until there is something. No bytes: that was
     * all.
     */
    'child_process.read': {
        params: {
            /** 1 is its output, 2 its errors. */
            fd: number;
            /** The child. */
            id: Id;
            /** Most bytes to take; all that there are unless given. */
            max?: number | null;
        };
        result: Uint8Array;
    };
    /**
     * Starts a child process; the event `child_process.exit` tells of its end. It is forgotten
     * when its outputs were read to their end as well, or closed.
     */
    'child_process.spawn': {
        params: {
            /** The program and its arguments. */
            args: Words;
            /** What the program sees as its own name. */
            argv0?: string | null;
            /** Its working directory; the application's unless given. */
            cwd?: string | null;
            /** It is in a session of its own and outlives the window and the application. */
            detached?: boolean;
            /** Its whole environment; the application's unless given. */
            env?: Variables | null;
            /** The group that it runs as. */
            gid?: number | null;
            /** The child, for the other calls; random unless given. */
            id?: Id | null;
            /** The signal that ends it then; `SIGTERM` unless given. */
            killSignal?: SignalWord | null;
            /** Where its errors go. */
            stderr?: Stdio;
            /** Where its input comes from. */
            stdin?: Stdio;
            /** Where its output goes. */
            stdout?: Stdio;
            /** Milliseconds that it may run; 0 is no limit. */
            timeout?: number | null;
            /** The user that it runs as. */
            uid?: number | null;
        };
        result: ChildSpawned;
    };
    /** Writes the body to the input of a child. Answers when the child's pipe has taken all. */
    'child_process.write': {
        params: {
            /** The input ends after these bytes. */
            end?: boolean;
            /** The child. */
            id: Id;
        };
        result: Empty;
    };
    /** What lives in the runtime at this moment, by kind. */
    'diagnostics.query': {
        params: Record<string, never>;
        result: Census;
    };
    /** Streams chunks of bytes: the first at once, the others at intervals. */
    'diagnostics.stream.chunks': {
        params: {
            /** Bytes of each, from 1 to 1,048,576; 1,024 if not given. */
            chunkSize?: number | string | null;
            /** How many chunks, from 0 to 10,000; 5 if not given. */
            chunks?: number | string | null;
            /** Milliseconds between them, from 0 to 60,000; 100 if not given. */
            interval?: number | string | null;
        };
        result: ReadableStream<Uint8Array>;
    };
    /** Streams server-sent events: the first at once, the others at intervals. */
    'diagnostics.stream.sse': {
        params: {
            /** How many events, from 0 to 10,000; 5 if not given. */
            count?: number | string | null;
            /** Milliseconds between them, from 0 to 60,000; 100 if not given. */
            interval?: number | string | null;
        };
        result: ReadableStream<Uint8Array>;
    };
    /** How long ticks and systems take, and how full the queues are. */
    'diagnostics.timings': {
        params: Record<string, never>;
        result: TimingReport;
    };
    /**
     * The addresses of a name, as programs of this system find them: from the file of hosts, from name
     * servers, or wherever it is set up to look.
     */
    'dns.lookup': {
        params: {
            /** Answer with all addresses, not only with the first. */
            all?: boolean;
            /** 4 or 6 for addresses of this kind only; 0 for both. */
            family?: number;
            /** The sum of `ADDRCONFIG` (32), `V4MAPPED` (8) and `ALL` (16). */
            hints?: number;
            /** The name. An address is its own answer. */
            hostname: string;
            /** Which addresses come first. */
            order?: DnsOrder;
            /** Milliseconds to wait; `dns_timeout_ms` unless given, 0 is no limit. */
            timeout?: number | null;
        };
        result: DnsAddresses;
    };
    /** Whether this process may use an entry in the given ways. */
    'fs.access': {
        params: {
            /** `R_OK`, `W_OK` and `X_OK` together; 0 asks only whether it is there. */
            mode: number | string;
            /** The entry. */
            path: string;
        };
        result: FsMode;
    };
    /** Appends the request's body to a file, which is created if need be. */
    'fs.appendFile': {
        params: {
            /** `O_…` flags instead of "create, append, write". */
            flags?: number | string | null;
            /** Permissions of a file that is created, before the process's mask: `0o666` if not given. */
            mode?: number | string | null;
            /** The file. */
            path: string;
        };
        result: FsDone;
    };
    /** Sets the permissions of an entry. */
    'fs.chmod': {
        params: {
            /** The permissions, such as `0o644`. */
            mode: number | string;
            /** The entry. */
            path: string;
        };
        result: FsMode;
    };
    /** Sets the owner of an entry. A link is followed. */
    'fs.chown': {
        params: {
            /** The new group; -1 keeps it. */
            gid: number | string;
            /** The entry. */
            path: string;
            /** The new owner; -1 keeps it. */
            uid: number | string;
        };
        result: Empty;
    };
    /** Closes a file, after the operations that were begun before. */
    'fs.close': {
        params: {
            /** The file. */
            id: Id;
        };
        result: FsOpened;
    };
    /** Closes an open directory. */
    'fs.closedir': {
        params: {
            /** The directory. */
            id: Id;
        };
        result: FsOpened;
    };
    /** Closes a file or a directory. */
    'fs.closeOpenDescriptor': {
        params: {
            /** The file or directory. */
            id: Id;
        };
        result: FsOpened;
    };
    /** Closes all of the caller's files and directories, and tells which. */
    'fs.closeOpenDescriptors': {
        params: {
            /** Leaves those alone that `fs.retainOpenDescriptor` marked. True if not given. */
            preserveRetained?: boolean | null;
        };
        result: Array<Descriptor>;
    };
    /** The numbers of flags and modes by their names. */
    'fs.constants': {
        params: Record<string, never>;
        result: Record<string, number>;
    };
    /** Copies a file, with its permissions. */
    'fs.copyFile': {
        params: {
            /** The copy. */
            dest: string;
            /** `COPYFILE_EXCL`, `COPYFILE_FICLONE` and `COPYFILE_FICLONE_FORCE` together. */
            flags?: number | string | null;
            /** The file. */
            src: string;
        };
        result: FsDone;
    };
    /** Copies a file, a link, or a directory with all that is in it. Links are copied as they are. */
    'fs.cp': {
        params: {
            /** The copy itself, not the directory to put it in. */
            dest: string;
            /** Whether files that are there are replaced; true if not given. Otherwise they are kept. */
            force?: boolean | null;
            /** Needed for directories. */
            recursive?: boolean;
            /** What to copy. */
            src: string;
        };
        result: FsDone;
    };
    /** Sets the permissions of an open file. */
    'fs.fchmod': {
        params: {
            /** The file. */
            id: Id;
            /** The permissions, such as `0o644`. */
            mode: number | string;
        };
        result: FsMode;
    };
    /** Sets the owner of an open file. */
    'fs.fchown': {
        params: {
            /** The new group; -1 keeps it. */
            gid: number | string;
            /** The file. */
            id: Id;
            /** The new owner; -1 keeps it. */
            uid: number | string;
        };
        result: Empty;
    };
    /** What the file system knows of an open file. */
    'fs.fstat': {
        params: {
            /** The file. */
            id: Id;
        };
        result: FsStat;
    };
    /** Waits until an open file's content is on the disk. */
    'fs.fsync': {
        params: {
            /** Only what is needed to read the content again, not the times. */
            dataOnly?: boolean;
            /** The file. */
            id: Id;
        };
        result: FsDone;
    };
    /** Makes an open file shorter, or longer with zero bytes. */
    'fs.ftruncate': {
        params: {
            /** The file. */
            id: Id;
            /** The new length in bytes. */
            offset: number | string;
        };
        result: FsDone;
    };
    /** Sets the times of last access and last change of an open file. */
    'fs.futimes': {
        params: {
            /** Last access, in seconds since 1970; parts of a second count. */
            atime: number;
            /** The file. */
            id: Id;
            /** Last change, in seconds since 1970; parts of a second count. */
            mtime: number;
        };
        result: Empty;
    };
    /** The caller's open files and directories. */
    'fs.getOpenDescriptors': {
        params: Record<string, never>;
        result: Array<Descriptor>;
    };
    /** Sets the owner of an entry. A link is not followed. */
    'fs.lchown': {
        params: {
            /** The new group; -1 keeps it. */
            gid: number | string;
            /** The entry. */
            path: string;
            /** The new owner; -1 keeps it. */
            uid: number | string;
        };
        result: Empty;
    };
    /** Gives a file a second name. */
    'fs.link': {
        params: {
            /** The new name. */
            dest: string;
            /** The file. */
            src: string;
        };
        result: FsDone;
    };
    /** What the file system knows of an entry. A link is not followed. */
    'fs.lstat': {
        params: {
            /** The entry. */
            path: string;
        };
        result: FsStat;
    };
    /** Sets the times of last access and last change of an entry. A link is not followed. */
    'fs.lutimes': {
        params: {
            /** Last access, in seconds since 1970; parts of a second count. */
            atime: number;
            /** Last change, in seconds since 1970; parts of a second count. */
            mtime: number;
            /** The entry. */
            path: string;
        };
        result: Empty;
    };
    /** Makes a directory. */
    'fs.mkdir': {
        params: {
            /** Its permissions, before the process's mask. */
            mode: number | string;
            /** The directory. */
            path: string;
            /** Makes missing parents too, and accepts a directory that is there. */
            recursive?: boolean;
        };
        result: FsMade;
    };
    /** Makes a directory with a new name, which only this user may enter. */
    'fs.mkdtemp': {
        params: {
            /** The beginning of its path; six characters are added. */
            prefix: string;
        };
        result: FsPath;
    };
    /** Opens a file. It stays open until `fs.close`, or until its window closes. */
    'fs.open': {
        params: {
            /** `O_…` flags of `fs.constants`, together. */
            flags: number | string;
            /** The id to use. Without one the runtime chooses. */
            id?: Id | null;
            /** Permissions of a file that is created, before the process's mask. */
            mode: number | string;
            /** The file. */
            path: string;
        };
        result: FsOpened;
    };
    /** Opens a directory for reading, or a whole tree of directories. */
    'fs.opendir': {
        params: {
            /** The id to use. Without one the runtime chooses. */
            id?: Id | null;
            /** The directory. */
            path: string;
            /** The entries of all directories below too. Links to directories are not followed. */
            recursive?: boolean;
            /** Entries with size, time of change and mode. */
            stats?: boolean;
        };
        result: FsOpened;
    };
    /** Reads from a file. Fewer bytes than asked for may come; none at the end of the file. */
    'fs.read': {
        params: {
            /** The file. */
            id: Id;
            /** Where to begin, in bytes. Without it the file's position is used and moved. */
            offset?: number | string | null;
            /** How many bytes at most. One answer has 64 MiB at most. */
            size: number | string;
        };
        result: Uint8Array;
    };
    /** The next entries of an open directory, in the order of the file system. None at the end. */
    'fs.readdir': {
        params: {
            /** How many entries at most, from 1 to 10,000. */
            entries: number | string;
            /** The directory. */
            id: Id;
        };
        result: Array<FsEntry>;
    };
    /** Reads a whole file, of 2 GiB at most. */
    'fs.readFile': {
        params: {
            /** The file. */
            path: string;
        };
        result: Uint8Array;
    };
    /** What a symbolic link says. */
    'fs.readlink': {
        params: {
            /** The link. */
            path: string;
        };
        result: FsPath;
    };
    /** The absolute path of an entry, with all links followed. */
    'fs.realpath': {
        params: {
            /** The entry. */
            path: string;
        };
        result: FsPath;
    };
    /** Gives an entry another path. What is there already is replaced. */
    'fs.rename': {
        params: {
            /** Its new path. */
            dest: string;
            /** The entry. */
            src: string;
        };
        result: FsDone;
    };
    /** Keeps a file or directory from being closed by `fs.closeOpenDescriptors`. */
    'fs.retainOpenDescriptor': {
        params: {
            /** The file or directory. */
            id: Id;
        };
        result: Descriptor;
    };
    /** Removes an entry. */
    'fs.rm': {
        params: {
            /** Accepts that there is nothing to remove. */
            force?: boolean;
            /** The entry. */
            path: string;
            /** Removes a directory with all that is in it. Links are not followed. */
            recursive?: boolean;
        };
        result: FsDone;
    };
    /** Removes an empty directory. */
    'fs.rmdir': {
        params: {
            /** The directory. */
            path: string;
        };
        result: FsDone;
    };
    /** What the file system knows of an entry. A link is followed. */
    'fs.stat': {
        params: {
            /** The entry. */
            path: string;
        };
        result: FsStat;
    };
    /** What is known of the file system that holds an entry. A link is followed. */
    'fs.statfs': {
        params: {
            /** The entry. */
            path: string;
        };
        result: FsFileSystem;
    };
    /** Ends a watcher. No event of it comes after the answer. */
    'fs.stopWatch': {
        params: {
            /** The watcher. */
            id: Id;
        };
        result: FsWatching;
    };
    /** Makes a symbolic link. */
    'fs.symlink': {
        params: {
            /** The link. */
            dest: string;
            /** For Windows; without a meaning here. */
            flags?: number | string | null;
            /** What the link says; a relative path counts from the link. */
            src: string;
        };
        result: FsDone;
    };
    /** Makes a file shorter, or longer with zero bytes. */
    'fs.truncate': {
        params: {
            /** The new length in bytes. */
            length: number | string;
            /** The file. */
            path: string;
        };
        result: FsDone;
    };
    /** Removes a name of a file, or a link. */
    'fs.unlink': {
        params: {
            /** The entry. */
            path: string;
        };
        result: FsDone;
    };
    /** Sets the times of last access and last change of an entry. */
    'fs.utimes': {
        params: {
            /** Last access, in seconds since 1970; parts of a second count. */
            atime: number;
            /** Last change, in seconds since 1970; parts of a second count. */
            mtime: number;
            /** The entry. */
            path: string;
        };
        result: Empty;
    };
    /** Watches a file, or a directory and its entries. */
    'fs.watch': {
        params: {
            /** The id to use. Without one the runtime chooses. */
            id?: Id | null;
            /** The file or directory. */
            path: string;
            /** Looks at intervals instead of waiting for the system to tell. */
            poll?: boolean;
            /** The directories below too. Links to directories are not followed. */
            recursive?: boolean;
        };
        result: FsWatching;
    };
    /** Writes the request's body to a file, all of it. */
    'fs.write': {
        params: {
            /** The file. */
            id: Id;
            /** Where to begin, in bytes. Without it the file's position is used and moved. */
            offset?: number | string | null;
        };
        result: FsWritten;
    };
    /** Writes the request's body as the whole content of a file, which is created if need be. */
    'fs.writeFile': {
        params: {
            /** `O_…` flags instead of "create, truncate, write". */
            flags?: number | string | null;
            /** Permissions of a file that is created, before the process's mask: `0o666` if not given. */
            mode?: number | string | null;
            /** The file. */
            path: string;
        };
        result: FsDone;
    };
    /** Sets the application's working directory. */
    'internal.setcwd': {
        params: {
            /** The directory; a relative path counts from the present one. */
            value: string;
        };
        result: Empty;
    };
    /** Writes a line to standard error. */
    'log': {
        params: {
            /** The line, without its end. */
            value: string;
        };
        result: Empty;
    };
    /** The type of content that a file name or address suggests. */
    'mime.lookup': {
        params: {
            /** The name or address. */
            value: string;
        };
        result: MimeType;
    };
    /** The memory that can still be taken: bytes as 8 bytes, the lowest first. */
    'os.availableMemory': {
        params: Record<string, never>;
        result: Uint8Array;
    };
    /**
     * Reads or sets the size of a socket's buffer in the kernel, which may make it larger than
     * asked for.
     */
    'os.bufferSize': {
        params: {
            /** 0 is the send buffer, 1 the receive buffer. */
            buffer?: number;
            /** The socket. */
            id: Id;
            /** Bytes; 0 only reads. */
            size?: number;
        };
        result: UdpBufferSize;
    };
    /** The numbers of errors, signals and priorities by their names. */
    'os.constants': {
        params: Record<string, never>;
        result: Record<string, number>;
    };
    /** The processor cores, and what they have done since the system started. */
    'os.cpus': {
        params: Record<string, never>;
        result: Array<Cpu>;
    };
    /** The memory that can still be taken, in bytes. */
    'os.freemem': {
        params: Record<string, never>;
        result: number;
    };
    /** The name of the machine. */
    'os.hostname': {
        params: Record<string, never>;
        result: string;
    };
    /**
     * A time that never goes back, from an arbitrary beginning: nanoseconds as 8 bytes, the
     * lowest first.
     */
    'os.hrtime': {
        params: Record<string, never>;
        result: Uint8Array;
    };
    /** The mean number of processes that want to run, over 1, 5 and 15 minutes. */
    'os.loadavg': {
        params: Record<string, never>;
        result: Array<number>;
    };
    /** Every address of every network interface that is up, by the interface's name. */
    'os.networkInterfaces': {
        params: Record<string, never>;
        result: Record<string, Array<NetworkAddress>>;
    };
    /** The well-known directories of the user and of the application. */
    'os.paths': {
        params: Record<string, never>;
        result: KnownPaths;
    };
    /** What this process has used. */
    'os.rusage': {
        params: Record<string, never>;
        result: ResourceUsage;
    };
    /** The memory of the machine, in bytes. */
    'os.totalmem': {
        params: Record<string, never>;
        result: number;
    };
    /** The names and versions of the system. */
    'os.uname': {
        params: Record<string, never>;
        result: Uname;
    };
    /** How long the system has been running, in milliseconds. */
    'os.uptime': {
        params: Record<string, never>;
        result: number;
    };
    /** The user that runs this process. */
    'os.userInfo': {
        params: Record<string, never>;
        result: UserInfo;
    };
    /** Answers `"pong"`: by way of the queue, the tick and a handler, like any other route. */
    'ping': {
        params: Record<string, never>;
        result: string;
    };
    /** Tells how far a page has come. Its preload script calls it. */
    'platform.event': {
        params: {
            /** Anything more. */
            data?: string | null;
            /** The document's address. */
            'location.href'?: string | null;
            /** The document's `readyState`, with `readystatechange`. */
            state?: string | null;
            /** What has happened. */
            value: PageStage;
        };
        result: Empty;
    };
    /** What never changes about the runtime and its platform. */
    'platform.primordials': {
        params: Record<string, never>;
        result: Primordials;
    };
    /** The value of an environment variable. */
    'process.env.get': {
        params: {
            /** The variable's name. */
            key: string;
        };
        result: Variable;
    };
    /** Sets an environment variable of the application and of its future child processes. */
    'process.env.set': {
        params: {
            /** The variable's name. */
            key: string;
            /** Its value; null removes it. */
            value?: string | null;
        };
        result: Variable;
    };
    /** The process that runs the application. */
    'process.info': {
        params: Record<string, never>;
        result: Process;
    };
    /** Ends the program, and all that it has started. */
    'process.kill': {
        params: Record<string, never>;
        result: Empty;
    };
    /**
     * Starts the program that the setting `cmd` names, if it does not run yet. It speaks in lines:
     * see the event `process.message`.
     */
    'process.open': {
        params: {
            /** Ends the one that runs, and starts it anew. */
            force?: boolean;
        };
        result: Backend;
    };
    /** Writes a line to the program. */
    'process.write': {
        params: {
            /** The line, without its end. */
            value: string;
        };
        result: Empty;
    };
    /** Gives a response that waits, once, to a page of the window that it is for. */
    'queuedResponse': {
        params: {
            /** The response. */
            id: Id;
        };
        result: Uint8Array;
    };
    /** Describes every route as an OpenRPC document. */
    'rpc.discover': {
        params: Record<string, never>;
        result: unknown;
    };
    /**
     * Writes to standard error, exactly what is given: a text, or else the request's body. Answers
     * when it is written.
     */
    'stderr': {
        params: {
            /** Only where the configuration asks for debug output. */
            debug?: boolean;
            /** The text. No end of line is added. */
            value?: string | null;
        };
        result: Empty;
    };
    /**
     * Writes to standard output, exactly what is given: a text, or else the request's body. Answers
     * when it is written.
     */
    'stdout': {
        params: {
            /** The text. No end of line is added. */
            value?: string | null;
        };
        result: Empty;
    };
    /** Cancels an immediate. */
    'timers.clearImmediate': {
        params: {
            /** What `timers.setImmediate` answered. */
            id: Id;
        };
        result: Empty;
    };
    /** Cancels an interval. */
    'timers.clearInterval': {
        params: {
            /** What `timers.setInterval` answered. */
            id: Id;
        };
        result: Empty;
    };
    /** Cancels a timeout. */
    'timers.clearTimeout': {
        params: {
            /** What `timers.setTimeout` answered. */
            id: Id;
        };
        result: Empty;
    };
    /** Starts a timer that fires in the next tick. */
    'timers.setImmediate': {
        params: Record<string, never>;
        result: TimerStarted;
    };
    /** Starts a timer that fires again and again, with an event `timers.fire` each time. */
    'timers.setInterval': {
        params: {
            /** Milliseconds between firings; at least 1. */
            timeout: number;
        };
        result: TimerStarted;
    };
    /** Starts a timer that fires once. The event `timers.fire` tells of it. */
    'timers.setTimeout': {
        params: {
            /** Milliseconds to wait; fractions count. */
            timeout: number;
            /** Answer when the time is over, instead of at once and with an event later. */
            wait?: boolean;
        };
        result: TimerStarted;
    };
    /** Joins a multicast group. */
    'udp.addMembership': {
        params: {
            /** The group. */
            address: string;
            /** The socket. */
            id: Id;
            /** The interface, as in `udp.setMulticastInterface`; any unless given. */
            interface?: string | null;
            /** The only sender of the group that is heard; all unless given. */
            source?: string | null;
        };
        result: UdpId;
    };
    /** Opens a socket on a local port. */
    'udp.bind': {
        params: {
            /** The local address; all addresses unless given. */
            address?: string | null;
            /** The family of a socket without `address`. */
            family?: UdpFamily | null;
            /** The socket. */
            id: Id;
            /** An IPv6 socket does not speak IPv4. */
            ipv6Only?: boolean;
            /** The local port; 0 lets the operating system choose. */
            port: number;
            /** Several sockets may bind the same port. */
            reuseAddr?: boolean;
            /** Several sockets share the port. */
            reusePort?: boolean;
        };
        result: UdpBound;
    };
    /** What sockets can do on this system. */
    'udp.capabilities': {
        params: Record<string, never>;
        result: UdpFeatures;
    };
    /** Closes a socket. */
    'udp.close': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /** Connects a socket to a peer, the only one that it hears then. Opens it if it is not. */
    'udp.connect': {
        params: {
            /** The peer's address; this machine unless given. */
            address?: string | null;
            /** The socket. */
            id: Id;
            /** The peer's port. */
            port: number;
        };
        result: UdpAddress;
    };
    /** Makes a connected socket hear everybody again. */
    'udp.disconnect': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /** Leaves a multicast group. */
    'udp.dropMembership': {
        params: {
            /** The group. */
            address: string;
            /** The socket. */
            id: Id;
            /** The interface that was given when it was joined. */
            interface?: string | null;
            /** The sender that was given when it was joined. */
            source?: string | null;
        };
        result: UdpId;
    };
    /** The peer of a connected socket. */
    'udp.getPeerName': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpAddress;
    };
    /** The local address of a socket. */
    'udp.getSockName': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpAddress;
    };
    /** What a socket is doing. */
    'udp.getState': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpState;
    };
    /** Starts receiving: the event `udp.message` tells when datagrams wait for `udp.recv`. */
    'udp.readStart': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /** Stops receiving. What has arrived can still be taken. */
    'udp.readStop': {
        params: {
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /**
     * Takes datagrams that have arrived, as a frame: runs of datagrams of one sender and size,
     * each after a 32-byte header (family, 0, u16 port, u32 scope, 16 bytes of address, u32
     * bytes of the run, u32 bytes of each datagram but the last; little-endian). An empty frame:
     * there are none, and `udp.message` tells of the next.
     */
    'udp.recv': {
        params: {
            /** The socket. */
            id: Id;
            /** Most bytes of the frame; one run is always taken. 1 MiB unless given. */
            max?: number | null;
        };
        result: Uint8Array;
    };
    /**
     * Sends the body as one datagram; answers when the kernel has it. Opens the socket if it is
     * not.
     */
    'udp.send': {
        params: {
            /** The receiver's address; this machine unless given. */
            address?: string | null;
            /** Close the socket after this datagram, sent or not, if this call opened it. */
            ephemeral?: boolean;
            /** The socket. */
            id: Id;
            /** The receiver's port; not for connected sockets. */
            port?: number | null;
        };
        result: UdpSent;
    };
    /**
     * Sends many datagrams: the body is a frame, of 32-byte headers and runs of datagrams as
     * `udp.recv` answers them. Answers when the kernel has all of them, or refused them.
     */
    'udp.sendBatch': {
        params: {
            /** The socket, which must be open. */
            id: Id;
        };
        result: UdpBatchSent;
    };
    /** Allows or forbids sending to broadcast addresses. */
    'udp.setBroadcast': {
        params: {
            /** Whether it is allowed. */
            flag: boolean;
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /** Sets the interface that multicast leaves by. */
    'udp.setMulticastInterface': {
        params: {
            /** The socket. */
            id: Id;
            /** An address of the interface (IPv4), or an address with a scope, as in `::%eth0`. */
            interface: string;
        };
        result: UdpId;
    };
    /** Sets whether own multicast datagrams come back. */
    'udp.setMulticastLoopback': {
        params: {
            /** Whether they do. */
            flag: boolean;
            /** The socket. */
            id: Id;
        };
        result: UdpId;
    };
    /** Sets how many hops multicast datagrams live. */
    'udp.setMulticastTTL': {
        params: {
            /** The socket. */
            id: Id;
            /** Hops, 0 to 255. */
            ttl: number;
        };
        result: UdpId;
    };
    /** Sets how many hops datagrams live. */
    'udp.setTTL': {
        params: {
            /** The socket. */
            id: Id;
            /** Hops, 1 to 255. */
            ttl: number;
        };
        result: UdpId;
    };
    /** Tells what is known of a window. */
    'window': {
        params: {
            /** The window; the caller's own if left out. */
            targetWindowIndex?: number | null;
        };
        result: WindowSnapshot;
    };
    /** Closes a window. With the last one, or one that says so, the app ends. */
    'window.close': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Creates a window. What is left out is as the configuration says. */
    'window.create': {
        params: {
            /** Stays above others. */
            alwaysOnTop?: boolean | null;
            /** `width:height` that a resize keeps. */
            aspectRatio?: string | null;
            /** Colour behind the page, `#rrggbb` or `#rrggbbaa`. */
            backgroundColor?: string | null;
            /** Colour behind the page in the dark theme. */
            backgroundColorDark?: string | null;
            /** Colour behind the page in the light theme. */
            backgroundColorLight?: string | null;
            /** Whether the user can close it. */
            closable?: boolean | null;
            /** Without border and title bar. */
            frameless?: boolean | null;
            /** Not shown until `window.show`. */
            headless?: boolean | null;
            /** Height of the content. */
            height?: Length | null;
            /** Space around the content, in logical pixels. */
            margin?: number | null;
            /** Greatest height that the user can choose, in logical pixels. */
            maxHeight?: number | null;
            /** Greatest width that the user can choose, in logical pixels. */
            maxWidth?: number | null;
            /** Whether the user can maximize it. */
            maximizable?: boolean | null;
            /** Least height that the user can choose, in logical pixels. */
            minHeight?: number | null;
            /** Least width that the user can choose, in logical pixels. */
            minWidth?: number | null;
            /** Whether the user can minimize it. */
            minimizable?: boolean | null;
            /** Radius of the corners, in logical pixels. */
            radius?: number | null;
            /** Whether the user can change the size. */
            resizable?: boolean | null;
            /** Folder that the window's resources come from. */
            resourcesDirectory?: string | null;
            /** Whether closing it ends the app even if other windows are open. */
            shouldExitApplicationOnClose?: boolean | null;
            /** The window's number; -1 or nothing takes the lowest free one. */
            targetWindowIndex?: number | null;
            /** The text of the title bar. */
            title?: string | null;
            /** `normal`, `hidden` or `hiddenInset`. */
            titlebarStyle?: string | null;
            /** The caller's own mark, repeated in the window's description. */
            token?: string | null;
            /** With a token: answers with the window that has it, if there is one. */
            unique?: boolean | null;
            /** The page: a path of the app, or an address that the navigation policy allows. */
            url?: string | null;
            /** A script that runs in each of the window's documents, after the preload. */
            userScript?: string | null;
            /** A tool window: not in the task bar. */
            utility?: boolean | null;
            /** Width of the content. */
            width?: Length | null;
            /** `x:y` of the window's own buttons. */
            windowControlOffsets?: string | null;
            /** Left edge. */
            x?: Length | null;
            /** Top edge. */
            y?: Length | null;
        };
        result: WindowSnapshot;
    };
    /**
     * Runs a script in a window's page and answers with the value of its last expression; a promise
     * is awaited.
     */
    'window.eval': {
        params: {
            /** The window; the caller's own if left out. */
            targetWindowIndex?: number | null;
            /** The script. */
            value: string;
        };
        result: unknown;
    };
    /** Tells the colour behind a window's page, as CSS writes it. */
    'window.getBackgroundColor': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: string;
    };
    /** Tells the text of a window's title bar. */
    'window.getTitle': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: string;
    };
    /** Takes a window from the screen. */
    'window.hide': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Makes a window as large as the screen. */
    'window.maximize': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Makes a window an icon. */
    'window.minimize': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Loads another page into a window. */
    'window.navigate': {
        params: {
            /** The window. */
            targetWindowIndex: number;
            /** A path of the app, or an address that the navigation policy allows. */
            url: string;
        };
        result: WindowSnapshot;
    };
    /** Undoes `window.maximize` and `window.minimize`. */
    'window.restore': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Sends an event to a window's page. */
    'window.send': {
        params: {
            /** The name of the event. */
            event: string;
            /** The window. */
            targetWindowIndex: number;
            /** Its detail. */
            value?: unknown;
        };
        result: Empty;
    };
    /** Sets the colour behind a window's page. */
    'window.setBackgroundColor': {
        params: {
            /** Opacity, 0 to 1. */
            alpha?: number;
            /** Blue, 0 to 255. */
            blue: number;
            /** Green, 0 to 255. */
            green: number;
            /** Red, 0 to 255. */
            red: number;
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Moves a window. */
    'window.setPosition': {
        params: {
            /** The window. */
            targetWindowIndex: number;
            /** Left edge; left as it is if not given. */
            x?: Length | null;
            /** Top edge; left as it is if not given. */
            y?: Length | null;
        };
        result: WindowSnapshot;
    };
    /** Sets the size of a window's content. */
    'window.setSize': {
        params: {
            /** The height; left as it is if not given. */
            height?: Length | null;
            /** The window. */
            targetWindowIndex: number;
            /** The width; left as it is if not given. */
            width?: Length | null;
        };
        result: WindowSnapshot;
    };
    /** Sets the text of a window's title bar. */
    'window.setTitle': {
        params: {
            /** The window. */
            targetWindowIndex: number;
            /** The text. */
            value: string;
        };
        result: WindowSnapshot;
    };
    /** Puts a window on the screen. */
    'window.show': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
    /** Opens the inspector of a window, where the configuration allows it. */
    'window.showInspector': {
        params: {
            /** The window. */
            targetWindowIndex: number;
        };
        result: WindowSnapshot;
    };
}
/** Every topic: the detail of its event. */
export interface Topics {
    /** The model of a context has said something. */
    'ai.chat.text': {
        /** Whether it has ended. */
        eog: boolean;
        /** The context. */
        id: Id;
        /** What it said; empty at the end. */
        text: string;
    };
    /** More of a model is read. */
    'ai.llm.model.progress': {
        /** The name of its file. */
        filename: string;
        /** The model's id. */
        id: Id;
        /** The name that it was asked for by. */
        name: string;
        /** How much of it is read, 0 to 1. */
        progress: number;
    };
    /** No window of the app is in use any more: none has the keyboard, or all are icons. */
    'applicationpause': Record<string, never>;
    /** A window of the app is in use again. */
    'applicationresume': Record<string, never>;
    /** A child of a page has ended. */
    'child_process.exit': {
        /** What it ended with; null if a signal ended it. */
        code?: number | null;
        /** The child. */
        id: Id;
        /** The name of the signal that ended it, such as `SIGTERM`. */
        signal?: string | null;
    };
    /**
     * A file of the application has changed, and `webview_watch` is on. Pages are loaded again unless
     * they prevent it.
     */
    'filedidchange': {
        /** The path below the folder that is served; null if it is not known. */
        path?: string | null;
    };
    /** A watched path has changed, or its watcher has ended. */
    'fs.watch': {
        /** What has happened. */
        events: Array<FsWatchKind>;
        /** The watcher. */
        id: Id;
        /**
         * The path below the watched directory, or the name of the watched file; null if so much has
         * changed that it is not known what, and for a watcher that has ended.
         */
        path?: string | null;
    };
    /** The program has ended. */
    'process.exit': {
        /** What it ended with; null if a signal ended it. */
        code?: number | null;
        /** The name of the signal that ended it, such as `SIGTERM`. */
        signal?: string | null;
    };
    /**
     * The program wrote a line `ipc://send?event=NAME&value=VALUE`, which is an event for pages. With
     * `&index=N` only the window of that index hears it.
     */
    'process.message': {
        /** The name of the event. */
        event: string;
        /** Its detail: what the value says as JSON, or the value itself if that is none. */
        value: unknown;
    };
    /** Timers of this window have fired: one event a tick, in the order of their deadlines. */
    'timers.fire': {
        /** Their ids. An interval that was missed more than once is there once. */
        ids: Array<Id>;
    };
    /**
     * Something went wrong with a socket outside of any call: while receiving, or when the app was
     * resumed and the port was taken.
     */
    'udp.error': {
        /** Whether the socket is closed now. */
        closed: boolean;
        /** The code, such as `EADDRINUSE`. */
        code: string;
        /** The socket. */
        id: Id;
        /** What happened, with the address. */
        message: string;
        /** The system call that failed. */
        syscall?: string | null;
    };
    /** Datagrams wait for `udp.recv`. Told once until they have been taken, at most once a tick. */
    'udp.message': {
        /** Their bytes, without headers. */
        bytes: number;
        /** How many datagrams wait. */
        count: number;
        /** Datagrams that were dropped since the socket was made. */
        dropped: number;
        /** The socket. */
        id: Id;
    };
    /** A window is gone. */
    'windowclosed': {
        /** The number that it had. */
        index: number;
    };
    /** The process of a window's page has died; its page is being loaded again. */
    'windowcrashed': {
        /** The window's number. */
        index: number;
        /** `crashed`, `exceeded-memory-limit` or `terminated`. */
        reason: string;
    };
    /** A window was created. */
    'windowcreated': {
        /** Its number. */
        index: number;
    };
}
/** Routes that carry a body or answer with bytes. */
export const binaryRoutes: ReadonlySet<string>;
}
