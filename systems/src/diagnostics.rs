//! What lives in the runtime, and streams to try transports with.

use std::time::Duration;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use oro_components::child_process::ChildProcess;
use oro_components::diagnostics::{
    Census, DiagnosticsQuery, FsCensus, Kind, LoopCensus, LoopMetrics, StreamChunks, StreamError,
    StreamSse, TimersCensus,
};
use oro_components::fs::{OpenDescriptor, PathWatcher};
use oro_components::number::Int;
use oro_components::timers::{Timer, TimerFired, TimerKind};
use oro_components::udp::UdpSocket;
use oro_engine::envelope::OCTET_STREAM;
use oro_engine::error::Infallible;
use oro_engine::prelude::*;
use oro_engine::reactor::Reactor;
use oro_engine::router::PendingRequest;
use oro_engine::stream::{ByteStream, StreamWriter, byte_stream};
use oro_engine::timing::Timings;

/// What lives in the runtime: the routes `diagnostics.query` and `diagnostics.stream.*`.
#[derive(Debug, Default)]
pub struct DiagnosticsPlugin;

impl Plugin for DiagnosticsPlugin {
    fn build(&self, app: &mut App) {
        app.add_route::<DiagnosticsQuery, _>(census)
            .add_route::<StreamSse, _>(stream_events)
            .add_route::<StreamChunks, _>(stream_chunks)
            .add_observer(write_next)
            .add_systems(Tick, stop_unread.after(TickSystems::End));
    }
}

#[derive(SystemParam)]
struct Sources<'w, 's> {
    lifecycle: Res<'w, Lifecycle>,
    timings: Res<'w, Timings>,
    reactor: Res<'w, Reactor>,
    ingress: Res<'w, Ingress>,
    event_loop: Res<'w, Loop>,
    pending: Query<'w, 's, (), With<PendingRequest>>,
    descriptors: Query<'w, 's, &'static OpenDescriptor>,
    watchers: Query<'w, 's, (), With<PathWatcher>>,
    timers: Query<'w, 's, &'static TimerKind>,
    children: Query<'w, 's, (), With<ChildProcess>>,
    sockets: Query<'w, 's, (), With<UdpSocket>>,
}

fn census(_: In<Call<DiagnosticsQuery>>, sources: Sources) -> Result<Census, Infallible> {
    let mut descriptors = Kind::default();
    descriptors.handles.ids = sources.descriptors.iter().map(|open| open.id).collect();
    descriptors.handles.count = descriptors.handles.ids.len();
    let mut timers = TimersCensus::default();
    for kind in &sources.timers {
        let kind = match kind {
            TimerKind::Timeout => &mut timers.timeout,
            TimerKind::Interval => &mut timers.interval,
            TimerKind::Immediate => &mut timers.immediate,
        };
        kind.handles.count += 1;
    }
    Ok(Census {
        paused: *sources.lifecycle == Lifecycle::Paused,
        child_process: counted(sources.children.iter().count()),
        udp: counted(sources.sockets.iter().count()),
        fs: FsCensus {
            descriptors,
            watchers: counted(sources.watchers.iter().count()),
        },
        timers,
        uv: LoopCensus {
            metrics: LoopMetrics {
                loop_count: sources.timings.tick.stats().runs,
                events: sources.reactor.waker().wakes(),
                events_waiting: sources.ingress.queued() + sources.event_loop.dispatched(),
            },
            active_requests: sources.pending.iter().count(),
        },
    })
}

/// Things that have no ids of their own.
fn counted(count: usize) -> Kind {
    let mut kind = Kind::default();
    kind.handles.count = count;
    kind
}

/// A number within its limits.
fn within(
    param: &'static str,
    value: Option<Int<i64>>,
    default: i64,
    (min, max): (i64, i64),
) -> Result<u64, StreamError> {
    let value = value.map_or(default, |value| value.0);
    u64::try_from(value)
        .ok()
        .filter(|_| (min..=max).contains(&value))
        .ok_or(StreamError::OutOfRange {
            param,
            value,
            min,
            max,
        })
}

const COUNT: (i64, i64) = (0, 10_000);
const INTERVAL_MS: (i64, i64) = (0, 60_000);
const CHUNK_BYTES: (i64, i64) = (1, 1 << 20);

/// A stream that writes at intervals.
#[derive(Component)]
struct Ticker {
    writer: StreamWriter,
    /// What did not fit when its time came.
    late: Option<Bytes>,
    next: u64,
    count: u64,
    piece: Piece,
}

enum Piece {
    Event,
    Chunk(usize),
}

impl Ticker {
    /// Writes the next piece, or the one that did not fit. False at the end, and when nobody
    /// reads.
    fn write(&mut self) -> bool {
        let piece = self.late.take().or_else(|| {
            let index = (self.next < self.count).then_some(self.next)?;
            self.next += 1;
            Some(Bytes::from(self.piece.make(index, self.count)))
        });
        if let Some(piece) = piece {
            match self.writer.try_write(piece.0) {
                // A reader that is slower than the interval decides the pace.
                Ok(late) => self.late = late.map(Bytes),
                Err(_) => return false,
            }
        }
        self.next < self.count || self.late.is_some()
    }
}

impl Piece {
    fn make(&self, index: u64, count: u64) -> Vec<u8> {
        match self {
            Self::Event => format!(
                "id: {index}\nevent: tick\ndata: {{\"index\":{index},\"count\":{count}}}\n\n"
            )
            .into_bytes(),
            // Bytes that tell which chunk they are from.
            Self::Chunk(size) => vec![(index % 256) as u8; *size],
        }
    }
}

fn begin(
    commands: &mut Commands,
    client: Client,
    writer: StreamWriter,
    (count, interval): (u64, u64),
    piece: Piece,
) {
    let mut ticker = Ticker {
        writer,
        late: None,
        next: 0,
        count,
        piece,
    };
    if ticker.write() {
        let timer = Timer::every(Duration::from_millis(interval.max(1)));
        let mut entity = commands.spawn((ticker, timer));
        if let Some(window) = client.window() {
            entity.insert(OwnedBy(window));
        }
    }
}

fn stream_events(
    In(call): In<Call<StreamSse>>,
    mut commands: Commands,
) -> Result<ByteStream, StreamError> {
    let count = within("count", call.count, 5, COUNT)?;
    let interval = within("interval", call.interval, 100, INTERVAL_MS)?;
    let (writer, stream) = byte_stream("text/event-stream", call.cancel.clone());
    begin(
        &mut commands,
        call.client,
        writer,
        (count, interval),
        Piece::Event,
    );
    Ok(stream)
}

fn stream_chunks(
    In(call): In<Call<StreamChunks>>,
    mut commands: Commands,
) -> Result<ByteStream, StreamError> {
    let count = within("chunks", call.chunks, 5, COUNT)?;
    let size = within("chunkSize", call.chunk_size, 1024, CHUNK_BYTES)?;
    let interval = within("interval", call.interval, 100, INTERVAL_MS)?;
    let (writer, stream) = byte_stream(OCTET_STREAM, call.cancel.clone());
    let piece = Piece::Chunk(usize::try_from(size).unwrap_or_default());
    begin(&mut commands, call.client, writer, (count, interval), piece);
    Ok(stream)
}

/// Writes the next piece of the stream whose time has come.
fn write_next(fired: On<TimerFired>, mut tickers: Query<&mut Ticker>, mut commands: Commands) {
    if let Ok(mut ticker) = tickers.get_mut(fired.entity)
        && !ticker.write()
    {
        commands.entity(fired.entity).despawn();
    }
}

/// Ends streams whose reader has left, without waiting for their next piece: whoever notices that
/// a reader left wakes the loop.
fn stop_unread(tickers: Query<(Entity, &Ticker)>, mut commands: Commands) {
    for (entity, ticker) in &tickers {
        if ticker.writer.is_closed() {
            commands.entity(entity).despawn();
        }
    }
}
