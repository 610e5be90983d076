//! Frames between the application and its worker: a length of four bytes and a message.

use std::io;

use oro_components::llm::AiError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::protocol::{Answer, Ask, RequestId, Tell};
use crate::engine::settings::{EngineSettings, WorkerProgram};

/// The version of the protocol: that of this crate, as both sides are built from it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Bytes of the largest frame. States are large: a cache of 4096 tokens has hundreds of megabytes.
const FRAME_MAX: usize = 1 << 30;
/// Bytes of the length.
const HEAD: usize = 4;

/// What the application says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum ToWorker {
    /// First of all.
    Hello(Box<Hello>),
    Ask(RequestId, Ask),
    Tell(Tell),
}

/// What a worker must know.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub version: String,
    pub settings: EngineSettings,
    /// What makes dumps ours; the same for all workers of an application.
    pub state_key: Option<[u8; 32]>,
    /// How a file is tried that was not seen before.
    pub program: WorkerProgram,
    pub paused: bool,
}

/// What a worker says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum FromWorker {
    /// It understands.
    Ready,
    /// It does not, and ends.
    Refused(AiError),
    Answers(Vec<(RequestId, Answer)>),
}

/// Appends a message to what is to be sent.
pub(super) fn write(out: &mut Vec<u8>, message: &impl Serialize) -> Result<(), AiError> {
    let failed = |reason: String| AiError::Inference(format!("a message cannot be sent: {reason}"));
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    let written = postcard::to_io(message, &mut *out).map(|_| ());
    let len = out.len() - start - HEAD;
    let problem = match written {
        Err(error) => error.to_string(),
        Ok(()) if len > FRAME_MAX => format!("it has {len} bytes, at most {FRAME_MAX}"),
        Ok(()) => {
            let len = u32::try_from(len).unwrap_or(u32::MAX);
            out[start..start + HEAD].copy_from_slice(&len.to_le_bytes());
            return Ok(());
        }
    };
    out.truncate(start);
    Err(failed(problem))
}

/// Takes the next message off the front of what came; `None`: more is needed.
///
/// # Errors
/// What came is no message of ours.
pub(super) fn read<T: DeserializeOwned>(
    bytes: &mut Vec<u8>,
    from: &mut usize,
) -> io::Result<Option<T>> {
    let broken = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let rest = &bytes[*from..];
    let Some((head, body)) = rest.split_first_chunk::<HEAD>() else {
        shrink(bytes, from);
        return Ok(None);
    };
    let len = u32::from_le_bytes(*head) as usize;
    if len > FRAME_MAX {
        return Err(broken(format!("a frame of {len} bytes")));
    }
    let Some(body) = body.get(..len) else {
        shrink(bytes, from);
        return Ok(None);
    };
    let (message, left) =
        postcard::take_from_bytes(body).map_err(|error| broken(format!("a frame: {error}")))?;
    if !left.is_empty() {
        return Err(broken(format!("{} bytes behind a message", left.len())));
    }
    *from += HEAD + len;
    Ok(Some(message))
}

/// Moves what is left to the front, so that more can be read behind it.
fn shrink(bytes: &mut Vec<u8>, from: &mut usize) {
    bytes.drain(..std::mem::take(from));
}

#[cfg(test)]
mod tests {
    use oro_components::llm::{ContextId, Generate, ModelId, Segment};

    use super::*;

    fn messages() -> Vec<ToWorker> {
        let mut generate = Generate::new(ModelId(3), vec![Segment::text("ä\0🙂")]);
        // Numbers that other formats do not have.
        generate.sampling.logit_bias = vec![(1, f32::NEG_INFINITY)];
        vec![
            ToWorker::Ask(7, Ask::Generate(Box::new(generate))),
            ToWorker::Tell(Tell::DropContext(ContextId(u64::MAX))),
            ToWorker::Ask(8, Ask::Telemetry),
        ]
    }

    #[test]
    fn messages_arrive_whole_however_they_are_cut() {
        let mut all = Vec::new();
        for message in messages() {
            write(&mut all, &message).unwrap();
        }
        for size in [1, 3, 7, all.len()] {
            let (mut bytes, mut from, mut got) = (Vec::new(), 0, Vec::new());
            for part in all.chunks(size) {
                bytes.extend_from_slice(part);
                while let Some(message) = read::<ToWorker>(&mut bytes, &mut from).unwrap() {
                    got.push(message);
                }
            }
            assert_eq!(got, messages(), "{size}");
            assert!(bytes.is_empty() && from == 0);
        }
    }

    #[test]
    fn what_is_no_message_is_an_error_and_no_panic() {
        let mut good = Vec::new();
        write(&mut good, &messages()[0]).unwrap();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                bytes[at] ^= 1 << bit;
                let _ = read::<ToWorker>(&mut bytes, &mut 0);
            }
        }
        for wrong in [
            &[255, 255, 255, 255, 0][..],
            &[2, 0, 0, 0, 99, 99],
            &[3, 0, 0, 0, 1, 8, 11],
        ] {
            assert!(
                read::<ToWorker>(&mut wrong.to_vec(), &mut 0).is_err(),
                "{wrong:?}"
            );
        }
    }
}
