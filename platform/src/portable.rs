//! The UI thread on systems without WebKitGTK: wry's own custom protocols and an import map.
//!
//! It offers less than the Linux one: bodies arrive whole (wry cannot stream), there is no
//! script-message channel (pages then call by the scheme), and the system may not tell when a
//! change is done, so that it is answered as soon as it was asked for. **It is compiled and tried
//! on Linux, with the feature `portable`, and untested on the systems that it is for.**

use std::collections::HashMap;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use crossbeam::channel::Receiver;
use oro_components::endpoint::{
    BodyError, EndpointBody, EndpointRequest, EndpointResponder, EndpointResponse, Endpoints,
};
use oro_components::host::{Change, HostCommand, HostEvent, Navigation, PageEvent, ScriptError};
use oro_components::resource::{ResourceBody, ResourceRequest, ResourceResponse};
use oro_components::window::{Facts, Geometry, WindowSpec};
use oro_engine::cancel::CancelToken;
use oro_engine::envelope::{self, Body, JSON, Wire};
use oro_engine::error::RouteError;
use oro_engine::job::Lane;
use oro_engine::request::{Address, Client, Head, Request, Response};
use oro_engine::stream::{ByteStream, Next};
use parking_lot::Mutex;
use serde_json::Value;
use tao::dpi::{LogicalPosition, LogicalSize};
use tao::event::{Event, WindowEvent};
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopWindowTarget};
use tao::platform::run_return::EventLoopExtRunReturn;
use tao::window::{Window, WindowBuilder, WindowId};
use wry::http;
use wry::{
    NewWindowResponse, PageLoadEvent, RequestAsyncResponder, WebContext, WebView, WebViewBuilder,
};

use crate::port::{Message, Port};
use crate::preload;
use crate::run::Parts;
use crate::site::{Proof, SCRIPT, Target, common, missing, query_and_key, reexport, target};

/// Whether bodies reach pages while they are made: wry takes whole ones only.
pub(crate) const ANSWERS_INCREMENTALLY: bool = false;

/// Why there can be no windows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UiError {}

struct UiWindow {
    window: Window,
    view: WebView,
    reported: Facts,
}

struct Ui {
    parts: Arc<Parts>,
    port: Port,
    context: WebContext,
    windows: HashMap<Entity, UiWindow>,
    by_id: HashMap<WindowId, Entity>,
    quit: bool,
}

/// Runs the UI thread until the World ends.
pub(crate) fn run(port: &Port, parts: &Receiver<Parts>) -> Result<(), UiError> {
    let mut event_loop = EventLoopBuilder::<()>::with_user_event().build();
    let Ok(parts) = parts.recv() else {
        return Ok(());
    };
    let monitor = event_loop
        .primary_monitor()
        .or_else(|| event_loop.available_monitors().next());
    let screen = monitor
        .map(|m| m.size().to_logical::<u32>(m.scale_factor()))
        .unwrap_or_default();
    let context = WebContext::new(parts.config.data_dir.clone());
    let mut ui = Ui {
        parts: Arc::new(parts),
        port: port.clone(),
        context,
        windows: HashMap::new(),
        by_id: HashMap::new(),
        quit: false,
    };
    ui.event(HostEvent::Attached {
        width: screen.width,
        height: screen.height,
    });
    port.attach(event_loop.create_proxy());
    event_loop.run_return(|event, target, flow| {
        *flow = ControlFlow::Wait;
        ui.handle(event, target);
        if ui.quit {
            *flow = ControlFlow::Exit;
        }
    });
    if !ui.quit {
        let _ = ui.parts.event_loop.destroy();
    }
    Ok(())
}

fn report(parts: &Parts, event: HostEvent) {
    if let Err(lost) = parts.host.event(event) {
        tracing::error!(?lost, "the World does not read its events");
    }
}

impl Ui {
    fn event(&self, event: HostEvent) {
        report(&self.parts, event);
    }

    fn handle(&mut self, event: Event<'_, ()>, target: &EventLoopWindowTarget<()>) {
        match event {
            Event::UserEvent(()) => {
                self.port.lower();
                while let Some(message) = self.port.next() {
                    let Message::Quit = message;
                    self.quit = true;
                }
                while let Some(command) = self.parts.host.next_command() {
                    self.execute(command, target);
                }
            }
            Event::WindowEvent {
                window_id, event, ..
            } => {
                let Some(entity) = self.by_id.get(&window_id).copied() else {
                    return;
                };
                if matches!(event, WindowEvent::CloseRequested) {
                    return self.event(HostEvent::CloseRequested(entity));
                }
                let Some(made) = self.windows.get_mut(&entity) else {
                    return;
                };
                let facts = facts(&made.window);
                if facts != made.reported {
                    made.reported = facts;
                    self.event(HostEvent::Changed(entity, facts));
                }
            }
            _ => {}
        }
    }

    fn execute(&mut self, command: HostCommand, target: &EventLoopWindowTarget<()>) {
        match command {
            HostCommand::Create(entity, spec) => match self.create(entity, &spec, target) {
                Ok(facts) => self.event(HostEvent::Created(entity, facts)),
                Err(error) => self.event(HostEvent::Failed(entity, error)),
            },
            HostCommand::Change(entity, call, change) => {
                let Some(made) = self.windows.get_mut(&entity) else {
                    return;
                };
                apply(made, &change);
                let facts = facts(&made.window);
                made.reported = facts;
                self.event(HostEvent::Settled(entity, call, facts));
            }
            HostCommand::Evaluate(entity, call, script) => {
                let Some(made) = self.windows.get(&entity) else {
                    let gone = ScriptError("the window is gone".into());
                    return self.event(HostEvent::Evaluated(entity, call, Err(gone)));
                };
                let parts = Arc::clone(&self.parts);
                let script = format!(
                    "(()=>{{try{{return{{value:(0,eval)({})??null}}}}catch(e){{return{{error:\
                     String(e)}}}}}})()",
                    Value::from(script)
                );
                let done = move |json: String| {
                    report(&parts, HostEvent::Evaluated(entity, call, result(&json)));
                };
                log(made.view.evaluate_script_with_callback(&script, done));
            }
            HostCommand::Emit(entity, script) => {
                if let Some(made) = self.windows.get(&entity) {
                    log(made.view.evaluate_script(&script));
                }
            }
            HostCommand::OpenExternal(url) => open_external(&url),
            HostCommand::Close(entity) => {
                if let Some(made) = self.windows.remove(&entity) {
                    self.by_id.remove(&made.window.id());
                }
                self.event(HostEvent::Closed(entity));
            }
        }
    }

    fn create(
        &mut self,
        entity: Entity,
        spec: &WindowSpec,
        target: &EventLoopWindowTarget<()>,
    ) -> Result<Facts, String> {
        let monitor = target
            .primary_monitor()
            .or_else(|| target.available_monitors().next());
        let screen = monitor.map(|m| m.size().to_logical::<u32>(m.scale_factor()));
        let screen = screen.unwrap_or_default();
        let size = LogicalSize::new(
            spec.width.resolve_size(screen.width),
            spec.height.resolve_size(screen.height),
        );
        let window = WindowBuilder::new()
            .with_title(spec.title.clone())
            .with_inner_size(size)
            .with_resizable(spec.resizable)
            .with_closable(spec.closable)
            .with_decorations(!spec.frameless)
            .with_always_on_top(spec.always_on_top)
            .with_transparent(spec.transparent)
            .with_visible(spec.visible && !self.parts.config.headless)
            .build(target)
            .map_err(|error| error.to_string())?;
        let view = self
            .view(entity, spec, &window)
            .map_err(|error| error.to_string())?;
        self.by_id.insert(window.id(), entity);
        let mut facts = facts(&window);
        facts.visible = spec.visible;
        self.windows.insert(
            entity,
            UiWindow {
                window,
                view,
                reported: facts,
            },
        );
        Ok(facts)
    }

    fn view(&mut self, entity: Entity, spec: &WindowSpec, window: &Window) -> wry::Result<WebView> {
        let parts = &self.parts;
        let (ipc, app) = (Arc::clone(parts), Arc::clone(parts));
        let (loads, moves, opens) = (Arc::clone(parts), Arc::clone(parts), Arc::clone(parts));
        let mut script = preload::source(parts, spec);
        script.push_str(&import_map(parts));
        script.push_str(spec.user_script.as_deref().unwrap_or_default());
        WebViewBuilder::new_with_web_context(&mut self.context)
            .with_devtools(parts.config.inspectable)
            .with_transparent(spec.transparent)
            .with_initialization_script_for_main_only(script, false)
            .with_asynchronous_custom_protocol("ipc".into(), move |_, request, responder| {
                call(&ipc, entity, request, responder);
            })
            .with_asynchronous_custom_protocol("oro".into(), move |_, request, responder| {
                serve(&app, entity, &request, responder);
            })
            .with_on_page_load_handler(move |event, url| {
                let event = match event {
                    PageLoadEvent::Started => PageEvent::Committed(url),
                    PageLoadEvent::Finished => PageEvent::Loaded(url),
                };
                report(&loads, HostEvent::Page(entity, event));
            })
            .with_navigation_handler(move |url| may_go(&moves, entity, url))
            .with_new_window_req_handler(move |url, _| {
                may_go(&opens, entity, url);
                NewWindowResponse::Deny
            })
            .with_url(&spec.url)
            .build(window)
    }
}

/// Whether a window may go to an address; elsewhere the user's system may take it.
fn may_go(parts: &Parts, entity: Entity, url: String) -> bool {
    let event = match parts.config.navigation(&url) {
        Navigation::Allowed => return true,
        Navigation::External => PageEvent::External(url),
        Navigation::Refused => PageEvent::Refused(url),
    };
    report(parts, HostEvent::Page(entity, event));
    false
}

/// Names of modules are no addresses here: a map makes them such.
fn import_map(parts: &Parts) -> String {
    let Some(library) = &parts.library else {
        return String::new();
    };
    let address = |name: &str| format!("{}/oro/{name}.js", parts.config.origin());
    let own = library
        .modules
        .iter()
        .map(|name| (format!("oro:{name}"), address(name)));
    let node = library
        .node
        .iter()
        .map(|name| (format!("node:{name}"), address(name)));
    let imports: HashMap<String, String> = own.chain(node).collect();
    let map = Value::from(serde_json::json!({ "imports": imports }).to_string());
    format!(
        "{{const s=document.createElement('script');s.type='importmap';s.textContent={map};\
         (document.head??document.documentElement).prepend(s)}}"
    )
}

fn facts(window: &Window) -> Facts {
    let scale = window.scale_factor();
    let size = window.inner_size().to_logical::<u32>(scale);
    let at = window
        .outer_position()
        .unwrap_or_default()
        .to_logical::<i32>(scale);
    Facts {
        geometry: Geometry {
            width: size.width,
            height: size.height,
            x: at.x,
            y: at.y,
        },
        visible: window.is_visible(),
        focused: window.is_focused(),
        minimized: window.is_minimized(),
        maximized: window.is_maximized(),
    }
}

fn log(result: wry::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the WebView refuses a command");
    }
}

fn apply(made: &UiWindow, change: &Change) {
    let window = &made.window;
    match change {
        Change::Show => window.set_visible(true),
        Change::Hide => window.set_visible(false),
        Change::Maximize => window.set_maximized(true),
        Change::Minimize => window.set_minimized(true),
        Change::Restore if window.is_minimized() => window.set_minimized(false),
        Change::Restore => window.set_maximized(false),
        Change::Title(title) => window.set_title(title),
        Change::Size(width, height) => window.set_inner_size(LogicalSize::new(*width, *height)),
        Change::Position(x, y) => window.set_outer_position(LogicalPosition::new(*x, *y)),
        Change::Background(c) => {
            log(made
                .view
                .set_background_color((c.red, c.green, c.blue, c.alpha)));
        }
        Change::Navigate(url) => log(made.view.load_url(url)),
        Change::Reload => log(made.view.reload()),
        Change::Inspect => {
            #[cfg(debug_assertions)]
            made.view.open_devtools();
        }
    }
}

fn result(json: &str) -> Result<Value, ScriptError> {
    let answer: Value = serde_json::from_str(json).unwrap_or_default();
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(ScriptError(error.to_owned())),
        None => Ok(answer.get("value").cloned().unwrap_or_default()),
    }
}

/// Gives an address to the program that the user's system has for it.
fn open_external(url: &str) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    if let Err(error) = std::process::Command::new(program).arg(url).spawn() {
        tracing::warn!(url, %error, "the address could not be opened");
    }
}

fn header<'a>(request: &'a http::Request<Vec<u8>>, name: &str) -> Option<&'a str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

/// A call of a page.
fn call(
    parts: &Arc<Parts>,
    entity: Entity,
    request: http::Request<Vec<u8>>,
    responder: RequestAsyncResponder,
) {
    let origin = parts.config.origin();
    let address = Address::parse(&request.uri().to_string());
    let refuse = |status, error: &RouteError, responder: RequestAsyncResponder| {
        let body = envelope::error(
            &Head {
                seq: "0".into(),
                ..Head::default()
            },
            error,
        );
        respond(responder, status, JSON, &calls(&origin), body);
    };
    if header(&request, "origin") != Some(origin.as_str()) {
        let error = RouteError::security("only pages of the app may call routes");
        return refuse(403, &error, responder);
    }
    let address = match address {
        Ok(address) => address,
        Err(error) => return refuse(400, &error, responder),
    };
    let has_body = matches!(request.method().as_str(), "POST" | "PUT" | "PATCH");
    let marked = !parts.mark.is_empty() && header(&request, "runtime-body") == Some(&parts.mark);
    if has_body && !marked {
        let error = RouteError::unsupported_body("the body was not read by the preload");
        return refuse(415, &error, responder);
    }
    if request.body().len() > parts.config.body_max {
        let error = RouteError::too_large(request.body().len(), parts.config.body_max);
        return refuse(413, &error, responder);
    }
    let jobs = parts.jobs.clone();
    let headers = calls(&origin);
    // Only to be shared between threads, which a responder cannot be by itself.
    let responder = Mutex::new(responder);
    let mut made = Request::new(
        address,
        Client::Window(entity),
        move |response: Response| {
            let responder = responder.into_inner();
            let Wire {
                status,
                content_type,
                body,
                ..
            } = Wire::from(response);
            match body {
                Body::Bytes(body) => {
                    respond(responder, status, &content_type, &headers, body.to_vec());
                }
                Body::Stream(stream) => {
                    let work = move || {
                        let body = read_all(&stream);
                        respond(responder, status, &content_type, &headers, body);
                    };
                    jobs.spawn(entity, Lane::Io, work, |_, _, _| {});
                }
            }
        },
    );
    if has_body {
        let content_type = header(&request, "content-type")
            .unwrap_or_default()
            .to_owned();
        made = made.with_body(&content_type, request.into_body().into());
    }
    parts.ingress.submit(made);
}

/// The headers of answers to calls.
fn calls(origin: &str) -> Vec<(&'static str, String)> {
    vec![
        ("access-control-allow-origin", origin.to_owned()),
        (
            "access-control-expose-headers",
            "content-type, content-length".to_owned(),
        ),
        ("cache-control", "no-store".to_owned()),
    ]
}

/// Waits for a stream's end, because wry can only answer with all of it.
fn read_all(stream: &ByteStream) -> Vec<u8> {
    let (tx, rx) = crossbeam::channel::bounded(1);
    // A full channel already says that there is something.
    stream.on_data(move || {
        let _ = tx.try_send(());
    });
    let mut all = Vec::new();
    loop {
        match stream.next() {
            Next::Chunk(chunk) => all.extend_from_slice(&chunk),
            Next::End => return all,
            Next::Empty if rx.recv().is_err() => return all,
            Next::Empty => {}
        }
    }
}

/// A file of the app, or of the library.
fn serve(
    parts: &Arc<Parts>,
    entity: Entity,
    request: &http::Request<Vec<u8>>,
    responder: RequestAsyncResponder,
) {
    let config = &parts.config;
    let origin = header(request, "origin").map(str::to_owned);
    let headers = common(config, origin.as_deref());
    let library = parts.library.as_ref();
    let uri = request.uri().to_string();
    let script = |source: &str, responder| {
        respond(responder, 200, SCRIPT, &headers, source.as_bytes().to_vec());
    };
    let path = match target(&uri, &config.bundle) {
        Target::Module(name) if library.is_some_and(|library| library.has_module(name)) => {
            return script(&reexport(config, name), responder);
        }
        Target::Library(name) => match library.and_then(|library| library.file(name)) {
            Some(source) => return script(source, responder),
            None => return finish(responder, &headers, missing(404, "Not found")),
        },
        Target::File(path) => path.to_owned(),
        Target::Module(_) | Target::Nothing => {
            return finish(responder, &headers, missing(404, "Not found"));
        }
    };
    let endpoints = parts.endpoints.as_ref();
    if let Some((endpoints, path)) = endpoints.and_then(|it| Some((it, it.below(&path)?))) {
        return ask(parts, entity, endpoints, path, request, responder);
    }
    let Some(resources) = parts.resources.clone() else {
        return finish(responder, &headers, missing(404, "Not found"));
    };
    let own = |name| header(request, name).map(str::to_owned);
    let wanted = ResourceRequest {
        path,
        head: request.method() == http::Method::HEAD,
        range: own("range"),
        if_none_match: own("if-none-match"),
        accept: own("accept"),
    };
    let work = move || finish(responder, &headers, resources.0.read(&wanted));
    parts.jobs.spawn(entity, Lane::Io, work, |_, _, _| {});
}

/// An endpoint; see `scheme/endpoint.rs` for who may ask.
fn ask(
    parts: &Arc<Parts>,
    entity: Entity,
    endpoints: &Endpoints,
    path: String,
    request: &http::Request<Vec<u8>>,
    responder: RequestAsyncResponder,
) {
    let uri = request.uri().to_string();
    let (query, key) = query_and_key(&uri);
    let proof = Proof {
        origin: header(request, "origin"),
        mark: header(request, "runtime-body"),
        key,
    };
    if !proof.holds(&parts.config.origin(), parts.secrets()) {
        return finish(responder, &[], missing(403, "Forbidden"));
    }
    let body = request.body();
    let body = if body.len() > endpoints.body_max() {
        Err(BodyError::TooLarge)
    } else {
        Ok(body.clone().into())
    };
    let jobs = parts.jobs.clone();
    let mut headers = parts.config.headers.clone();
    headers.push(("cache-control", "no-store".to_owned()));
    // Only to be shared between threads, which a responder cannot be by itself.
    let responder = Mutex::new(responder);
    let answer = move |response: EndpointResponse| {
        let responder = responder.into_inner();
        headers.extend(response.headers);
        let (status, content_type) = (response.status, response.content_type);
        match response.body {
            EndpointBody::Bytes(body) => {
                respond(responder, status, content_type, &headers, body.to_vec());
            }
            EndpointBody::Stream(stream) => {
                let work = move || {
                    respond(responder, status, content_type, &headers, read_all(&stream));
                };
                jobs.spawn(entity, Lane::Io, work, |_, _, _| {});
            }
        }
    };
    endpoints.submit(EndpointRequest {
        method: request.method().to_string(),
        path,
        query,
        content_type: header(request, "content-type").map(str::to_owned),
        body,
        window: entity,
        cancel: CancelToken::new(),
        responder: EndpointResponder::new(answer),
    });
}

fn finish(
    responder: RequestAsyncResponder,
    common: &[(&'static str, String)],
    response: ResourceResponse,
) {
    let ResourceResponse {
        status,
        mut headers,
        body,
    } = response;
    let at = headers.iter().position(|(name, _)| *name == "content-type");
    let content_type = at.map_or_else(String::new, |at| headers.swap_remove(at).1);
    headers.extend_from_slice(common);
    let body = match body {
        ResourceBody::Bytes(bytes) => bytes.to_vec(),
        ResourceBody::Reader { mut reader, .. } => {
            let mut all = Vec::new();
            if let Err(error) = reader.read_to_end(&mut all) {
                tracing::error!(%error, "a resource could not be read");
            }
            all
        }
    };
    respond(responder, status, &content_type, &headers, body);
}

fn respond(
    responder: RequestAsyncResponder,
    status: u16,
    content_type: &str,
    headers: &[(&'static str, String)],
    body: Vec<u8>,
) {
    let mut builder = http::Response::builder()
        .status(status)
        .header("content-type", content_type);
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    match builder.body(body) {
        Ok(response) => responder.respond(response),
        Err(error) => tracing::error!(%error, "an answer has an illegal header"),
    }
}
