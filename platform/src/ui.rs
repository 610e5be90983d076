//! The UI thread: a loop that executes commands and reports events, and decides nothing.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bevy_ecs::entity::Entity;
use crossbeam::channel::Receiver;
use gtk::glib;
use oro_components::host::{CallId, Change, HostCommand, HostEvent};
use oro_components::window::Facts;
use tao::event::{Event, WindowEvent};
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopWindowTarget};
use tao::platform::run_return::EventLoopExtRunReturn;
use tao::window::WindowId;
use wry::WebContext;

use crate::port::{Message, Port};
use crate::run::Parts;
use crate::scheme::{self, Desk, Pending};
use crate::window::UiWindow;
use crate::{extension, message, webview};

/// Messages handled in one round of the loop, at most, so that input gets its turn.
const MESSAGES_PER_ROUND_MAX: usize = 2048;
/// How long a change of a window may take to become visible; then it is answered as it is.
const SETTLE_MAX: Duration = Duration::from_millis(400);
/// How long a navigation may take until the next document is there.
const NAVIGATE_MAX: Duration = Duration::from_secs(30);
/// How long a page may take to finish what it is doing before its window is closed.
const LEAVE_MAX: Duration = Duration::from_millis(250);
/// How often a change in progress is looked at.
const SETTLE_INTERVAL: Duration = Duration::from_millis(8);

pub(crate) use crate::scheme::ANSWERS_INCREMENTALLY;

/// Why there can be no windows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UiError {
    #[error("there is no display: {0}")]
    NoDisplay(String),
}

/// What the callbacks of GTK and WebKit reach. They enqueue and note; nothing else.
pub(crate) struct Shared {
    pub parts: Parts,
    pub port: Port,
    pub origin: String,
    pub desk: RefCell<Desk>,
    pub dirty: RefCell<Vec<Entity>>,
    pub quit: Cell<bool>,
    pub committed: RefCell<Vec<Entity>>,
    pub reload: RefCell<Vec<Entity>>,
    /// Windows whose pages are being asked whether they may be closed.
    pub closing: RefCell<Vec<Entity>>,
    /// Windows whose pages have come to rest, or had their time, and that can be taken apart.
    pub left: RefCell<Vec<Entity>>,
}

impl Shared {
    /// Reports an event to the World.
    pub fn event(&self, event: HostEvent) {
        if let Err(lost) = self.parts.host.event(event) {
            tracing::error!(?lost, "the World does not read its events");
        }
    }

    /// Notes that a window may have changed; it is reported once a round.
    pub fn touch(&self, window: Entity) {
        let mut dirty = self.dirty.borrow_mut();
        if !dirty.contains(&window) {
            dirty.push(window);
        }
        drop(dirty);
        self.port.wake();
    }

    /// Carries answers to the pages that wait for them.
    pub fn deliver(&self) {
        for _ in 0..MESSAGES_PER_ROUND_MAX {
            let Some(message) = self.port.next() else {
                return message::flush(self);
            };
            match message {
                Message::Quit => {
                    self.quit.set(true);
                    self.port.wake();
                }
                Message::Answer(id, answer) => {
                    let pending = self.desk.borrow_mut().take(id);
                    match pending {
                        Some(Pending::Scheme(request, _)) => scheme::finish(self, &request, answer),
                        Some(Pending::Message(channel, seq)) => {
                            let body = answer.body.as_bytes();
                            self.desk.borrow_mut().answer(channel, seq, body);
                        }
                        None => {}
                    }
                }
                Message::Endpoint(id, answer) => {
                    let pending = self.desk.borrow_mut().take(id);
                    if let Some(Pending::Scheme(request, _)) = pending {
                        scheme::finish_endpoint(self, &request, answer);
                    }
                }
                Message::Resource(id, response) => {
                    let pending = self.desk.borrow_mut().take(id);
                    if let Some(Pending::Scheme(request, origin)) = pending {
                        scheme::finish_resource(self, &request, origin.as_deref(), response);
                    }
                }
            }
        }
        message::flush(self);
        self.port.wake();
    }

    /// Ends what belonged to the document of a window.
    pub fn forget_document(&self, window: Entity) {
        let cancelled = self.desk.borrow_mut().clear(window);
        for cancel in cancelled {
            self.parts.ingress.cancel(&cancel);
        }
    }
}

/// A change that is on its way to the screen.
struct Settling {
    window: Entity,
    call: CallId,
    change: Change,
    until: Instant,
}

/// The windows, and what is going on with them.
pub(crate) struct Ui {
    shared: Rc<Shared>,
    context: WebContext,
    registered: bool,
    windows: HashMap<Entity, UiWindow>,
    by_id: HashMap<WindowId, Entity>,
    settling: Vec<Settling>,
    ticking: Rc<Cell<bool>>,
    /// Windows that are being closed.
    leaving: HashSet<Entity>,
}

/// Runs the UI thread until the World ends.
///
/// # Errors
/// If there is no display.
pub(crate) fn run(port: &Port, parts: &Receiver<Parts>) -> Result<(), UiError> {
    let display = gtk::init().map_err(|error| UiError::NoDisplay(error.to_string()));
    if let Err(error) = display {
        // The World has nothing to run for; it may still be building itself.
        if let Ok(parts) = parts.recv() {
            let _ = parts.event_loop.destroy();
        }
        return Err(error);
    }
    let mut event_loop = EventLoopBuilder::<()>::with_user_event().build();
    let Ok(parts) = parts.recv() else {
        return Ok(());
    };
    let end = parts.event_loop.clone();
    let monitor = event_loop
        .primary_monitor()
        .or_else(|| event_loop.available_monitors().next());
    let screen = monitor
        .map(|m| m.size().to_logical::<u32>(m.scale_factor()))
        .unwrap_or_default();
    let shared = Rc::new(Shared {
        origin: parts.config.origin(),
        port: port.clone(),
        desk: RefCell::default(),
        dirty: RefCell::default(),
        quit: Cell::default(),
        committed: RefCell::default(),
        reload: RefCell::default(),
        closing: RefCell::default(),
        left: RefCell::default(),
        parts,
    });
    shared.event(HostEvent::Attached {
        width: screen.width,
        height: screen.height,
    });
    let mut ui = Ui {
        context: WebContext::new(shared.parts.config.data_dir.clone()),
        shared,
        registered: false,
        windows: HashMap::new(),
        by_id: HashMap::new(),
        settling: Vec::new(),
        ticking: Rc::default(),
        leaving: HashSet::new(),
    };
    port.attach(event_loop.create_proxy());
    event_loop.run_return(|event, target, flow| {
        *flow = ControlFlow::Wait;
        ui.handle(event, target);
        if ui.shared.quit.get() {
            *flow = ControlFlow::Exit;
        }
    });
    ui.close_all();
    if !ui.shared.quit.get() {
        let _ = end.destroy();
    }
    Ok(())
}

impl Ui {
    fn handle(&mut self, event: Event<'_, ()>, target: &EventLoopWindowTarget<()>) {
        match event {
            Event::UserEvent(()) => self.round(target),
            Event::WindowEvent {
                window_id, event, ..
            } => {
                let Some(window) = self.by_id.get(&window_id).copied() else {
                    return;
                };
                match event {
                    WindowEvent::CloseRequested => {
                        if let Some(made) = self.windows.get(&window) {
                            webview::try_close(&self.shared, window, &made.view);
                        }
                    }
                    WindowEvent::Resized(_)
                    | WindowEvent::Moved(_)
                    | WindowEvent::Focused(_)
                    | WindowEvent::ScaleFactorChanged { .. } => self.shared.touch(window),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// One look at all queues.
    fn round(&mut self, target: &EventLoopWindowTarget<()>) {
        self.shared.port.lower();
        self.shared.deliver();
        for window in self.shared.committed.borrow().iter() {
            if let Some(made) = self.windows.get_mut(window) {
                made.begin(&self.shared, *window);
            }
        }
        while let Some(command) = self.shared.parts.host.next_command() {
            self.execute(command, target);
        }
        let crashed = std::mem::take(&mut *self.shared.reload.borrow_mut());
        for window in crashed {
            if let Some(window) = self.windows.get(&window) {
                window.apply(&Change::Reload);
            }
        }
        let left = std::mem::take(&mut *self.shared.left.borrow_mut());
        for window in left {
            // The page and the clock both tell it.
            if self.leaving.remove(&window) {
                if let Some(made) = self.windows.get(&window) {
                    webview::detain(&made.view);
                }
                self.destroy(window);
            }
        }
        self.settle();
        self.report();
    }

    fn execute(&mut self, command: HostCommand, target: &EventLoopWindowTarget<()>) {
        tracing::debug!(?command, "execute");
        match command {
            HostCommand::Create(window, spec) => {
                match UiWindow::new(&self.shared, &mut self.context, window, &spec, target) {
                    Ok(made) => self.open(window, made, &spec.url),
                    Err(error) => {
                        self.shared
                            .event(HostEvent::Failed(window, error.to_string()));
                    }
                }
            }
            HostCommand::Change(window, call, change) => self.change(window, call, change),
            HostCommand::Evaluate(window, call, script) => match self.windows.get_mut(&window) {
                Some(made) => made.evaluate(&self.shared, window, call, script),
                None => {
                    let gone = oro_components::host::ScriptError("the window is gone".into());
                    self.shared
                        .event(HostEvent::Evaluated(window, call, Err(gone)));
                }
            },
            HostCommand::Emit(window, script) => {
                if let Some(made) = self.windows.get(&window) {
                    webview::emit(&made.view, &script);
                }
            }
            HostCommand::OpenExternal(url) => webview::open_external(&url),
            HostCommand::Close(window) => self.close(window),
        }
    }

    fn open(&mut self, window: Entity, made: UiWindow, url: &str) {
        if !self.registered {
            self.registered = true;
            if let Some(context) = webview::context(&made.view) {
                scheme::register(&context, &self.shared);
                if let Some(access) = &self.shared.parts.direct {
                    extension::register(&context, access, &self.shared.origin);
                }
            }
        }
        let page = webview::number(&made.view);
        self.shared.event(HostEvent::PageNumber(window, page));
        // Loading first: WebKit starts its processes while the window appears.
        made.load(url);
        made.appear();
        if let Some(id) = made.id() {
            self.by_id.insert(id, window);
        }
        self.shared.event(HostEvent::Created(window, made.facts()));
        self.windows.insert(window, made);
    }

    fn change(&mut self, window: Entity, call: CallId, change: Change) {
        let Some(made) = self.windows.get_mut(&window) else {
            return self.shared.event(HostEvent::Closed(window));
        };
        made.apply(&change);
        let wait = if matches!(change, Change::Navigate(_)) {
            NAVIGATE_MAX
        } else {
            SETTLE_MAX
        };
        self.shared
            .committed
            .borrow_mut()
            .retain(|other| *other != window);
        self.settling.push(Settling {
            window,
            call,
            change,
            until: Instant::now() + wait,
        });
        if !self.ticking.replace(true) {
            let (port, ticking) = (self.shared.port.clone(), Rc::clone(&self.ticking));
            glib::timeout_add_local(SETTLE_INTERVAL, move || {
                port.wake();
                if ticking.get() {
                    glib::ControlFlow::Continue
                } else {
                    glib::ControlFlow::Break
                }
            });
        }
    }

    /// Answers changes that have become visible, or have had their time.
    fn settle(&mut self) {
        if self.settling.is_empty() {
            self.shared.committed.borrow_mut().clear();
            return;
        }
        let now = Instant::now();
        let committed = std::mem::take(&mut *self.shared.committed.borrow_mut());
        let (windows, shared) = (&mut self.windows, &self.shared);
        self.settling.retain(|settling| {
            let Settling {
                window,
                call,
                change,
                until,
            } = settling;
            let Some(made) = windows.get_mut(window) else {
                return false;
            };
            let facts = made.facts();
            let done = match change {
                Change::Navigate(_) => committed.contains(window),
                change => is_done(change, &facts),
            };
            if !done && now < *until {
                return true;
            }
            made.reported = facts;
            shared.event(HostEvent::Settled(*window, *call, facts));
            false
        });
        self.ticking.set(!self.settling.is_empty());
    }

    /// Reports windows that the user or the system changed.
    fn report(&mut self) {
        let dirty = std::mem::take(&mut *self.shared.dirty.borrow_mut());
        for window in dirty {
            let Some(made) = self.windows.get_mut(&window) else {
                continue;
            };
            let facts = made.facts();
            if facts != made.reported {
                made.reported = facts;
                self.shared.event(HostEvent::Changed(window, facts));
            }
        }
    }

    /// Lets the page of a window come to rest, and then takes the window apart.
    ///
    /// WebKit (seen in 2.50.6, `Connection::dispatchSyncStateMessages`) keeps the connection to a
    /// web process for ever, with its thread and descriptors, if a question that the process waits
    /// for has come and is not answered yet when the connection ends. A page that has just run a
    /// script waits for nothing; that it is closed makes its process ask again, which
    /// [`webview::detain`] prevents.
    fn close(&mut self, window: Entity) {
        let Some(made) = self.windows.get(&window) else {
            return self.destroy(window);
        };
        if !self.leaving.insert(window) {
            return;
        }
        let leave = |shared: &Rc<Shared>| {
            let shared = Rc::clone(shared);
            move || {
                shared.left.borrow_mut().push(window);
                shared.port.wake();
            }
        };
        glib::timeout_add_local_once(LEAVE_MAX, leave(&self.shared));
        webview::rest(&made.view, leave(&self.shared));
    }

    fn destroy(&mut self, window: Entity) {
        if let Some(made) = self.windows.remove(&window) {
            if let Some(id) = made.id() {
                self.by_id.remove(&id);
            }
            let cancelled = self.shared.desk.borrow_mut().close(window);
            for cancel in cancelled {
                self.shared.parts.ingress.cancel(&cancel);
            }
            made.destroy();
        }
        self.shared
            .closing
            .borrow_mut()
            .retain(|other| *other != window);
        self.settling.retain(|settling| settling.window != window);
        self.ticking.set(!self.settling.is_empty());
        self.shared.event(HostEvent::Closed(window));
    }

    fn close_all(&mut self) {
        let windows: Vec<Entity> = self.windows.keys().copied().collect();
        for window in windows {
            self.destroy(window);
        }
    }
}

/// Whether a change can be seen.
fn is_done(change: &Change, facts: &Facts) -> bool {
    let geometry = facts.geometry;
    match *change {
        Change::Show => facts.visible,
        Change::Hide => !facts.visible,
        Change::Maximize => facts.maximized,
        Change::Minimize => facts.minimized,
        Change::Restore => !facts.maximized && !facts.minimized,
        Change::Size(width, height) => (geometry.width, geometry.height) == (width, height),
        Change::Position(x, y) => (geometry.x, geometry.y) == (x, y),
        Change::Title(_)
        | Change::Background(_)
        | Change::Navigate(_)
        | Change::Reload
        | Change::Inspect => true,
    }
}
