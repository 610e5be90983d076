//! Models: the server at the app's own addresses, and the routes.

mod harness;
mod limit;
mod route;
mod server;
mod text;

use std::path::Path;

use crate::harness::page::{Page, check};

#[test]
fn pages_reach_the_endpoints_of_models() {
    let env = [("ORO_AI_LLM_DEBUG_ROUTE_METRICS", "on")];
    check("/ai/index.html", &["--headless"], &env);
}

#[test]
fn pages_are_told_when_they_ask_too_often() {
    let env = [
        ("ORO_AI_LLM_RATE_LIMIT_RPS", "0.01"),
        ("ORO_AI_LLM_RATE_LIMIT_BURST", "3"),
    ];
    check("/ai/rate.html", &["--headless"], &env);
}

#[test]
fn a_thousand_streams_that_pages_leave_leave_nothing_behind() {
    let env = [
        ("ORO_AI_LLM_MODEL_PATH", "../fixtures/models"),
        ("ORO_AI_LLM_DEFAULT_MODEL", "tiny-chat"),
        ("ORO_AI_LLM_N_THREADS", "1"),
        ("ORO_AI_LLM_RATE_LIMIT_CONCURRENCY", "8"),
        ("ORO_AI_LLM_DEBUG_ROUTE_METRICS", "on"),
    ];
    check("/ai/leave.html", &["--headless"], &env);
}

/// The example is an application that chats.
#[test]
fn the_example_chats() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chat");
    let questions = "What is the capital of Norway?\nWhat is 2 + 3?";
    let env = [
        ("CHAT_QUESTIONS", questions),
        ("ORO_AI_LLM_DEFAULT_TEMPERATURE", "0"),
        ("ORO_AI_LLM_N_THREADS", "1"),
    ];
    let page = Page::start(&dir, "/index.html", &["--headless"], &env);
    for want in [
        "chat: 12 tokens: The capital of Norway is Oslo.",
        "chat: 9 tokens: 2 plus 3 is five.",
        "chat: ready with tiny-chat",
    ] {
        assert_eq!(page.line().as_deref(), Some(want));
    }
}
