//! A window with a page and nothing else, on tao and wry: what `benches/start.rs` compares with.
//!
//! `bare PAGE`; prints what the page posts.
#![expect(clippy::print_stdout, reason = "the benchmark reads it")]
#![expect(
    clippy::disallowed_methods,
    reason = "nothing of Oro: it reads its page itself"
)]

use std::borrow::Cow;
use std::error::Error;

use tao::dpi::LogicalSize;
use tao::event::{Event, WindowEvent};
use tao::event_loop::{ControlFlow, EventLoop};
use tao::window::WindowBuilder;
use wry::WebViewBuilder;
use wry::http::Response;

fn main() -> Result<(), Box<dyn Error>> {
    let page = std::env::args_os().nth(1).ok_or("usage: bare PAGE")?;
    let page = std::fs::read(page)?;
    let event_loop = EventLoop::new();
    let window = WindowBuilder::new()
        .with_inner_size(LogicalSize::new(800, 600))
        .build(&event_loop)?;
    let builder = WebViewBuilder::new()
        .with_custom_protocol("bare".into(), move |_, _| {
            let response = Response::builder().header("content-type", "text/html");
            response.body(Cow::from(page.clone())).unwrap_or_default()
        })
        .with_ipc_handler(|message| println!("{}", message.body()))
        .with_url("bare://localhost/");
    let _view = build(builder, &window)?;
    event_loop.run(move |event, _, flow| {
        let closed = WindowEvent::CloseRequested;
        *flow = match event {
            Event::WindowEvent { event, .. } if event == closed => ControlFlow::Exit,
            _ => ControlFlow::Wait,
        };
    })
}

#[cfg(target_os = "linux")]
fn build(builder: WebViewBuilder<'_>, window: &tao::window::Window) -> wry::Result<wry::WebView> {
    use tao::platform::unix::WindowExtUnix;
    use wry::WebViewBuilderExtUnix;
    let room = window.default_vbox().ok_or(wry::Error::InitScriptError)?;
    builder.build_gtk(room)
}

#[cfg(not(target_os = "linux"))]
fn build(builder: WebViewBuilder<'_>, window: &tao::window::Window) -> wry::Result<wry::WebView> {
    builder.build(window)
}
