//! Models: the server at the app's own addresses, and the routes.

mod harness;
mod limit;
mod route;
mod server;
mod text;

use crate::harness::page::check;

#[test]
fn pages_reach_the_endpoints_of_models() {
    let env = [("ORO_AI_LLM_DEBUG_ROUTE_METRICS", "on")];
    check("/ai/index.html", &["--headless"], &env);
}
