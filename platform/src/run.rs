//! Runs an app with windows: the World on a thread of its own, the UI on the calling one.

use std::panic::resume_unwind;
use std::thread;

use bevy_app::{App, AppExit};
use crossbeam::channel;
#[cfg(all(target_os = "linux", not(feature = "portable")))]
use oro_components::direct::DirectAccess;
use oro_components::endpoint::Endpoints;
use oro_components::host::{Host, HostConfig};
use oro_components::resource::Resources;
use oro_engine::event_loop::Loop;
use oro_engine::id::Id;
use oro_engine::ingress::Ingress;
use oro_engine::job::Jobs;
use oro_engine::module::ModuleLibrary;

use crate::headless;
use crate::port::{Message, Port};
use crate::site::Secrets;
use crate::ui;

/// What must be known before the first window, and before the app itself is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// Nothing will be shown on a screen. It must agree with the app's [`HostConfig`].
    pub headless: bool,
}

/// What the UI thread needs of the World. All of it is a handle or does not change.
pub(crate) struct Parts {
    pub host: Host,
    pub config: HostConfig,
    pub ingress: Ingress,
    pub jobs: Jobs,
    pub event_loop: Loop,
    pub resources: Option<Resources>,
    pub library: Option<ModuleLibrary>,
    /// What is answered at the app's addresses besides files.
    pub endpoints: Option<Endpoints>,
    /// What marks a body as being in memory. Only the preload and the library know it.
    pub mark: String,
    /// What pages prove themselves with in addresses. It is no mark: more may come to see it.
    pub key: String,
    /// Who may connect directly; `None` where the configuration asks for another transport.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub direct: Option<DirectAccess>,
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub pipes: oro_engine::stream::Pipes,
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub responses: oro_engine::queued_response::QueuedResponses,
}

/// Builds and runs an app with windows. The calling thread must be the main thread and becomes
/// the UI thread; the app is built and run on another one. Returns when the app has ended.
///
/// The app needs the engine's plugin and the window plugin.
///
/// # Panics
/// If `build` panics, or the app has no engine or no windows; with the same panic.
pub fn run(surface: Surface, build: impl FnOnce() -> App + Send + 'static) -> AppExit {
    headless::prepare(surface);
    let port = Port::new();
    let (parts_tx, parts_rx) = channel::bounded(1);
    let runtime = {
        let port = port.clone();
        let name = "oro-runtime".to_owned();
        thread::Builder::new().name(name).spawn(move || {
            let quit = Quit(port.clone());
            let mut app = build();
            if app.plugins_state() != bevy_app::PluginsState::Cleaned {
                app.finish();
                app.cleanup();
            }
            let parts = Parts::of(&app);
            parts.host.attach_ui({
                let port = port.clone();
                move || port.wake()
            });
            // The UI thread waits for this, so it is there.
            let _ = parts_tx.send(parts);
            let exit = app.run();
            drop(quit);
            exit
        })
    };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime thread cannot be started");
            return AppExit::error();
        }
    };
    let ended = ui::run(&port, &parts_rx);
    match (runtime.join(), ended) {
        (Ok(exit), Ok(())) => exit,
        (Ok(_), Err(error)) => {
            tracing::error!(%error, "the app cannot have windows");
            AppExit::error()
        }
        (Err(panic), _) => resume_unwind(panic),
    }
}

/// Ends the UI thread when the runtime thread ends in any way.
struct Quit(Port);

impl Drop for Quit {
    fn drop(&mut self) {
        self.0.send(Message::Quit);
    }
}

impl Parts {
    /// What pages prove themselves with.
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets {
            mark: &self.mark,
            key: &self.key,
        }
    }

    fn of(app: &App) -> Self {
        let world = app.world();
        Self {
            host: world.resource::<Host>().clone(),
            config: world.resource::<HostConfig>().clone(),
            ingress: world.resource::<Ingress>().clone(),
            jobs: world.resource::<Jobs>().clone(),
            event_loop: world.resource::<Loop>().clone(),
            resources: world.get_resource::<Resources>().cloned(),
            library: world.get_resource::<ModuleLibrary>().copied(),
            endpoints: world.get_resource::<Endpoints>().cloned(),
            mark: secret(),
            key: secret(),
            #[cfg(all(target_os = "linux", not(feature = "portable")))]
            direct: world.get_resource::<DirectAccess>().cloned(),
            #[cfg(all(target_os = "linux", not(feature = "portable")))]
            responses: world
                .resource::<oro_engine::queued_response::QueuedResponses>()
                .clone(),
            #[cfg(all(target_os = "linux", not(feature = "portable")))]
            pipes: world.resource::<oro_engine::stream::Pipes>().clone(),
        }
    }
}

/// A word that nobody guesses; without a source of random numbers, one that nobody sends.
fn secret() -> String {
    let half = || Id::random().map(|id| format!("{:016x}", id.0));
    match (half(), half()) {
        (Ok(first), Ok(second)) => first + &second,
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "no random numbers: bodies and endpoints are refused");
            String::new()
        }
    }
}
