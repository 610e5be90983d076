//! Frames of the direct bridge: what the runtime and a web process say to each other.
//!
//! A frame is a header of 12 bytes and a payload, all little-endian:
//!
//! | bytes | field | meaning |
//! |---|---|---|
//! | 0..4 | `len` | bytes of the payload, at most [`PAYLOAD_MAX`] |
//! | 4 | `kind` | see [`Kind`] |
//! | 5 | `flags` | see the `FLAG_…` constants |
//! | 6..8 | `route` | index of the route, in requests; else 0 |
//! | 8..12 | `seq` | the caller's number of the call; 0 where there is none |
//!
//! Bodies above [`INLINE_MAX`] travel beside the frame ([`FLAG_ATTACHED`]): in the memory that both
//! sides share ([`FLAG_SHARED`]), which is theirs until the receiver has taken them; or, where that
//! has no room, as a sealed memory file, whose descriptor belongs to the receiver from then on.
//!
//! This file stands alone (no crate, no `std::os`): the web process extension compiles it too.

/// The version of this protocol. Both sides must have the same.
pub const VERSION: u8 = 2;
/// Bytes of a header.
pub const HEADER: usize = 12;
/// Which byte of a header has the flags.
pub const FLAGS: usize = 5;
/// Bytes at the end of a payload that tell the place and the length of a body in the shared region.
pub const PLACE: usize = 16;
/// The largest payload of one frame; larger bodies are attached.
pub const PAYLOAD_MAX: usize = 4 << 20;
/// The largest body that travels inside a frame.
pub const INLINE_MAX: usize = 64 << 10;
/// Bytes of the token that a web process presents.
pub const TOKEN: usize = 32;
/// Bytes of a [`Hello`].
pub const HELLO: usize = 1 + TOKEN + 8 + 1;

/// Bytes of attached bodies, as [`body_cost`] counts them, that may be on their way to a document.
pub const BODIES_MAX: u64 = 256 << 20;
/// Bytes of attached bodies that a document takes before it says so.
pub const BODIES_TAKEN: u64 = 8 << 20;

/// What an attached body counts for: its bytes, and for a small one the descriptor that it is.
#[must_use]
pub fn body_cost(len: u64) -> u64 {
    len.max(1 << 20)
}

/// The caller blocks until the answer comes.
pub const FLAG_SYNC: u8 = 1;
/// The body is the memory file that was sent with this frame; the payload ends with its length.
pub const FLAG_ATTACHED: u8 = 2;
/// The payload is raw bytes, not JSON.
pub const FLAG_BYTES: u8 = 4;
/// A stream begins, and chunks with the same `seq` follow.
pub const FLAG_STREAM: u8 = 8;
/// The last chunk of a stream.
pub const FLAG_LAST: u8 = 16;
/// The attached body is in the shared region instead of a file; before its length, the payload
/// says where.
pub const FLAG_SHARED: u8 = 64;
/// A call by an `ipc:` address, which is in the place of the parameters and names the route too.
pub const FLAG_ADDRESS: u8 = 32;

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The web process presents its token and names its page.
    Hello = 1,
    /// The runtime accepts: JSON with the table of routes, and how many calls may be open.
    Welcome = 2,
    /// A call: length of the parameters (`u32`), parameters as JSON, body.
    Request = 3,
    /// The result of a call.
    Response = 4,
    /// The error of a call, as JSON.
    Error = 5,
    /// Events: a JSON array of `[name, detail]`.
    Push = 6,
    /// A part of a stream.
    Chunk = 7,
    /// The caller no longer wants the answer.
    Cancel = 8,
    /// The reader of stream `seq` has room for so many more bytes (`u32`). With the number 0: the
    /// document has taken attached bodies of so many bytes, as [`body_cost`] counts them.
    Credit = 9,
    /// The runtime lends shared memory, as the file that comes with this frame.
    Region = 10,
    /// So many bodies of the shared region were taken (`u32`), the oldest ones.
    Taken = 11,
}

impl Kind {
    fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            1 => Self::Hello,
            2 => Self::Welcome,
            3 => Self::Request,
            4 => Self::Response,
            5 => Self::Error,
            6 => Self::Push,
            7 => Self::Chunk,
            8 => Self::Cancel,
            9 => Self::Credit,
            10 => Self::Region,
            11 => Self::Taken,
            _ => return None,
        })
    }
}

/// The fixed part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the payload.
    pub len: u32,
    /// What the frame says.
    pub kind: Kind,
    /// See the `FLAG_…` constants.
    pub flags: u8,
    /// Index of the route, in requests.
    pub route: u16,
    /// The caller's number of the call.
    pub seq: u32,
}

impl Header {
    /// The bytes on the wire.
    #[must_use]
    pub fn encode(self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[0..4].copy_from_slice(&self.len.to_le_bytes());
        out[4] = self.kind as u8;
        out[FLAGS] = self.flags;
        out[6..8].copy_from_slice(&self.route.to_le_bytes());
        out[8..12].copy_from_slice(&self.seq.to_le_bytes());
        out
    }
}

/// A peer broke the protocol. It is cut off: nothing that it says can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The kind is unknown.
    Kind(u8),
    /// The payload is larger than [`PAYLOAD_MAX`].
    TooLong(u32),
    /// The payload is shorter than its own fields say.
    TooShort,
    /// The other side speaks another version.
    Version(u8),
    /// A call has the number of one that is still open.
    Reused(u32),
    /// So many files came that belong to no frame.
    Files(usize),
    /// More was given back than was taken.
    Credit,
    /// A body begins at a place where it cannot be.
    Place(u64),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(kind) => write!(f, "unknown frame kind {kind}"),
            Self::TooLong(len) => write!(f, "payload of {len} bytes"),
            Self::TooShort => f.write_str("payload is shorter than its fields"),
            Self::Version(version) => write!(f, "protocol version {version} instead of {VERSION}"),
            Self::Reused(seq) => write!(f, "call {seq} is still open"),
            Self::Files(count) => write!(f, "{count} files belong to no frame"),
            Self::Place(start) => write!(f, "a body at {start} of the shared region"),
            Self::Credit => f.write_str("more was given back than was taken"),
        }
    }
}

impl std::error::Error for Broken {}

/// Appends a frame.
pub fn write(
    out: &mut impl for<'b> Extend<&'b u8>,
    kind: Kind,
    flags: u8,
    route: u16,
    seq: u32,
    payload: &[&[u8]],
) {
    let header = Header {
        len: payload.iter().map(|part| part.len()).sum::<usize>() as u32,
        kind,
        flags,
        route,
        seq,
    };
    out.extend(&header.encode());
    for part in payload {
        out.extend(*part);
    }
}

/// Reads the frame at the start of `bytes`. `None`: more bytes are needed.
///
/// # Errors
/// [`Broken`] if what is there cannot become a frame.
pub fn read(bytes: &[u8]) -> Result<Option<(Header, &[u8])>, Broken> {
    let Some(head) = bytes.first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    let kind = Kind::from_u8(head[4]).ok_or(Broken::Kind(head[4]))?;
    if len as usize > PAYLOAD_MAX {
        return Err(Broken::TooLong(len));
    }
    let header = Header {
        len,
        kind,
        flags: head[FLAGS],
        route: u16::from_le_bytes([head[6], head[7]]),
        seq: u32::from_le_bytes([head[8], head[9], head[10], head[11]]),
    };
    let end = HEADER + len as usize;
    Ok(bytes.get(HEADER..end).map(|payload| (header, payload)))
}

/// What a web process says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// What the runtime gave this web process when it was started.
    pub token: [u8; TOKEN],
    /// The page, as both WebKit processes number it.
    pub page: u64,
    /// Whether the document is the page's main frame.
    pub main: bool,
}

impl Hello {
    /// The payload.
    #[must_use]
    pub fn encode(&self) -> [u8; HELLO] {
        let mut out = [0; HELLO];
        out[0] = VERSION;
        out[1..=TOKEN].copy_from_slice(&self.token);
        out[1 + TOKEN..9 + TOKEN].copy_from_slice(&self.page.to_le_bytes());
        out[9 + TOKEN] = u8::from(self.main);
        out
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// [`Broken`] on another length or version.
    pub fn decode(payload: &[u8]) -> Result<Self, Broken> {
        let bytes: &[u8; HELLO] = payload.try_into().map_err(|_| Broken::TooShort)?;
        if bytes[0] != VERSION {
            return Err(Broken::Version(bytes[0]));
        }
        let mut token = [0; TOKEN];
        token.copy_from_slice(&bytes[1..=TOKEN]);
        let mut page = [0; 8];
        page.copy_from_slice(&bytes[1 + TOKEN..9 + TOKEN]);
        Ok(Self {
            token,
            page: u64::from_le_bytes(page),
            main: bytes[9 + TOKEN] == 1,
        })
    }
}

/// Splits the payload of a request into parameters and what follows them.
///
/// # Errors
/// [`Broken::TooShort`] if the parameters are longer than the payload.
pub fn split_request(payload: &[u8]) -> Result<(&[u8], &[u8]), Broken> {
    let (len, rest) = payload.split_first_chunk::<4>().ok_or(Broken::TooShort)?;
    let len = u32::from_le_bytes(*len) as usize;
    if len > rest.len() {
        return Err(Broken::TooShort);
    }
    Ok(rest.split_at(len))
}

/// The whole frames at the start of `bytes`, at most `max` bytes of them but at least one: how many
/// bytes they are. `each` is told every frame, with its payload.
///
/// # Errors
/// [`Broken`] if what is there cannot become frames; or what `each` fails with.
pub fn batch<E: From<Broken>>(
    bytes: &[u8],
    max: usize,
    mut each: impl FnMut(Header, &[u8]) -> Result<(), E>,
) -> Result<usize, E> {
    let mut end = 0;
    while let Some((header, payload)) = read(&bytes[end..])? {
        let size = HEADER + payload.len();
        if end > 0 && end + size > max {
            break;
        }
        each(header, payload)?;
        end += size;
    }
    Ok(end)
}

/// Reads where an attached body begins in the shared region, and its length: the last 16 bytes of
/// the payload.
///
/// # Errors
/// [`Broken::TooShort`] if they are not there.
pub fn shared_place(payload: &[u8]) -> Result<(u64, u64), Broken> {
    let (start, len) = payload
        .last_chunk::<PLACE>()
        .ok_or(Broken::TooShort)?
        .split_at(8);
    Ok((attached_len(start)?, attached_len(len)?))
}

/// Reads the length of an attached body: the last eight bytes of the payload.
///
/// # Errors
/// [`Broken::TooShort`] if they are not there.
pub fn attached_len(payload: &[u8]) -> Result<u64, Broken> {
    payload
        .last_chunk::<8>()
        .map(|len| u64::from_le_bytes(*len))
        .ok_or(Broken::TooShort)
}
