//! temporary
use bevy_ecs::prelude::Resource;
/// x
#[derive(Resource, Clone, Default, Debug)]
pub struct Config {}
/// k
pub struct Key(i64);
/// keys
#[allow(missing_docs)]
pub mod keys {
    use super::Key;
    pub const LOOP_DISPATCH_QUEUED_MAX: Key = Key(10_000);
    pub const IPC_REQUESTS_QUEUED_MAX: Key = Key(65_536);
    pub const IPC_BODY_MAX_BYTES: Key = Key(64 << 20);
    pub const IPC_EVENTS_QUEUED_MAX: Key = Key(65_536);
    pub const TICK_REQUESTS_MAX: Key = Key(4096);
    pub const TICK_BUDGET_MS: Key = Key(4);
    pub const IPC_TIMEOUT_MS: Key = Key(32_000);
}
#[allow(missing_docs)]
impl Config {
    pub fn get(&self, k: Key) -> i64 {
        k.0
    }
    pub fn service_enabled(&self, _: &str) -> bool {
        true
    }
    pub fn has_permission(&self, _: &str) -> bool {
        true
    }
}
impl crate::job::JobLimits {
    #[allow(missing_docs)]
    pub fn from_config(_: &Config) -> Self {
        Self::default()
    }
}
