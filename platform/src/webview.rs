//! The WebView of a window: how it is made, and scripts that run in it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bevy_ecs::entity::Entity;
use gtk::gio;
use gtk::glib::translate::ToGlibPtr;
use gtk::prelude::*;
use javascriptcore::ValueExt;
use oro_components::host::{CallId, HostEvent, PageEvent, ScriptError};
use oro_components::window::{Rgba, WindowSpec};
use serde_json::Value;
use webkit2gtk::{
    SettingsExt, UserContentInjectedFrames, UserContentManagerExt, UserScript,
    UserScriptInjectionTime, WebInspectorExt, WebProcessTerminationReason, WebViewExt,
};
use wry::{WebContext, WebView, WebViewBuilder, WebViewBuilderExtUnix, WebViewExtUnix};

use crate::ui::Shared;
use crate::{message, policy, preload, syntax};

/// A page whose process dies again within this time is not loaded again.
const RELOAD_INTERVAL_MIN: Duration = Duration::from_secs(10);

/// Makes a WebView without a page, so that schemes can still be registered.
pub(crate) fn build(
    shared: &Rc<Shared>,
    context: &mut WebContext,
    window: Entity,
    spec: &WindowSpec,
    room: &impl IsA<gtk::Container>,
) -> wry::Result<WebView> {
    let config = &shared.parts.config;
    let Rgba {
        red,
        green,
        blue,
        alpha,
    } = spec.background;
    let mut builder = WebViewBuilder::new_with_web_context(context)
        .with_devtools(config.inspectable)
        .with_transparent(spec.transparent)
        .with_clipboard(
            !config
                .permissions_denied
                .iter()
                .any(|denied| denied == "clipboard"),
        );
    if !spec.transparent {
        builder = builder.with_background_color((red, green, blue, alpha));
    }
    let made = builder.build_gtk(room)?;
    let view = made.webview();
    if let Some(settings) = WebViewExt::settings(&view) {
        let base = config
            .user_agent
            .clone()
            .or_else(|| settings.user_agent().map(Into::into));
        let brand = format!("OroRuntime/{}", config.version);
        let agent = base.map_or_else(|| brand.clone(), |base| format!("{base} {brand}"));
        settings.set_user_agent(Some(&agent));
        settings.set_enable_write_console_messages_to_stdout(false);
    }
    let pointer: *mut webkit2gtk::ffi::WebKitWebView = view.to_glib_none().0;
    shared.desk.borrow_mut().open(window, pointer as usize);
    inject(shared, &view, spec);
    message::attach(shared, window, &view);
    policy::attach(shared, window, &view);
    attach(shared, window, &view);
    Ok(made)
}

/// Adds the preload and the window's own script to documents of the app, in all frames.
fn inject(shared: &Shared, view: &webkit2gtk::WebView, spec: &WindowSpec) {
    let Some(manager) = view.user_content_manager() else {
        return;
    };
    let preload = preload::source(&shared.parts, spec);
    let allowed = format!("{}/*", shared.origin);
    for source in std::iter::once(preload.as_str()).chain(spec.user_script.as_deref()) {
        manager.add_script(&UserScript::new(
            source,
            UserContentInjectedFrames::AllFrames,
            UserScriptInjectionTime::Start,
            &[allowed.as_str()],
            &[],
        ));
    }
}

fn attach(shared: &Rc<Shared>, window: Entity, view: &webkit2gtk::WebView) {
    let own = Rc::clone(shared);
    view.connect_title_notify(move |view| {
        let title = view.title().map(String::from).unwrap_or_default();
        own.event(HostEvent::Page(window, PageEvent::Title(title)));
    });
    disown_close(view);
    let own = Rc::clone(shared);
    view.connect_close(move |_| {
        own.closing.borrow_mut().retain(|other| *other != window);
        own.event(HostEvent::CloseRequested(window));
    });
    let own = Rc::clone(shared);
    let last = Cell::new(None::<Instant>);
    view.connect_web_process_terminated(move |_, reason| {
        own.forget_document(window);
        let reason = match reason {
            WebProcessTerminationReason::ExceededMemoryLimit => "exceeded-memory-limit",
            WebProcessTerminationReason::TerminatedByApi => "terminated",
            _ => "crashed",
        };
        own.event(HostEvent::Page(window, PageEvent::Crashed(reason)));
        let now = Instant::now();
        let before = last.replace(Some(now));
        if before.is_none_or(|before| now - before > RELOAD_INTERVAL_MIN) {
            own.reload.borrow_mut().push(window);
            own.port.wake();
        }
    });
}

/// wry destroys a view that is to be closed, before anybody hears of it.
#[expect(unsafe_code, reason = "the bindings disconnect by identifiers only")]
fn disown_close(view: &webkit2gtk::WebView) {
    use gtk::glib::{gobject_ffi, prelude::*, translate::IntoGlib};
    use std::ptr::null_mut;
    // SAFETY: the view is alive, and its class has a signal of this name, which ends with a zero
    // byte. Only handlers of this signal are matched; the closures that they own are released.
    unsafe {
        let kind = webkit2gtk::WebView::static_type().into_glib();
        let signal = gobject_ffi::g_signal_lookup(c"close".as_ptr(), kind);
        let (object, mask) = (view.as_ptr().cast(), gobject_ffi::G_SIGNAL_MATCH_ID);
        loop {
            let found = gobject_ffi::g_signal_handler_find(
                object,
                mask,
                signal,
                0,
                null_mut(),
                null_mut(),
                null_mut(),
            );
            if found == 0 {
                break;
            }
            gobject_ffi::g_signal_handler_disconnect(object, found);
        }
    }
}

/// The user asks to close the window: its page may prevent that, in `beforeunload`. One that does
/// not answer loses its say when the user asks again.
pub(crate) fn try_close(shared: &Shared, window: Entity, view: &WebView) {
    let asked = shared.closing.borrow().contains(&window);
    if asked {
        shared.event(HostEvent::CloseRequested(window));
    } else {
        shared.closing.borrow_mut().push(window);
        view.webview().try_close();
    }
}

/// The context that all WebViews share.
pub(crate) fn context(view: &WebView) -> Option<webkit2gtk::WebContext> {
    WebViewExt::context(&view.webview())
}

/// The number by which web processes know the page.
pub(crate) fn number(view: &WebView) -> u64 {
    view.webview().page_id()
}

/// Runs a script whose result nobody asks for.
pub(crate) fn emit(view: &WebView, script: &str) {
    let view = view.webview();
    view.evaluate_javascript(script, None, None, gio::Cancellable::NONE, |result| {
        if let Err(error) = result {
            tracing::debug!(%error, "a script for a page failed");
        }
    });
}

/// Ends what the page loads, and tells when its process has done what it had to do until now, or
/// is gone.
pub(crate) fn rest(view: &WebView, done: impl FnOnce() + 'static) {
    let view = view.webview();
    view.stop_loading();
    view.evaluate_javascript("0", None, None, gio::Cancellable::NONE, |_| done());
}

/// Keeps the process of a page that is destroyed next too busy to ask anything before its connection
/// ends, and it with that.
pub(crate) fn detain(view: &WebView) {
    let wait = "for (const end = performance.now() + 100; performance.now() < end;);";
    // In a world of its own, where the page has replaced nothing.
    let none = gio::Cancellable::NONE;
    view.webview()
        .evaluate_javascript(wait, Some("oro-close"), None, none, |_| ());
}

/// Runs a script and reports the value of its last expression; if that is all that the script is,
/// a promise is awaited.
pub(crate) fn evaluate(
    shared: &Rc<Shared>,
    window: Entity,
    view: &WebView,
    call: CallId,
    script: &str,
) {
    let shared = Rc::clone(shared);
    let report = move |result: Result<javascriptcore::Value, gtk::glib::Error>| {
        let result = match result {
            Ok(value) => json(&value),
            Err(error) => Err(ScriptError(error.message().to_owned())),
        };
        shared.event(HostEvent::Evaluated(window, call, result));
    };
    let view = view.webview();
    let body = format!("return (\n{script}\n)");
    let function = format!("(async function () {{ {body} }})");
    let none = gio::Cancellable::NONE;
    if syntax::is_script(&function) {
        view.call_async_javascript_function(&body, None, None, None, none, report);
    } else {
        view.evaluate_javascript(script, None, None, none, report);
    }
}

fn json(value: &javascriptcore::Value) -> Result<Value, ScriptError> {
    if value.is_undefined() {
        return Ok(Value::Null);
    }
    let text = value.to_json(0).map(String::from).unwrap_or_default();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| ScriptError(error.to_string()))
}

/// Opens the inspector.
pub(crate) fn inspect(view: &WebView) {
    if let Some(inspector) = view.webview().inspector() {
        inspector.show();
    }
}

/// Gives an address to the program that the user's system has for it.
pub(crate) fn open_external(url: &str) {
    let launched = gio::AppInfo::launch_default_for_uri(url, gio::AppLaunchContext::NONE);
    if let Err(error) = launched {
        tracing::warn!(url, %error, "the address could not be opened");
    }
}
