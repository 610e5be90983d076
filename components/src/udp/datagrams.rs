//! Many datagrams in one piece of memory, and their form on the wire.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Bytes of the header before each run of a frame.
///
/// Frames carry datagrams between the page and the runtime: `udp.recv` answers with one,
/// `udp.sendBatch` takes one as its body. A frame is a sequence of runs. A run is datagrams of one
/// address which, but for the last, have the same size; its header, little-endian:
///
/// | at | bytes | |
/// |---|---|---|
/// | 0 | 1 | family: 4 or 6; 0 is the connected peer (to send only) |
/// | 1 | 1 | 0 |
/// | 2 | 2 | port |
/// | 4 | 4 | scope id (IPv6) |
/// | 8 | 16 | address, network order; an IPv4 address is the first four |
/// | 24 | 4 | bytes that follow the header |
/// | 28 | 4 | size of each datagram but the last; 0 when there is one, which is empty |
pub const FRAME_HEADER_BYTES: usize = 32;

/// A run grows up to so many bytes.
const RUN_MAX_BYTES: usize = 1 << 16;
/// An emptied buffer larger than this gives its memory back.
const KEPT_MAX_BYTES: usize = 1 << 20;
/// The largest payload of a datagram.
pub(super) const DATAGRAM_MAX_BYTES: usize = 65_507;

/// Datagrams of one address, all but the last of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where they come from or go to; `None` is the connected peer.
    pub address: Option<SocketAddr>,
    /// Bytes of all.
    pub len: usize,
    /// The size of each but the last, which may be shorter. 0 for a single, empty datagram.
    pub stride: usize,
}

impl Run {
    /// How many datagrams it has; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.len
            .checked_div(self.stride)
            .map_or(1, |_| self.len.div_ceil(self.stride))
    }
}

/// A queue of datagrams, stored as runs in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Datagrams {
    bytes: Vec<u8>,
    /// Bytes at the front that were taken.
    taken: usize,
    runs: VecDeque<Run>,
    count: usize,
    /// The last run takes no more: it is empty, or ends with a shorter datagram.
    ended: bool,
}

/// A frame that cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It ends within a header or a run.
    #[error("the frame ends early, at byte {0}")]
    Short(usize),
    /// A family that is not 0, 4 or 6.
    #[error("byte {at} of the frame names the address family {family}")]
    Family {
        /// Where.
        at: usize,
        /// What it says.
        family: u8,
    },
    /// Sizes that contradict each other, or a datagram that is too large.
    #[error("the run at byte {at} has {len} bytes in datagrams of {stride}")]
    Size {
        /// Where the run begins.
        at: usize,
        /// Its bytes.
        len: usize,
        /// Its datagrams' size.
        stride: usize,
    },
    /// Port 0 cannot be sent to.
    #[error("the run at byte {0} has port 0")]
    Port(usize),
}

impl Datagrams {
    /// How many datagrams wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes of all of them.
    #[must_use]
    pub fn bytes_len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// About how much memory they take: also datagrams without a payload take some.
    #[must_use]
    pub fn footprint(&self) -> usize {
        self.bytes.len() + self.runs.len() * size_of::<Run>()
    }

    /// Appends a datagram for an address; `None` is the connected peer.
    pub fn push(&mut self, address: impl Into<Option<SocketAddr>>, payload: &[u8]) {
        let (address, len) = (address.into(), payload.len());
        self.bytes.extend_from_slice(payload);
        self.count += 1;
        if let Some(last) = self.runs.back_mut()
            && !self.ended
            && len <= last.stride
            && len != 0
            && last.len + len <= RUN_MAX_BYTES
            && last.address == address
        {
            last.len += len;
            self.ended = len < last.stride;
        } else {
            let stride = len;
            self.runs.push_back(Run {
                address,
                len,
                stride,
            });
            self.ended = len == 0;
        }
    }

    /// Appends a run, whose bytes are `payload`.
    pub fn push_run(&mut self, run: Run, payload: &[u8]) {
        debug_assert_eq!(run.len, payload.len(), "a run has the length that it says");
        if run.count() == 1 {
            return self.push(run.address, payload);
        }
        self.bytes.extend_from_slice(payload);
        self.count += run.count();
        if let Some(last) = self.runs.back_mut()
            && !self.ended
            && last.stride == run.stride
            && last.len + run.len <= RUN_MAX_BYTES
            && last.address == run.address
        {
            last.len += run.len;
        } else {
            self.runs.push_back(run);
        }
        self.ended = !run.len.is_multiple_of(run.stride);
    }

    /// The runs, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = (Run, &[u8])> {
        let mut at = self.taken;
        self.runs.iter().map(move |run| {
            let payload = self.bytes.get(at..at + run.len).unwrap_or_default();
            at += run.len;
            (*run, payload)
        })
    }

    /// The datagrams, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Option<SocketAddr>, &[u8])> {
        self.runs().flat_map(|(run, payload)| {
            (0..run.count()).map(move |n| {
                let begin = n * run.stride;
                let end = (begin + run.stride).min(run.len);
                (run.address, payload.get(begin..end).unwrap_or_default())
            })
        })
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_MAX_BYTES);
        self.runs.clear();
        self.taken = 0;
        self.count = 0;
        self.ended = false;
    }

    /// Forgets the oldest `count` datagrams.
    pub fn drop_front(&mut self, mut count: usize) {
        while count > 0 {
            let Some(run) = self.runs.front_mut() else {
                break;
            };
            let here = run.count();
            if here <= count {
                self.taken += run.len;
                self.count -= here;
                count -= here;
                self.runs.pop_front();
            } else {
                run.len -= run.stride * count;
                self.taken += run.stride * count;
                // Of a short last one, the size is its own.
                run.stride = run.stride.min(run.len);
                self.count -= count;
                count = 0;
            }
        }
        if self.runs.is_empty() {
            self.clear();
        } else if self.taken > self.bytes.len() / 2 && self.taken > KEPT_MAX_BYTES {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// Takes the oldest runs as a frame of at most `bytes_max` bytes, but at least one run if
    /// there is any.
    pub fn take_frame(&mut self, bytes_max: usize) -> Vec<u8> {
        let (mut size, mut runs, mut count) = (0, 0, 0);
        for run in &self.runs {
            let next = FRAME_HEADER_BYTES + run.len;
            if runs > 0 && size + next > bytes_max {
                break;
            }
            size += next;
            runs += 1;
            count += run.count();
        }
        let mut frame = Vec::with_capacity(size);
        for (run, payload) in self.runs().take(runs) {
            frame.extend_from_slice(&header(&run));
            frame.extend_from_slice(payload);
        }
        self.drop_front(count);
        frame
    }

    /// Appends the runs of a frame.
    ///
    /// # Errors
    /// If the frame is malformed; then nothing is appended.
    pub fn push_frame(&mut self, frame: &[u8]) -> Result<(), FrameError> {
        let mut parts = Vec::new();
        let mut at = 0;
        while at < frame.len() {
            let head = frame
                .get(at..at + FRAME_HEADER_BYTES)
                .and_then(|head| <&[u8; FRAME_HEADER_BYTES]>::try_from(head).ok())
                .ok_or(FrameError::Short(at))?;
            let run = parse(head, at)?;
            let begin = at + FRAME_HEADER_BYTES;
            let payload = frame
                .get(begin..begin + run.len)
                .ok_or(FrameError::Short(at))?;
            parts.push((run, payload));
            at = begin + run.len;
        }
        for (run, payload) in parts {
            self.push_run(run, payload);
        }
        Ok(())
    }
}

fn header(run: &Run) -> [u8; FRAME_HEADER_BYTES] {
    let mut head = [0; FRAME_HEADER_BYTES];
    if let Some(address) = run.address {
        head[2..4].copy_from_slice(&address.port().to_le_bytes());
        match address {
            SocketAddr::V4(v4) => {
                head[0] = 4;
                head[8..12].copy_from_slice(&v4.ip().octets());
            }
            SocketAddr::V6(v6) => {
                head[0] = 6;
                head[4..8].copy_from_slice(&v6.scope_id().to_le_bytes());
                head[8..24].copy_from_slice(&v6.ip().octets());
            }
        }
    }
    head[24..28].copy_from_slice(&(run.len as u32).to_le_bytes());
    head[28..32].copy_from_slice(&(run.stride as u32).to_le_bytes());
    head
}

fn parse(head: &[u8; FRAME_HEADER_BYTES], at: usize) -> Result<Run, FrameError> {
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let port = u16::from_le_bytes([head[2], head[3]]);
    let mut octets = [0; 16];
    octets.copy_from_slice(&head[8..24]);
    let address = match head[0] {
        0 => None,
        4 => {
            let [a, b, c, d, ..] = octets;
            Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), port))
        }
        6 => {
            let ip = Ipv6Addr::from(octets);
            Some(SocketAddrV6::new(ip, port, 0, word(4)).into())
        }
        family => return Err(FrameError::Family { at, family }),
    };
    if address.is_some() && port == 0 {
        return Err(FrameError::Port(at));
    }
    let (len, stride) = (word(24) as usize, word(28) as usize);
    if stride > DATAGRAM_MAX_BYTES || stride > len || (stride == 0 && len > 0) {
        return Err(FrameError::Size { at, len, stride });
    }
    Ok(Run {
        address,
        len,
        stride,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u16) -> Option<SocketAddr> {
        match n {
            0 => None,
            1 => Some(SocketAddr::from(([127, 0, 0, 1], 9))),
            _ => Some(SocketAddrV6::new(Ipv6Addr::LOCALHOST, n, 0, 7).into()),
        }
    }

    /// Sizes and addresses whose runs begin and end in all ways.
    fn cases() -> Vec<(Option<SocketAddr>, Vec<u8>)> {
        let sizes = [3, 3, 3, 2, 3, 0, 0, 3, 5, 5, 1, 1, 40_000, 40_000, 2, 0, 9];
        let who = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0, 1];
        let each = sizes.iter().zip(who).enumerate();
        each.map(|(n, (size, who))| (address(who), vec![n as u8; *size]))
            .collect()
    }

    fn list(datagrams: &Datagrams) -> Vec<(Option<SocketAddr>, Vec<u8>)> {
        datagrams
            .iter()
            .map(|(from, payload)| (from, payload.to_vec()))
            .collect()
    }

    #[test]
    fn datagrams_keep_their_borders_through_runs_and_frames() {
        let all = cases();
        let mut datagrams = Datagrams::default();
        for (to, payload) in &all {
            datagrams.push(*to, payload);
        }
        assert_eq!(list(&datagrams), all);
        assert!(
            datagrams.runs().count() < all.len(),
            "alike ones are joined"
        );
        for dropped in 0..=all.len() {
            let mut rest = datagrams.clone();
            rest.drop_front(dropped);
            assert_eq!(list(&rest), all[dropped..], "{dropped}");
            assert_eq!(rest.len(), all.len() - dropped);
            let bytes: usize = all[dropped..]
                .iter()
                .map(|(_, payload)| payload.len())
                .sum();
            assert_eq!(rest.bytes_len(), bytes);
            let mut back = Datagrams::default();
            while !rest.is_empty() {
                back.push_frame(&rest.take_frame(100)).unwrap();
            }
            assert_eq!(list(&back), all[dropped..], "{dropped}");
        }
    }

    #[test]
    fn malformed_frames_are_refused_whole() {
        let good = |family: u8, port: u16, len: u32, stride: u32| {
            let mut head = [0; FRAME_HEADER_BYTES];
            head[0] = family;
            head[2..4].copy_from_slice(&port.to_le_bytes());
            head[24..28].copy_from_slice(&len.to_le_bytes());
            head[28..32].copy_from_slice(&stride.to_le_bytes());
            let mut frame = head.to_vec();
            frame.resize(FRAME_HEADER_BYTES + 4, 7);
            frame
        };
        for (frame, want) in [
            (good(4, 1, 4, 4), Ok(())),
            (good(4, 1, 4, 3), Ok(())),
            (good(0, 0, 4, 4), Ok(())),
            (good(4, 0, 4, 4), Err(FrameError::Port(0))),
            (
                good(5, 1, 4, 4),
                Err(FrameError::Family { at: 0, family: 5 }),
            ),
            (good(4, 1, 5, 5), Err(FrameError::Short(0))),
            (good(4, 1, u32::MAX, 1), Err(FrameError::Short(0))),
            (good(4, 1, 3, 3), Err(FrameError::Short(35))),
            (
                good(4, 1, 4, 0),
                Err(FrameError::Size {
                    at: 0,
                    len: 4,
                    stride: 0,
                }),
            ),
            (
                good(4, 1, 4, 5),
                Err(FrameError::Size {
                    at: 0,
                    len: 4,
                    stride: 5,
                }),
            ),
            (
                good(4, 1, 70_000, 65_508),
                Err(FrameError::Size {
                    at: 0,
                    len: 70_000,
                    stride: 65_508,
                }),
            ),
            (vec![4; 31], Err(FrameError::Short(0))),
            (Vec::new(), Ok(())),
        ] {
            let mut datagrams = Datagrams::default();
            assert_eq!(datagrams.push_frame(&frame), want, "{frame:?}");
            assert!(want.is_ok() || datagrams.is_empty());
        }
    }
}
