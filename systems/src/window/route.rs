//! The handlers of the window routes.

use bevy_app::App;
use bevy_ecs::prelude::*;
use oro_components::host::{Change, Host, HostCommand, HostConfig, Navigation};
use oro_components::window::{
    ApplicationExit, ApplicationGetScreenSize, ApplicationGetWindows, Background, Bridge, Length,
    Location, Rgba, ScreenSize, Title, WindowClose, WindowCreate, WindowEval, WindowGet,
    WindowGetBackgroundColor, WindowGetTitle, WindowHide, WindowIndex, WindowMaximize,
    WindowMinimize, WindowNavigate, WindowRestore, WindowSend, WindowSetBackgroundColor,
    WindowSetPosition, WindowSetSize, WindowSetTitle, WindowShow, WindowShowInspector,
    WindowSnapshot, WindowSpec, WindowStatus,
};
use oro_engine::error::RouteError;
use oro_engine::route::{Call, Empty, Pending, ReplyCommandsExt, Route, RouteAppExt};
use oro_engine::topic::{Emission, Outbox, Target};

use super::event::close as begin_close;
use super::{
    Calls, Screen, SnapshotReply, Waiting, Windows, change, exit, find, no_host, not_found,
    snapshot,
};

pub(super) fn build(app: &mut App) {
    app.add_route::<WindowGet, _>(get)
        .add_deferred::<WindowCreate, _>(create)
        .add_deferred::<WindowClose, _>(close)
        .add_deferred::<WindowShow, _>(simple(|p: &WindowShow| p.target_window_index, Change::Show))
        .add_deferred::<WindowHide, _>(simple(|p: &WindowHide| p.target_window_index, Change::Hide))
        .add_deferred::<WindowMaximize, _>(simple(
            |p: &WindowMaximize| p.target_window_index,
            Change::Maximize,
        ))
        .add_deferred::<WindowMinimize, _>(simple(
            |p: &WindowMinimize| p.target_window_index,
            Change::Minimize,
        ))
        .add_deferred::<WindowRestore, _>(simple(
            |p: &WindowRestore| p.target_window_index,
            Change::Restore,
        ))
        .add_deferred::<WindowShowInspector, _>(show_inspector)
        .add_deferred::<WindowSetTitle, _>(set_title)
        .add_route::<WindowGetTitle, _>(get_title)
        .add_deferred::<WindowSetSize, _>(set_size)
        .add_deferred::<WindowSetPosition, _>(set_position)
        .add_deferred::<WindowNavigate, _>(navigate)
        .add_deferred::<WindowEval, _>(eval)
        .add_route::<WindowSend, _>(send)
        .add_deferred::<WindowSetBackgroundColor, _>(set_background)
        .add_route::<WindowGetBackgroundColor, _>(get_background)
        .add_route::<ApplicationGetWindows, _>(get_windows)
        .add_route::<ApplicationGetScreenSize, _>(get_screen_size)
        .add_route::<ApplicationExit, _>(exit_app);
}

type Deferred<R> = In<(Call<R>, Pending<R>)>;
type Answer<T> = Result<T, RouteError>;

/// The reply of a route that answers with a window.
fn reply<R>(pending: Pending<R>) -> SnapshotReply
where
    R: Route<Output = WindowSnapshot, Error = RouteError>,
{
    Box::new(move |world, result| world.reply(pending, result))
}

/// The handler of a route that names a window and nothing else.
fn simple<R>(
    target: fn(&R) -> u32,
    to: Change,
) -> impl FnMut(Deferred<R>, &mut World) -> Answer<()> + Send + Sync + 'static
where
    R: Route<Output = WindowSnapshot, Error = RouteError>,
{
    move |In((call, pending)), world| {
        let window = find(world, target(&call.params))?;
        change(world, window, to.clone(), reply(pending))
    }
}

/// The window that a call is about, when it may leave that out.
fn own<R>(world: &World, call: &Call<R>, named: Option<u32>) -> Answer<Entity> {
    match named.or(call.index) {
        Some(index) => find(world, index),
        None => call.client.window().ok_or_else(not_found),
    }
}

fn get(In(call): In<Call<WindowGet>>, world: &mut World) -> Answer<WindowSnapshot> {
    let window = own(world, &call, call.target_window_index)?;
    snapshot(world, window).ok_or_else(not_found)
}

fn create(In((call, pending)): Deferred<WindowCreate>, world: &mut World) -> Answer<()> {
    if !world.resource::<Host>().is_attached() {
        return Err(no_host());
    }
    let params = call.params;
    if let Some(window) = unique(world, &params) {
        let snapshot = snapshot(world, window).ok_or_else(not_found);
        world.reply(pending, snapshot);
        return Ok(());
    }
    let spec = specify(world, params)?;
    open(world, spec, Some(reply(pending)))
}

/// The window that already has the token, if there may be only one.
fn unique(world: &mut World, params: &WindowCreate) -> Option<Entity> {
    let token = params
        .token
        .as_deref()
        .filter(|_| params.unique == Some(true))?;
    let mut windows = world.query::<(Entity, &WindowSpec, &WindowStatus)>();
    windows
        .iter(world)
        .find(|(_, spec, status)| status.is_alive() && spec.token.as_deref() == Some(token))
        .map(|(window, ..)| window)
}

/// Spawns a window's entity and asks the UI thread for the window.
pub(super) fn open(
    world: &mut World,
    mut spec: WindowSpec,
    reply: Option<SnapshotReply>,
) -> Answer<()> {
    let mut windows = world.resource_mut::<Windows>();
    windows.created_total += 1;
    spec.client_id = windows.created_total.to_string();
    let index = spec.index;
    let window = world
        .spawn((
            WindowIndex(index),
            WindowStatus::Creating,
            Title(spec.title.clone()),
            Background(spec.background),
            Location {
                url: spec.url.clone(),
                ..Location::default()
            },
            Bridge {
                client_id: spec.client_id.clone(),
                listening: false,
            },
            spec.clone(),
        ))
        .id();
    world
        .resource_mut::<Windows>()
        .by_index
        .insert(index, window);
    if let Some(reply) = reply {
        world.resource_mut::<Calls>().creating.insert(window, reply);
    }
    let host = world.resource::<Host>().clone();
    if host.command(HostCommand::Create(window, Box::new(spec))) {
        return Ok(());
    }
    world.resource_mut::<Calls>().creating.remove(&window);
    world.resource_mut::<Windows>().by_index.remove(&index);
    world.despawn(window);
    Err(no_host())
}

/// Which number the new window gets.
fn number(world: &World, wanted: Option<i64>) -> Answer<u32> {
    let windows = world.resource::<Windows>();
    let max = oro_components::window::WINDOWS_MAX;
    match wanted {
        None | Some(-1) => windows
            .free()
            .ok_or_else(|| RouteError::busy("windows", max as usize)),
        Some(index) => {
            let index = u32::try_from(index).ok().filter(|index| *index < max);
            let index = index.ok_or_else(|| {
                let reason = format!("an app has at most {max} windows");
                RouteError::invalid("targetWindowIndex", &reason)
            })?;
            if windows.by_index.contains_key(&index) {
                let message = format!("Window with index {index} already exists");
                return Err(RouteError::new(
                    "InvalidStateError",
                    "ERR_WINDOW_EXISTS",
                    message,
                ));
            }
            Ok(index)
        }
    }
}

fn specify(world: &World, params: WindowCreate) -> Answer<WindowSpec> {
    let index = number(world, params.target_window_index)?;
    let config = world.resource::<HostConfig>();
    let base = config.window.clone();
    let url = config.resolve(params.url.as_deref().unwrap_or("/"));
    if config.navigation(&url) != Navigation::Allowed {
        return Err(not_allowed(&url));
    }
    for (name, length) in [("width", params.width), ("height", params.height)] {
        if length.is_some_and(|length| !length.is_size()) {
            return Err(RouteError::invalid(
                name,
                "a window is at least one pixel large",
            ));
        }
    }
    let background = match &params.background_color {
        Some(text) => Rgba::parse(text)
            .ok_or_else(|| RouteError::invalid("backgroundColor", "expected #rrggbb[aa]"))?,
        None => base.background,
    };
    let mut extra = base.extra;
    for (field, value) in [
        (&mut extra.aspect_ratio, params.aspect_ratio),
        (&mut extra.titlebar_style, params.titlebar_style),
        (
            &mut extra.window_control_offsets,
            params.window_control_offsets,
        ),
        (
            &mut extra.background_color_dark,
            params.background_color_dark,
        ),
        (
            &mut extra.background_color_light,
            params.background_color_light,
        ),
        (&mut extra.resources_directory, params.resources_directory),
    ] {
        *field = value.or_else(|| field.take());
    }
    extra.radius = params.radius.unwrap_or(extra.radius);
    extra.margin = params.margin.unwrap_or(extra.margin);
    let size = |value: Option<u32>, base: u32| value.unwrap_or(base);
    Ok(WindowSpec {
        index,
        url,
        title: params.title.unwrap_or(base.title),
        width: params.width.unwrap_or(base.width),
        height: params.height.unwrap_or(base.height),
        x: params.x,
        y: params.y,
        min: (
            size(params.min_width, base.min.0),
            size(params.min_height, base.min.1),
        ),
        max: (
            size(params.max_width, base.max.0),
            size(params.max_height, base.max.1),
        ),
        resizable: params.resizable.unwrap_or(base.resizable),
        closable: params.closable.unwrap_or(base.closable),
        minimizable: params.minimizable.unwrap_or(base.minimizable),
        maximizable: params.maximizable.unwrap_or(base.maximizable),
        frameless: params.frameless.unwrap_or(base.frameless),
        utility: params.utility.unwrap_or(base.utility),
        always_on_top: params.always_on_top.unwrap_or(base.always_on_top),
        transparent: base.transparent,
        visible: !params.headless.unwrap_or(false),
        maximized: false,
        fullscreen: false,
        background,
        title_follows_document: base.title_follows_document,
        exits_app: params.should_exit_application_on_close.unwrap_or(false),
        token: params.token,
        user_script: params.user_script,
        extra,
        client_id: String::new(),
    })
}

fn close(In((call, pending)): Deferred<WindowClose>, world: &mut World) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    let reply = Waiting::Snapshot(reply(pending));
    world.resource_mut::<Calls>().add(window, reply);
    begin_close(world, window);
    Ok(())
}

fn show_inspector(
    In((call, pending)): Deferred<WindowShowInspector>,
    world: &mut World,
) -> Answer<()> {
    if !world.resource::<HostConfig>().inspectable {
        return Err(RouteError::permission("inspector"));
    }
    let window = find(world, call.target_window_index)?;
    change(world, window, Change::Inspect, reply(pending))
}

fn set_title(In((call, pending)): Deferred<WindowSetTitle>, world: &mut World) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    let title = call.params.value;
    let to = Change::Title(title.clone());
    let reply = reply(pending);
    let set = Box::new(
        move |world: &mut World, mut result: Answer<WindowSnapshot>| {
            if let Some(mut old) = world.get_mut::<Title>(window) {
                old.0.clone_from(&title);
            }
            if let Ok(snapshot) = &mut result {
                snapshot.title = title;
            }
            reply(world, result);
        },
    );
    change(world, window, to, set)
}

fn get_title(In(call): In<Call<WindowGetTitle>>, world: &mut World) -> Answer<String> {
    let window = find(world, call.target_window_index)?;
    world
        .get::<Title>(window)
        .map(|title| title.0.clone())
        .ok_or_else(not_found)
}

fn set_size(In((call, pending)): Deferred<WindowSetSize>, world: &mut World) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    let Screen(screen) = *world.resource::<Screen>();
    let now = snapshot(world, window).ok_or_else(not_found)?.size;
    let size = |name, length: Option<Length>, screen, now| match length {
        None => Ok(now),
        Some(length) if length.is_size() => Ok(length.resolve_size(screen)),
        Some(_) => Err(RouteError::invalid(
            name,
            "a window is at least one pixel large",
        )),
    };
    let width = size("width", call.width, screen.width, now.width)?;
    let height = size("height", call.height, screen.height, now.height)?;
    change(world, window, Change::Size(width, height), reply(pending))
}

fn set_position(In((call, pending)): Deferred<WindowSetPosition>, world: &mut World) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    let Screen(screen) = *world.resource::<Screen>();
    let now = snapshot(world, window).ok_or_else(not_found)?.position;
    let x = call.x.map_or(now.x, |x| x.resolve(screen.width));
    let y = call.y.map_or(now.y, |y| y.resolve(screen.height));
    change(world, window, Change::Position(x, y), reply(pending))
}

fn not_allowed(url: &str) -> RouteError {
    let message = "Navigation to URL is not allowed";
    RouteError::new("SecurityError", "ERR_NAVIGATION", message).with("url", url)
}

fn navigate(In((call, pending)): Deferred<WindowNavigate>, world: &mut World) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    if call.sync && call.client.window() == Some(window) {
        return Err(RouteError::unsupported(
            "a page cannot wait for the document that takes its place",
        ));
    }
    let config = world.resource::<HostConfig>();
    let url = config.resolve(&call.url);
    if config.navigation(&url) != Navigation::Allowed {
        return Err(not_allowed(&url));
    }
    change(world, window, Change::Navigate(url), reply(pending))
}

/// Scripts longer than this do not fit the channel to the page well.
const SCRIPT_BYTES_MAX: usize = 16 << 20;

fn eval(In((call, pending)): Deferred<WindowEval>, world: &mut World) -> Answer<()> {
    let window = own(world, &call, call.target_window_index)?;
    if call.sync && call.client.window() == Some(window) {
        // The page that should run the script is the one that waits for its result.
        return Err(RouteError::unsupported(
            "a page cannot wait for a script of its own",
        ));
    }
    if call.value.len() > SCRIPT_BYTES_MAX {
        return Err(RouteError::too_large(call.value.len(), SCRIPT_BYTES_MAX));
    }
    let host = world.resource::<Host>().clone();
    let reply = Box::new(move |world: &mut World, result| world.reply(pending, result));
    let id = world
        .resource_mut::<Calls>()
        .add(window, Waiting::Value(reply));
    if host.command(HostCommand::Evaluate(window, id, call.params.value)) {
        return Ok(());
    }
    world.resource_mut::<Calls>().take(id);
    Err(no_host())
}

fn send(In(call): In<Call<WindowSend>>, world: &mut World) -> Answer<Empty> {
    if call.event.is_empty() {
        return Err(RouteError::missing("event"));
    }
    let window = find(world, call.target_window_index)?;
    if !world.resource::<Host>().is_attached() {
        return Err(no_host());
    }
    let emission = Emission {
        target: Target::Window(window),
        name: call.params.event.into(),
        json: call.params.value.to_string(),
    };
    let outbox = world.resource::<Outbox>();
    if outbox.push(emission) {
        Ok(Empty {})
    } else {
        Err(RouteError::busy("events", outbox.max()))
    }
}

fn set_background(
    In((call, pending)): Deferred<WindowSetBackgroundColor>,
    world: &mut World,
) -> Answer<()> {
    let window = find(world, call.target_window_index)?;
    let part = |name: &str, value: f64, max: f64| {
        if (0.0..=max).contains(&value) {
            return Ok((value / max * 255.0).round() as u8);
        }
        let message = format!("'{name}' is {value}, outside of 0 to {max}");
        Err(RouteError::new("RangeError", "ERR_OUT_OF_RANGE", message))
    };
    let color = Rgba {
        red: part("red", call.red, 255.0)?,
        green: part("green", call.green, 255.0)?,
        blue: part("blue", call.blue, 255.0)?,
        alpha: part("alpha", call.alpha, 1.0)?,
    };
    let reply = reply(pending);
    let set = Box::new(move |world: &mut World, _: Answer<WindowSnapshot>| {
        if let Some(mut background) = world.get_mut::<Background>(window) {
            background.0 = color;
        }
        let snapshot = snapshot(world, window).ok_or_else(not_found);
        reply(world, snapshot);
    });
    change(world, window, Change::Background(color), set)
}

fn get_background(
    In(call): In<Call<WindowGetBackgroundColor>>,
    world: &mut World,
) -> Answer<String> {
    let window = find(world, call.target_window_index)?;
    world
        .get::<Background>(window)
        .map(|color| color.0.to_string())
        .ok_or_else(not_found)
}

fn get_windows(
    In(call): In<Call<ApplicationGetWindows>>,
    world: &mut World,
) -> Answer<Vec<WindowSnapshot>> {
    let wanted: Option<Vec<u32>> = match &call.value {
        None => None,
        Some(list) => {
            let number = |text: &str| {
                let invalid = |_| RouteError::invalid("value", &format!("'{text}' is no number"));
                text.trim().parse().map_err(invalid)
            };
            Some(list.split(',').map(number).collect::<Answer<_>>()?)
        }
    };
    let windows: Vec<(u32, Entity)> = world
        .resource::<Windows>()
        .by_index
        .iter()
        .map(|(i, e)| (*i, *e))
        .collect();
    let is_wanted = |index| wanted.as_ref().is_none_or(|wanted| wanted.contains(&index));
    Ok(windows
        .into_iter()
        .filter(|(index, _)| is_wanted(*index))
        .filter_map(|(_, window)| snapshot(world, window))
        .collect())
}

fn get_screen_size(
    In(_): In<Call<ApplicationGetScreenSize>>,
    screen: Res<Screen>,
) -> Answer<ScreenSize> {
    Ok(screen.0)
}

fn exit_app(In(call): In<Call<ApplicationExit>>, world: &mut World) -> Answer<Empty> {
    exit::begin(world, call.value);
    Ok(Empty {})
}
