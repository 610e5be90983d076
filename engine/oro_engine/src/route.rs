//! Routes: the parameters struct *is* the route.
//!
//! A route is declared once, as a struct that decodes from a request; its doc comments become the
//! TypeScript, OpenRPC and Markdown documentation. Four verbs say where its handler runs:
//!
//! | verb | the handler | runs |
//! |---|---|---|
//! | [`add_route`](RouteAppExt::add_route) | a system that returns the result | in the tick |
//! | [`add_deferred`](RouteAppExt::add_deferred) | a system that gets a [`Pending`] to answer later | in the tick |
//! | [`add_job`](RouteAppExt::add_job) | a function of the call alone | on a job lane |
//! | [`add_pure`](RouteAppExt::add_pure) | the same, short and lock-free | where the request arrives |

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bevy_app::App;
use bevy_ecs::prelude::*;
use bevy_ecs::system::{Adapt, IntoAdapterSystem, RunSystemError};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bytes::Bytes;
use crate::cancel::CancelToken;
use crate::error::RouteError;
use crate::job::{Jobs, Lane, panic_message};
use crate::queued_response::QueuedResponse;
use crate::request::{Client, Params, Payload, Reply, Request};
use crate::router::{Handler, Place, RouteMeta, Routes, complete};
use crate::stream::ByteStream;

/// A call that pages, other processes and the host program can make.
///
/// Implemented by the struct of its parameters. Use `#[serde(deny_unknown_fields)]` so that a
/// misspelled parameter is an error instead of being ignored.
pub trait Route: DeserializeOwned + JsonSchema + Send + 'static {
    /// The name, `service.camelCase`. Callers may spell it in any case.
    const NAME: &'static str;
    /// The permission that the configuration may deny (`permissions_allow_<name>`).
    const PERMISSION: Option<&'static str> = None;
    /// Whether the route reads the request's raw body.
    const BODY: bool = false;
    /// Whether it is answered while the app is paused; other requests wait for the resume.
    const CONTROL: bool = false;
    /// Whether the route acts on a window, so that a caller from outside gets `null` instead of an
    /// error while the app has none.
    const WINDOW: bool = false;
    /// What a call answers: JSON, or [`Bytes`], or a [`ByteStream`].
    type Output: Serialize + JsonSchema + Send + 'static;
    /// What can go wrong: an enum with [`ErrorCode`](crate::error::ErrorCode), or [`RouteError`].
    type Error: Into<RouteError> + Send + 'static;
}

/// The result of a route that has nothing to tell: `{}`.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Empty {}

/// A decoded request, as its handler gets it. Dereferences to the parameters.
#[derive(Debug)]
pub struct Call<R> {
    /// The decoded parameters.
    pub params: R,
    /// The raw body; empty for routes whose [`Route::BODY`] is false.
    pub body: Bytes,
    /// Who asks.
    pub client: Client,
    /// The index of the window that the caller names, if it does.
    pub index: Option<u32>,
    /// The caller blocks its thread until the answer comes: a handler that needs the same page
    /// to make progress must refuse.
    pub sync: bool,
    /// Turns true when the caller no longer wants the answer.
    pub cancel: CancelToken,
}

impl<R> Deref for Call<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.params
    }
}

/// A request before its parameters are decoded.
#[derive(Debug)]
pub(crate) struct RawCall(Call<Params>);

impl RawCall {
    pub(crate) fn new(request: Request) -> (Self, crate::request::Responder) {
        let Request {
            params,
            body,
            client,
            cancel,
            responder,
        } = request;
        let (index, sync) = (responder.head().index, responder.head().sync);
        (
            Self(Call {
                params,
                body,
                client,
                index,
                sync,
                cancel,
            }),
            responder,
        )
    }

    /// Whether the caller wants the route's own output.
    fn is_typed(&self) -> bool {
        matches!(self.0.params, Params::Value(_))
    }

    fn decode<R: Route>(self) -> Result<Call<R>, RouteError> {
        let Call {
            params,
            body,
            client,
            index,
            sync,
            cancel,
        } = self.0;
        let params = decode::<R>(params)?;
        Ok(Call {
            params,
            body,
            client,
            index,
            sync,
            cancel,
        })
    }
}

fn decode<R: Route>(params: Params) -> Result<R, RouteError> {
    match params {
        Params::Value(value) => value
            .downcast::<R>()
            .map(|params| *params)
            .map_err(|_| RouteError::invalid("params", "they are another route's")),
        Params::Query(query) => {
            let de = serde_html_form::Deserializer::from_bytes(query.as_bytes());
            serde_path_to_error::deserialize(de).map_err(|error| {
                let path = error.path().to_string();
                let empty = query
                    .split('&')
                    .any(|pair| pair.strip_suffix('=') == Some(&path));
                if empty {
                    RouteError::missing(&path)
                } else {
                    explain(&path, error.inner())
                }
            })
        }
        Params::Json(json) => {
            let mut de = serde_json::Deserializer::from_slice(&json);
            let value = serde_path_to_error::deserialize(&mut de)
                .map_err(|error| explain(&error.path().to_string(), error.inner()))?;
            de.end()
                .map_err(|error| RouteError::invalid("body", &error.to_string()))?;
            Ok(value)
        }
    }
}

/// Turns a decoder's message into the error that names the parameter.
fn explain(path: &str, error: &impl std::fmt::Display) -> RouteError {
    let message = error.to_string();
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        RouteError::missing(quoted())
    } else if message.starts_with("unknown field") {
        RouteError::invalid(quoted(), &message)
    } else if path == "." {
        RouteError::invalid("body", &message)
    } else {
        RouteError::invalid(path, &message)
    }
}

/// Turns a handler's result into a reply; bytes and streams pass by JSON.
pub(crate) fn encode<T: Serialize + 'static>(output: T) -> Reply {
    let mut slot = Some(output);
    let any: &mut dyn Any = &mut slot;
    if let Some(bytes) = any.downcast_mut::<Option<Bytes>>() {
        return Ok(Payload::Bytes(bytes.take().unwrap_or_default()));
    }
    if let Some(stream) = any
        .downcast_mut::<Option<ByteStream>>()
        .and_then(Option::take)
    {
        return Ok(Payload::Stream(stream));
    }
    if let Some(response) = any
        .downcast_mut::<Option<QueuedResponse>>()
        .and_then(Option::take)
    {
        return Ok(Payload::Queued(response));
    }
    Payload::json(&slot)
}

fn reply<R: Route>(result: Result<R::Output, R::Error>, is_typed: bool) -> Reply {
    let output = result.map_err(Into::into)?;
    if is_typed {
        return Ok(Payload::Value(Box::new(output)));
    }
    encode(output)
}

/// A request that its handler answers later, through [`ReplyCommandsExt::reply`] or
/// [`Jobs::reply`]. If nobody does, the despawn of [`entity`](Self::entity) answers `AbortError`.
#[derive(Debug)]
pub struct Pending<R> {
    entity: Entity,
    cancel: CancelToken,
    is_typed: bool,
    route: PhantomData<fn() -> R>,
}

impl<R> Pending<R> {
    /// The request's own entity, which its window owns. Components may be put on it; despawning
    /// it aborts the request.
    #[must_use]
    pub fn entity(&self) -> Entity {
        self.entity
    }

    /// A second way to answer the same request, for whoever comes first; the other's answer is
    /// dropped.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(self.entity, self.cancel.clone(), self.is_typed)
    }

    pub(crate) fn new(entity: Entity, cancel: CancelToken, is_typed: bool) -> Self {
        Self {
            entity,
            cancel,
            is_typed,
            route: PhantomData,
        }
    }
}

/// Turns a handler's panic into an error. A panic that left a one-shot system would take the
/// system with it, and the route would be dead from then on.
fn isolate<R: Route, T>(run: impl FnOnce() -> T) -> Result<T, RouteError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        RouteError::internal(format!(
            "`{}` panicked: {}",
            R::NAME,
            panic_message(&*panic)
        ))
    })
}

/// The typed side of the wire: decodes on the way in, encodes on the way out.
struct Boundary<R>(PhantomData<fn() -> R>);

impl<R: Route, S> Adapt<S> for Boundary<R>
where
    S: System<In = In<Call<R>>, Out = Result<R::Output, R::Error>>,
{
    type In = In<RawCall>;
    type Out = Reply;

    fn adapt(
        &mut self,
        input: RawCall,
        run: impl FnOnce(Call<R>) -> Result<S::Out, RunSystemError>,
    ) -> Result<Reply, RunSystemError> {
        let is_typed = input.is_typed();
        let call = match input.decode::<R>() {
            Ok(call) => call,
            Err(error) => return Ok(Err(error)),
        };
        let reply = |out| reply::<R>(out, is_typed);
        isolate::<R, _>(|| run(call)).map_or_else(|panic| Ok(Err(panic)), |out| out.map(reply))
    }
}

struct DeferredBoundary<R>(PhantomData<fn() -> R>);

impl<R: Route, S> Adapt<S> for DeferredBoundary<R>
where
    S: System<In = In<(Call<R>, Pending<R>)>, Out = Result<(), R::Error>>,
{
    type In = In<(RawCall, Entity)>;
    type Out = Result<(), RouteError>;

    fn adapt(
        &mut self,
        (input, entity): (RawCall, Entity),
        run: impl FnOnce((Call<R>, Pending<R>)) -> Result<S::Out, RunSystemError>,
    ) -> Result<Self::Out, RunSystemError> {
        let is_typed = input.is_typed();
        let call = match input.decode::<R>() {
            Ok(call) => call,
            Err(error) => return Ok(Err(error)),
        };
        let pending = Pending::new(entity, call.cancel.clone(), is_typed);
        let ran = isolate::<R, _>(|| run((call, pending)));
        ran.map_or_else(|panic| Ok(Err(panic)), |out| Ok(out?.map_err(Into::into)))
    }
}

/// Adds routes to an [`App`]. A name that is taken panics: it is a mistake of the program.
pub trait RouteAppExt {
    /// Adds a route whose handler is a system that returns the result.
    fn add_route<R: Route, M>(
        &mut self,
        handler: impl IntoSystem<In<Call<R>>, Result<R::Output, R::Error>, M> + 'static,
    ) -> &mut Self;

    /// Adds a route whose handler is a system that answers later, through its [`Pending`].
    fn add_deferred<R: Route, M>(
        &mut self,
        handler: impl IntoSystem<In<(Call<R>, Pending<R>)>, Result<(), R::Error>, M> + 'static,
    ) -> &mut Self;

    /// Adds a route whose handler runs on a job lane: blocking or heavy, and without the World.
    fn add_job<R: Route>(
        &mut self,
        lane: Lane,
        handler: impl Fn(Call<R>) -> Result<R::Output, R::Error> + Send + Sync + 'static,
    ) -> &mut Self;

    /// Adds a route whose handler runs at once on the thread that received the request, which may
    /// be the UI thread: it must not block.
    fn add_pure<R: Route>(
        &mut self,
        handler: impl Fn(Call<R>) -> Result<R::Output, R::Error> + Send + Sync + 'static,
    ) -> &mut Self;
}

fn insert<R: Route>(app: &mut App, place: Place, handler: Handler) {
    let meta = RouteMeta::of::<R>(place);
    app.world_mut()
        .get_resource_or_init::<Routes>()
        .insert(meta, handler);
}

impl RouteAppExt for App {
    fn add_route<R: Route, M>(
        &mut self,
        handler: impl IntoSystem<In<Call<R>>, Result<R::Output, R::Error>, M> + 'static,
    ) -> &mut Self {
        let system = IntoAdapterSystem::new(Boundary::<R>(PhantomData), handler);
        let id = self.world_mut().register_system(system);
        insert::<R>(self, Place::Tick, Handler::Tick(id));
        self
    }

    fn add_deferred<R: Route, M>(
        &mut self,
        handler: impl IntoSystem<In<(Call<R>, Pending<R>)>, Result<(), R::Error>, M> + 'static,
    ) -> &mut Self {
        let system = IntoAdapterSystem::new(DeferredBoundary::<R>(PhantomData), handler);
        let id = self.world_mut().register_system(system);
        insert::<R>(self, Place::Deferred, Handler::Deferred(id));
        self
    }

    fn add_job<R: Route>(
        &mut self,
        lane: Lane,
        handler: impl Fn(Call<R>) -> Result<R::Output, R::Error> + Send + Sync + 'static,
    ) -> &mut Self {
        let handler = Arc::new(move |raw: RawCall| {
            let is_typed = raw.is_typed();
            reply::<R>(handler(raw.decode()?), is_typed)
        });
        insert::<R>(self, Place::Job(lane), Handler::Job(lane, handler));
        self
    }

    fn add_pure<R: Route>(
        &mut self,
        handler: impl Fn(Call<R>) -> Result<R::Output, R::Error> + Send + Sync + 'static,
    ) -> &mut Self {
        let handler = Arc::new(move |raw: RawCall| {
            let is_typed = raw.is_typed();
            let call = raw.decode()?;
            isolate::<R, _>(|| handler(call)).and_then(|out| reply::<R>(out, is_typed))
        });
        insert::<R>(self, Place::Pure, Handler::Pure(handler));
        self
    }
}

/// Answers deferred requests from a system.
pub trait ReplyCommandsExt {
    /// Answers a request. If its window closed meanwhile, the result is dropped.
    fn reply<R: Route>(&mut self, pending: Pending<R>, result: Result<R::Output, R::Error>);
}

impl ReplyCommandsExt for Commands<'_, '_> {
    fn reply<R: Route>(&mut self, pending: Pending<R>, result: Result<R::Output, R::Error>) {
        let reply = reply::<R>(result, pending.is_typed);
        self.queue(move |world: &mut World| complete(world, pending.entity, reply));
    }
}

impl ReplyCommandsExt for World {
    fn reply<R: Route>(&mut self, pending: Pending<R>, result: Result<R::Output, R::Error>) {
        complete(self, pending.entity, reply::<R>(result, pending.is_typed));
    }
}

impl Jobs {
    /// Answers a deferred request with the result of a job. The work gets the request's own
    /// cancel token, which turns true when the caller or its window is gone.
    pub fn reply<R: Route>(
        &self,
        pending: Pending<R>,
        lane: Lane,
        work: impl FnOnce(&CancelToken) -> Result<R::Output, R::Error> + Send + 'static,
    ) {
        let Pending {
            entity,
            cancel,
            is_typed,
            ..
        } = pending;
        self.answer(entity, lane, move || reply::<R>(work(&cancel), is_typed));
    }
}
