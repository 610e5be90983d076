//! A window and its WebView, on the UI thread.

use std::cell::Cell;
use std::rc::Rc;

use bevy_ecs::entity::Entity;
use gtk::prelude::*;
use oro_components::host::{CallId, Change, HostEvent, ScriptError};
use oro_components::window::{Facts, Geometry, Rgba, WindowSpec};
use tao::dpi::{LogicalPosition, LogicalSize};
use tao::event_loop::EventLoopWindowTarget;
use tao::platform::unix::{WindowBuilderExtUnix, WindowExtUnix};
use tao::window::{Fullscreen, Window, WindowBuilder, WindowId};
use wry::{WebContext, WebView};

use crate::ui::Shared;
use crate::webview;

/// Scripts that may wait for the first document of a window.
const EARLY_SCRIPTS_MAX: usize = 1024;

/// Why a window could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WindowError {
    #[error("the system gives no window: {0}")]
    Window(#[from] tao::error::OsError),
    #[error("the system gives no WebView: {0}")]
    WebView(#[from] wry::Error),
    #[error("the window has no room for a WebView")]
    NoRoom,
}

/// What the WebView is shown in.
enum Shell {
    /// A window on the screen.
    Screen(Box<Window>),
    /// A surface in memory that pages take for a window; with the state that it would have.
    Memory(gtk::OffscreenWindow, Cell<Facts>),
}

/// A window and its WebView.
pub(crate) struct UiWindow {
    shell: Shell,
    pub view: WebView,
    /// What the World was last told.
    pub reported: Facts,
    visible: bool,
    /// Scripts that wait for the first document; `None` once it is there.
    early: Option<Vec<(CallId, String)>>,
}

impl UiWindow {
    pub fn new(
        shared: &Rc<Shared>,
        context: &mut WebContext,
        window: Entity,
        spec: &WindowSpec,
        target: &EventLoopWindowTarget<()>,
    ) -> Result<Self, WindowError> {
        let (shell, view) = if shared.parts.config.headless {
            let (width, height) = size(spec, target);
            let surface = gtk::OffscreenWindow::new();
            surface.set_default_size(px(width), px(height));
            let view = webview::build(shared, context, window, spec, &surface)?;
            let geometry = Geometry {
                width,
                height,
                ..Geometry::default()
            };
            (
                Shell::Memory(
                    surface,
                    Cell::new(Facts {
                        geometry,
                        ..Facts::default()
                    }),
                ),
                view,
            )
        } else {
            let made = screen_window(spec, target)?;
            let room = made.default_vbox().ok_or(WindowError::NoRoom)?;
            let view = webview::build(shared, context, window, spec, room)?;
            watch(shared, window, &made);
            (Shell::Screen(Box::new(made)), view)
        };
        Ok(Self {
            shell,
            view,
            reported: Facts::default(),
            visible: spec.visible,
            early: Some(Vec::new()),
        })
    }

    /// The id by which tao names it, if it is on a screen.
    pub fn id(&self) -> Option<WindowId> {
        match &self.shell {
            Shell::Screen(window) => Some(window.id()),
            Shell::Memory(..) => None,
        }
    }

    /// Runs a script, in the first document if that is still to come.
    pub fn evaluate(&mut self, shared: &Rc<Shared>, window: Entity, call: CallId, script: String) {
        match &mut self.early {
            Some(early) if early.len() < EARLY_SCRIPTS_MAX => early.push((call, script)),
            Some(_) => {
                let many = ScriptError("too many scripts wait for the first document".into());
                shared.event(HostEvent::Evaluated(window, call, Err(many)));
            }
            None => webview::evaluate(shared, window, &self.view, call, &script),
        }
    }

    /// Runs what has waited for the first document, which is there now or never comes.
    pub fn begin(&mut self, shared: &Rc<Shared>, window: Entity) {
        for (call, script) in self.early.take().unwrap_or_default() {
            webview::evaluate(shared, window, &self.view, call, &script);
        }
    }

    pub fn load(&self, url: &str) {
        if let Err(error) = self.view.load_url(url) {
            tracing::error!(url, %error, "the page cannot be loaded");
        }
    }

    /// Shows it for the first time, if it is to be shown.
    pub fn appear(&self) {
        if let Shell::Memory(surface, _) = &self.shell {
            // The surface is always there, so that pages run as if they were seen.
            surface.show_all();
        }
        if self.visible {
            self.apply(&Change::Show);
        }
    }

    /// What is true of it at this moment.
    pub fn facts(&self) -> Facts {
        let window = match &self.shell {
            Shell::Memory(_, facts) => return facts.get(),
            Shell::Screen(window) => window,
        };
        let gtk = window.gtk_window();
        let (width, height) = gtk.size();
        let (x, y) = gtk.position();
        Facts {
            geometry: Geometry {
                width: width.unsigned_abs(),
                height: height.unsigned_abs(),
                x,
                y,
            },
            visible: gtk.is_visible(),
            focused: gtk.is_active(),
            minimized: window.is_minimized(),
            maximized: window.is_maximized(),
        }
    }

    /// Begins a change.
    pub fn apply(&self, change: &Change) {
        match change {
            Change::Navigate(url) => return self.load(url),
            Change::Reload => return log(self.view.reload()),
            Change::Background(color) => {
                let Rgba {
                    red,
                    green,
                    blue,
                    alpha,
                } = *color;
                return log(self.view.set_background_color((red, green, blue, alpha)));
            }
            Change::Inspect => return webview::inspect(&self.view),
            _ => {}
        }
        match &self.shell {
            Shell::Screen(window) => apply_on_screen(window, change),
            Shell::Memory(surface, facts) => apply_in_memory(surface, facts, change),
        }
    }

    /// Takes it apart, the WebView first.
    pub fn destroy(self) {
        let Self { shell, view, .. } = self;
        drop(view);
        match shell {
            Shell::Screen(window) => drop(window),
            Shell::Memory(surface, _) => surface.close(),
        }
    }
}

fn log(result: wry::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the WebView refuses a change");
    }
}

fn px(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn screen(target: &EventLoopWindowTarget<()>) -> LogicalSize<u32> {
    let monitor = target
        .primary_monitor()
        .or_else(|| target.available_monitors().next());
    monitor
        .map(|m| m.size().to_logical(m.scale_factor()))
        .unwrap_or_default()
}

fn size(spec: &WindowSpec, target: &EventLoopWindowTarget<()>) -> (u32, u32) {
    let screen = screen(target);
    (
        spec.width.resolve_size(screen.width),
        spec.height.resolve_size(screen.height),
    )
}

fn screen_window(
    spec: &WindowSpec,
    target: &EventLoopWindowTarget<()>,
) -> Result<Window, WindowError> {
    let (width, height) = size(spec, target);
    let limit = |(width, height): (u32, u32), none: u32| {
        let or = |value| if value == 0 { none } else { value };
        let limited = width != 0 || height != 0;
        limited.then(|| LogicalSize::new(or(width), or(height)))
    };
    let mut builder = WindowBuilder::new()
        .with_title(spec.title.clone())
        .with_inner_size(LogicalSize::new(width, height))
        .with_resizable(spec.resizable)
        .with_closable(spec.closable)
        .with_minimizable(spec.minimizable)
        .with_maximizable(spec.maximizable)
        .with_decorations(!spec.frameless)
        .with_always_on_top(spec.always_on_top)
        .with_transparent(spec.transparent)
        .with_maximized(spec.maximized)
        .with_skip_taskbar(spec.utility)
        .with_visible(false);
    if spec.fullscreen {
        builder = builder.with_fullscreen(Some(Fullscreen::Borderless(None)));
    }
    if let Some(min) = limit(spec.min, 1) {
        builder = builder.with_min_inner_size(min);
    }
    if let Some(max) = limit(spec.max, 65_535) {
        builder = builder.with_max_inner_size(max);
    }
    if spec.x.is_some() || spec.y.is_some() {
        let screen = screen(target);
        let x = spec.x.map_or(0, |x| x.resolve(screen.width));
        let y = spec.y.map_or(0, |y| y.resolve(screen.height));
        builder = builder.with_position(LogicalPosition::new(x, y));
    }
    Ok(builder.build(target)?)
}

/// Notes changes that tao does not tell.
fn watch(shared: &Rc<Shared>, window: Entity, made: &Window) {
    let shared = Rc::clone(shared);
    made.gtk_window().connect_window_state_event(move |_, _| {
        shared.touch(window);
        gtk::glib::Propagation::Proceed
    });
}

fn apply_on_screen(window: &Window, change: &Change) {
    match change {
        Change::Show => window.gtk_window().show_all(),
        Change::Hide => window.gtk_window().hide(),
        Change::Maximize => window.set_maximized(true),
        Change::Minimize => window.set_minimized(true),
        Change::Restore => {
            if window.is_minimized() {
                window.set_minimized(false);
            } else {
                window.set_maximized(false);
            }
        }
        Change::Title(title) => window.set_title(title),
        Change::Size(width, height) => window.set_inner_size(LogicalSize::new(*width, *height)),
        Change::Position(x, y) => window.set_outer_position(LogicalPosition::new(*x, *y)),
        Change::Background(_) | Change::Navigate(_) | Change::Reload | Change::Inspect => {}
    }
}

fn apply_in_memory(surface: &gtk::OffscreenWindow, facts: &Cell<Facts>, change: &Change) {
    let mut now = facts.get();
    match *change {
        Change::Show => now.visible = true,
        Change::Hide => now.visible = false,
        Change::Maximize => now.maximized = true,
        Change::Minimize => now.minimized = true,
        Change::Restore => (now.maximized, now.minimized) = (false, false),
        Change::Size(width, height) => {
            (now.geometry.width, now.geometry.height) = (width, height);
            surface.set_default_size(px(width), px(height));
            surface.resize(px(width), px(height));
        }
        Change::Position(x, y) => (now.geometry.x, now.geometry.y) = (x, y),
        _ => {}
    }
    facts.set(now);
}
