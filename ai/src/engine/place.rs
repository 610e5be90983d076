//! Where models run: in this process or in a worker.

use std::sync::Arc;

use oro_components::llm::AiError;

use super::protocol::{Answer, Ask, RequestId, Tell};
use super::settings::{EngineSettings, WorkerProgram};

/// Takes the answers of a place, on any thread.
pub(super) type Sink = Arc<dyn Fn(RequestId, Answer) + Send + Sync>;

/// Where models run. No method waits.
pub(super) trait Place: Send + Sync {
    /// Asks. Every request is answered exactly once, or, if it is a generation, by events of
    /// which exactly one is the last.
    fn ask(&self, id: RequestId, ask: Ask);

    /// Tells.
    fn tell(&self, tell: Tell);

    /// Ends everything and joins the threads. What is open is answered with `Aborted`.
    fn close(&self);
}

/// Opens the place that the settings ask for.
pub(super) fn open(
    settings: EngineSettings,
    worker: Option<WorkerProgram>,
    sink: Sink,
) -> Box<dyn Place> {
    let _ = (settings, worker);
    Box::new(Nowhere(sink))
}

/// A build without models.
struct Nowhere(Sink);

impl Place for Nowhere {
    fn ask(&self, id: RequestId, _: Ask) {
        let error = AiError::NotSupported("no models in this build".to_owned());
        (self.0)(id, Answer::Failed(error));
    }

    fn tell(&self, _: Tell) {}

    fn close(&self) {}
}
