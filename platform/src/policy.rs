//! Where pages may go, and what they may use.

use std::rc::Rc;

use bevy_ecs::entity::Entity;
use gtk::prelude::*;
use oro_components::host::{HostConfig, HostEvent, Navigation, PageEvent};
use webkit2gtk::{
    DeviceInfoPermissionRequest, GeolocationPermissionRequest, LoadEvent,
    MediaKeySystemPermissionRequest, NavigationAction, NavigationPolicyDecision,
    NavigationPolicyDecisionExt, NotificationPermissionRequest, PermissionRequest,
    PermissionRequestExt, PolicyDecision, PolicyDecisionExt, PolicyDecisionType,
    ResponsePolicyDecision, ResponsePolicyDecisionExt, ScriptDialog, ScriptDialogType,
    URIRequestExt, UserMediaPermissionRequest, UserMediaPermissionRequestExt, WebView, WebViewExt,
    WebsiteDataAccessPermissionRequest,
};

use crate::ui::Shared;

/// Watches where a window's page goes.
pub(crate) fn attach(shared: &Rc<Shared>, window: Entity, view: &WebView) {
    let own = Rc::clone(shared);
    view.connect_load_changed(move |view, event| load_changed(&own, window, view, event));
    let own = Rc::clone(shared);
    view.connect_load_failed(move |_, _, url, error| {
        own.committed.borrow_mut().push(window);
        own.port.wake();
        let stays = own.parts.config.navigation(url) != Navigation::Allowed;
        // Loads that we or the page gave up are no failures.
        if !stays
            && !error.matches(webkit2gtk::NetworkError::Cancelled)
            && !error.matches(webkit2gtk::PolicyError::FrameLoadInterruptedByPolicyChange)
        {
            let failed = PageEvent::LoadFailed(url.to_owned(), error.message().to_owned());
            own.event(HostEvent::Page(window, failed));
        }
        // WebKit's page about the failure would have the address that was refused.
        stays
    });
    let own = Rc::clone(shared);
    view.connect_decide_policy(move |_, decision, kind| decide(&own, window, decision, kind));
    let own = Rc::clone(shared);
    view.connect_create(move |_, action| {
        // No window opens by itself: a page asks `window.create`. The system's browser may.
        if let Some(url) = url_of(action) {
            go_elsewhere(&own, window, &url);
        }
        None
    });
    let own = Rc::clone(shared);
    view.connect_permission_request(move |view, request| permit(&own, view, request));
    let own = Rc::clone(shared);
    view.connect_script_dialog(move |_, dialog| answer_dialog(&own, window, dialog));
}

fn url_of(action: &NavigationAction) -> Option<String> {
    action
        .clone()
        .request()
        .and_then(|request| request.uri())
        .map(|url| url.to_string())
}

/// A page wants to leave: the user's system may take it, or nobody.
fn go_elsewhere(shared: &Shared, window: Entity, url: &str) {
    let event = match shared.parts.config.navigation(url) {
        Navigation::External => PageEvent::External(url.to_owned()),
        Navigation::Allowed | Navigation::Refused => PageEvent::Refused(url.to_owned()),
    };
    shared.event(HostEvent::Page(window, event));
}

fn load_changed(shared: &Rc<Shared>, window: Entity, view: &WebView, event: LoadEvent) {
    let url = view.uri().map(|url| url.to_string()).unwrap_or_default();
    match event {
        // WebKit does not say which frame a navigation is for, but this signal is of the top frame
        // alone.
        LoadEvent::Started | LoadEvent::Redirected
            if shared.parts.config.navigation(&url) != Navigation::Allowed =>
        {
            view.stop_loading();
            go_elsewhere(shared, window, &url);
        }
        LoadEvent::Committed => {
            shared.forget_document(window);
            shared.event(HostEvent::Page(window, PageEvent::Committed(url)));
            shared.committed.borrow_mut().push(window);
            shared.port.wake();
        }
        LoadEvent::Finished => shared.event(HostEvent::Page(window, PageEvent::Loaded(url))),
        _ => {}
    }
}

/// Refuses what no frame may load, and top frames that must not leave the app.
fn decide(
    shared: &Shared,
    window: Entity,
    decision: &PolicyDecision,
    kind: PolicyDecisionType,
) -> bool {
    let config = &shared.parts.config;
    if kind == PolicyDecisionType::Response {
        let Some(response) = decision.downcast_ref::<ResponsePolicyDecision>() else {
            return false;
        };
        let url = response
            .request()
            .and_then(|request| request.uri())
            .unwrap_or_default();
        let leaves = config.navigation(&url) != Navigation::Allowed;
        if response.is_main_frame_main_resource() && leaves {
            decision.ignore();
            return true;
        }
        return false;
    }
    let Some(navigation) = decision.downcast_ref::<NavigationPolicyDecision>() else {
        return false;
    };
    let url = navigation
        .navigation_action()
        .and_then(|action| action.request().and_then(|request| request.uri()));
    let url = url.unwrap_or_default();
    if is_local(&url) && config.navigation(&url) != Navigation::Allowed {
        shared.event(HostEvent::Page(window, PageEvent::Refused(url.to_string())));
        decision.ignore();
        return true;
    }
    false
}

/// Addresses that not even a frame may have.
fn is_local(url: &str) -> bool {
    let scheme = url
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(
        scheme.as_deref(),
        Some("file" | "ipc" | "node" | "resource" | "webkit")
    )
}

/// Which permissions of the configuration a request needs.
fn permissions(request: &PermissionRequest) -> Vec<&'static str> {
    if let Some(media) = request.downcast_ref::<UserMediaPermissionRequest>() {
        let mut needed = vec!["user_media"];
        if media.is_for_audio_device() {
            needed.push("microphone");
        }
        if media.is_for_video_device() {
            needed.push("camera");
        }
        return needed;
    }
    if request.is::<GeolocationPermissionRequest>() {
        vec!["geolocation"]
    } else if request.is::<NotificationPermissionRequest>() {
        vec!["notifications"]
    } else if request.is::<DeviceInfoPermissionRequest>() {
        vec!["device_info"]
    } else if request.is::<MediaKeySystemPermissionRequest>() {
        vec!["media_key_system"]
    } else if request.is::<WebsiteDataAccessPermissionRequest>() {
        vec!["data_access"]
    } else {
        Vec::new()
    }
}

/// Grants what the configuration allows, to pages of the app alone.
fn permit(shared: &Shared, view: &WebView, request: &PermissionRequest) -> bool {
    let config: &HostConfig = &shared.parts.config;
    let denied = |permission: &&str| config.permissions_denied.iter().any(|d| d == permission);
    let url = view.uri().unwrap_or_default();
    let ours = url
        .strip_prefix(shared.origin.as_str())
        .is_some_and(|rest| rest.starts_with('/'));
    if ours && !permissions(request).iter().any(denied) {
        request.allow();
    } else {
        request.deny();
    }
    true
}

/// A page that prevents the closing of its window does so without a dialog: it shows its own.
///
/// Nobody sees a dialog of a headless app: it is answered as if it were dismissed. A page that is
/// asked whether it may be left may be.
fn answer_dialog(shared: &Shared, window: Entity, dialog: &ScriptDialog) -> bool {
    let mut closing = shared.closing.borrow_mut();
    let asked = closing.iter().position(|other| *other == window);
    if let Some(at) = asked
        && dialog.dialog_type() == ScriptDialogType::BeforeUnloadConfirm
    {
        closing.swap_remove(at);
        dialog.confirm_set_confirmed(false);
        return true;
    }
    if !shared.parts.config.headless {
        return false;
    }
    match dialog.dialog_type() {
        ScriptDialogType::BeforeUnloadConfirm => dialog.confirm_set_confirmed(true),
        ScriptDialogType::Confirm => dialog.confirm_set_confirmed(false),
        _ => {}
    }
    tracing::info!(
        message = dialog.message().as_deref(),
        "a dialog was dismissed"
    );
    true
}
