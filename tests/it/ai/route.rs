//! The routes `ai.llm.*` and `ai.chat.*`.

use oro::ai::engine::Engine;
use oro::engine::topic::Emissions;
use oro::prelude::*;
use serde_json::{Value, json};

use super::harness::{Server, models};
use crate::harness::{matches, show};

impl Server {
    /// Calls a route as the page does.
    fn call(&mut self, route: &str, params: Value) -> Value {
        let client = Client::Window(self.window);
        let answer = self.headless.send(client, route, &params, None);
        show(self.headless.wait(&answer))
    }

    /// Calls a route that must succeed.
    fn want(&mut self, route: &str, params: Value) -> Value {
        let answer = self.call(route, params.clone());
        let want = answer.get("want");
        want.unwrap_or_else(|| panic!("{route} {params}: {answer}"))
            .clone()
    }

    fn check_error(&mut self, route: &str, params: Value, kind: &str, code: &str) {
        let answer = self.call(route, params.clone());
        let want = json!({ "err": { "type": kind, "code": code } });
        assert!(matches(&answer, &want), "{route} {params}: {answer}");
    }

    /// Calls a route, and collects the events of a topic until there is an answer and `is_last`.
    fn heard(
        &mut self,
        (route, params): (&str, &Value),
        topic: &str,
        is_last: impl Fn(&Value) -> bool,
    ) -> (Value, Vec<Value>) {
        let client = Client::Window(self.window);
        let answer = self.headless.send(client, route, params, None);
        let mut events = Vec::new();
        let mut found = None;
        self.headless.until(|app| {
            found = found.take().or_else(|| answer.try_recv().ok());
            let emitted = app.world().resource::<Emissions>().iter();
            let own = emitted.filter(|it| it.name == topic);
            events.extend(own.map(|it| serde_json::from_str(&it.json).unwrap()));
            events.last().is_some_and(&is_last) && found.is_some()
        });
        (show(found.unwrap()), events)
    }

    /// A model and a context in it.
    fn context(&mut self, options: &Value) -> Value {
        self.want("ai.llm.model.load", json!({ "name": "tiny-chat" }));
        let mut params = json!({ "model": "tiny-chat", "size": 512, "temp": 0 });
        for (name, value) in options.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.want("ai.llm.context.create", params)["id"].clone()
    }
}

/// Routes of the client that sees what no page may.
fn host(server: &mut Server, route: &str, params: Value) -> Value {
    server.headless.call(route, params)
}

#[test]
fn models_are_loaded_once_listed_and_unloaded() {
    let mut server = Server::new();
    let load = |name: &str| json!({ "name": name });
    let first = server.want("ai.llm.model.load", load("tiny-chat.gguf"));
    let folder = models().canonicalize().unwrap();
    assert_eq!(
        first,
        json!({
            "id": first["id"], "name": "tiny-chat", "loaded": true, "filename": "tiny-chat.gguf",
            "options": { "directory": folder, "gpuLayerCount": 0 },
        })
    );
    assert!(first["id"].as_str().unwrap().parse::<u64>().is_ok());
    assert_eq!(server.want("ai.llm.model.load", load("tiny-chat")), first);
    let second = server.want("ai.llm.model.load", load("tiny"));
    let list = server.want("ai.llm.model.list", json!({}));
    assert_eq!(list, json!([first, second]));
    // Whatever a page names, it reaches no other folders.
    for name in ["../../../Cargo.toml", "/etc/passwd", "absent", "tiny\0"] {
        server.check_error("ai.llm.model.load", load(name), "NotFoundError", "ENOENT");
    }
    let outside = json!({ "name": "passwd", "directory": "/etc" });
    server.check_error(
        "ai.llm.model.load",
        outside.clone(),
        "NotFoundError",
        "ENOENT",
    );
    let of_host = host(&mut server, "ai.llm.model.load", outside);
    let want = json!({ "err": { "code": "ERR_AI_INVALID_MODEL" } });
    assert!(matches(&of_host, &want), "{of_host}");
    let empty = server.call("ai.llm.model.load", load(""));
    assert_eq!(empty["err"]["code"], "ERR_INVALID_ARG", "{empty}");

    for model in [first["id"].clone(), json!("tiny")] {
        server.want("ai.llm.model.unload", json!({ "model": model }));
        let gone = json!({ "model": model });
        server.check_error("ai.llm.model.unload", gone, "NotFoundError", "ENOENT");
    }
    assert_eq!(server.want("ai.llm.model.list", json!({})), json!([]));
}

#[test]
fn how_much_of_a_model_is_read_is_told() {
    let mut server = Server::new();
    let name = json!({ "name": "tiny-chat.gguf" });
    let topic = "ai.llm.model.progress";
    let is_last = |event: &Value| event["progress"] == 1.0;
    let (answer, events) = server.heard(("ai.llm.model.load", &name), topic, is_last);
    let shares = events.iter().map(|it| it["progress"].as_f64().unwrap());
    assert!(events.len() <= 101 && shares.is_sorted(), "{events:?}");
    let want = json!({
        "id": answer["want"]["id"], "name": "tiny-chat.gguf", "filename": "tiny-chat.gguf",
    });
    assert!(events.iter().all(|it| matches(it, &want)), "{events:?}");
}

#[test]
fn contexts_are_their_windows_and_end_with_it() {
    let mut server = Server::new();
    let id = server.context(&json!({ "topK": 7, "minP": 0.25, "topP": 0.5, "seed": 3 }));
    let of = |id: &Value| json!({ "id": id });
    let info = server.want("ai.llm.context.info", of(&id));
    let want = json!({
        "id": id, "size": 512, "used": 0, "lora": null,
        "options": { "temp": 0.0, "topP": 0.5, "topK": 7, "minP": 0.25, "seed": 3 },
    });
    assert!(matches(&info, &want), "{info}");
    assert_eq!(server.want("ai.llm.context.stats", of(&id)), info);
    let of_other = host(&mut server, "ai.llm.context.info", of(&id));
    assert_eq!(of_other["err"]["type"], "NotFoundError", "{of_other}");
    let taken = json!({ "model": "tiny-chat", "id": id });
    server.check_error(
        "ai.llm.context.create",
        taken,
        "InvalidStateError",
        "EEXIST",
    );
    for (more, param) in [
        (json!({ "size": 0 }), "size"),
        (json!({ "size": 1_048_577 }), "size"),
        (json!({ "temp": -1 }), "temp"),
        (json!({ "topP": 1.5 }), "topP"),
        (json!({ "minP": -0.5 }), "minP"),
    ] {
        let mut params = json!({ "model": "tiny-chat" });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let answer = server.call("ai.llm.context.create", params);
        let message = answer["err"]["message"].as_str().unwrap_or_default();
        assert!(
            message.starts_with(&format!("Invalid '{param}'")),
            "{answer}"
        );
    }
    let absent = json!({ "model": "absent" });
    server.check_error("ai.llm.context.create", absent, "NotFoundError", "ENOENT");
    server.want("ai.llm.context.destroy", of(&id));
    server.check_error("ai.llm.context.destroy", of(&id), "NotFoundError", "ENOENT");

    // With the model go its contexts, and with a window its own.
    let id = server.context(&json!({}));
    server.want("ai.llm.model.unload", json!({ "model": "tiny-chat" }));
    server.check_error("ai.llm.context.info", of(&id), "NotFoundError", "ENOENT");
    server.context(&json!({}));
    let before = server.entities();
    server.headless.app.world_mut().despawn(server.window);
    assert_eq!(server.entities(), before - 2);
}

#[test]
fn conversations_are_answered_event_by_event_and_remembered() {
    let mut server = Server::new();
    let id = server.context(&json!({}));
    let say = json!({ "id": id, "prompt": "What is the capital of Norway?" });
    let say = ("ai.chat.session.message", &say);
    let (answer, events) = server.heard(say, "ai.chat.text", |event| event["eog"] == true);
    let text = "The capital of Norway is Oslo.";
    let want = json!({ "want": { "text": text, "finishReason": "stop" } });
    assert!(matches(&answer, &want), "{answer}");
    let (last, said) = events.split_last().unwrap();
    assert_eq!(*last, json!({ "id": id, "text": "", "eog": true }));
    assert!(
        said.len() > 3 && said.iter().all(|it| it["eog"] == false),
        "{said:?}"
    );
    let joined: String = said.iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert_eq!(joined, text);

    let used = server.want("ai.llm.context.info", json!({ "id": id }))["used"].clone();
    assert!(used.as_u64() > Some(20), "{used}");
    // The body is as good as the parameter, and what was read before is not read again.
    let query = json!({ "id": id });
    let client = Client::Window(server.window);
    let body = Some(b"What is 2 + 3?".to_vec());
    let answer = server
        .headless
        .send(client, "ai.chat.session.message", &query, body);
    let answer = show(server.headless.wait(&answer));
    assert_eq!(answer["want"]["text"], "2 plus 3 is five.", "{answer}");
    assert!(
        answer["want"]["cachedTokens"].as_u64() > Some(20),
        "{answer}"
    );
    let history = server.want("ai.chat.session.history", json!({ "id": id }));
    let turns: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["role"].clone())
        .collect();
    assert_eq!(turns, ["user", "assistant", "user", "assistant"]);
    assert_eq!(history[1]["content"], text);
    assert_eq!(history[3]["id"], "3");
    let list = server.want("ai.chat.list", json!({}));
    assert!(
        matches(&list, &json!([{ "id": id, "messages": 4 }])),
        "{list}"
    );
    assert_eq!(
        host(&mut server, "ai.chat.list", json!({})),
        json!({ "want": [] })
    );

    let stopped =
        json!({ "id": id, "prompt": "What colour is the sky?", "antiprompts": "x\u{1} is" });
    let answer = server.want("ai.chat.session.message", stopped);
    assert_eq!(answer["text"], "The sky");
    let short = json!({ "id": id, "prompt": "Hello", "maxTokens": 1 });
    let answer = server.want("ai.chat.session.message", short);
    assert_eq!(answer["finishReason"], "length");
    for params in [
        json!({ "id": id }),
        json!({ "id": id, "prompt": "" }),
        json!({ "id": id, "prompt": "x", "maxTokens": 0 }),
        json!({ "id": id, "prompt": "x".repeat(131_073) }),
        json!({ "id": id, "prompt": "x", "antiprompts": "a\u{1}".repeat(14) }),
    ] {
        server.check_error(
            "ai.chat.session.message",
            params,
            "TypeError",
            "ERR_INVALID_ARG",
        );
    }
}

#[test]
fn texts_are_continued_as_they_are() {
    let mut server = Server::new();
    let id = server.context(&json!({}));
    let go_on = |prompt: &str| json!({ "id": id, "prompt": prompt, "maxTokens": 4 });
    let first = server.want("ai.chat.session.generate", go_on("The sky is"));
    assert!(
        first["text"].as_str().is_some_and(|text| !text.is_empty()),
        "{first}"
    );
    let second = server.want("ai.chat.session.generate", go_on(" and"));
    let tokens = |answer: &Value, name: &str| answer[name].as_u64().unwrap();
    let held = tokens(&first, "promptTokens") + tokens(&first, "completionTokens");
    assert!(tokens(&second, "promptTokens") >= held, "{first} {second}");
    let history = server.want("ai.chat.session.history", json!({ "id": id }));
    assert_eq!(history, json!([]));
}

#[test]
fn what_a_model_says_can_be_aborted() {
    let mut server = Server::new();
    let id = server.context(&json!({}));
    let say = json!({ "id": id, "prompt": "Tell me a story about Anna.", "maxTokens": 400 });
    let client = Client::Window(server.window);
    let engine = server.headless.app.world().resource::<Engine>().clone();
    engine.pause();
    let answer = server
        .headless
        .send(client, "ai.chat.session.message", &say, None);
    server.headless.until(|_| engine.open_requests() > 0);
    server.check_error(
        "ai.chat.session.message",
        say.clone(),
        "InvalidStateError",
        "EBUSY",
    );
    server.want("ai.chat.session.abort", json!({ "id": id }));
    let aborted = show(server.headless.wait(&answer));
    assert_eq!(aborted["want"]["finishReason"], "abort", "{aborted}");
    engine.resume();
    server.headless.until(|_| engine.open_requests() == 0);

    // A context that ends, or a caller that leaves, ends it too.
    engine.pause();
    let answer = server
        .headless
        .send(client, "ai.chat.session.message", &say, None);
    server.headless.until(|_| engine.open_requests() > 0);
    server.want("ai.llm.context.destroy", json!({ "id": id }));
    let ended = show(server.headless.wait(&answer));
    assert_eq!(ended["want"]["finishReason"], "abort", "{ended}");
    let id = server.context(&json!({}));
    let say = json!({ "id": id, "prompt": "Tell me a story about Anna." });
    let ingress = server.headless.app.world().resource::<Ingress>().clone();
    let call = ingress.call(
        "ai.chat.completions",
        &json!({ "messages": [{ "role": "user", "content": "x" }] }),
    );
    let answer = server
        .headless
        .send(client, "ai.chat.session.message", &say, None);
    server.headless.until(|_| engine.open_requests() > 1);
    drop(call);
    server.headless.app.world_mut().despawn(server.window);
    server.headless.until(|_| engine.open_requests() == 0);
    server.headless.wait(&answer);
    engine.resume();
}

#[test]
fn a_state_moves_to_another_context() {
    let mut server = Server::new();
    let id = server.context(&json!({}));
    let of = |id: &Value| json!({ "id": id });
    server.check_error(
        "ai.llm.context.dump",
        of(&id),
        "NotFoundError",
        "ERR_AI_CONTEXT_EMPTY",
    );
    let say = |id: &Value, prompt: &str| json!({ "id": id, "prompt": prompt });
    server.want(
        "ai.chat.session.generate",
        say(&id, "The capital of Norway"),
    );
    let client = Client::Window(server.window);
    let dump = server
        .headless
        .send(client, "ai.llm.context.dump", &of(&id), None);
    let dump = match server.headless.wait(&dump).reply {
        Ok(oro::engine::request::Payload::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?}"),
    };
    let used = server.want("ai.llm.context.info", of(&id))["used"].clone();
    let other = server.context(&json!({}));
    let restore = |server: &mut Server, body: Vec<u8>| {
        let answer =
            server
                .headless
                .send(client, "ai.llm.context.restore", &of(&other), Some(body));
        show(server.headless.wait(&answer))
    };
    let restored = restore(&mut server, dump.clone());
    assert_eq!(restored["want"]["used"], used, "{restored}");
    let first = server.want("ai.chat.session.generate", say(&id, " is"));
    let second = server.want("ai.chat.session.generate", say(&other, " is"));
    assert_eq!(first["text"], second["text"]);
    for body in [vec![], b"garbage".to_vec(), dump[..dump.len() / 2].to_vec()] {
        let refused = restore(&mut server, body);
        let code = refused["err"]["code"].as_str().unwrap_or_default();
        assert!(
            ["ERR_INVALID_ARG", "ERR_AI_INVALID_STATE"].contains(&code),
            "{refused}"
        );
    }
}

#[test]
fn adapters_are_attached_to_contexts_of_their_model() {
    let mut server = Server::new();
    server.want("ai.llm.model.load", json!({ "name": "tiny" }));
    let load = json!({ "model": "tiny", "name": "tiny-lora" });
    let lora = server.want("ai.llm.lora.load", load.clone());
    assert_eq!(lora["filename"], "tiny-lora.gguf");
    assert_eq!(server.want("ai.llm.lora.load", load), lora);
    assert_eq!(server.want("ai.llm.lora.list", json!({})), json!([lora]));
    let create = json!({ "model": "tiny", "temp": 0, "size": 256 });
    let context = server.want("ai.llm.context.create", create)["id"].clone();
    let both = json!({ "id": lora["id"], "context": context });
    let text = |server: &mut Server| {
        let go_on = json!({ "id": context, "prompt": "abc", "maxTokens": 12 });
        let said = server.want("ai.chat.session.generate", go_on)["text"].clone();
        // Begin again the next time.
        let info = server.want("ai.llm.context.info", json!({ "id": context }));
        (said, info["lora"].clone())
    };
    let detach = |server: &mut Server| server.call("ai.llm.lora.detach", both.clone());
    let refused = detach(&mut server);
    assert_eq!(
        refused["err"]["code"], "ERR_AI_ADAPTER_NOT_ATTACHED",
        "{refused}"
    );
    assert_eq!(server.want("ai.llm.lora.attach", both.clone()), lora);
    assert_eq!(
        text(&mut server).1,
        json!({ "id": lora["id"], "scale": 0.5 })
    );
    let strong = json!({ "id": lora["id"], "context": context, "scale": 2 });
    server.want("ai.llm.lora.attach", strong);
    assert_eq!(text(&mut server).1["scale"], 2.0);
    assert_eq!(detach(&mut server)["want"], lora);
    assert_eq!(text(&mut server).1, Value::Null);
    let wrong = json!({ "id": "99", "context": context });
    let code = "ERR_AI_ADAPTER_NOT_LOADED";
    server.check_error("ai.llm.lora.attach", wrong, "NotFoundError", code);
    // The ids of adapters and contexts are not mixed up.
    let swapped = json!({ "id": context, "context": lora["id"] });
    server.check_error("ai.llm.lora.attach", swapped, "NotFoundError", "ENOENT");
    let other = server.context(&json!({}));
    let foreign = json!({ "id": lora["id"], "context": other });
    server.check_error(
        "ai.llm.lora.attach",
        foreign,
        "TypeError",
        "ERR_INVALID_ARG",
    );
    let misfit = json!({ "model": "tiny-chat", "name": "tiny-lora" });
    let code = "ERR_AI_INVALID_ADAPTER";
    server.check_error("ai.llm.lora.load", misfit, "Error", code);
    server.want("ai.llm.lora.unload", json!({ "id": lora["id"] }));
    assert_eq!(server.want("ai.llm.lora.list", json!({})), json!([]));
}

#[test]
fn completions_answer_as_the_server_does() {
    let mut server = Server::new();
    let messages = json!([{ "role": "user", "content": "What is 2 + 3?" }]);
    let asked = json!({ "messages": messages, "temperature": 0 });
    let answer = server.want("ai.chat.completions", asked);
    assert_eq!(
        answer["choices"][0]["message"]["content"],
        "2 plus 3 is five."
    );
    let by_query = json!({ "messages": messages.to_string(), "temperature": "0" });
    let answer = server.want("ai.chat.completions", by_query);
    assert_eq!(
        answer["choices"][0]["message"]["content"],
        "2 plus 3 is five."
    );
    for (params, kind, code) in [
        (json!({}), "TypeError", "ERR_INVALID_ARG"),
        (
            json!({ "messages": [] }),
            "TypeError",
            "invalid_request_error",
        ),
        (
            json!({ "messages": messages, "n": 0 }),
            "TypeError",
            "invalid_request_error",
        ),
        (
            json!({ "messages": messages, "stream": true }),
            "TypeError",
            "ERR_INVALID_ARG",
        ),
        (
            json!({ "messages": messages, "model": "x" }),
            "NotFoundError",
            "model_not_found",
        ),
    ] {
        server.check_error("ai.chat.completions", params, kind, code);
    }
}
