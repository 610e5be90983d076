//! The schemes of the app's pages: `ipc:` for calls, `oro:` for resources and modules, `node:` for
//! modules with Node's names.
//!
//! They are registered on the WebKit context itself, because wry's own handlers can neither stream
//! nor parse `import 'oro:fs'`.

mod answer;
mod app;
mod body;
mod desk;
mod endpoint;
mod ipc;
mod respond;

use std::rc::Rc;

use webkit2gtk::{SecurityManagerExt, WebContext, WebContextExt};

pub(crate) use answer::Answer;
pub(crate) use app::finish as finish_resource;
pub(crate) use desk::{ChannelId, Desk, PENDING_MAX, Pending};
pub(crate) use endpoint::{EndpointAnswer, finish as finish_endpoint};
pub(crate) use ipc::finish;
pub(crate) use respond::ANSWERS_INCREMENTALLY;

use crate::ui::Shared;

/// Registers the schemes. Must come before the first page is loaded.
pub(crate) fn register(context: &WebContext, shared: &Rc<Shared>) {
    if let Some(security) = context.security_manager() {
        for scheme in ["ipc", "oro", "node"] {
            // Secure, so that pages have `crypto.subtle` and the like.
            security.register_uri_scheme_as_secure(scheme);
            security.register_uri_scheme_as_cors_enabled(scheme);
        }
    }
    let ipc = Rc::clone(shared);
    context.register_uri_scheme("ipc", move |request| ipc::handle(&ipc, request));
    let app = Rc::clone(shared);
    context.register_uri_scheme("oro", move |request| app::handle(&app, request));
    let node = Rc::clone(shared);
    context.register_uri_scheme("node", move |request| app::handle_node(&node, request));
}
