//! Error numbers of the operating system, by the names and in the words of libuv and Node.

use std::io;

use rustix::io::Errno;

const TABLE: &[(Errno, &str, &str)] = &[
    (Errno::ACCESS, "EACCES", "permission denied"),
    (Errno::ADDRINUSE, "EADDRINUSE", "address already in use"),
    (
        Errno::ADDRNOTAVAIL,
        "EADDRNOTAVAIL",
        "address not available",
    ),
    (
        Errno::AFNOSUPPORT,
        "EAFNOSUPPORT",
        "address family not supported",
    ),
    (Errno::AGAIN, "EAGAIN", "resource temporarily unavailable"),
    (Errno::ALREADY, "EALREADY", "connection already in progress"),
    (Errno::BADF, "EBADF", "bad file descriptor"),
    (Errno::BUSY, "EBUSY", "resource busy or locked"),
    (Errno::CANCELED, "ECANCELED", "operation canceled"),
    (Errno::CHILD, "ECHILD", "no child processes"),
    (
        Errno::CONNABORTED,
        "ECONNABORTED",
        "software caused connection abort",
    ),
    (Errno::CONNREFUSED, "ECONNREFUSED", "connection refused"),
    (Errno::CONNRESET, "ECONNRESET", "connection reset by peer"),
    (Errno::DEADLK, "EDEADLK", "resource deadlock would occur"),
    (
        Errno::DESTADDRREQ,
        "EDESTADDRREQ",
        "destination address required",
    ),
    (Errno::DOM, "EDOM", "argument out of domain"),
    (Errno::DQUOT, "EDQUOT", "disk quota exceeded"),
    (Errno::EXIST, "EEXIST", "file already exists"),
    (
        Errno::FAULT,
        "EFAULT",
        "bad address in system call argument",
    ),
    (Errno::FBIG, "EFBIG", "file too large"),
    (Errno::HOSTUNREACH, "EHOSTUNREACH", "host is unreachable"),
    (Errno::ILSEQ, "EILSEQ", "illegal byte sequence"),
    (
        Errno::INPROGRESS,
        "EINPROGRESS",
        "operation now in progress",
    ),
    (Errno::INTR, "EINTR", "interrupted system call"),
    (Errno::INVAL, "EINVAL", "invalid argument"),
    (Errno::IO, "EIO", "i/o error"),
    (Errno::ISCONN, "EISCONN", "socket is already connected"),
    (Errno::ISDIR, "EISDIR", "illegal operation on a directory"),
    (Errno::LOOP, "ELOOP", "too many symbolic links encountered"),
    (Errno::MFILE, "EMFILE", "too many open files"),
    (Errno::MLINK, "EMLINK", "too many links"),
    (Errno::MSGSIZE, "EMSGSIZE", "message too long"),
    (Errno::NAMETOOLONG, "ENAMETOOLONG", "name too long"),
    (Errno::NETDOWN, "ENETDOWN", "network is down"),
    (Errno::NETUNREACH, "ENETUNREACH", "network is unreachable"),
    (Errno::NFILE, "ENFILE", "file table overflow"),
    (Errno::NOBUFS, "ENOBUFS", "no buffer space available"),
    (Errno::NODATA, "ENODATA", "no data available"),
    (Errno::NODEV, "ENODEV", "no such device"),
    (Errno::NOENT, "ENOENT", "no such file or directory"),
    (Errno::NOEXEC, "ENOEXEC", "exec format error"),
    (Errno::NOLCK, "ENOLCK", "no locks available"),
    (Errno::NOMEM, "ENOMEM", "not enough memory"),
    (Errno::NOPROTOOPT, "ENOPROTOOPT", "protocol not available"),
    (Errno::NOSPC, "ENOSPC", "no space left on device"),
    (Errno::NOSYS, "ENOSYS", "function not implemented"),
    (Errno::NOTCONN, "ENOTCONN", "socket is not connected"),
    (Errno::NOTDIR, "ENOTDIR", "not a directory"),
    (Errno::NOTEMPTY, "ENOTEMPTY", "directory not empty"),
    (Errno::NOTSOCK, "ENOTSOCK", "socket operation on non-socket"),
    (
        Errno::NOTSUP,
        "ENOTSUP",
        "operation not supported on socket",
    ),
    (Errno::NOTTY, "ENOTTY", "inappropriate ioctl for device"),
    (Errno::NXIO, "ENXIO", "no such device or address"),
    (
        Errno::OVERFLOW,
        "EOVERFLOW",
        "value too large for defined data type",
    ),
    (Errno::PERM, "EPERM", "operation not permitted"),
    (Errno::PIPE, "EPIPE", "broken pipe"),
    (Errno::PROTO, "EPROTO", "protocol error"),
    (
        Errno::PROTONOSUPPORT,
        "EPROTONOSUPPORT",
        "protocol not supported",
    ),
    (
        Errno::PROTOTYPE,
        "EPROTOTYPE",
        "protocol wrong type for socket",
    ),
    (Errno::RANGE, "ERANGE", "result too large"),
    (Errno::ROFS, "EROFS", "read-only file system"),
    (Errno::SPIPE, "ESPIPE", "invalid seek"),
    (Errno::SRCH, "ESRCH", "no such process"),
    (Errno::STALE, "ESTALE", "stale file handle"),
    (Errno::TIMEDOUT, "ETIMEDOUT", "connection timed out"),
    (Errno::TOOBIG, "E2BIG", "argument list too long"),
    (Errno::TXTBSY, "ETXTBSY", "text file is busy"),
    (Errno::XDEV, "EXDEV", "cross-device link not permitted"),
];

/// What is known of a failed system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SystemError {
    /// The code, such as `ENOENT`.
    pub code: &'static str,
    /// What it means.
    pub reason: &'static str,
    /// The error number, negative as libuv gives it.
    pub errno: i32,
}

impl From<Errno> for SystemError {
    fn from(errno: Errno) -> Self {
        let row = TABLE.iter().find(|row| row.0 == errno);
        let (code, reason) = row.map_or(("UNKNOWN", "unknown error"), |row| (row.1, row.2));
        Self {
            code,
            reason,
            errno: -errno.raw_os_error(),
        }
    }
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        let errno = Errno::from_io_error(error);
        // The standard library makes a few errors of its own.
        errno
            .unwrap_or(match error.kind() {
                io::ErrorKind::InvalidInput => Errno::INVAL,
                io::ErrorKind::NotFound => Errno::NOENT,
                io::ErrorKind::Unsupported => Errno::NOTSUP,
                _ => Errno::IO,
            })
            .into()
    }
}

/// All codes with their positive error numbers.
pub(crate) fn codes() -> impl Iterator<Item = (&'static str, i32)> {
    TABLE.iter().map(|row| (row.1, row.0.raw_os_error()))
}
