//! Files and directories: every `fs` route, on the io lane.

mod constants;
mod copy;
mod directory;
mod entry;
mod file;
mod handle;
mod path;
mod remove;
mod watch;

use std::path::Path;

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::On;
use oro_components::fs::{
    FsClose, FsCloseOpenDescriptor, FsCloseOpenDescriptors, FsClosedir, FsConstants, FsError,
    FsFchmod, FsFchown, FsFstat, FsFsync, FsFtruncate, FsFutimes, FsGetOpenDescriptors, FsOpen,
    FsOpendir, FsRead, FsReaddir, FsRetainOpenDescriptor, FsWrite, PathGranted,
};
use oro_components::process::WorkingDirectory;
use oro_engine::config::{Config, keys};
use oro_engine::prelude::*;

use crate::folders::{Folders, home};
use crate::sandbox::{Root, Sandbox};
use path::{Paths, Reach};

/// Files and directories: the routes `fs.*`; script modules `oro:fs` and `oro:fs/promises`.
#[derive(Debug, Default)]
pub struct FsPlugin;

impl Plugin for FsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<WorkingDirectory>()
            .init_resource::<handle::Descriptors>();
        let config = app.world_mut().get_resource_or_init::<Config>().clone();
        let cwd = app.world().resource::<WorkingDirectory>().clone();
        let sandbox = is_sandboxed(&config).then(|| Sandbox::new(roots(&config, &cwd)));
        if let Some(sandbox) = sandbox.clone() {
            app.add_observer(move |granted: On<PathGranted>| sandbox.add(Root::new(&granted.path)));
        }
        let paths = Paths::new(cwd, sandbox);
        add_handles(app, &paths);
        add_entries(app, &paths);
        watch::build(app, &paths);
        app.add_pure::<FsConstants>(constants::constants);
    }
}

/// Whether callers from outside of the program are kept in a sandbox. Apple's systems have their
/// own.
fn is_sandboxed(config: &Config) -> bool {
    config.get(keys::FILESYSTEM_SANDBOX_ENABLED) && !cfg!(target_vendor = "apple")
}

/// What may be reached without the user's asking.
fn roots(config: &Config, cwd: &WorkingDirectory) -> Vec<Root> {
    let home = home();
    let folders = Folders::new(config, &home);
    let own = [folders.config, folders.data, folders.cache, folders.log];
    let root = config.get(keys::WEBVIEW_ROOT);
    let mut open = vec![std::env::temp_dir(), config.app_dir().to_owned()];
    // Without an application's folder it counts from wherever the program was started.
    let is_meant = *root != *Path::new(".");
    open.extend(is_meant.then(|| root.to_owned()));
    open.extend(config.mounts().map(|(folder, _)| folder));
    open.retain(|path| !path.as_os_str().is_empty());
    let mut roots: Vec<Root> = open.iter().map(Root::new).collect();
    roots.extend(own.iter().map(Root::own));
    if !config.is_packaged() {
        // As it is now: pages can change it. Who starts an application at home, or above, does not
        // mean to show it all that is there.
        let cwd = Root::new(cwd.get().join("."));
        if !Root::new(home).real().starts_with(cwd.real()) {
            roots.push(cwd);
        }
    }
    roots
}

fn add_handles(app: &mut App, paths: &Paths) {
    app.add_deferred::<FsOpen, _>(file::open(paths.clone()))
        .add_deferred::<FsClose, _>(handle::close)
        .add_deferred::<FsRead, _>(file::read)
        .add_deferred::<FsWrite, _>(file::write)
        .add_deferred::<FsFstat, _>(file::fstat)
        .add_deferred::<FsFsync, _>(file::fsync)
        .add_deferred::<FsFchmod, _>(file::fchmod)
        .add_deferred::<FsFchown, _>(file::fchown)
        .add_deferred::<FsFutimes, _>(file::futimes)
        .add_deferred::<FsFtruncate, _>(file::ftruncate)
        .add_deferred::<FsOpendir, _>(directory::opendir(paths.clone()))
        .add_deferred::<FsReaddir, _>(directory::readdir)
        .add_deferred::<FsClosedir, _>(handle::closedir)
        .add_deferred::<FsCloseOpenDescriptor, _>(handle::close_descriptor)
        .add_route::<FsCloseOpenDescriptors, _>(handle::close_descriptors)
        .add_route::<FsGetOpenDescriptors, _>(handle::descriptors)
        .add_route::<FsRetainOpenDescriptor, _>(handle::retain);
}

fn add_entries(app: &mut App, paths: &Paths) {
    add(app, paths, entry::access);
    add(app, paths, entry::chmod);
    add(app, paths, entry::change_owner);
    add(app, paths, entry::change_link_owner);
    add(app, paths, entry::stat);
    add(app, paths, entry::lstat);
    add(app, paths, entry::statfs);
    add(app, paths, entry::mkdir);
    add(app, paths, entry::mkdtemp);
    add(app, paths, entry::readlink);
    add(app, paths, entry::realpath);
    add(app, paths, entry::rmdir);
    add(app, paths, entry::unlink);
    add(app, paths, entry::rename);
    add(app, paths, entry::link);
    add(app, paths, entry::make_symlink);
    add(app, paths, entry::utimes);
    add(app, paths, entry::link_utimes);
    add(app, paths, file::truncate);
    add(app, paths, file::read_file);
    add(app, paths, file::write_file);
    add(app, paths, file::append_file);
    add(app, paths, copy::copy_file);
    add(app, paths, copy::copy_tree);
    add(app, paths, remove::remove);
}

/// Adds a route that works on paths alone.
fn add<R: Route<Error = FsError>>(
    app: &mut App,
    paths: &Paths,
    work: fn(Reach, Call<R>) -> Result<R::Output, FsError>,
) {
    let paths = paths.clone();
    app.add_job::<R>(Lane::Io, move |call| work(paths.reach(call.client), call));
}
