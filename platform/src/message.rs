//! Script messages with a reply: the fastest way of a call that is all JSON.
//!
//! The channel is open to every frame, foreign ones as well, and says nothing of who calls. A
//! message therefore begins with the secret of the document, which only pages of the app's origin
//! can fetch. The text is `<secret>\n<ipc address>[\n<parameters as JSON>]`.
#![expect(unsafe_code, reason = "the bindings lack script messages with a reply")]

use std::ffi::CString;
use std::fmt;
use std::rc::Rc;

use bevy_ecs::entity::Entity;
use gtk::glib::translate::{ToGlibPtr, from_glib_none};
use gtk::glib::{self, ObjectType, gobject_ffi};
use javascriptcore::{Context, Value, ValueExt};
use javascriptcore_rs_sys::{JSCValue, jsc_value_get_context, jsc_value_new_string_from_bytes};
use oro_engine::envelope;
use oro_engine::request::Address;
use webkit2gtk::{WebView, WebViewExt};
use webkit2gtk_sys::{
    WebKitScriptMessageReply, WebKitUserContentManager, webkit_script_message_reply_ref,
    webkit_script_message_reply_return_error_message, webkit_script_message_reply_return_value,
    webkit_script_message_reply_unref,
    webkit_user_content_manager_register_script_message_handler_with_reply,
};

use crate::scheme::{Answer, AnswerBody, Pending};
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

fn handle(shared: &Rc<Shared>, window: Entity, text: &str, reply: ScriptReply) {
    let (secret, rest) = text.split_once('\n').unwrap_or(("", text));
    if !shared.desk.borrow().knows(window, secret) {
        return reply.reject("SecurityError: the message does not carry this document's secret");
    }
    if rest.len() > MESSAGE_BYTES_MAX {
        return reply.reject("RangeError: the message is too long");
    }
    let (uri, json) = rest.split_once('\n').unwrap_or((rest, ""));
    let address = match Address::parse(uri) {
        Ok(address) => address,
        Err(error) => return reply.reject(&error.message),
    };
    if shared.parts.ingress.is_binary(&address.head.source) {
        return reply.reject("TypeError: this route answers with bytes: call it by the scheme");
    }
    let (id, mut call) = shared.call(window, address);
    if !json.is_empty() {
        call = call.with_body(envelope::JSON, json.as_bytes().to_vec().into());
    }
    let pending = Pending::Message(reply);
    let added = shared
        .desk
        .borrow_mut()
        .add(id, window, call.cancel.clone(), pending);
    if added.is_err() {
        return; // dropping it rejects
    }
    shared.parts.ingress.submit(call);
    shared.deliver();
}

/// Answers a message with what its route made.
pub(crate) fn finish(reply: ScriptReply, answer: Answer) {
    match answer.body {
        AnswerBody::Bytes(bytes) => reply.resolve(&bytes),
        AnswerBody::Pipe(_) => reply.reject("this route answers with a stream"),
    }
}
