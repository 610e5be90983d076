//! Requests that are not answered yet: who hears the answer, once.

use std::collections::HashMap;

use oro_components::llm::{
    AdapterInfo, AiError, Embeddings, GenerateEvent, ModelInfo, Restored, Telemetry, Tokenized,
};
use parking_lot::Mutex;

use super::protocol::{Answer, RequestId};

/// Who hears the answer of a request.
pub(super) enum Waiting {
    /// One answer.
    Once(Box<dyn FnOnce(Answer) + Send>),
    /// The events of a generation.
    Events(Box<dyn FnMut(Vec<GenerateEvent>) + Send>),
    /// How far a model is, and one answer.
    Loading(Box<dyn FnMut(f32) + Send>, Box<dyn FnOnce(Answer) + Send>),
    /// Somebody who is hearing something at this moment.
    Called,
}

impl Waiting {
    /// Somebody who wants one kind of answer.
    pub fn once<T: FromAnswer>(done: impl FnOnce(Result<T, AiError>) + Send + 'static) -> Self {
        Self::Once(of_kind(done))
    }

    /// Somebody who wants a model, and to hear how far it is.
    pub fn loading<T: FromAnswer>(
        progress: impl FnMut(f32) + Send + 'static,
        done: impl FnOnce(Result<T, AiError>) + Send + 'static,
    ) -> Self {
        Self::Loading(Box::new(progress), of_kind(done))
    }

    /// Hears an answer that is not the last one.
    fn hear(&mut self, answer: Answer) {
        match (self, answer) {
            (Self::Events(events), Answer::Events(all)) => events(all),
            (Self::Loading(progress, _), Answer::Loading(share)) => progress(share),
            _ => {}
        }
    }

    fn end(self, answer: Answer) {
        let mut events = match self {
            Self::Once(done) | Self::Loading(_, done) => return done(answer),
            Self::Events(events) => events,
            // Whoever calls it finds that it is gone, and tells.
            Self::Called => return,
        };
        events(match answer {
            Answer::Events(all) => all,
            Answer::Failed(error) => vec![GenerateEvent::Failed(error)],
            _ => vec![GenerateEvent::Failed(AiError::Inference(
                "an answer of another kind".to_owned(),
            ))],
        });
    }
}

fn of_kind<T: FromAnswer>(
    done: impl FnOnce(Result<T, AiError>) + Send + 'static,
) -> Box<dyn FnOnce(Answer) + Send> {
    Box::new(move |answer| {
        done(match answer {
            Answer::Failed(error) => Err(error),
            other => T::from_answer(other)
                .ok_or_else(|| AiError::Inference("an answer of another kind".to_owned())),
        });
    })
}

/// What an [`Answer`] is to the one who asked.
pub(super) trait FromAnswer: Sized + 'static {
    /// The content, if the answer is of this kind.
    fn from_answer(answer: Answer) -> Option<Self>;
}

macro_rules! from_answer {
    ($($type:ty = $pattern:pat => $value:expr;)*) => {$(
        impl FromAnswer for $type {
            fn from_answer(answer: Answer) -> Option<Self> {
                match answer {
                    $pattern => Some($value),
                    _ => None,
                }
            }
        }
    )*};
}

from_answer! {
    ModelInfo = Answer::Model(info) => *info;
    AdapterInfo = Answer::Adapter(info) => info;
    () = Answer::Done => ();
    Tokenized = Answer::Tokenized(tokens) => tokens;
    Vec<u8> = Answer::Bytes(bytes) => bytes.0;
    Embeddings = Answer::Embeddings(vectors) => vectors;
    Restored = Answer::Restored(restored) => restored;
    Telemetry = Answer::Telemetry(telemetry) => *telemetry;
}

/// The table of open requests.
#[derive(Default)]
pub(super) struct PendingRequests(Mutex<Table>);

#[derive(Default)]
struct Table {
    open: HashMap<RequestId, Waiting>,
    closed: bool,
}

impl PendingRequests {
    /// Adds a request, unless too many are open or the engine is closed; then whoever waits is
    /// told at once.
    pub fn insert(&self, id: RequestId, waiting: Waiting, max: usize) -> bool {
        let mut table = self.0.lock();
        let refused = if table.closed {
            AiError::Aborted
        } else if table.open.len() >= max {
            AiError::Busy { max }
        } else {
            table.open.insert(id, waiting);
            return true;
        };
        drop(table);
        waiting.end(Answer::Failed(refused));
        false
    }

    /// Hands an answer to whoever waits for it. Late answers go nowhere.
    ///
    /// Callbacks are called outside of the lock, because they may ask for something themselves.
    /// Answers to one request come from one thread, so none overtakes another meanwhile.
    pub fn answer(&self, id: RequestId, answer: Answer) {
        if answer.is_last() {
            let waiting = self.0.lock().open.remove(&id);
            if let Some(waiting) = waiting {
                waiting.end(answer);
            }
            return;
        }
        let mut called = {
            let mut table = self.0.lock();
            let Some(waiting) = table.open.get_mut(&id) else {
                return;
            };
            std::mem::replace(waiting, Waiting::Called)
        };
        called.hear(answer);
        if let Some(waiting) = self.0.lock().open.get_mut(&id) {
            *waiting = called;
            return;
        }
        // All was closed meanwhile.
        called.end(Answer::Failed(AiError::Aborted));
    }

    /// Fails all that is open. If `closed`, further requests are refused.
    pub fn fail(&self, error: &AiError, closed: bool) {
        let mut table = self.0.lock();
        table.closed |= closed;
        let open = std::mem::take(&mut table.open);
        drop(table);
        for waiting in open.into_values() {
            waiting.end(Answer::Failed(error.clone()));
        }
    }

    /// Whether a request is open.
    pub fn is_open(&self, id: RequestId) -> bool {
        self.0.lock().open.contains_key(&id)
    }

    /// How many requests are open.
    pub fn len(&self) -> usize {
        self.0.lock().open.len()
    }
}
