//! From requests to the server of models to what a model is given. The input is the path and the
//! query in lines of their own, then the body. Whatever it is, what is wrong has one of the
//! documented errors; what is right is within its limits; and no text of a user becomes a control
//! token of the prompt.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oro_ai::AiSettings;
use oro_ai::chat::template::ChatTemplate;
use oro_ai::chat::tool::{CallReader, Piece};
use oro_ai::chat::{grammar, message::Role};
use oro_ai::server::chat::ChatRequest;
use oro_ai::server::error::ApiError;
use oro_ai::server::parameter::{CHOICES_MAX, TextRequest};
use oro_ai::server::request::ModelRequest;
use oro_components::llm::{LOGPROBS_MAX, ModelId, ModelInfo, STOP_STRINGS_MAX, Segment};
use oro_engine::config::Config;

const TURN: &str = "<|im_start|>";
const PROMPT_BYTES_MAX: usize = 4096;

static SETTINGS: LazyLock<AiSettings> = LazyLock::new(|| {
    let small = PROMPT_BYTES_MAX.to_string();
    let settings = [
        ("ai_llm_max_prompt_bytes", small.as_str()),
        ("ai_llm_embed_max_total_bytes", small.as_str()),
        ("ai_llm_hard_max_tokens", "1000"),
    ];
    let config = Config::builder().overrides(settings).load().unwrap().config;
    AiSettings::from_config(&config).unwrap()
});

/// A model without a template of its own, which gets ChatML.
static TEMPLATE: LazyLock<ChatTemplate> = LazyLock::new(|| {
    let info = ModelInfo {
        id: ModelId(1),
        name: String::new(),
        path: "model.gguf".into(),
        architecture: "llama".to_owned(),
        size_bytes: 0,
        n_params: 0,
        n_vocab: 0,
        n_ctx_train: 0,
        n_ctx_default: 0,
        n_embd: 0,
        gpu_layers: 0,
        chat_template: None,
        chat_templates: Vec::new(),
        bos_token: None,
        eos_token: None,
        adds_bos: false,
        control_tokens: vec![TURN.to_owned(), "<|im_end|>".to_owned()],
    };
    ChatTemplate::new(&info).unwrap()
});

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (path, query, body) = (line(), line(), line());
    let (Ok(path), Ok(query)) = (std::str::from_utf8(path), std::str::from_utf8(query)) else {
        return;
    };
    match ModelRequest::parse(path, query, body, &SETTINGS) {
        Ok(request) => check(&request),
        Err(error) => check_error(&error),
    }
});

fn check_error(error: &ApiError) {
    assert!(matches!(error.status, 400 | 404 | 413), "{error:?}");
    assert!(error.message.len() < 1000, "{error:?}");
    let body: serde_json::Value = serde_json::from_slice(&error.body()).unwrap();
    assert!(body["error"]["message"].is_string(), "{body}");
}

fn check(request: &ModelRequest) {
    match request {
        ModelRequest::Chat(chat) => check_chat(chat),
        ModelRequest::Completion(completion) => check_text(&completion.text),
        ModelRequest::Embedding(embedding) => assert!(!embedding.inputs.is_empty()),
        ModelRequest::Tokenize(tokenize) => assert!(tokenize.content.len() <= PROMPT_BYTES_MAX),
        ModelRequest::Detokenize(_) => {}
    }
}

fn check_text(text: &TextRequest) {
    let sampling = &text.sampling;
    assert!((1..=CHOICES_MAX).contains(&text.choices));
    assert!((1..=1000).contains(&text.max_tokens));
    assert!((0.0..=2.0).contains(&sampling.temperature));
    assert!((0.0..=1.0).contains(&sampling.top_p) && (0.0..=1.0).contains(&sampling.min_p));
    assert!(sampling.logit_bias.iter().all(|(_, bias)| bias.is_finite()));
    assert!(text.stop.len() <= STOP_STRINGS_MAX && text.stop.iter().all(|it| !it.is_empty()));
    assert!(text.logprobs.is_none_or(|count| count <= LOGPROBS_MAX));
}

fn check_chat(chat: &ChatRequest) {
    check_text(&chat.text);
    let contents = || chat.messages.iter().filter_map(|it| it.content.as_deref());
    assert!(contents().map(str::len).sum::<usize>() <= PROMPT_BYTES_MAX);
    let tools = chat.offered_tools();
    if !tools.is_empty() {
        assert!(grammar::of_calls(tools, chat.parallel_tool_calls).contains("root"));
        contents().for_each(|text| check_calls(chat, text));
    }
    let prompt = TEMPLATE.render(&chat.messages, tools).unwrap();
    let own = prompt.segments.iter().filter_map(|segment| match segment {
        Segment::Text { text, special: true } => Some(text.matches(TURN).count()),
        _ => None,
    });
    // Tools are told in a turn of the system, if there is none yet.
    let is_first = chat.messages.first().is_none_or(|it| it.role != Role::System);
    let told = usize::from(!tools.is_empty() && is_first);
    assert_eq!(own.sum::<usize>(), chat.messages.len() + told + 1);
}

/// Calls are found in a text alike, whether it comes at once or letter by letter.
fn check_calls(chat: &ChatRequest, text: &str) {
    let read = |pieces: &mut dyn Iterator<Item = &str>| {
        let mut reader = CallReader::new(&chat.tools);
        let mut found: Vec<Piece> = pieces.flat_map(|piece| reader.push(piece)).collect();
        found.extend(reader.finish());
        let calls = |piece: &Piece| matches!(piece, Piece::Call { .. });
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Call { .. } => None,
        };
        let texts: String = found.iter().filter_map(text).collect();
        found.retain(calls);
        (found, texts)
    };
    let letters: Vec<&str> = text.split_inclusive(|_: char| true).collect();
    let whole = read(&mut std::iter::once(text));
    let parts = read(&mut letters.into_iter());
    assert_eq!(whole.0, parts.0);
    // Between calls, blanks that come alone are not told.
    if whole.0.is_empty() {
        assert_eq!(whole.1, parts.1);
    }
}
