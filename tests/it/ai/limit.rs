//! What the server refuses, how much it takes on, and that nothing is left of what ends early.

use std::time::Duration;

use oro::ai::engine::Engine;
use oro::components::endpoint::{BodyError, EndpointBody};
use oro::engine::stream::Next;
use oro::prelude::LifecycleAppExt;
use serde_json::{Value, json};

use super::harness::{Answer, Server, models, question, with};

const CHAT: &str = "/v1/chat/completions";
const COMPLETE: &str = "/v1/completions";
const EMBED: &str = "/v1/embeddings";

/// A chat that goes on until it is stopped, or its context is full.
fn endless() -> Value {
    let more = json!({ "ignore_eos": true, "max_tokens": 100_000, "stream": true });
    with(question("Tell me a story about Anna."), more)
}

fn check(answer: &Answer, status: u16, code: &str, param: Option<&str>) {
    let want = (status, code.to_owned(), param.map(str::to_owned));
    assert_eq!(answer.error(), want, "{}", answer.text);
}

/// Sends requests each of which has one wrong member.
fn check_invalid(cases: impl IntoIterator<Item = (&'static str, Value, Value, &'static str)>) {
    let mut server = Server::new();
    for (path, request, more, param) in cases {
        let answer = server.post(path, &with(request, more));
        check(&answer, 400, "invalid_request_error", Some(param));
    }
    assert_eq!(server.until_idle()["limits"]["waiting"], 0);
}

#[test]
fn every_wrong_number_is_named() {
    let many: Vec<Value> = (0..17).map(|n| json!(format!("stop {n}"))).collect();
    let cases = [
        (json!({ "temperature": -0.1 }), "temperature"),
        (json!({ "temperature": 2.01 }), "temperature"),
        (json!({ "temperature": "warm" }), "temperature"),
        (json!({ "top_p": 1.1 }), "top_p"),
        (json!({ "top_p": -1 }), "top_p"),
        (json!({ "min_p": 1.5 }), "min_p"),
        (json!({ "top_k": -1 }), "top_k"),
        (json!({ "top_k": 1.5 }), "top_k"),
        (json!({ "frequency_penalty": 2.1 }), "frequency_penalty"),
        (json!({ "presence_penalty": -2.1 }), "presence_penalty"),
        (json!({ "repeat_penalty": 0 }), "repeat_penalty"),
        (json!({ "max_tokens": 0 }), "max_tokens"),
        (json!({ "max_tokens": -1 }), "max_tokens"),
        (
            json!({ "max_completion_tokens": 0 }),
            "max_completion_tokens",
        ),
        (
            json!({ "max_tokens": 1, "max_completion_tokens": 1 }),
            "max_tokens",
        ),
        (json!({ "n": 0 }), "n"),
        (json!({ "n": 17 }), "n"),
        (json!({ "seed": 1.5 }), "seed"),
        (json!({ "stop": many }), "stop"),
        (json!({ "stop": [1] }), "stop"),
        (json!({ "stop": 7 }), "stop"),
        (json!({ "stop": "x".repeat(1025) }), "stop"),
        (json!({ "stream": "yes" }), "stream"),
        (json!({ "stream_options": {} }), "stream_options"),
        (json!({ "top_logprobs": 1 }), "top_logprobs"),
        (
            json!({ "logprobs": true, "top_logprobs": 21 }),
            "top_logprobs",
        ),
        (json!({ "logit_bias": { "x": 1 } }), "logit_bias"),
        (json!({ "logit_bias": { "1": 101 } }), "logit_bias"),
        (json!({ "logit_bias": { "99999999": 1 } }), "logit_bias"),
        (json!({ "temprature": 1 }), "temprature"),
    ];
    check_invalid(cases.map(|(more, param)| (CHAT, question("Hello"), more, param)));
}

#[test]
fn every_wrong_turn_and_tool_is_named() {
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name } });
    let said = |message: Value| json!({ "messages": [message] });
    let format = |kind: &str| json!({ "response_format": { "type": kind } });
    let schema = "response_format.json_schema.schema";
    let image = json!([{ "type": "image_url" }]);
    let cases = [
        (json!({ "tool_choice": "required" }), "tool_choice"),
        (json!({ "tool_choice": "any" }), "tool_choice"),
        (
            json!({ "tools": [tool("a")], "tool_choice": tool("b") }),
            "tool_choice",
        ),
        (json!({ "tools": [tool("a b")] }), "tools[0].function.name"),
        (json!({ "tools": [{ "type": "search" }] }), "tools[0].type"),
        (json!({ "tools": vec![tool("a"); 129] }), "tools"),
        (format("xml"), "response_format.type"),
        (format("json_schema"), schema),
        (
            with(format("json_object"), json!({ "tools": [tool("a")] })),
            "response_format",
        ),
        (json!({ "messages": [] }), "messages"),
        (json!({ "messages": "Hello" }), "messages"),
        (
            said(json!({ "role": "robot", "content": "" })),
            "messages[0].role",
        ),
        (said(json!({ "role": "user" })), "messages[0].content"),
        (
            said(json!({ "role": "user", "content": 1 })),
            "messages[0].content",
        ),
        (
            said(json!({ "role": "user", "content": image })),
            "messages[0].content",
        ),
        (
            said(json!({ "role": "tool", "content": "x" })),
            "messages[0].tool_call_id",
        ),
    ];
    check_invalid(cases.map(|(more, param)| (CHAT, question("Hello"), more, param)));
}

#[test]
fn every_wrong_prompt_and_input_is_named() {
    let text = || json!({ "prompt": "Hello", "max_tokens": 1 });
    let input = |input: Value| json!({ "input": input });
    check_invalid([
        (COMPLETE, json!({}), json!({}), "prompt"),
        (COMPLETE, text(), json!({ "prompt": ["a", "b"] }), "prompt"),
        (COMPLETE, text(), json!({ "prompt": [] }), "prompt"),
        (COMPLETE, text(), json!({ "prompt": [1, "a"] }), "prompt"),
        (
            COMPLETE,
            text(),
            json!({ "prompt": [99_999_999] }),
            "prompt",
        ),
        (
            COMPLETE,
            text(),
            json!({ "prompt": [1], "echo": true }),
            "echo",
        ),
        (COMPLETE, text(), json!({ "logprobs": 21 }), "logprobs"),
        (COMPLETE, text(), json!({ "suffix": "x" }), "suffix"),
        (EMBED, input(json!([])), json!({}), "input"),
        (EMBED, input(json!("")), json!({}), "input[0]"),
        (EMBED, input(json!(["a", ""])), json!({}), "input[1]"),
        (EMBED, input(json!(vec!["a"; 2049])), json!({}), "input"),
        (
            EMBED,
            input(json!("a")),
            json!({ "dimensions": 7 }),
            "dimensions",
        ),
        (
            EMBED,
            input(json!("a")),
            json!({ "encoding_format": "hex" }),
            "encoding_format",
        ),
        ("/tokenize", json!({}), json!({}), "content"),
        (
            "/tokenize",
            json!({ "content": "a", "text": "a" }),
            json!({}),
            "text",
        ),
        (
            "/detokenize",
            json!({ "tokens": [-1] }),
            json!({}),
            "tokens[0]",
        ),
    ]);
}

#[test]
fn bodies_and_prompts_have_a_largest_size() {
    let mut server = Server::with(&[("ai_llm_embed_max_total_bytes", "100")]);
    let asked = server.send_body("POST", CHAT, None, Err(BodyError::TooLarge));
    check(&server.wait(&asked), 413, "payload_too_large", None);
    let unreadable = BodyError::Unreadable("gone".to_owned());
    let asked = server.send_body("POST", CHAT, None, Err(unreadable));
    check(&server.wait(&asked), 400, "invalid_request_error", None);
    let form = Some("multipart/form-data; boundary=x");
    let asked = server.send_body("POST", CHAT, form, Ok(b"--x".as_slice().into()));
    check(&server.wait(&asked), 415, "unsupported_media_type", None);

    let halves = |bytes: usize| {
        let turn = |bytes: usize| json!({ "role": "user", "content": "x".repeat(bytes) });
        json!({ "messages": [turn(bytes / 2), turn(bytes - bytes / 2)] })
    };
    for (path, request, param) in [
        (CHAT, question(&"x".repeat(131_073)), "messages"),
        (CHAT, halves(131_073), "messages"),
        (COMPLETE, json!({ "prompt": "x".repeat(131_073) }), "prompt"),
        (
            "/tokenize",
            json!({ "content": "x".repeat(131_073) }),
            "content",
        ),
        (
            EMBED,
            json!({ "input": ["x".repeat(50), "x".repeat(51)] }),
            "input",
        ),
    ] {
        let answer = server.post(path, &request);
        check(&answer, 413, "payload_too_large", Some(param));
    }
    // What is small enough may still be too much for the model.
    for (path, request, param) in [
        (CHAT, halves(131_072), "messages"),
        (COMPLETE, json!({ "prompt": "x ".repeat(65_536) }), "prompt"),
        (COMPLETE, json!({ "prompt": vec![1; 2000] }), "prompt"),
    ] {
        let answer = server.post(path, &request);
        check(&answer, 400, "context_length_exceeded", Some(param));
        let message = answer.json()["error"]["message"].to_string();
        assert!(message.contains("1024"), "{message}");
    }
    let tokens = server.post("/tokenize", &json!({ "content": "x".repeat(131_072) }));
    assert_eq!(tokens.status, 200);
    let inputs = json!({ "input": ["x".repeat(50), "y".repeat(50)] });
    assert_eq!(server.post(EMBED, &inputs).status, 200);
}

#[test]
fn what_switches_the_routes_off_switches_the_server_off() {
    for key in ["permissions_allow_ai", "services_ai_enabled"] {
        let mut server = Server::with(&[(key, "false")]);
        let health = server.get("/health");
        check(&health, 403, "permission_denied", None);
        assert!(health.text.contains(key), "{}", health.text);
        let chat = server.post(CHAT, &question("Hello"));
        check(&chat, 403, "permission_denied", None);
    }
}

#[test]
fn bursts_are_limited_and_health_is_not() {
    let mut server = Server::with(&[
        ("ai_llm_rate_limit_rps", "0.5"),
        ("ai_llm_rate_limit_burst", "3"),
    ]);
    let models = |server: &mut Server| server.get("/v1/models");
    for _ in 0..3 {
        assert_eq!(models(&mut server).status, 200);
    }
    let refused = models(&mut server);
    check(&refused, 429, "rate_limit_exceeded", None);
    assert_eq!(refused.header("retry-after"), Some("2"));
    for _ in 0..10 {
        assert_eq!(server.get("/health").status, 200);
    }
    server.headless.advance(Duration::from_millis(1999));
    assert_eq!(models(&mut server).status, 429);
    server.headless.advance(Duration::from_millis(1));
    assert_eq!(models(&mut server).status, 200);
    assert_eq!(models(&mut server).status, 429);
}

/// Waits until so many generations run, and so many wait for their turn.
fn until_count(server: &mut Server, running: u64, waiting: u64) {
    let want = json!([running, waiting]);
    for _ in 0..100_000 {
        let limits = server.health()["limits"].clone();
        if json!([limits["running"], limits["waiting"]]) == want {
            return;
        }
    }
    panic!("never {want}: {}", server.health());
}

#[test]
fn only_so_many_run_and_wait_at_once() {
    let mut server = Server::with(&[("ai_llm_rate_limit_concurrency", "2")]);
    assert_eq!(server.post(CHAT, &question("Hello")).status, 200);
    // So that what runs goes on running.
    server.headless.app.world().resource::<Engine>().pause();
    let endless = endless().to_string();
    let asked: Vec<_> = (0..10)
        .map(|_| server.send("POST", CHAT, &*endless))
        .collect();
    let refused = server.send("POST", CHAT, &*endless);
    let refused = server.wait(&refused);
    check(&refused, 429, "rate_limit_exceeded", None);
    assert_eq!(refused.header("retry-after"), Some("1"));
    // What is no work for a model is answered all the same.
    assert_eq!(server.get("/v1/models").status, 200);
    until_count(&mut server, 2, 8);
    // One ends, the next one begins, and there is room for another.
    asked[0].leave();
    until_count(&mut server, 2, 7);
    let another = server.send("POST", CHAT, &*endless);
    until_count(&mut server, 2, 8);
    server.headless.advance(Duration::from_secs(31));
    for waiting in asked[3..].iter().chain([&another]) {
        let answer = server.wait(waiting);
        check(&answer, 408, "timeout", None);
    }
    until_count(&mut server, 2, 0);
    server.headless.app.world().resource::<Engine>().resume();
    for running in &asked[1..3] {
        assert_eq!(server.wait(running).status, 200);
    }
    server.until_idle();
}

#[test]
fn a_text_that_takes_too_long_is_given_up() {
    let mut server = Server::with(&[
        ("ai_llm_request_timeout_ms", "300"),
        ("ai_llm_debug_route_metrics", "on"),
    ]);
    // One text is soon as long as its context.
    let many = with(endless(), json!({ "n": 16 }));
    let whole = with(many.clone(), json!({ "stream": false }));
    check(&server.post(CHAT, &whole), 408, "timeout", None);
    let stream = server.post(CHAT, &many);
    assert_eq!(stream.status, 200);
    let last = stream.text.rsplit_once("event: error\ndata: ");
    let (before, last) = last.unwrap_or_else(|| panic!("{}", stream.text));
    assert!(before.contains("chat.completion.chunk"));
    let error: Value = serde_json::from_str(last.trim()).unwrap();
    assert_eq!(error["error"]["code"], "timeout");
    // A stream counts as what it came to, though its status was told before.
    let health = server.until_idle();
    assert_eq!(health["routes"]["status"][CHAT], json!({ "408": 2 }));
}

#[test]
fn who_leaves_stops_the_work_within_a_step() {
    let mut server = Server::new();
    let asked = server.send("POST", CHAT, endless().to_string());
    let response = server.response(&asked);
    let EndpointBody::Stream(stream) = response.body else {
        panic!("{response:?}");
    };
    server
        .headless
        .until(|_| matches!(stream.next(), Next::Chunk(_)));
    let engine = server.headless.app.world().resource::<Engine>().clone();
    engine.pause();
    let steps = |server: &mut Server| server.health()["engine"]["steps"].as_u64().unwrap();
    let mut before = steps(&mut server);
    while before != steps(&mut server) {
        before = steps(&mut server);
    }
    // The end of the stream is what WebKit tells of a page that left.
    drop(stream);
    server.headless.until(|_| engine.open_requests() == 0);
    engine.resume();
    server.until_idle();
    assert!(steps(&mut server) <= before + 1);

    // The same before there is any answer, and when the window goes.
    let whole = with(endless(), json!({ "stream": false })).to_string();
    let asked = server.send("POST", CHAT, &*whole);
    server
        .headless
        .until(|app| app.world().resource::<Engine>().open_requests() > 0);
    asked.leave();
    server.until_idle();
    let asked = server.send("POST", CHAT, &*whole);
    server
        .headless
        .until(|app| app.world().resource::<Engine>().open_requests() > 0);
    server.headless.app.world_mut().despawn(server.window);
    let answer = server.wait(&asked);
    assert_eq!(answer.status, 503, "{}", answer.text);
}

#[test]
fn a_thousand_streams_that_are_left_leave_nothing_behind() {
    let mut server = Server::with(&[("ai_llm_rate_limit_concurrency", "8")]);
    let endless = endless().to_string();
    let round = |server: &mut Server, count: usize| {
        let asked: Vec<_> = (0..count)
            .map(|_| server.send("POST", CHAT, &*endless))
            .collect();
        for (at, asked) in asked.iter().enumerate() {
            // Some before they begin, some after their first words.
            if at % 3 == 0 {
                asked.leave();
            } else if let EndpointBody::Stream(stream) = server.response(asked).body {
                server
                    .headless
                    .until(|_| matches!(stream.next(), Next::Chunk(_)));
            }
        }
    };
    round(&mut server, 8);
    let before = server.until_idle();
    let entities = server.entities();
    for _ in 0..125 {
        round(&mut server, 8);
    }
    let after = server.until_idle();
    assert_eq!(server.entities(), entities);
    let engine = server.headless.app.world().resource::<Engine>();
    assert_eq!(engine.open_requests(), 0);
    let cells = |health: &Value| health["engine"]["cells_used"].as_u64().unwrap();
    // What is kept for reuse is no more than the sequences hold.
    assert!(cells(&after) <= cells(&before).max(8 * 1024), "{after}");
}

#[test]
fn the_settings_are_what_a_request_gets_that_does_not_say() {
    let mut server = Server::with(&[
        ("ai_llm_default_temperature", "0"),
        ("ai_llm_default_max_tokens", "3"),
        ("ai_llm_server_prefix", "/llm/"),
        ("ai_llm_model_path", models().to_str().unwrap()),
    ]);
    let request = json!({ "messages": [{ "role": "user", "content": "What is 2 + 3?" }] });
    let first = server.post(CHAT, &request).json();
    assert_eq!(first["choices"][0]["message"]["content"], "2 plus ");
    assert_eq!(first["choices"][0]["finish_reason"], "length");
    let endpoints = server
        .headless
        .app
        .world()
        .resource::<oro::components::endpoint::Endpoints>();
    assert_eq!(endpoints.below("/llm/health").as_deref(), Some("/health"));
    assert_eq!(endpoints.below("/ai/llama/health"), None);
}

#[test]
fn a_pause_keeps_what_runs_or_ends_it() {
    for cancels in [false, true] {
        let cancels_word = cancels.to_string();
        let mut server = Server::with(&[("ai_pause_cancels", &cancels_word)]);
        assert_eq!(server.post(CHAT, &question("Hello")).status, 200);
        // So that it has not ended before the app pauses.
        server.headless.app.world().resource::<Engine>().pause();
        let asked = server.send("POST", CHAT, question("Hello").to_string());
        until_count(&mut server, 1, 0);
        server.headless.app.pause();
        server.headless.app.update();
        if cancels {
            let ended = server.wait(&asked);
            check(&ended, 503, "service_unavailable", None);
        }
        server.headless.app.resume();
        server.headless.app.update();
        if !cancels {
            assert_eq!(server.wait(&asked).status, 200);
        }
        server.until_idle();
    }
}
