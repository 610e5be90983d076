//! A document that says anything to a runtime with all its services. The input is what follows a
//! good hello; byte 0 says how it is cut into writes. Whatever it is, nothing panics, and when the
//! document is gone, so is all that it made.
#![no_main]

use std::cell::RefCell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use libfuzzer_sys::fuzz_target;
use oro::components::direct::{DirectAccess, WebPage};
use oro::engine::frame::{self, Hello, Kind, TOKEN};
use oro::prelude::*;

const PAGE: u64 = 1;

struct Runtime {
    app: App,
    entities: u32,
}

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(Runtime::new());
}

impl Runtime {
    fn new() -> Self {
        // Routes that end the process, or start others, are no business of this target.
        let settings = [
            ("services_process", "false".to_owned()),
            ("services_application", "false".to_owned()),
            ("permissions_allow_fs", "false".to_owned()),
        ];
        let loaded = Config::builder().overrides(settings).load();
        let mut app = App::empty();
        if let Ok(loaded) = loaded {
            app.insert_resource(loaded.config);
        }
        app.add_plugins(HeadlessPlugins);
        app.start();
        app.world_mut().spawn(WebPage(PAGE));
        for _ in 0..100 {
            app.update();
        }
        let entities = app.world().entities().count_spawned();
        Self { app, entities }
    }

    fn hello(&self) -> Vec<u8> {
        let access = self.app.world().resource::<DirectAccess>();
        let hex = access.issue().expect("there are random bytes");
        let mut token = [0; TOKEN];
        for (at, byte) in token.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("it is hexadecimal");
        }
        let hello = Hello { token, page: PAGE, main: true };
        let mut bytes = Vec::new();
        frame::write(&mut bytes, Kind::Hello, 0, 0, 0, &[&hello.encode()]);
        bytes
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((cut, input)) = input.split_first() else {
        return;
    };
    RUNTIME.with_borrow_mut(|runtime| {
        let access = runtime.app.world().resource::<DirectAccess>();
        let mut stream = UnixStream::connect(access.socket()).expect("it listens");
        stream.set_nonblocking(true).expect("it can");
        let _ = stream.write(&runtime.hello());
        let mut buffer = vec![0; 65_536];
        for piece in input.chunks(usize::from(*cut) + 1) {
            if stream.write(piece).is_err() {
                break;
            }
            runtime.app.update();
            let _ = stream.read(&mut buffer);
        }
        drop(stream);
        for turn in 0.. {
            runtime.app.update();
            if runtime.app.world().entities().count_spawned() <= runtime.entities {
                break;
            }
            assert!(turn < 100_000, "entities are left");
            std::thread::sleep(std::time::Duration::from_micros(50));
        }
    });
});
