//! The platform: what it is, and what pages tell of their loading.

use bevy_ecs::prelude::*;
use oro_engine::error::Infallible;
use oro_engine::route::{Empty, Route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The processor architecture, as Node names it.
#[must_use]
pub fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "x86" => "ia32",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The operating system, as Node names it.
#[must_use]
pub fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// What never changes about the runtime and its platform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformPrimordials {}

impl Route for PlatformPrimordials {
    const NAME: &'static str = "platform.primordials";
    const CONTROL: bool = true;
    type Output = Primordials;
    type Error = Infallible;
}

/// What never changes, save for the working directory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Primordials {
    /// The processor architecture, as Node names it.
    pub arch: &'static str,
    /// The application's working directory.
    pub cwd: String,
    /// The operating system, as Node names it.
    pub platform: &'static str,
    /// The version of the runtime.
    pub version: RuntimeVersion,
    /// The operating system that really runs it, below a simulator.
    #[serde(rename = "host-operating-system")]
    pub host_operating_system: &'static str,
}

/// The version of the runtime.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct RuntimeVersion {
    /// With everything that is known of it.
    pub full: &'static str,
    /// The number alone.
    pub short: &'static str,
    /// The commit it was built from; empty if that was not told.
    pub hash: &'static str,
}

/// Tells how far a page has come. Its preload script calls it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformEvent {
    /// What has happened.
    pub value: PageStage,
    /// Anything more.
    #[serde(default)]
    pub data: Option<String>,
    /// The document's `readyState`, with `readystatechange`.
    #[serde(default)]
    pub state: Option<String>,
    /// The document's address.
    #[serde(default, rename = "location.href")]
    pub href: Option<String>,
}

impl Route for PlatformEvent {
    const NAME: &'static str = "platform.event";
    const CONTROL: bool = true;
    type Output = Empty;
    type Error = Infallible;
}

/// How far a page has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PageStage {
    /// The preload script begins.
    BeforeRuntimeInit,
    /// The preload script has ended.
    RuntimeInit,
    /// The document is parsed.
    DomContentLoaded,
    /// The document and all it needs is there.
    Load,
    /// `document.readyState` has changed.
    ReadyStateChange,
}

/// A page has told how far it has come.
#[derive(Message, Clone, Debug)]
pub struct PageReported {
    /// The page's window.
    pub window: Option<Entity>,
    /// What has happened.
    pub stage: PageStage,
    /// The document's `readyState`, if told.
    pub state: Option<String>,
    /// The document's address, if told.
    pub href: Option<String>,
}
