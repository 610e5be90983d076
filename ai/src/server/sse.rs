//! Server-sent events, written together: few writes, and the first one at once.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use oro_engine::stream::{Closed, StreamWriter};
use serde::Serialize;

/// Bytes that are written at once.
const WRITE_BYTES: usize = 4 << 10;
/// The longest that an event waits for others. What waits is written at multiples of it, so that
/// all streams of a page write at once and it wakes once for them.
const WAIT: Duration = Duration::from_millis(16);
/// Bytes that may wait for a reader; one that is slower is given up.
const WAITING_BYTES_MAX: usize = 8 << 20;

/// Why a stream cannot be written any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The reader is gone.
    Left,
    /// The reader does not keep up.
    Slow,
}

impl From<Closed> for Ended {
    fn from(_: Closed) -> Self {
        Self::Left
    }
}

/// The events of one answer, on their way.
pub struct EventWriter {
    writer: StreamWriter,
    waiting: BytesMut,
    last: Option<Duration>,
}

impl EventWriter {
    /// No events yet.
    #[must_use]
    pub fn new(writer: StreamWriter) -> Self {
        Self {
            writer,
            waiting: BytesMut::new(),
            last: None,
        }
    }

    /// Adds an event.
    pub fn event(&mut self, data: &impl Serialize) {
        self.named("", data);
    }

    /// Adds an event with a name of its own.
    pub fn named(&mut self, name: &str, data: &impl Serialize) {
        // What is written here is made of text and numbers; it cannot fail to be JSON.
        let json = serde_json::to_vec(data).unwrap_or_default();
        self.data(name, &json);
    }

    /// Adds the event by which clients of OpenAI know the end.
    pub fn done(&mut self) {
        self.data("", b"[DONE]");
    }

    fn data(&mut self, name: &str, data: &[u8]) {
        if !name.is_empty() {
            self.waiting.extend_from_slice(b"event: ");
            self.waiting.extend_from_slice(name.as_bytes());
            self.waiting.extend_from_slice(b"\n");
        }
        self.waiting.extend_from_slice(b"data: ");
        self.waiting.extend_from_slice(data);
        self.waiting.extend_from_slice(b"\n\n");
    }

    /// Writes what has to be written by `now`.
    ///
    /// # Errors
    /// When nobody reads.
    pub fn flush(&mut self, now: Duration) -> Result<(), Ended> {
        if self.writer.is_closed() {
            return Err(Ended::Left);
        }
        let due = self.due().is_some_and(|due| due <= now);
        if due || self.waiting.len() >= WRITE_BYTES {
            self.write(now)?;
        }
        Ok(())
    }

    /// Writes all, before the end.
    ///
    /// # Errors
    /// When nobody reads.
    pub fn finish(&mut self, now: Duration) -> Result<(), Ended> {
        self.write(now)
    }

    /// When what waits has to be written; `None` if nothing waits.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let due = self.last.map_or(Duration::ZERO, |last| {
            let over = last.as_nanos() % WAIT.as_nanos();
            last + WAIT - Duration::from_nanos(u64::try_from(over).unwrap_or_default())
        });
        (!self.waiting.is_empty()).then_some(due)
    }

    fn write(&mut self, now: Duration) -> Result<(), Ended> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let chunk: Bytes = self.waiting.split().freeze();
        self.last = Some(now);
        // Given back when the reader has fallen behind.
        if let Some(chunk) = self.writer.try_write(chunk)? {
            self.waiting = chunk.into();
            if self.waiting.len() > WAITING_BYTES_MAX {
                return Err(Ended::Slow);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oro_engine::cancel::CancelToken;
    use oro_engine::stream::{ByteStream, Next, byte_stream};

    fn stream() -> (EventWriter, ByteStream) {
        let (writer, stream) = byte_stream("text/event-stream", CancelToken::new());
        (EventWriter::new(writer), stream)
    }

    fn chunks(stream: &ByteStream) -> Vec<String> {
        std::iter::from_fn(|| match stream.next() {
            Next::Chunk(chunk) => Some(String::from_utf8_lossy(&chunk).into_owned()),
            Next::Empty | Next::End => None,
        })
        .collect()
    }

    #[test]
    fn the_first_event_goes_at_once_and_others_go_together() {
        let (mut events, stream) = stream();
        let at = Duration::from_millis;
        events.event(&1);
        events.flush(at(100)).unwrap();
        assert_eq!(chunks(&stream), ["data: 1\n\n"]);
        // Others go at the next multiple of the time that they may wait.
        for due in [112, 128] {
            for ms in due - 11..due {
                events.event(&ms);
                events.flush(at(ms)).unwrap();
            }
            assert_eq!(chunks(&stream), [""; 0]);
            assert_eq!(events.due(), Some(at(due)));
            events.flush(at(due)).unwrap();
            let written = chunks(&stream);
            assert_eq!(written.len(), 1);
            assert_eq!(written[0].matches("data: ").count(), 11);
        }
        events.named("error", &"x".repeat(WRITE_BYTES));
        events.flush(at(129)).unwrap();
        assert_eq!(chunks(&stream).len(), 1, "much does not wait");
        events.done();
        events.finish(at(129)).unwrap();
        assert_eq!(chunks(&stream), ["data: [DONE]\n\n"]);
    }

    #[test]
    fn nobody_is_written_for() {
        let (mut events, reader) = stream();
        drop(reader);
        events.event(&1);
        assert_eq!(events.flush(Duration::ZERO), Err(Ended::Left));

        let (mut events, _reader) = stream();
        let megabyte = "x".repeat(1 << 20);
        let mut outcome = Ok(());
        for second in 0..20 {
            events.event(&megabyte);
            outcome = outcome.and_then(|()| events.flush(Duration::from_secs(second)));
        }
        assert_eq!(outcome, Err(Ended::Slow));
    }
}
