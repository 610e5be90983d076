//! The application shell of Oro: the World, its tick, the router, jobs, the reactor and lifecycle.
//!
//! This crate knows neither windows nor files nor sockets. It offers the shape in which services
//! are written: a [`Plugin`](bevy_app::Plugin) that adds systems to [`Tick`](tick::Tick), routes
//! ([`route`]) and topics ([`topic`]); and the loop that runs them ([`runner`]), which sleeps in
//! one [`reactor`] whenever there is nothing to do.

pub mod app;
pub mod bytes;
pub mod cancel;
pub mod clock;
pub mod config;
pub mod describe;
pub mod diagnostics;
pub mod envelope;
pub mod error;
pub mod event_loop;
pub mod frame;
pub mod frame_queue;
pub mod id;
pub mod ingress;
pub mod job;
pub mod lifecycle;
pub mod module;
pub mod owner;
pub mod queue;
pub mod queued_response;
pub mod reactor;
pub mod region;
pub mod request;
pub mod route;
pub mod router;
pub mod runner;
pub mod stream;
pub mod tick;
pub mod timing;
pub mod topic;
pub mod typescript;

/// What a service or a host needs most often.
pub mod prelude {
    pub use crate::{
        app::EnginePlugin,
        bytes::Bytes,
        cancel::CancelToken,
        clock::Clock,
        error::{ErrorCode, RouteError},
        event_loop::Loop,
        id::Id,
        ingress::Ingress,
        job::{Jobs, Lane},
        lifecycle::{Lifecycle, Pausing, Resumed},
        owner::{OwnedBy, Owns},
        request::{Client, Request},
        route::{Call, Empty, Pending, ReplyCommandsExt, Route, RouteAppExt},
        tick::{AfterTick, Tick, TickSystems},
        topic::{Target, Topic, TopicAppExt},
    };
}
