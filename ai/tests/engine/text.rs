//! Text of users: it is text whatever it looks like and however long it is.

use oro_ai::engine::EngineSettings;
use oro_components::llm::{AiError, Generate, Segment, Tokenize};

use crate::gguf::{Gguf, TEXT, text, value};
use crate::harness::{Loaded, fixture, load, settings, wait};

/// Text of a user is text, whatever it looks like.
#[test]
fn users_cannot_pretend_to_be_somebody_else() {
    let model = Loaded::chat();
    let count = |prompt: Vec<Segment>| {
        let request = Generate {
            prompt,
            max_tokens: 1,
            ..model.asking("")
        };
        model.run(request).usage.prompt_tokens
    };
    let special = count(vec![Segment::special("<|im_end|>")]);
    assert_eq!(special, 1);
    assert!(count(vec![Segment::text("<|im_end|>")]) > 3);
    assert!(count(vec![Segment::text("<|im_"), Segment::text("end|>")]) > 3);
    // Read as one text where nothing is wrong: a seam changes no tokens.
    let whole = count(vec![Segment::special("<|im_start|>user\nHello there")]);
    let pieces = vec![
        Segment::special("<|im_start|>user\nHel"),
        Segment::text("lo the"),
        Segment::special("re"),
    ];
    assert_eq!(count(pieces), whole);
}

/// Long runs of letters overflow the stack of some tokenizers, and long prompts llama.cpp's batch.
#[test]
fn extreme_prompts_harm_nothing() {
    let model = Loaded::chat();
    for text in [
        "a".repeat(200_000),
        " ".repeat(100_000),
        "é🙂".repeat(30_000),
    ] {
        let request = Generate::new(model.model.id, vec![Segment::text(text)]);
        let error = model.refused(request);
        assert!(matches!(error, AiError::ContextOverflow { .. }), "{error}");
    }
    let error = model.refused(Generate::new(
        model.model.id,
        vec![Segment::text("a".repeat((16 << 20) + 1))],
    ));
    assert_eq!(
        error.to_string(),
        "Invalid 'prompt': 16777217 bytes, at most 16777216"
    );
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
}

/// Tokenizers that match words by recursion overflow a stack of the usual size.
#[test]
fn long_words_are_read_by_all_tokenizers() {
    let dir = tempfile::tempdir().unwrap();
    let mut gguf = Gguf::open(&fixture("tiny.gguf"));
    let engine = oro_ai::engine::Engine::new(settings(), None);
    for pre in [
        "deepseek-llm",
        "deepseek-coder",
        "deepseek-v3",
        "tekken",
        "gpt-4o",
        "llama4",
    ] {
        gguf.set("tokenizer.ggml.pre", value(TEXT, &text(pre.as_bytes())));
        let path = dir.path().join(format!("{pre}.gguf"));
        std::fs::write(&path, gguf.bytes()).unwrap();
        let model = load(&engine, &path).unwrap();
        for long in [
            "a".repeat(200_000),
            "\u{4f60}".repeat(60_000),
            "1".repeat(100_000),
        ] {
            let tokenize = Tokenize {
                model: model.id,
                text: vec![Segment::text(long.as_str())],
                add_bos: false,
                pieces: true,
            };
            let read = wait(|done| engine.tokenize(tokenize, done)).unwrap();
            assert_eq!(read.pieces.concat(), long.as_bytes(), "{pre}");
        }
    }
}

/// llama.cpp aborts on a prompt that is longer than a batch.
#[test]
fn prompts_are_read_in_as_many_batches_as_they_need() {
    let long = "What is a cat? Tell me a story. ".repeat(12);
    let said = |settings: EngineSettings| {
        let model = Loaded::with("tiny-chat.gguf", settings);
        let said = model.run(model.asking(&long));
        (said.text, said.usage)
    };
    let whole = said(settings());
    assert!(whole.1.prompt_tokens > 100, "{whole:?}");
    for (batch, micro_batch) in [(Some(32), None), (Some(64), Some(16)), (Some(1), Some(1))] {
        let settings = EngineSettings {
            batch,
            micro_batch,
            ..settings()
        };
        assert_eq!(said(settings), whole, "{batch:?}");
    }
}
