//! Where models run: in this process or in a worker.

use std::sync::Arc;

use super::local::Local;
use super::protocol::{Answer, Ask, RequestId, Tell};
use super::settings::{EngineSettings, WorkerProgram};

/// Takes answers of a place, those of a step at once, on any thread.
pub(super) type Sink = Arc<dyn Fn(Vec<(RequestId, Answer)>) + Send + Sync>;

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
    let mut key = [0; 32];
    let state_key = match getrandom::fill(&mut key) {
        Ok(()) => Some(key),
        Err(error) => {
            tracing::error!(%error, "no random key: dumps will be computed again");
            None
        }
    };
    let Some(program) = worker else {
        return Box::new(Local::new(settings, state_key, None, sink));
    };
    #[cfg(target_os = "linux")]
    match super::worker::Supervised::new(settings.clone(), state_key, program, Arc::clone(&sink)) {
        Ok(supervised) => return Box::new(supervised),
        Err(error) => tracing::error!(%error, "no worker: models run in this process"),
    }
    #[cfg(not(target_os = "linux"))]
    tracing::warn!(
        ?program,
        "no workers on this system: models run in this process"
    );
    Box::new(Local::new(settings, state_key, None, sink))
}
