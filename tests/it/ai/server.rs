//! Embeddings, tokens, and models: what they are called, and that they are loaded when asked for.

use base64::Engine as _;
use serde_json::{Value, json};

use super::harness::{Server, question, with};

const EMBED: &str = "/v1/embeddings";

fn vectors(body: &Value) -> Vec<Vec<f64>> {
    let data = body["data"].as_array().unwrap();
    let vector = |(at, item): (usize, &Value)| {
        assert_eq!(
            (&item["object"], &item["index"]),
            (&json!("embedding"), &json!(at))
        );
        let numbers = item["embedding"].as_array().unwrap();
        numbers.iter().map(|it| it.as_f64().unwrap()).collect()
    };
    data.iter().enumerate().map(vector).collect()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_become_vectors() {
    let mut server = Server::new();
    let texts = json!({ "input": ["What is a cat?", "What is a dog?", "What is a cat?"] });
    let body = server.post(EMBED, &texts).json();
    let all = vectors(&body);
    assert_eq!(body["object"], "list");
    assert!(all.iter().all(|vector| vector.len() == 128));
    for vector in &all {
        assert!((product(vector, vector) - 1.0).abs() < 1e-3);
    }
    assert!(product(&all[0], &all[2]) > 0.9999);
    assert!(product(&all[0], &all[1]) < 0.9999);
    assert_eq!(
        body["usage"]["prompt_tokens"],
        body["usage"]["total_tokens"]
    );

    let one = server
        .post(EMBED, &json!({ "input": "What is a dog?" }))
        .json();
    assert!(product(&vectors(&one)[0], &all[1]) > 0.9999);
    let tokens = server
        .post("/tokenize", &json!({ "content": "What is a dog?" }))
        .json();
    for input in [tokens["tokens"].clone(), json!([tokens["tokens"]])] {
        let same = server.post(EMBED, &json!({ "input": input })).json();
        assert!(product(&vectors(&same)[0], &all[1]) > 0.9999);
    }
    let coded =
        json!({ "input": "What is a dog?", "encoding_format": "base64", "dimensions": 128 });
    let coded = server.post(EMBED, &coded).json();
    let coded = coded["data"][0]["embedding"].as_str().unwrap();
    let bytes = base64::prelude::BASE64_STANDARD.decode(coded).unwrap();
    let numbers = bytes.as_chunks::<4>().0.iter();
    let numbers: Vec<f64> = numbers
        .map(|it| f64::from(f32::from_le_bytes(*it)))
        .collect();
    assert!(product(&numbers, &vectors(&one)[0]) > 0.9999);
}

#[test]
fn texts_become_tokens_and_back() {
    let mut server = Server::new();
    for text in [
        "",
        "Hello there!",
        "ä € 🦀\0\u{FEFF}",
        "<|im_end|>",
        " \n\t ",
    ] {
        let tokens = server.post("/tokenize", &json!({ "content": text })).json();
        let back = server.post("/detokenize", &tokens).json();
        assert_eq!(back["content"], text);
        let same = server.post("/tokenize", &json!({ "text": text })).json();
        assert_eq!(same, tokens, "{text}");
        let pieces = json!({ "content": text, "with_pieces": true });
        let pieces = server.post("/tokenize", &pieces).json();
        let bytes = pieces["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|token| {
                let piece = &token["piece"];
                match piece.as_str() {
                    Some(text) => text.as_bytes().to_vec(),
                    None => serde_json::from_value(piece.clone()).unwrap(),
                }
            });
        assert_eq!(bytes.collect::<Vec<u8>>(), text.as_bytes(), "{text}");
    }
    let special = json!({ "content": "<|im_end|>", "parse_special": true });
    let special = server.post("/tokenize", &special).json();
    assert_eq!(special["tokens"].as_array().unwrap().len(), 1);
    let got = server.get("/tokenize?content=Hello").json();
    assert_eq!(
        got,
        server
            .post("/tokenize", &json!({ "content": "Hello" }))
            .json()
    );
    let ids = got["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string);
    let path = format!("/detokenize?tokens={}", ids.collect::<Vec<_>>().join(","));
    assert_eq!(server.get(&path).json()["content"], "Hello");
    for tokens in ["[-1]", "[0,9999999]", "[1.5]"] {
        let answer = server.get(&format!("/detokenize?tokens={tokens}"));
        let (status, _, param) = answer.error();
        assert_eq!(status, 400, "{tokens}");
        assert!(param.unwrap().starts_with("tokens["), "{tokens}");
    }
}

#[test]
fn models_are_loaded_when_they_are_first_asked_for_and_known_by_their_names() {
    let mut server = Server::new();
    let list = |server: &mut Server| server.get("/v1/models").json();
    assert_eq!(list(&mut server), json!({ "object": "list", "data": [] }));
    assert_eq!(server.health()["status"], "no_model");
    let asked = question("What colour is the sky?");
    let ids = ["tiny-chat", "tiny-chat.gguf", "1", ""];
    for name in ids {
        let answer = server.post(
            "/v1/chat/completions",
            &with(asked.clone(), json!({ "model": name, "max_tokens": 1 })),
        );
        assert_eq!(answer.json()["model"], "tiny-chat", "{name}");
    }
    let health = server.health();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["models"].as_array().unwrap().len(), 1, "{health}");
    assert_eq!(list(&mut server)["data"][0]["id"], "tiny-chat");
    let one = server.get("/v1/models/tiny-chat").json();
    assert_eq!(one["object"], "model");
    assert_eq!(one["meta"]["n_embd"], 128);
    // Other files are not loaded because a request names them.
    for name in ["tiny", "tiny.gguf", "../models/tiny", "gpt-4o"] {
        let request = with(asked.clone(), json!({ "model": name }));
        let answer = server.post("/v1/chat/completions", &request);
        let want = (404, "model_not_found".to_owned(), Some("model".to_owned()));
        assert_eq!(answer.error(), want, "{name}");
    }
}

#[test]
fn without_a_usable_model_the_reason_is_told() {
    let junk = std::env::temp_dir().join("oro-ai-junk");
    std::fs::create_dir_all(&junk).unwrap();
    std::fs::write(junk.join("junk.gguf"), b"GGUF and then nothing").unwrap();
    let folder = junk.to_str().unwrap();
    for (model, reason) in [
        ("", "No model is loaded"),
        ("absent", "no model 'absent'"),
        ("junk", "is not a usable model"),
    ] {
        let mut server = Server::with(&[
            ("ai_llm_default_model", model),
            ("ai_llm_model_path", folder),
        ]);
        for _ in 0..2 {
            let answer = server.post("/v1/chat/completions", &question("x"));
            let (status, code, _) = answer.error();
            assert_eq!((status, code.as_str()), (503, "no_model_loaded"), "{model}");
            let message = answer.json()["error"]["message"]
                .as_str()
                .unwrap()
                .to_owned();
            assert!(message.contains(reason), "{model}: {message}");
        }
        assert_eq!(server.health()["status"], "no_model");
    }
    std::fs::remove_dir_all(junk).unwrap();
}
