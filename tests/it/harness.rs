//! A runtime without a display, and cases that are data.

pub mod page;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, bounded};
use oro::app::App;
use oro::engine::envelope::{Body, JSON};
use oro::engine::queued_response::QueuedResponse;
use oro::engine::request::{Address, Payload, Response};
use oro::engine::stream::Next;
use oro::prelude::*;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running app, an empty directory, and a clock that stands still.
pub struct Headless {
    pub app: App,
    pub dir: TempDir,
}

impl Headless {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    /// With a configuration of its own.
    pub fn with(config: Config) -> Self {
        Self::with_more(config, |_| {})
    }

    /// With a configuration, and what `add` adds.
    pub fn with_more(config: Config, add: impl FnOnce(&mut App)) -> Self {
        let mut app = App::empty();
        app.insert_resource(config)
            .insert_resource(Clock::manual())
            .add_plugins(HeadlessPlugins);
        add(&mut app);
        app.start();
        let dir = TempDir::new().unwrap();
        Self { app, dir }
    }

    /// The path of a name in the empty directory.
    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// Sends a request and does not wait. Parameters travel as JSON, or in the query beside a
    /// body, as the script library sends them.
    pub fn send(
        &self,
        client: Client,
        route: &str,
        params: &Value,
        body: Option<Vec<u8>>,
    ) -> Receiver<Response> {
        let (tx, rx) = bounded(1);
        let query = if body.is_some() {
            query(params)
        } else {
            String::new()
        };
        let address = Address::parse(&format!("ipc://{route}?{query}")).unwrap();
        let request = Request::new(address, client, move |response| drop(tx.send(response)));
        let request = match body {
            Some(body) => request.with_body("application/octet-stream", body.into()),
            None => request.with_body(JSON, params.to_string().into()),
        };
        self.app.world().resource::<Ingress>().submit(request);
        rx
    }

    /// Ticks until the answer is there.
    pub fn wait(&mut self, answer: &Receiver<Response>) -> Response {
        let mut found = None;
        self.until(|_| {
            found = answer.try_recv().ok();
            found.is_some()
        });
        found.unwrap()
    }

    /// Ticks until something is true.
    pub fn until(&mut self, mut done: impl FnMut(&mut App) -> bool) {
        let started = Instant::now();
        loop {
            self.app.update();
            if done(&mut self.app) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "it does not happen");
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    /// Calls a route as the host program. Errors become `{ "err": … }`, bytes `{ "bytes": … }`.
    pub fn call(&mut self, route: &str, params: Value) -> Value {
        let answer = self.send(Client::Host, route, &params, None);
        show(self.wait(&answer))
    }

    /// Calls a route that answers with bytes.
    pub fn bytes(&mut self, route: &str, params: Value) -> Vec<u8> {
        let answer = self.send(Client::Host, route, &params, None);
        match self.wait(&answer).reply {
            Ok(Payload::Bytes(bytes)) => bytes.to_vec(),
            other => panic!("{route} {params}: no bytes: {other:?}"),
        }
    }

    /// Moves the clock.
    pub fn advance(&mut self, by: Duration) {
        let lifecycle = *self.app.world().resource::<Lifecycle>();
        self.app
            .world_mut()
            .resource_mut::<Clock>()
            .advance(by, lifecycle);
    }
}

/// A reply as cases write it.
pub fn show(response: Response) -> Value {
    match response.reply {
        Ok(Payload::Json(json)) => {
            json!({ "want": serde_json::from_slice::<Value>(&json).unwrap() })
        }
        Ok(Payload::Bytes(bytes)) => json!({ "bytes": String::from_utf8_lossy(&bytes) }),
        Ok(
            Payload::Stream(stream)
            | Payload::Queued(QueuedResponse {
                body: Body::Stream(stream),
                ..
            }),
        ) => {
            let mut all = Vec::new();
            while let Next::Chunk(chunk) = stream.next() {
                all.extend_from_slice(&chunk);
            }
            json!({ "bytes": String::from_utf8_lossy(&all) })
        }
        Ok(Payload::Value(_)) => unreachable!("callers by struct get it themselves"),
        Ok(Payload::Queued(QueuedResponse {
            body: Body::Bytes(bytes),
            ..
        })) => json!({ "bytes": String::from_utf8_lossy(&bytes) }),
        Err(error) => {
            let mut err = serde_json::to_value(&error).unwrap();
            err["status"] = error.status.into();
            json!({ "err": err })
        }
    }
}

fn query(params: &Value) -> String {
    let pairs = params.as_object().unwrap().iter().map(|(key, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{key}={encoded}")
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Runs the cases of `cases/<name>.json` in their order, in one app.
///
/// A case is `{ "name", "route", "params", "body"?, "want" | "bytes" | "err" }`. `$tmp` in any
/// text is the path of an empty directory. What is expected may be less than what comes: members
/// that are not named are not compared, and `"$any"` is anything.
pub fn check_cases(name: &str) {
    check_cases_as(name, |_| Client::Host);
}

/// As [`check_cases`], from another caller.
pub fn check_cases_as(name: &str, client: impl FnOnce(&mut App) -> Client) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("cases")
        .join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap();
    let mut headless = Headless::new();
    let client = client(&mut headless.app);
    let text = text.replace("$tmp", headless.dir.path().to_str().unwrap());
    let cases: Vec<Map<String, Value>> = serde_json::from_str(&text).unwrap();
    let mut failures = Vec::new();
    for case in &cases {
        let route = case["route"].as_str().unwrap();
        let params = case.get("params").cloned().unwrap_or_else(|| json!({}));
        let body = case.get("body").and_then(Value::as_str);
        let body = body.map(|body| body.as_bytes().to_vec());
        let answer = headless.send(client, route, &params, body);
        let got = show(headless.wait(&answer));
        let expected = ["want", "bytes", "err"]
            .into_iter()
            .find_map(|key| Some((key, case.get(key)?)));
        let (key, expected) = expected.unwrap_or_else(|| panic!("{case:?} expects nothing"));
        if !got.get(key).is_some_and(|got| matches(got, expected)) {
            failures.push(format!(
                "{}: expected {key} {expected}\n  got {got}",
                case["name"]
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Whether a value has all that is expected of it.
pub fn matches(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (_, Value::String(any)) if any == "$any" => true,
        (Value::Object(got), Value::Object(want)) => want.iter().all(|(key, want)| {
            got.get(key)
                .map_or(want.is_null(), |got| matches(got, want))
        }),
        (Value::Array(got), Value::Array(want)) => {
            got.len() == want.len() && got.iter().zip(want).all(|(got, want)| matches(got, want))
        }
        _ => got == want,
    }
}

const ALONE: &str = "ORO_TEST_ALONE";

/// Runs the body of the test `name` in a process that runs nothing else, and returns what that
/// process wrote to standard output. In that process itself the body runs.
pub fn alone(name: &str, body: impl FnOnce()) -> Option<Output> {
    alone_with(name, &[], body)
}

/// As [`alone`], with variables of its own.
pub fn alone_with(name: &str, env: &[(&str, &Path)], body: impl FnOnce()) -> Option<Output> {
    if std::env::var_os(ALONE).is_some() {
        body();
        return None;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {text}");
    Some(output)
}
