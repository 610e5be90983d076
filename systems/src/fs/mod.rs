//! Files and directories: every `fs` route, on the io lane.

mod constants;
mod copy;
mod directory;
mod entry;
mod file;
mod handle;
mod path;

use bevy_app::{App, Plugin};
use oro_components::fs::{
    FsClose, FsCloseOpenDescriptor, FsCloseOpenDescriptors, FsClosedir, FsConstants, FsError,
    FsFstat, FsFsync, FsFtruncate, FsGetOpenDescriptors, FsOpen, FsOpendir, FsRead, FsReaddir,
    FsRetainOpenDescriptor, FsWrite,
};
use oro_components::process::WorkingDirectory;
use oro_engine::prelude::*;

use path::Paths;

/// Files and directories: the routes `fs.*`; script modules `oro:fs` and `oro:fs/promises`.
#[derive(Debug, Default)]
pub struct FsPlugin;

impl Plugin for FsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<WorkingDirectory>()
            .init_resource::<handle::Descriptors>();
        let paths = Paths::new(app.world().resource::<WorkingDirectory>().clone());
        add_handles(app, &paths);
        add_entries(app, &paths);
        app.add_pure::<FsConstants>(constants::constants);
    }
}

fn add_handles(app: &mut App, paths: &Paths) {
    app.add_deferred::<FsOpen, _>(file::open(paths.clone()))
        .add_deferred::<FsClose, _>(handle::close)
        .add_deferred::<FsRead, _>(file::read)
        .add_deferred::<FsWrite, _>(file::write)
        .add_deferred::<FsFstat, _>(file::fstat)
        .add_deferred::<FsFsync, _>(file::fsync)
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
    add(app, paths, file::truncate);
    add(app, paths, file::read_file);
    add(app, paths, file::write_file);
    add(app, paths, file::append_file);
    add(app, paths, copy::copy_file);
    add(app, paths, copy::copy_tree);
    add(app, paths, copy::remove);
}

/// Adds a route that works on paths alone.
fn add<R: Route<Error = FsError>>(
    app: &mut App,
    paths: &Paths,
    work: fn(&Paths, Call<R>) -> Result<R::Output, FsError>,
) {
    let paths = paths.clone();
    app.add_job::<R>(Lane::Io, move |call| work(&paths, call));
}
