//! Script messages with a reply: the fastest way of calls that are all JSON, where there is no
//! direct bridge.
//!
//! The channel is open to every frame, foreign ones as well, and says nothing of who calls. A
//! message therefore begins with the secret of the document, which only pages of the app's origin
//! can fetch. The text is `<secret>\n<channel>\n<entries>`: the channel is a number that tells the
//! documents of a window apart; the entries are a JSON array of calls `[seq, address, parameters]`
//! and cancellations `[seq]`.
//!
//! A reply is a JSON array of `[seq, envelope]`: all answers that are there, whichever message
//! their calls came in. Bytes and streams wait as queued responses, and the envelope has their id.
#![expect(unsafe_code, reason = "the bindings lack script messages with a reply")]

use std::borrow::Cow;
use std::ffi::CString;
use std::fmt;
use std::rc::Rc;

use bevy_ecs::entity::Entity;
use gtk::glib::translate::{ToGlibPtr, from_glib_none};
use gtk::glib::{self, ObjectType, gobject_ffi};
use javascriptcore::{Context, Value, ValueExt};
use javascriptcore_rs_sys::{JSCValue, jsc_value_get_context, jsc_value_new_string_from_bytes};
use oro_engine::envelope::{self, JSON};
use oro_engine::error::RouteError;
use oro_engine::request::{Address, Head};
use serde::Deserialize;
use serde_json::value::RawValue;
use webkit2gtk::{WebView, WebViewExt};
use webkit2gtk_sys::{
    WebKitScriptMessageReply, WebKitUserContentManager, webkit_script_message_reply_ref,
    webkit_script_message_reply_return_error_message, webkit_script_message_reply_return_value,
    webkit_script_message_reply_unref,
    webkit_user_content_manager_register_script_message_handler_with_reply,
};

use crate::scheme::{Answer, ChannelId, PENDING_MAX, Pending};
use crate::ui::Shared;

/// Messages longer than this are refused; bytes go by the scheme.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// The way back to a page that sent a message. Dropped unused, it rejects the page's promise.
pub(crate) struct ScriptReply {
    reply: *mut WebKitScriptMessageReply,
    context: Context,
    used: bool,
}

impl fmt::Debug for ScriptReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScriptReply")
    }
}

impl ScriptReply {
    /// Resolves the promise with a text.
    pub fn resolve(mut self, text: &[u8]) {
        self.used = true;
        let bytes = glib::Bytes::from(text);
        // SAFETY: `reply` is a live reference that this struct owns and was not used before; the
        // new value is owned here and released after WebKit has taken its own reference.
        unsafe {
            let context = self.context.to_glib_none().0;
            let value = jsc_value_new_string_from_bytes(context, bytes.to_glib_none().0);
            webkit_script_message_reply_return_value(self.reply, value);
            gobject_ffi::g_object_unref(value.cast());
        }
    }

    /// Rejects the promise.
    pub fn reject(mut self, message: &str) {
        self.fail(message);
    }

    fn fail(&mut self, message: &str) {
        self.used = true;
        let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
        // SAFETY: as in `resolve`; WebKit copies the message.
        unsafe { webkit_script_message_reply_return_error_message(self.reply, message.as_ptr()) };
    }
}

impl Drop for ScriptReply {
    fn drop(&mut self) {
        if !self.used {
            self.fail("The operation was aborted");
        }
        // SAFETY: the reference that `receive` took is given back, once.
        unsafe { webkit_script_message_reply_unref(self.reply) };
    }
}

/// Opens the channel of a window's page, under the name `oro`.
pub(crate) fn attach(shared: &Rc<Shared>, window: Entity, view: &WebView) {
    let Some(manager) = view.user_content_manager() else {
        tracing::error!("the WebView has no content manager: calls go by the scheme");
        return;
    };
    let data = Box::into_raw(Box::new(Channel {
        shared: Rc::clone(shared),
        window,
    }));
    let handler: unsafe extern "C" fn(_, _, _, _) -> _ = receive;
    // SAFETY: the handler has the signature of the signal; `data` lives until `release` is called
    // with it, when the manager goes with its WebView. The names end with a zero byte.
    let registered = unsafe {
        gobject_ffi::g_signal_connect_data(
            manager.as_ptr().cast(),
            c"script-message-with-reply-received::oro".as_ptr(),
            Some(std::mem::transmute::<*const (), unsafe extern "C" fn()>(
                handler as *const (),
            )),
            data.cast(),
            Some(release),
            0,
        );
        webkit_user_content_manager_register_script_message_handler_with_reply(
            manager.as_ptr(),
            c"oro".as_ptr(),
            std::ptr::null(),
        )
    };
    if registered == 0 {
        tracing::error!("the script-message channel is taken: calls go by the scheme");
    }
}

struct Channel {
    shared: Rc<Shared>,
    window: Entity,
}

unsafe extern "C" fn release(data: glib::ffi::gpointer, _: *mut gobject_ffi::GClosure) {
    // SAFETY: GLib calls this once, with the pointer that `attach` made of a box.
    drop(unsafe { Box::from_raw(data.cast::<Channel>()) });
}

unsafe extern "C" fn receive(
    _: *mut WebKitUserContentManager,
    value: *mut JSCValue,
    reply: *mut WebKitScriptMessageReply,
    data: *mut Channel,
) -> glib::ffi::gboolean {
    // SAFETY: WebKit passes live objects and the data that was connected, which lives as long as
    // the connection; the reference to `reply` is the struct's own.
    let (channel, value, reply) = unsafe {
        let context: Context = from_glib_none(jsc_value_get_context(value));
        let value: Value = from_glib_none(value);
        let reply = webkit_script_message_reply_ref(reply);
        (
            &*data,
            value,
            ScriptReply {
                reply,
                context,
                used: false,
            },
        )
    };
    if !value.is_string() {
        reply.reject("a message is a text");
        return 1;
    }
    handle(&channel.shared, channel.window, &value.to_str(), reply);
    1
}

/// A call, or the cancellation of one, which has no address.
#[derive(Deserialize)]
struct Entry<'a>(
    u32,
    #[serde(default, borrow)] Option<Cow<'a, str>>,
    #[serde(default, borrow)] Option<&'a RawValue>,
);

/// Takes a message apart; a refusal is one of all that is in it.
fn parse<'a>(
    shared: &Shared,
    window: Entity,
    text: &'a str,
) -> Result<(u32, Vec<Entry<'a>>), String> {
    let (secret, rest) = text.split_once('\n').unwrap_or(("", text));
    if !shared.desk.borrow().knows(window, secret) {
        let reason = "SecurityError: the message does not carry this document's secret";
        return Err(reason.to_owned());
    }
    if rest.len() > MESSAGE_BYTES_MAX {
        return Err("RangeError: the message is too long".to_owned());
    }
    let (channel, entries) = rest.split_once('\n').unwrap_or((rest, ""));
    let channel = channel.parse();
    let channel =
        channel.map_err(|error| format!("TypeError: the channel is no number: {error}"))?;
    let entries = serde_json::from_str(entries);
    let entries =
        entries.map_err(|error| format!("SyntaxError: the message is broken: {error}"))?;
    Ok((channel, entries))
}

fn handle(shared: &Rc<Shared>, window: Entity, text: &str, reply: ScriptReply) {
    let (channel, entries) = match parse(shared, window, text) {
        Ok(parsed) => parsed,
        Err(reason) => return reply.reject(&reason),
    };
    for Entry(seq, address, params) in entries {
        match address {
            None => cancel(shared, (window, channel), seq),
            Some(address) => call(shared, (window, channel), seq, &address, params),
        }
    }
    let parked = shared.desk.borrow_mut().park((window, channel), reply);
    if let Err(reply) = parked {
        return reply.reject("QuotaExceededError: too many frames call at once");
    }
    // Refusals and pure routes were answered at once.
    shared.deliver();
}

fn cancel(shared: &Shared, channel: ChannelId, seq: u32) {
    let cancelled = shared.desk.borrow_mut().cancel(channel, seq);
    if let Some(token) = cancelled {
        shared.parts.ingress.cancel(&token);
    }
}

fn call(shared: &Shared, channel: ChannelId, seq: u32, address: &str, params: Option<&RawValue>) {
    let refuse = |head: &Head, error: &RouteError| {
        let envelope = envelope::error(head, error);
        shared.desk.borrow_mut().answer(channel, seq, &envelope);
    };
    let address = match Address::parse(address) {
        Ok(address) => address,
        Err(error) => {
            let head = Head {
                seq: "0".into(),
                ..Head::default()
            };
            return refuse(&head, &error);
        }
    };
    let head = address.head.clone();
    let (window, responses) = (channel.0, shared.parts.responses.clone());
    let (id, mut call) = shared.call(window, address, move |response| {
        Answer::in_envelope(response, window, &responses)
    });
    if let Some(params) = params {
        call = call.with_body(JSON, params.get().to_owned().into());
    }
    let pending = Pending::Message(channel, seq);
    let added = shared
        .desk
        .borrow_mut()
        .add(id, window, call.cancel.clone(), pending);
    match added {
        Ok(()) => shared.parts.ingress.submit(call),
        Err(_) => refuse(&head, &RouteError::busy("open requests", PENDING_MAX)),
    }
}

/// Sends the answers that are there to the documents that wait for them.
pub(crate) fn flush(shared: &Shared) {
    let due = shared.desk.borrow_mut().due();
    for (reply, text) in due {
        reply.resolve(text.as_bytes());
    }
}
