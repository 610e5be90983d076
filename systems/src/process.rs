//! The process: its environment, its working directory, what it is, and the program beside it.

mod backend;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::platform::{arch, platform};
use oro_components::process::{
    Environment, Process, ProcessEnvGet, ProcessEnvSet, ProcessError, ProcessInfo,
    SetWorkingDirectory, Variable, WorkingDirectory,
};
use oro_engine::error::Infallible;
use oro_engine::prelude::*;

use crate::errno::SystemError;

/// The process: the routes `process.info`, `process.env.*`, `internal.setcwd`, and those of the
/// program beside it; script module `oro:process`.
#[derive(Debug, Default)]
pub struct ProcessPlugin;

impl Plugin for ProcessPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<WorkingDirectory>();
        let cwd = app.world().resource::<WorkingDirectory>().clone();
        if cwd.get().as_os_str().is_empty()
            && let Ok(path) = std::env::current_dir()
        {
            cwd.set(path);
        }
        if !app.world().contains_resource::<Environment>() {
            app.insert_resource(inherited());
        }
        app.add_route::<ProcessEnvGet, _>(variable)
            .add_route::<ProcessEnvSet, _>(set_variable)
            .add_route::<ProcessInfo, _>(info)
            .add_job::<SetWorkingDirectory>(Lane::Io, move |call| set_directory(&cwd, &call.value));
        backend::build(app);
    }
}

/// The process's environment. Variables that are not text are nothing that pages could use.
fn inherited() -> Environment {
    let text = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((key.into_string().ok()?, value.into_string().ok()?))
    };
    Environment(std::env::vars_os().filter_map(text).collect())
}

fn variable(
    In(call): In<Call<ProcessEnvGet>>,
    environment: Res<Environment>,
) -> Result<Variable, Infallible> {
    let key = call.params.key;
    let value = environment.0.get(&key).cloned();
    Ok(Variable { key, value })
}

fn set_variable(
    In(call): In<Call<ProcessEnvSet>>,
    mut environment: ResMut<Environment>,
) -> Result<Variable, ProcessError> {
    let ProcessEnvSet { key, value } = call.params;
    if key.is_empty() || key.contains(['=', '\0']) {
        return Err(ProcessError::Variable("key"));
    }
    if value.as_ref().is_some_and(|value| value.contains('\0')) {
        return Err(ProcessError::Variable("value"));
    }
    match &value {
        Some(value) => environment.0.insert(key.clone(), value.clone()),
        None => environment.0.remove(&key),
    };
    Ok(Variable { key, value })
}

fn set_directory(cwd: &WorkingDirectory, text: &str) -> Result<Empty, ProcessError> {
    let path = cwd.resolve(Path::new(text));
    let real = if text.is_empty() {
        Err(io::ErrorKind::NotFound.into())
    } else {
        path.canonicalize()
    };
    let entered = real.and_then(|real| {
        if !real.metadata()?.is_dir() {
            return Err(rustix::io::Errno::NOTDIR.into());
        }
        // Reading it is not needed to stand in it; searching it is.
        rustix::fs::access(&real, rustix::fs::Access::EXEC_OK)?;
        Ok(real)
    });
    match entered {
        Ok(real) => {
            cwd.set(real);
            Ok(Empty {})
        }
        Err(error) => {
            let SystemError {
                code,
                reason,
                errno,
            } = (&error).into();
            Err(ProcessError::Directory {
                code,
                reason,
                errno,
                path: text.to_owned(),
            })
        }
    }
}

fn info(
    _: In<Call<ProcessInfo>>,
    cwd: Res<WorkingDirectory>,
    clock: Res<Clock>,
) -> Result<Process, Infallible> {
    static EXEC_PATH: LazyLock<String> = LazyLock::new(|| {
        let path = std::env::current_exe().unwrap_or_default();
        path.to_string_lossy().into_owned()
    });
    let lossy = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
    Ok(Process {
        pid: std::process::id(),
        ppid: std::os::unix::process::parent_id(),
        argv: std::env::args_os().map(lossy).collect(),
        exec_path: EXEC_PATH.clone(),
        cwd: cwd.get().to_string_lossy().into_owned(),
        arch: arch(),
        platform: platform(),
        versions: BTreeMap::from([("oro", env!("CARGO_PKG_VERSION").to_owned())]),
        uptime: clock.real().as_secs_f64(),
    })
}
