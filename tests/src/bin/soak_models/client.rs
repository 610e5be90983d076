//! What the clients do, and what they know of it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use oro::components::endpoint::EndpointBody;
use serde_json::{Value, json};

use crate::server::{Server, read};

const CHAT: &str = "/v1/chat/completions";
const COMPLETE: &str = "/v1/completions";
const EMBED: &str = "/v1/embeddings";
const MODELS: &str = "/v1/models";
const TOKENIZE: &str = "/tokenize";
const DETOKENIZE: &str = "/detokenize";
const HEALTH: &str = "/health";
/// What is counted of a client that left before there was an answer.
const LEFT: u16 = 499;
/// What work is answered with; the last two where others have the cores, or more comes than waits.
const DONE: &[u16] = &[200, 408, 429];

/// What was sent, and how it was answered.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// By endpoint and status, of clients that stayed.
    answered: BTreeMap<(&'static str, u16), u64>,
    /// By endpoint, of clients that left and of answers that broke off: which status they have is
    /// not known.
    left: BTreeMap<&'static str, u64>,
    /// Of answers that were read to their end.
    completion_tokens: u64,
}

impl Tally {
    fn answered(&self, path: &'static str, status: u16) {
        let mut counts = self.0.lock().unwrap();
        *counts.answered.entry((path, status)).or_default() += 1;
    }

    fn left(&self, path: &'static str) {
        *self.0.lock().unwrap().left.entry(path).or_default() += 1;
    }

    pub fn total(&self) -> u64 {
        let counts = self.0.lock().unwrap();
        counts.answered.values().sum::<u64>() + counts.left.values().sum::<u64>()
    }

    pub fn shown(&self) -> String {
        let counts = self.0.lock().unwrap();
        format!("{:?} left {:?}", counts.answered, counts.left)
    }

    /// Posts, reads all of the answer, and checks that it is what it may be.
    fn post(&self, server: &Server, path: &'static str, body: &str, want: &[u16]) -> Value {
        let (status, text) = server.post(path, body).answer();
        let breaks_off = text.contains("event: error\n");
        if breaks_off {
            // It has begun, and was out of time.
            self.left(path);
        } else {
            self.answered(path, status);
        }
        assert!(want.contains(&status), "{path} {body}: {status} {text}");
        if text.starts_with("data: ") {
            let is_whole = text.ends_with("data: [DONE]\n\n");
            assert!(is_whole || breaks_off, "{path} {body}: {text}");
            return Value::Null;
        }
        let answer: Value = serde_json::from_str(&text).unwrap();
        let tokens = answer["usage"]["completion_tokens"].as_u64();
        self.0.lock().unwrap().completion_tokens += tokens.unwrap_or_default();
        answer
    }

    pub fn health(&self, server: &Server) -> Value {
        let (status, text) = server.get(HEALTH).answer();
        self.answered(HEALTH, status);
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What `/health` tells otherwise than it was. Its own request is not counted yet.
    pub fn compare(&self, health: &Value) -> Vec<String> {
        let counts = self.0.lock().unwrap();
        let mut problems = Vec::new();
        let mut expect = |is: bool, what: String| {
            if !is {
                problems.push(what);
            }
        };
        let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
        for ((path, _), count) in &counts.answered {
            *sent.entry(path).or_default() += count;
        }
        for (path, count) in &counts.left {
            *sent.entry(path).or_default() += count;
        }
        *sent.entry(HEALTH).or_default() -= 1;
        let routes = &health["routes"];
        for (path, sent) in &sent {
            let told = routes["counts"][path].as_u64();
            let what = format!("{path}: {sent} requests, and {told:?} are told");
            expect(told == Some(*sent), what);
        }
        for ((path, status), count) in &counts.answered {
            let told = routes["status"][path][status.to_string()].as_u64();
            let told = told.unwrap_or_default() + u64::from(*path == HEALTH);
            // Those that left have some status too.
            let most = count + counts.left.get(path).copied().unwrap_or_default();
            let what = format!("{path} {status}: {count} to {most}, and {told} are told");
            expect((*count..=most).contains(&told), what);
        }
        for (path, told) in routes["status"].as_object().unwrap() {
            for status in told.as_object().unwrap().keys() {
                let status: u16 = status.parse().unwrap();
                let known = counts
                    .answered
                    .keys()
                    .any(|it| *it == (path.as_str(), status));
                let what = format!("{path}: nobody saw a status {status}");
                expect(known || status == LEFT || DONE.contains(&status), what);
            }
        }
        let engine = &health["engine"];
        let tokens = engine["completion_tokens"].as_u64().unwrap_or_default();
        let read = counts.completion_tokens;
        let what = format!("{read} tokens were read, and {tokens} are told");
        expect(tokens >= read && read > 0, what);
        expect(engine["restarts"] == 0, "the worker has died".to_owned());
        expect(
            health["kv"]["errors"] == 0,
            "caches were not cleared".to_owned(),
        );
        problems
    }
}

/// Numbers that look like chance, and are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, max: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % max
    }
}

const QUESTIONS: [&str; 6] = [
    "What is 2 + 3?",
    "What is the capital of Norway?",
    "Tell me a story about Anna.",
    "What does a cow say?",
    "Hello",
    "Explain quantum physics",
];

fn chat(chance: &mut Chance) -> Value {
    let question = QUESTIONS[chance.below(QUESTIONS.len() as u64) as usize];
    json!({
        "messages": [{ "role": "user", "content": question }],
        "seed": chance.below(1000),
        "temperature": chance.below(15) as f64 / 10.0,
        "max_tokens": 1 + chance.below(80),
        "stream": chance.below(2) == 0,
    })
}

/// Asks something, by which the model is loaded.
pub fn warm_up(server: &Server, tally: &Tally) {
    let body = chat(&mut Chance(0)).to_string();
    tally.post(server, CHAT, &body, DONE);
}

/// One of all that pages ask for, again and again.
pub fn use_endpoints(server: &Server, tally: &Tally, over: &AtomicBool, seed: u64) {
    let mut chance = Chance(seed);
    while !over.load(Ordering::Acquire) {
        match chance.below(10) {
            0..3 => {
                let body = chat(&mut chance).to_string();
                tally.post(server, CHAT, &body, DONE);
            }
            3..5 => leave(server, tally, &mut chance),
            5 => complete(server, tally, &mut chance),
            6 => embed(server, tally, &mut chance),
            7 => tokens(server, tally, &mut chance),
            8 => mistake(server, tally, &mut chance),
            _ => {
                let (status, _) = server.get(MODELS).answer();
                tally.answered(MODELS, status);
                assert_eq!(status, 200);
            }
        }
    }
}

/// Begins an endless chat and leaves: before it is answered, or after some of it.
fn leave(server: &Server, tally: &Tally, chance: &mut Chance) {
    let mut body = chat(chance);
    body["ignore_eos"] = json!(true);
    body["max_tokens"] = json!(100_000);
    let asked = server.post(CHAT, &body.to_string());
    let patience = Duration::from_micros(chance.below(30_000));
    if let Some(response) = asked.within(patience)
        && let EndpointBody::Stream(stream) = response.body
    {
        read(&stream, chance.below(20) as usize);
    }
    server.leave(asked);
    tally.left(CHAT);
}

fn complete(server: &Server, tally: &Tally, chance: &mut Chance) {
    let body = json!({
        "prompt": "A cat is ".repeat(1 + chance.below(40) as usize),
        "max_tokens": 1 + chance.below(30),
        "n": 1 + chance.below(3),
        "logprobs": chance.below(3),
        "stop": ["\n"],
        "seed": chance.below(1000),
    });
    tally.post(server, COMPLETE, &body.to_string(), DONE);
}

fn embed(server: &Server, tally: &Tally, chance: &mut Chance) {
    let texts = (0..=chance.below(20)).map(|n| format!("What is {n}?").repeat(1 + n as usize));
    let body = json!({ "input": texts.collect::<Vec<_>>() });
    let answer = tally.post(server, EMBED, &body.to_string(), DONE);
    if let Some(vectors) = answer["data"].as_array() {
        assert_eq!(vectors.len(), body["input"].as_array().unwrap().len());
    }
}

fn tokens(server: &Server, tally: &Tally, chance: &mut Chance) {
    let text = "ä 🙂 and more ".repeat(1 + chance.below(200) as usize);
    let body = json!({ "content": text }).to_string();
    let tokens = tally.post(server, TOKENIZE, &body, &[200]).to_string();
    let back = tally.post(server, DETOKENIZE, &tokens, &[200]);
    assert_eq!(back["content"], text);
}

fn mistake(server: &Server, tally: &Tally, chance: &mut Chance) {
    let mut body = chat(chance);
    let (path, status) = match chance.below(4) {
        0 => {
            tally.post(server, CHAT, "{\"messages\": [", &[400]);
            return;
        }
        1 => {
            body["temperature"] = json!(3);
            (CHAT, 400)
        }
        2 => {
            body["messages"][0]["content"] = json!("many words ".repeat(2000));
            (CHAT, 400)
        }
        _ => {
            body["model"] = json!("absent");
            (CHAT, 404)
        }
    };
    tally.post(server, path, &body.to_string(), &[status]);
}

/// Loads a second model, asks it something, and unloads it.
pub fn load_models(server: &Server, tally: &Tally, over: &AtomicBool) {
    let mut chance = Chance(99);
    while !over.load(Ordering::Acquire) {
        server.call("ai.llm.model.load", &json!({ "name": "tiny" }));
        let mut body = chat(&mut chance);
        body["model"] = json!("tiny");
        tally.post(server, CHAT, &body.to_string(), DONE);
        server.call("ai.llm.model.unload", &json!({ "model": "tiny" }));
        std::thread::sleep(Duration::from_millis(chance.below(500)));
    }
}

/// Has conversations in contexts of their own.
pub fn talk(server: &Server, over: &AtomicBool) {
    let mut chance = Chance(100);
    while !over.load(Ordering::Acquire) {
        let model = json!({ "name": "tiny-chat" });
        server.call("ai.llm.model.load", &model);
        let create = json!({ "model": "tiny-chat", "size": 512 });
        let id = server.call("ai.llm.context.create", &create)["id"].clone();
        for _ in 0..=chance.below(4) {
            let question = QUESTIONS[chance.below(QUESTIONS.len() as u64) as usize];
            let say = json!({ "id": id, "prompt": question, "maxTokens": 40 });
            let answer = server.call("ai.chat.session.message", &say);
            assert!(answer["text"].is_string(), "{answer}");
        }
        server.call("ai.llm.context.destroy", &json!({ "id": id }));
    }
}
