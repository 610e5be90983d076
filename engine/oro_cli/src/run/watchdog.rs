//! A test that does not end by itself is ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use oro::engine::event_loop::Loop;

use crate::report::complain;

/// The exit code of a test that did not end in time, as of `timeout(1)`.
const CODE: u8 = 124;
/// How long the application may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(10);

static FIRED: AtomicBool = AtomicBool::new(false);

/// The exit code if the time was over.
pub fn fired() -> Option<u8> {
    FIRED.load(Ordering::Acquire).then_some(CODE)
}

/// Ends the application after `timeout`. The thread sleeps until then, and ends with the process.
pub fn watch(event_loop: Loop, timeout: Duration) {
    let wait = move || {
        std::thread::sleep(timeout);
        FIRED.store(true, Ordering::Release);
        super::end(&event_loop, CODE);
        std::thread::sleep(GRACE);
        complain(format_args!(
            "oroc: the test has not ended within {timeout:?}, and does not end when told to"
        ));
        std::process::exit(CODE.into());
    };
    let thread = std::thread::Builder::new().name("oroc-watchdog".to_owned());
    if let Err(error) = thread.spawn(wait) {
        tracing::warn!(%error, "the test may run for ever");
    }
}
