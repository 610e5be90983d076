//! Signals end the application in order; a second one ends it at once.

use std::sync::atomic::{AtomicU8, Ordering};

use oro::engine::event_loop::Loop;

static RECEIVED: AtomicU8 = AtomicU8::new(0);

/// The exit code for the signal that came, as shells count it; `None` if none came.
pub fn received() -> Option<u8> {
    match RECEIVED.load(Ordering::Acquire) {
        0 => None,
        code => Some(code),
    }
}

/// Listens from now on.
#[cfg(unix)]
pub fn watch(event_loop: Loop) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let mut signals = match Signals::new([SIGINT, SIGTERM, SIGHUP]) {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!(%error, "signals end the process at once");
            return;
        }
    };
    let listen = move || {
        for signal in signals.forever() {
            let code = u8::try_from(128 + signal).unwrap_or(u8::MAX);
            if RECEIVED.swap(code, Ordering::AcqRel) != 0 {
                std::process::exit(code.into());
            }
            super::end(&event_loop, code);
        }
    };
    let thread = std::thread::Builder::new().name("oroc-signals".to_owned());
    if let Err(error) = thread.spawn(listen) {
        tracing::warn!(%error, "signals are not heard");
    }
}

/// There is nothing to listen to: the system ends the process.
#[cfg(not(unix))]
pub fn watch(_: Loop) {}
