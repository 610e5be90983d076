//! The operating system's side of a socket.

use std::array;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr};

use bevy_ecs::prelude::*;
use mio::net::UdpSocket as MioSocket;
use oro_components::udp::{Datagrams, Interface, Run, UdpError, UdpOptions, UdpSocket};
use oro_engine::reactor::{Interest, Reactor, Token};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::net::{
    MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, addr::SocketAddrArg, sendmmsg, sockopt,
};
use socket2::{Domain, SockRef, Socket, Type};

use crate::errno::SystemError;

/// Bytes that one receive buffer takes: a datagram, or what the kernel joined.
const BUFFER_BYTES: usize = 1 << 16;
/// System calls that read one socket in one tick.
const READS_PER_TICK_MAX: usize = 16;
/// Datagrams handed to the kernel by one `sendmmsg`.
const SEND_BATCH_MAX: usize = 64;
/// Bytes handed to the kernel as one piece that it cuts up.
const SEGMENTED_MAX_BYTES: usize = 65_000;
/// Reports of one socket in one pass, so that a flood of errors is no flood of events.
const FAILURES_MAX: usize = 1024;

/// Where all sockets receive, one after the other.
#[derive(Resource, Default)]
pub(super) struct Scratch(Vec<u8>);

/// An open socket.
#[derive(Component)]
pub(super) struct Handle {
    socket: MioSocket,
    state: UdpSocketState,
    registered: Option<(Token, Interest)>,
    /// Buffers for the next read: more than the last one filled, which tells that nothing is left,
    /// and not many more, because each has its cost.
    batch: usize,
    /// It may have more to read: readiness is told once.
    pub readable: bool,
    /// The kernel took no more to send; readiness to write ends it.
    pub blocked: bool,
}

/// An error of a system call, as Node words it.
pub(super) fn failed(
    syscall: &'static str,
    address: impl Into<Option<SocketAddr>>,
) -> impl FnOnce(io::Error) -> UdpError {
    let address = address.into();
    move |error| {
        let SystemError { code, errno, .. } = SystemError::from(&error);
        UdpError::System {
            syscall,
            code,
            errno,
            address,
        }
    }
}

/// What one read of a socket brought.
pub(super) struct Received {
    pub count: usize,
    pub dropped: usize,
    pub error: Option<UdpError>,
}

/// Datagrams that the kernel refused.
#[derive(Debug)]
pub(super) struct SendFailure {
    pub index: usize,
    pub count: usize,
    pub error: UdpError,
}

/// What one pass of sending achieved.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Datagrams that are dealt with, refused ones included; the rest waits.
    pub done: usize,
    pub failures: Vec<SendFailure>,
}

impl Handle {
    /// Opens a socket and corrects `spec` to what became of it.
    pub fn open(spec: &mut UdpSocket) -> Result<Self, UdpError> {
        let domain = Domain::for_address(spec.local);
        let kind = Type::DGRAM.nonblocking().cloexec();
        let socket = Socket::new(domain, kind, None).map_err(failed("socket", None))?;
        let fail = failed("bind", spec.local);
        let bind = || -> io::Result<()> {
            if spec.local.is_ipv6() {
                socket.set_only_v6(spec.options.ipv6_only)?;
            }
            socket.set_reuse_address(spec.options.reuse_address)?;
            socket.set_reuse_port(spec.options.reuse_port)?;
            socket.bind(&spec.local.into())
        };
        bind().map_err(fail)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket)).map_err(failed("open", None))?;
        undo_quic_options(&socket, spec.local.is_ipv6());
        let handle = Self {
            socket: MioSocket::from_std(socket.into()),
            state,
            registered: None,
            batch: BATCH_SIZE,
            readable: false,
            blocked: false,
        };
        if let Some(peer) = spec.peer {
            handle.connect(peer)?;
        }
        handle.apply(&spec.options)?;
        // Only the port: connecting also chooses an address, which a reopened socket chooses anew.
        spec.local.set_port(handle.local()?.port());
        Ok(handle)
    }

    pub fn sock(&self) -> SockRef<'_> {
        SockRef::from(&self.socket)
    }

    pub fn local(&self) -> Result<SocketAddr, UdpError> {
        self.socket
            .local_addr()
            .map_err(failed("getsockname", None))
    }

    pub fn connect(&self, peer: SocketAddr) -> Result<(), UdpError> {
        self.socket.connect(peer).map_err(failed("connect", peer))
    }

    pub fn disconnect(&self) -> Result<(), UdpError> {
        rustix::net::connect_unspec(&self.socket)
            .map_err(|error| failed("disconnect", None)(error.into()))
    }

    /// Waits for what is worth waiting for: datagrams while receiving, room while blocked. A
    /// socket that does neither wakes nobody.
    pub fn watch(
        &mut self,
        reactor: &mut Reactor,
        receiving: bool,
    ) -> Result<Option<Token>, UdpError> {
        let interest = match (receiving, self.blocked) {
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (true, false) => Some(Interest::READABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        };
        let result = match (self.registered, interest) {
            (None, Some(interest)) => {
                let token = reactor.register(&mut self.socket, interest);
                token.map(|token| self.registered = Some((token, interest)))
            }
            (Some((token, old)), Some(interest)) if old != interest => {
                self.registered = Some((token, interest));
                reactor.reregister(&mut self.socket, token, interest)
            }
            (Some(_), None) => {
                self.registered = None;
                reactor.deregister(&mut self.socket)
            }
            _ => Ok(()),
        };
        result.map_err(failed("poll", None))?;
        Ok(self.registered.map(|(token, _)| token))
    }

    pub fn token(&self) -> Option<Token> {
        self.registered.map(|(token, _)| token)
    }

    pub fn segments_max(&self) -> usize {
        self.state.max_gso_segments()
    }

    pub fn receive_segments_max(&self) -> usize {
        self.state.gro_segments()
    }

    /// Reads until the socket is empty or has had its share of the tick.
    pub fn receive(
        &mut self,
        scratch: &mut Scratch,
        inbox: &mut Datagrams,
        max: usize,
    ) -> Received {
        scratch.0.resize(BATCH_SIZE * BUFFER_BYTES, 0);
        let mut meta = [RecvMeta::default(); BATCH_SIZE];
        let mut out = Received {
            count: 0,
            dropped: 0,
            error: None,
        };
        for _ in 0..READS_PER_TICK_MAX {
            let mut chunks = scratch.0.chunks_exact_mut(BUFFER_BYTES);
            let mut buffers: [IoSliceMut<'_>; BATCH_SIZE] =
                array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
            let socket = UdpSockRef::from(&self.socket);
            let asked = self.batch;
            match self.state.recv(socket, &mut buffers[..asked], &mut meta) {
                Ok(read) => {
                    self.batch = (read + 1).next_power_of_two().min(BATCH_SIZE);
                    let filled = buffers.iter().zip(&meta).take(read);
                    for (buffer, meta) in filled {
                        out.take(meta, buffer, inbox, max);
                    }
                    // Fewer than were asked for: the queue was empty, and the next datagram
                    // makes the socket ready again.
                    if read < asked {
                        self.readable = false;
                        return out;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.readable = false;
                    return out;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // An error of an earlier send, such as ECONNREFUSED: told once, then it is gone.
                Err(error) => out.error = Some(failed("recvmsg", None)(error)),
            }
        }
        out
    }

    /// Hands datagrams to the kernel: those of one receiver and size in pieces that it cuts up,
    /// others many to a call. Stops when it takes no more.
    pub fn send(&self, datagrams: &Datagrams, peer: Option<SocketAddr>) -> Sent {
        let mut sent = Sent::default();
        let mut batch = Vec::new();
        for (run, payload) in datagrams.runs() {
            let Some(to) = run.address.or(peer) else {
                if !self.flush(&mut batch, &mut sent) {
                    return sent;
                }
                sent.refuse(run.count(), UdpError::NotConnected);
                continue;
            };
            if run.count() > 1 && self.segments_max() > 1 {
                if !self.flush(&mut batch, &mut sent) || !self.send_run(to, run, payload, &mut sent)
                {
                    return sent;
                }
                continue;
            }
            for n in 0..run.count() {
                let begin = n * run.stride;
                let end = (begin + run.stride).min(run.len);
                batch.push((to, payload.get(begin..end).unwrap_or_default()));
                if batch.len() == SEND_BATCH_MAX && !self.flush(&mut batch, &mut sent) {
                    return sent;
                }
            }
        }
        self.flush(&mut batch, &mut sent);
        sent
    }

    /// Sends datagrams of one size. False when the kernel takes no more.
    fn send_run(&self, to: SocketAddr, run: Run, payload: &[u8], sent: &mut Sent) -> bool {
        let mut rest = payload;
        while !rest.is_empty() {
            let segments = self
                .segments_max()
                .min(SEGMENTED_MAX_BYTES / run.stride)
                .max(1);
            let (piece, after) = rest.split_at(rest.len().min(segments * run.stride));
            let count = piece.len().div_ceil(run.stride);
            let result = if count > 1 {
                let transmit = Transmit {
                    destination: to,
                    ecn: None,
                    contents: piece,
                    segment_size: Some(run.stride),
                    src_ip: None,
                };
                self.state
                    .try_send(UdpSockRef::from(&self.socket), &transmit)
            } else {
                Err(io::ErrorKind::Unsupported.into())
            };
            match result {
                Ok(()) => sent.done += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // One by one, which also finds out whether the datagrams or the pieces are at
                // fault: an interface may refuse pieces, or datagrams above its packet size.
                Err(_) => {
                    let mut batch = Vec::with_capacity(SEND_BATCH_MAX);
                    for datagram in piece.chunks(run.stride) {
                        batch.push((to, datagram));
                        if batch.len() == SEND_BATCH_MAX && !self.flush(&mut batch, sent) {
                            return false;
                        }
                    }
                    if !self.flush(&mut batch, sent) {
                        return false;
                    }
                }
            }
            rest = after;
        }
        true
    }

    /// Sends one datagram. False when the kernel takes no more.
    fn send_one(&self, to: SocketAddr, payload: &[u8], sent: &mut Sent) -> bool {
        loop {
            match rustix::net::sendto(&self.socket, payload, SendFlags::NOSIGNAL, &to) {
                Ok(_) => sent.done += 1,
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::AGAIN) => return false,
                Err(error) => sent.refuse(1, failed("send", to)(error.into())),
            }
            return true;
        }
    }

    /// Sends what was collected, and empties it. False when the kernel takes no more.
    fn flush(&self, batch: &mut Vec<(SocketAddr, &[u8])>, sent: &mut Sent) -> bool {
        if let [(to, payload)] = batch[..] {
            batch.clear();
            return self.send_one(to, payload, sent);
        }
        let addresses: Vec<SocketAddrAny> = batch.iter().map(|(to, _)| to.as_any()).collect();
        let payloads: Vec<[IoSlice<'_>; 1]> = batch
            .iter()
            .map(|(_, payload)| [IoSlice::new(payload)])
            .collect();
        let mut at = 0;
        let mut open = true;
        while at < batch.len() {
            let mut control: Vec<SendAncillaryBuffer<'_, '_, '_>> = (at..batch.len())
                .map(|_| SendAncillaryBuffer::default())
                .collect();
            let mut messages: Vec<MMsgHdr<'_>> = addresses[at..]
                .iter()
                .zip(&payloads[at..])
                .zip(&mut control)
                .map(|((to, payload), control)| MMsgHdr::new_with_addr(to, payload, control))
                .collect();
            match sendmmsg(&self.socket, &mut messages, SendFlags::NOSIGNAL) {
                Ok(count) => {
                    sent.done += count;
                    at += count;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    open = false;
                    break;
                }
                Err(error) => {
                    sent.refuse(1, failed("send", batch[at].0)(error.into()));
                    at += 1;
                }
            }
        }
        batch.clear();
        open
    }

    /// Sets all options, for a new or reopened socket.
    fn apply(&self, options: &UdpOptions) -> Result<(), UdpError> {
        let socket = self.sock();
        if options.broadcast {
            self.set_broadcast(true)?;
        }
        if let Some(bytes) = options.receive_buffer_bytes {
            let set = socket.set_recv_buffer_size(bytes);
            set.map_err(failed("setsockopt", None))?;
        }
        if let Some(bytes) = options.send_buffer_bytes {
            let set = socket.set_send_buffer_size(bytes);
            set.map_err(failed("setsockopt", None))?;
        }
        if let Some(ttl) = options.ttl {
            self.set_ttl(ttl)?;
        }
        if let Some(ttl) = options.multicast_ttl {
            self.set_multicast_ttl(ttl)?;
        }
        if let Some(on) = options.multicast_loopback {
            self.set_multicast_loopback(on)?;
        }
        if let Some(interface) = options.multicast_interface {
            self.set_multicast_interface(interface)?;
        }
        for membership in &options.memberships {
            self.set_membership(*membership, true)?;
        }
        Ok(())
    }

    fn is_v6(&self) -> bool {
        self.local().is_ok_and(|local| local.is_ipv6())
    }

    pub fn set_broadcast(&self, on: bool) -> Result<(), UdpError> {
        let set = self.sock().set_broadcast(on);
        set.map_err(failed("setBroadcast", None))
    }

    pub fn set_ttl(&self, ttl: u32) -> Result<(), UdpError> {
        let socket = self.sock();
        if self.is_v6() {
            let hops = socket.set_unicast_hops_v6(ttl);
            hops.map_err(failed("setTTL", None))?;
        }
        socket.set_ttl_v4(ttl).map_err(failed("setTTL", None))
    }

    pub fn set_multicast_ttl(&self, ttl: u32) -> Result<(), UdpError> {
        let socket = self.sock();
        let set = if self.is_v6() {
            socket.set_multicast_hops_v6(ttl)
        } else {
            socket.set_multicast_ttl_v4(ttl)
        };
        set.map_err(failed("setMulticastTTL", None))
    }

    pub fn set_multicast_loopback(&self, on: bool) -> Result<(), UdpError> {
        let socket = self.sock();
        let set = if self.is_v6() {
            socket.set_multicast_loop_v6(on)
        } else {
            socket.set_multicast_loop_v4(on)
        };
        set.map_err(failed("setMulticastLoopback", None))
    }

    pub fn set_multicast_interface(&self, interface: Interface) -> Result<(), UdpError> {
        let socket = self.sock();
        let set = match interface {
            Interface::Index(index) => socket.set_multicast_if_v6(index),
            Interface::Address(address) => socket.set_multicast_if_v4(&address),
            Interface::Any if self.is_v6() => socket.set_multicast_if_v6(0),
            Interface::Any => socket.set_multicast_if_v4(&Ipv4Addr::UNSPECIFIED),
        };
        set.map_err(failed("setMulticastInterface", None))
    }

    /// Reads a buffer's size, after setting it unless `size` is 0.
    pub fn buffer_size(&self, receive: bool, size: usize) -> Result<usize, UdpError> {
        let socket = self.sock();
        let result = match (receive, size) {
            (true, 0) => socket.recv_buffer_size(),
            (false, 0) => socket.send_buffer_size(),
            (true, _) => socket
                .set_recv_buffer_size(size)
                .and_then(|()| socket.recv_buffer_size()),
            (false, _) => socket
                .set_send_buffer_size(size)
                .and_then(|()| socket.send_buffer_size()),
        };
        let syscall = if receive {
            "uv_recv_buffer_size"
        } else {
            "uv_send_buffer_size"
        };
        result.map_err(failed(syscall, None))
    }
}

impl Received {
    fn take(&mut self, meta: &RecvMeta, buffer: &[u8], inbox: &mut Datagrams, max: usize) {
        let run = Run {
            address: Some(meta.addr),
            len: meta.len,
            stride: meta.stride.min(meta.len),
        };
        let Some(payload) = buffer.get(..meta.len) else {
            return;
        };
        if inbox.footprint() + run.len > max {
            self.dropped += run.count();
        } else {
            inbox.push_run(run, payload);
            self.count += run.count();
        }
    }
}

impl Sent {
    fn refuse(&mut self, count: usize, error: UdpError) {
        let index = self.done;
        self.done += count;
        if let Some(last) = self.failures.last_mut()
            && last.index + last.count == index
            && last.error == error
        {
            last.count += count;
        } else if self.failures.len() < FAILURES_MAX {
            self.failures.push(SendFailure {
                index,
                count,
                error,
            });
        }
    }
}

/// quinn-udp sets sockets up for QUIC, which forbids fragmentation and reads control messages.
/// Plain datagrams may be fragmented, and need none of that.
fn undo_quic_options(socket: &Socket, v6: bool) {
    let _ = sockopt::set_ip_mtu_discover(socket, sockopt::Ipv4PathMtuDiscovery::WANT);
    let _ = sockopt::set_ip_recvtos(socket, false);
    if v6 {
        let _ = sockopt::set_ipv6_mtu_discover(socket, sockopt::Ipv6PathMtuDiscovery::WANT);
        let _ = sockopt::set_ipv6_recvtclass(socket, false);
        switch_off(socket, libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG);
        switch_off(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO);
    }
    switch_off(socket, libc::IPPROTO_IP, libc::IP_PKTINFO);
    switch_off(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS);
}

/// Sets an option of a socket to 0. Failing is fine: then the option is not there.
#[expect(unsafe_code, reason = "no crate offers these options")]
fn switch_off(socket: &Socket, level: libc::c_int, option: libc::c_int) {
    use std::os::fd::AsRawFd;
    let off: libc::c_int = 0;
    // SAFETY: the descriptor is open, `off` lives through the call, and its size is given.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const off).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        );
    }
}
