//! What the platform is, and how far pages have come.

use bevy_app::{App, Plugin};
use bevy_ecs::prelude::*;
use oro_components::platform::{
    PageReported, PlatformEvent, PlatformPrimordials, Primordials, RuntimeVersion, arch, platform,
};
use oro_components::process::WorkingDirectory;
use oro_engine::error::Infallible;
use oro_engine::prelude::*;

/// The platform: the routes `platform.primordials` and `platform.event`.
#[derive(Debug, Default)]
pub struct PlatformFactsPlugin;

impl Plugin for PlatformFactsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<WorkingDirectory>();
        let cwd = app.world().resource::<WorkingDirectory>().clone();
        app.add_message::<PageReported>()
            .add_route::<PlatformEvent, _>(report)
            .add_pure::<PlatformPrimordials>(move |_| Ok(primordials(&cwd)));
    }
}

const VERSION: RuntimeVersion = RuntimeVersion {
    full: env!("CARGO_PKG_VERSION"),
    short: env!("CARGO_PKG_VERSION"),
    // Whoever packages the runtime tells the commit; a plain build has no say in it.
    hash: match option_env!("ORO_COMMIT") {
        Some(hash) => hash,
        None => "",
    },
};

fn primordials(cwd: &WorkingDirectory) -> Primordials {
    Primordials {
        arch: arch(),
        cwd: cwd.get().to_string_lossy().into_owned(),
        platform: platform(),
        version: VERSION,
        host_operating_system: platform(),
    }
}

fn report(
    In(call): In<Call<PlatformEvent>>,
    mut reports: MessageWriter<PageReported>,
) -> Result<Empty, Infallible> {
    reports.write(PageReported {
        window: call.client.window(),
        stage: call.value,
        state: call.params.state,
        href: call.params.href,
    });
    Ok(Empty {})
}
