//! The environment of children, as the system takes it.

use std::ffi::{CString, NulError, OsString};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use bevy_ecs::change_detection::Tick;
use bevy_ecs::prelude::*;
use oro_components::process::Environment;

/// Variables of a child, each as `name=value`.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub block: Vec<CString>,
    /// Where its program is looked for.
    pub path: Option<OsString>,
}

impl Variables {
    /// # Errors
    /// If a name or a value has a zero byte inside.
    pub fn new(all: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, NulError> {
        let mut variables = Self::default();
        for (mut pair, value) in all {
            if pair == "PATH" {
                variables.path = Some(value.clone());
            }
            pair.push("=");
            pair.push(value);
            variables.block.push(CString::new(pair.into_vec())?);
        }
        Ok(variables)
    }
}

/// The application's own variables, which most children get; made again when they have changed.
#[derive(Debug, Default)]
pub(super) struct Inherited(Option<(Tick, Arc<Variables>)>);

impl Inherited {
    /// # Errors
    /// If a name or a value has a zero byte inside.
    pub fn get(&mut self, environment: Ref<'_, Environment>) -> Result<Arc<Variables>, NulError> {
        let changed = environment.last_changed();
        if let Some((at, variables)) = &self.0
            && *at == changed
        {
            return Ok(Arc::clone(variables));
        }
        let all = environment.0.iter();
        let all = all.map(|(name, value)| (name.into(), value.into()));
        let variables = Arc::new(Variables::new(all)?);
        self.0 = Some((changed, Arc::clone(&variables)));
        Ok(variables)
    }
}
