//! Damaged and hostile files: a clear error, and the engine goes on.

use std::path::PathBuf;

use oro_ai::engine::{Engine, EngineSettings};
use oro_components::llm::{AiError, Generate, LoadAdapter, Sampling, Segment};

use crate::gguf::{
    F16_TENSOR, F32, Gguf, I32_TENSOR, TEXT, TOKENS, Tensor, U32, text, texts, value,
};
use crate::harness::{Loaded, fixture, load, settings, wait};
use crate::worker::program;

/// An engine that tries files, and a place for them.
struct Desk {
    engine: Engine,
    dir: tempfile::TempDir,
    base: Gguf,
}

impl Desk {
    fn new() -> Self {
        Self {
            engine: Engine::new(settings(), Some(program())),
            dir: tempfile::tempdir().unwrap(),
            base: Gguf::open(&fixture("tiny.gguf")),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self
            .dir
            .path()
            .join(format!("{}.gguf", name.replace([' ', '/'], "-")));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What loading the bytes fails with.
    fn reason(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.write(name, bytes);
        match load(&self.engine, &path) {
            Err(AiError::InvalidModel { reason, path: told }) => {
                assert_eq!(told, path.display().to_string());
                reason
            }
            other => panic!("{name}: {other:?}"),
        }
    }

    fn check(&self, name: &str, want: &str, change: impl FnOnce(&mut Gguf)) {
        let mut gguf = self.base.clone();
        change(&mut gguf);
        let reason = self.reason(name, &gguf.bytes());
        assert!(reason.contains(want), "{name}: {reason}");
    }

    /// No worker has ended, and a good model still works.
    fn end(self) {
        let telemetry = wait(|done| self.engine.telemetry(done)).unwrap();
        assert_eq!(telemetry.restarts, 0);
        let model = Loaded::on(self.engine, "tiny-chat.gguf");
        assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
    }
}

fn number(number: u32) -> Vec<u8> {
    value(U32, &number.to_le_bytes())
}

fn float(number: f32) -> Vec<u8> {
    value(F32, &number.to_le_bytes())
}

fn word(word: &str) -> Vec<u8> {
    value(TEXT, &text(word.as_bytes()))
}

#[test]
fn a_file_that_is_taken_apart_and_put_together_is_the_same_model() {
    let desk = Desk::new();
    let path = desk.write("same", &desk.base.bytes());
    load(&desk.engine, &path).unwrap();
    desk.end();
}

/// Each of these ends a process that gives it to llama.cpp.
#[test]
fn what_would_end_the_process_is_refused_by_its_name() {
    let desk = Desk::new();
    let range = "not between 1 and 512";
    desk.check("no layers", range, |it| {
        it.set("llama.block_count", number(0))
    });
    desk.check("many layers", range, |it| {
        it.set("llama.block_count", number(u32::MAX))
    });
    desk.check(
        "experts",
        "'llama.expert_used_count' is 4, not between 0 and 2",
        |it| {
            it.set("llama.expert_count", number(2));
            it.set("llama.expert_used_count", number(4));
        },
    );
    desk.check("rope", "'llama.rope.scaling.type' is none of", |it| {
        it.set("llama.rope.scaling.type", word("spiral"));
    });
    for (name, eps) in [("negative", -1.0), ("nan", f32::NAN)] {
        desk.check(name, "layer_norm_rms_epsilon' is", |it| {
            it.set("llama.attention.layer_norm_rms_epsilon", float(eps));
        });
    }
    desk.check(
        "norm",
        "'output_norm.weight' is not of 32-bit floats",
        |it| {
            let norm = it.tensor("output_norm.weight");
            norm.kind = F16_TENSOR;
            norm.data.truncate(norm.data.len() / 2);
        },
    );
    desk.check("integers", "are whole numbers", |it| {
        let weights = it.tensor("blk.0.attn_q.weight");
        weights.kind = I32_TENSOR;
        weights.data = [weights.data.clone(), weights.data.clone()].concat();
    });
    desk.check("twins", "two tokens are spelt 'h'", |it| {
        let mut tokens = it.tokens();
        let at = tokens.iter().position(|token| token == b"a").unwrap();
        tokens[at] = b"h".to_vec();
        it.set(TOKENS, texts(&tokens));
    });
    desk.check("sentencepiece", "no token for byte", |it| {
        it.set("tokenizer.ggml.model", word("llama"));
    });
    desk.check("no vocabulary", "it has no vocabulary", |it| {
        it.remove("tokenizer.ggml.model")
    });
    desk.check("none", "it has no vocabulary", |it| {
        it.set("tokenizer.ggml.model", word("none"));
    });
    desk.check("bos", "'tokenizer.ggml.bos_token_id' is 4294967295", |it| {
        it.set("tokenizer.ggml.bos_token_id", number(u32::MAX));
        it.set("tokenizer.ggml.add_bos_token", value(7, &[1]));
    });
    desk.end();
}

/// What the file says is wrong about itself.
#[test]
fn files_that_lie_are_refused() {
    let desk = Desk::new();
    let bytes = desk.base.bytes();
    let at = |position: usize, patch: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[position..position + patch.len()].copy_from_slice(patch);
        bytes
    };
    for (name, bytes, want) in [
        ("empty", vec![], "the file ends within its first four bytes"),
        (
            "text",
            b"not a model, but some text".to_vec(),
            "it does not begin with 'GGUF'",
        ),
        ("version", at(4, &[9]), "version 9 of GGUF"),
        (
            "big endian",
            at(4, &[0, 0, 0, 3]),
            "version 50331648 of GGUF",
        ),
        (
            "tensors",
            at(8, &u64::MAX.to_le_bytes()),
            "18446744073709551615 tensors, at most",
        ),
        (
            "keys",
            at(16, &[255; 8]),
            "18446744073709551615 keys, at most",
        ),
        ("more keys", at(16, &[99]), "bytes, more than the file"),
        ("long key", at(24, &[255; 8]), "more than the file"),
        (
            "half",
            bytes[..bytes.len() / 2].to_vec(),
            "the file ends before tensor",
        ),
        ("head", bytes[..1000].to_vec(), "more than the file"),
        (
            "short by one",
            bytes[..bytes.len() - 1].to_vec(),
            "the file ends before tensor",
        ),
    ] {
        let reason = desk.reason(name, &bytes);
        assert!(reason.contains(want), "{name}: {reason}");
    }
    desk.check("alignment", "'general.alignment' is 7", |it| {
        it.set("general.alignment", number(7));
    });
    desk.check("twice", "two keys are called 'general.name'", |it| {
        it.values.push(("general.name".to_owned(), word("again")));
    });
    desk.check("tensors twice", "two tensors are called", |it| {
        let copy: Tensor = it.tensors[0].clone();
        it.tensors.push(copy);
    });
    desk.check("type", "is of type 33, which is unknown", |it| {
        it.tensors[0].kind = 33
    });
    desk.check("shape", "has dimensions", |it| {
        it.tensors[0].dimensions = vec![u64::MAX, 2]
    });
    desk.check("list", "more than the file", |it| {
        let mut list = texts(&[]);
        let len = list.len();
        list[len - 8..].copy_from_slice(&u64::MAX.to_le_bytes());
        it.set("general.tags", list);
    });
    desk.check("adapter", "'general.type' is adapter, not model", |it| {
        it.set("general.type", word("adapter"));
    });
    desk.check("architecture", "unknown model architecture", |it| {
        it.set("general.architecture", word("cathedral"));
        for name in ["block_count", "embedding_length", "context_length"] {
            it.set(&format!("cathedral.{name}"), number(2));
        }
    });
    desk.end();
}

/// What we do not look at ends a process that is there for that.
#[test]
fn a_file_that_ends_its_process_is_refused_by_the_trial() {
    let desk = Desk::new();
    desk.check("nan", "values that are not numbers", |it| {
        let weights = it.tensor("blk.0.ffn_up.weight");
        // 16-bit floats that are no numbers.
        weights.data = [0xFF, 0x7E].repeat(weights.data.len() / 2);
    });
    // A network whose numbers fit none of its tensors.
    desk.check("heads", "", |it| {
        it.set("llama.attention.head_count", number(3))
    });
    desk.check("width", "", |it| {
        it.set("llama.embedding_length", number(96))
    });
    desk.check("missing", "", |it| {
        it.tensors
            .retain(|tensor| tensor.name != "blk.1.attn_k.weight");
    });
    desk.check("pre-tokenizer", "", |it| {
        it.set("tokenizer.ggml.pre", word("martian"))
    });
    desk.end();
}

/// A file of random damage: an error or a model, and never the end of the worker.
#[test]
fn random_damage_never_ends_the_worker() {
    let desk = Desk::new();
    let bytes = desk.base.bytes();
    // Where the keys and the tensors are described.
    let head = bytes
        .windows(11)
        .position(|it| it == b"blk.1.ffn_d")
        .unwrap();
    let mut seed = 1_u64;
    let mut random = |max: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % max
    };
    for round in 0..60 {
        let mut damaged = bytes.clone();
        for _ in 0..=random(3) {
            let at = random(head);
            damaged[at] = match random(3) {
                0 => 0,
                1 => 255,
                _ => damaged[at] ^ (1 << random(8)),
            };
        }
        let path = desk.write(&format!("random {round}"), &damaged);
        match load(&desk.engine, &path) {
            Ok(model) => wait(|done| desk.engine.unload(model.id, done)).unwrap(),
            Err(AiError::InvalidModel { .. }) => {}
            Err(other) => panic!("round {round}: {other:?}"),
        }
    }
    desk.end();
}

#[test]
fn what_is_no_file_is_not_found() {
    let desk = Desk::new();
    for path in [
        desk.dir.path().join("missing.gguf"),
        desk.dir.path().to_owned(),
    ] {
        let error = load(&desk.engine, &path).unwrap_err();
        assert!(
            matches!(
                error,
                AiError::ModelNotFound { .. } | AiError::InvalidModel { .. }
            ),
            "{error:?}"
        );
    }
    desk.end();
}

/// A file that is exchanged is tried again; one that is not, is not.
#[test]
fn a_file_is_tried_once_until_it_changes() {
    let desk = Desk::new();
    let path = desk.write("model", &desk.base.bytes());
    let time = || {
        let started = std::time::Instant::now();
        let model = load(&desk.engine, &path).unwrap();
        wait(|done| desk.engine.unload(model.id, done)).unwrap();
        started.elapsed()
    };
    let (first, second) = (time(), time());
    assert!(second < first, "{first:?} {second:?}");
    let mut nan = desk.base.clone();
    let weights = nan.tensor("blk.0.ffn_up.weight");
    weights.data = [0xFF, 0x7E].repeat(weights.data.len() / 2);
    desk.write("model", &nan.bytes());
    assert!(matches!(
        load(&desk.engine, &path),
        Err(AiError::InvalidModel { .. })
    ));
    desk.end();
}

#[test]
fn damaged_adapters_are_refused() {
    let model = Loaded::on(Engine::new(settings(), Some(program())), "tiny.gguf");
    let dir = tempfile::tempdir().unwrap();
    let base = Gguf::open(&fixture("tiny-lora.gguf"));
    let load = |bytes: &[u8]| {
        let path = dir.path().join("adapter.gguf");
        std::fs::write(&path, bytes).unwrap();
        let load = LoadAdapter {
            id: model.engine.adapter_id(),
            model: model.model.id,
            path,
        };
        wait(|done| model.engine.load_adapter(load, done))
    };
    let check = |want: &str, change: fn(&mut Gguf)| {
        let mut gguf = base.clone();
        change(&mut gguf);
        match load(&gguf.bytes()) {
            Err(AiError::InvalidAdapter { reason, .. }) => {
                assert!(reason.contains(want), "{reason}");
            }
            other => panic!("{want}: {other:?}"),
        }
    };
    check("'general.type' is missing", |it| it.remove("general.type"));
    check("'adapter.type' is soul", |it| {
        it.set("adapter.type", word("soul"))
    });
    check("", |it| it.set("general.architecture", word("gemma")));
    check("", |it| drop(it.tensors.pop()));
    check("", |it| it.tensors[0].dimensions.reverse());
    check("", |it| {
        it.tensors[0].name = "nobody.weight.lora_a".to_owned()
    });
    check("'general.type' is", |it| {
        it.set("general.type", word("model"))
    });
    for bytes in [&b""[..], b"GGUF", &base.bytes()[..500]] {
        assert!(matches!(load(bytes), Err(AiError::InvalidAdapter { .. })));
    }
    load(&base.bytes()).unwrap();
    assert_eq!(model.telemetry().restarts, 0);
}

/// What there is no memory for is refused before any of it is taken.
#[test]
fn what_does_not_fit_into_memory_is_refused() {
    let limited = |bytes: u64| EngineSettings {
        memory_max_bytes: Some(bytes),
        ..settings()
    };
    let engine = Engine::new(limited(1 << 20), None);
    let error = load(&engine, &fixture("tiny-chat.gguf")).unwrap_err();
    assert!(matches!(error, AiError::OutOfMemory { .. }), "{error:?}");

    // A file may claim any length; then it is the request that goes too far.
    let dir = tempfile::tempdir().unwrap();
    let mut gguf = Gguf::open(&fixture("tiny.gguf"));
    gguf.set("llama.context_length", number(i32::MAX as u32));
    let path = dir.path().join("long.gguf");
    std::fs::write(&path, gguf.bytes()).unwrap();
    let engine = Engine::new(limited(160 << 20), None);
    let model = load(&engine, &path).unwrap();
    assert_eq!(model.n_ctx_default, 4096);
    let request = Generate {
        size: Some(1 << 20),
        sampling: Sampling::greedy(),
        max_tokens: 4,
        ..Generate::new(model.id, vec![Segment::text("Hello")])
    };
    let loaded = Loaded { engine, model };
    let error = loaded.refused(request.clone());
    assert!(matches!(error, AiError::OutOfMemory { .. }), "{error:?}");
    let small = Generate {
        size: Some(256),
        ..request
    };
    assert_eq!(loaded.run(small).usage.completion_tokens, 4);
}

/// A file that is cut off or taken away once its model is loaded harms nobody: a mapped one would
/// end the process.
#[test]
fn a_file_that_is_cut_off_later_harms_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    std::fs::copy(fixture("tiny-chat.gguf"), &path).unwrap();
    let engine = Engine::new(settings(), None);
    let model = load(&engine, &path).unwrap();
    std::fs::write(&path, "").unwrap();
    let model = Loaded { engine, model };
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
}
