//! Ownership: what lives and dies with a window.

use bevy_ecs::entity::EntityHashSet;
use bevy_ecs::prelude::*;

/// Makes an entity a possession of another, usually of a window: it is despawned with its owner.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
#[relationship(relationship_target = Owns)]
pub struct OwnedBy(pub Entity);

/// All that an entity owns. A set, because a window may own tens of thousands of requests at once
/// and each must leave in constant time.
#[derive(Component, Debug, Default)]
#[relationship_target(relationship = OwnedBy, linked_spawn)]
pub struct Owns(EntityHashSet);
