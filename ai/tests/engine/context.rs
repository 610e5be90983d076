//! Conversations: what is kept in the cache, adapters, and states as bytes.

use oro_ai::engine::EngineSettings;
use oro_components::llm::{
    AdapterId, AdapterUse, AiError, ContextId, Embed, Finish, Generate, LoadAdapter, Restore,
    Restored, Sampling, Segment,
};

use crate::harness::{Loaded, Running, alone_and_apart, chat, endless, fixture, settings, wait};

fn in_context(model: &Loaded, context: ContextId, prompt: Vec<Segment>) -> Generate {
    Generate {
        context: Some(context),
        prompt,
        ..model.asking("")
    }
}

/// Tokens that count and tokens that were not computed again.
fn usage(model: &Loaded, request: &Generate) -> (u32, u32) {
    let usage = model.run(request.clone()).usage;
    (usage.prompt_tokens, usage.cached_tokens)
}

#[test]
fn a_prompt_that_begins_alike_starts_behind_that() {
    let model = Loaded::chat();
    let question = model.asking("What is the capital of Norway?");
    let (tokens, cached) = usage(&model, &question);
    assert_eq!(cached, 0);
    // The same again: all but the last token, whose logits are wanted.
    assert_eq!(usage(&model, &question), (tokens, tokens - 1));
    let other = model.asking("What is the capital of France?");
    let (_, cached) = usage(&model, &other);
    assert!(cached > 5 && cached < tokens, "{cached}");
    assert_eq!(model.run(other).text, "Paris is the capital of France.");
    // Nothing of that changes what is said.
    let fresh = Loaded::chat();
    assert_eq!(model.run(question.clone()).text, fresh.run(question).text);
    let telemetry = model.telemetry();
    assert!(
        telemetry.cached_tokens > 0 && telemetry.kv.clears > 0,
        "{telemetry:?}"
    );
    assert_eq!(telemetry.kv.errors, 0);
}

/// A long beginning is copied from a conversation that goes on, or that somebody may return to.
#[test]
fn a_common_beginning_is_shared_and_no_conversation_loses_its_own() {
    for settings in alone_and_apart(4) {
        check_that_a_beginning_is_shared(&Loaded::with("tiny-chat.gguf", settings));
    }
}

fn check_that_a_beginning_is_shared(model: &Loaded) {
    let system = "You are a friendly assistant. Answer in short sentences. ".repeat(3);
    let prompt = |user: &str| {
        let mut prompt = vec![
            Segment::special("<|im_start|>system\n"),
            Segment::text(system.clone()),
            Segment::special("<|im_end|>\n"),
        ];
        prompt.extend(chat(user));
        prompt
    };
    let mut first = endless(model);
    first.prompt = prompt("Tell me a story.");
    let running = model.start(first).begun();
    let contexts: Vec<ContextId> = (0..3).map(|_| model.engine.context_id()).collect();
    let ask = |context: ContextId, user: &str| in_context(model, context, prompt(user));
    for context in &contexts {
        let (tokens, cached) = usage(model, &ask(*context, "What is 2 + 3?"));
        assert!(cached > tokens / 2, "{cached} of {tokens}");
    }
    // Each is found again, although all of them began alike.
    for context in &contexts {
        let (tokens, cached) = usage(model, &ask(*context, "What is 2 + 3?"));
        assert_eq!(cached, tokens - 1);
    }
    assert_eq!(running.cancelled(), Finish::Cancelled);
}

#[test]
fn a_conversation_goes_on_where_it_was() {
    let model = Loaded::chat();
    let context = model.engine.context_id();
    let first = model.run(in_context(&model, context, chat("My name is Kate.")));
    assert!(first.text.contains("Kate"), "{first:?}");
    let mut more = vec![Segment::Context, Segment::special("<|im_end|>\n")];
    more.extend(chat("What is 2 + 3?"));
    let second = model.run(in_context(&model, context, more));
    assert!(second.text.contains("five"), "{second:?}");
    // What was said before needs no computing but for its last token.
    let said = first.usage.prompt_tokens + first.usage.completion_tokens - 1;
    assert!(
        second.usage.cached_tokens + 1 >= said,
        "{second:?} {first:?}"
    );
    assert!(second.usage.prompt_tokens > said);
    // The same in one prompt gives the same text.
    let mut whole = chat("My name is Kate.");
    whole.push(Segment::text(first.text));
    whole.push(Segment::special("<|im_end|>\n"));
    whole.extend(chat("What is 2 + 3?"));
    let fresh = Loaded::chat();
    let again = fresh.run(Generate {
        prompt: whole,
        ..fresh.asking("")
    });
    assert_eq!(again.text, second.text);
    model.engine.drop_context(context);
    let error = wait(|done| model.engine.dump(context, done));
    assert_eq!(error, Err(AiError::ContextEmpty(context.0)));
}

/// Where the context that has a conversation is full, it goes on in another one, with all that was
/// computed for it; and so does what begins alike.
#[test]
fn a_conversation_moves_to_where_there_is_room() {
    let [_, settings] = alone_and_apart(4);
    let model = Loaded::with("tiny-chat.gguf", settings);
    let context = model.engine.context_id();
    let system = "You are a friendly assistant. Answer in short sentences. ".repeat(3);
    let mut prompt = vec![Segment::text(system)];
    prompt.extend(chat("My name is Kate."));
    let first = model.run(in_context(&model, context, prompt.clone()));
    let said = first.usage.prompt_tokens + first.usage.completion_tokens - 1;
    let others = [(); 2].map(|()| model.start(endless(&model)).begun());
    assert_eq!(
        model.telemetry().pool.warm,
        1,
        "two contexts of a kind are one"
    );
    let other = Generate {
        prompt,
        ..model.asking("")
    };
    let (tokens, cached) = usage(&model, &other);
    assert!(cached > tokens / 2, "{cached} of {tokens}");
    for turn in 0..3 {
        let mut more = vec![Segment::Context, Segment::special("<|im_end|>\n")];
        more.extend(chat("What is 2 + 3?"));
        let next = model.run(in_context(&model, context, more));
        assert!(next.text.contains("five"), "{next:?}");
        assert!(
            next.usage.cached_tokens + 1 >= said,
            "{turn}: {next:?} {first:?}"
        );
    }
    for running in others {
        assert_eq!(running.cancelled(), Finish::Cancelled);
    }
    let telemetry = model.until(|it| it.sequences_busy == 0);
    assert_eq!((telemetry.kv.errors, telemetry.kv.reinits), (0, 0));
}

/// One conversation is one after the other; nothing of a turn is lost to the next.
#[test]
fn turns_of_a_conversation_wait_for_each_other() {
    let model = Loaded::chat();
    let context = model.engine.context_id();
    let first = model.start(Generate {
        context: Some(context),
        ..endless(&model)
    });
    let first = first.begun();
    let second = model.start(in_context(&model, context, chat("What is 2 + 3?")));
    let other = model.run(model.asking("What is 2 + 3?"));
    assert_eq!(other.text, "2 plus 3 is five.", "others go on");
    assert!(second.events.is_empty(), "it waits");
    assert_eq!(first.cancelled(), Finish::Cancelled);
    assert_eq!(second.end().unwrap().text, "2 plus 3 is five.");
}

#[test]
fn a_context_that_is_dropped_ends_its_generation() {
    let model = Loaded::chat();
    let context = model.engine.context_id();
    let running = model.start(Generate {
        context: Some(context),
        ..endless(&model)
    });
    let running = running.begun();
    model.engine.drop_context(context);
    assert_eq!(running.end().unwrap().finish, Finish::Cancelled);
}

fn dump(model: &Loaded, context: ContextId) -> Vec<u8> {
    wait(|done| model.engine.dump(context, done)).unwrap()
}

fn restore(model: &Loaded, state: &[u8]) -> Result<(ContextId, Restored), AiError> {
    let context = model.engine.context_id();
    let restore = Restore {
        context,
        model: model.model.id,
        size: None,
        adapter: None,
        state: state.to_vec(),
    };
    let restored = wait(|done| model.engine.restore(restore, done))?;
    Ok((context, restored))
}

#[test]
fn a_state_takes_a_conversation_elsewhere() {
    let model = Loaded::chat();
    let context = model.engine.context_id();
    model.run(in_context(&model, context, chat("My name is Kate.")));
    let mut more = vec![Segment::Context, Segment::special("<|im_end|>\n")];
    more.extend(chat("What is 2 + 3?"));
    let state = dump(&model, context);
    let want = model.run(in_context(&model, context, more.clone()));

    // Into another context of the same engine: nothing is computed again.
    let (copy, restored) = restore(&model, &state).unwrap();
    assert!(restored.tokens > 10, "{restored:?}");
    assert_eq!(restored.cached_tokens, restored.tokens);
    let said = model.run(in_context(&model, copy, more.clone()));
    assert_eq!(said.text, want.text);
    assert!(
        said.usage.cached_tokens >= restored.cached_tokens,
        "{said:?}"
    );

    // Into another engine, to which the bytes are anybody's: the tokens are taken and checked.
    let other = Loaded::chat();
    let (copy, restored) = restore(&other, &state).unwrap();
    assert_eq!(restored.cached_tokens, 0);
    assert_eq!(
        other.run(in_context(&other, copy, more.clone())).text,
        want.text
    );

    // Another model, and bytes that are none.
    let tiny = Loaded::with("tiny.gguf", settings());
    let error = restore(&tiny, &state).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the state cannot be restored: it is of another model"
    );
    for bytes in [
        &b""[..],
        b"oro-llm1",
        &state[..state.len() / 2],
        &[0xFF; 100],
    ] {
        let error = restore(&model, bytes).unwrap_err();
        assert!(matches!(error, AiError::InvalidState(_)), "{error:?}");
    }
    let nobody = model.engine.context_id();
    let error = wait(|done| model.engine.dump(nobody, done));
    assert_eq!(error, Err(AiError::ContextEmpty(nobody.0)));
}

/// Bytes that were changed are never given to llama.cpp.
#[test]
fn a_state_that_was_tampered_with_is_computed_again_or_refused() {
    let model = Loaded::chat();
    let context = model.engine.context_id();
    model.run(in_context(&model, context, chat("My name is Kate.")));
    let state = dump(&model, context);
    for at in (0..state.len()).step_by(state.len() / 200) {
        let mut changed = state.clone();
        changed[at] ^= 0x55;
        if let Ok((_, restored)) = restore(&model, &changed) {
            assert_eq!(restored.cached_tokens, 0, "byte {at}");
        }
    }
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
}

fn adapter(model: &Loaded) -> AdapterId {
    let load = LoadAdapter {
        id: model.engine.adapter_id(),
        model: model.model.id,
        path: fixture("tiny-lora.gguf"),
    };
    let info = wait(|done| model.engine.load_adapter(load, done)).unwrap();
    assert_eq!(info.name, "tiny-lora");
    info.id
}

fn tiny(model: &Loaded, adapter: Option<(AdapterId, f32)>) -> Generate {
    Generate {
        sampling: Sampling::greedy(),
        adapter: adapter.map(|(id, scale)| AdapterUse { id, scale }),
        max_tokens: 12,
        ..Generate::new(model.model.id, vec![Segment::text("the quick brown fox")])
    }
}

#[test]
fn an_adapter_changes_the_text_and_comes_off_again() {
    let model = Loaded::with("tiny.gguf", settings());
    let plain = model.run(tiny(&model, None));
    let id = adapter(&model);
    assert_eq!(model.engine.adapters().len(), 1);
    let adapted = model.run(tiny(&model, Some((id, 1.0))));
    assert_ne!(adapted.text, plain.text);
    assert_eq!(
        adapted.usage.cached_tokens, 0,
        "what was computed without it is of no use"
    );
    assert_ne!(model.run(tiny(&model, Some((id, 0.25)))).text, adapted.text);
    // A scale of nothing is the model itself, and what it computed is still there.
    let nothing = model.run(tiny(&model, Some((id, 0.0))));
    assert_eq!(nothing.text, plain.text);
    assert!(nothing.usage.cached_tokens > 0);
    assert_eq!(model.run(tiny(&model, Some((id, 1.0)))).text, adapted.text);
    assert_eq!(model.run(tiny(&model, None)).text, plain.text);
    wait(|done| model.engine.unload_adapter(id, done)).unwrap();
    let error = model.refused(tiny(&model, Some((id, 1.0))));
    assert_eq!(error, AiError::AdapterNotLoaded(id.0));
    assert_eq!(model.run(tiny(&model, None)).text, plain.text);
    assert!(model.engine.adapters().is_empty());
}

/// Generations with and without an adapter at once: each is what it is alone.
#[test]
fn generations_with_different_adapters_do_not_mix() {
    for pool_capacity in [0, 1, 2] {
        let settings = EngineSettings {
            pool_capacity,
            ..settings()
        };
        let model = Loaded::with("tiny.gguf", settings);
        let id = adapter(&model);
        let kinds = [None, Some((id, 1.0)), Some((id, 0.25))];
        let alone: Vec<String> = kinds
            .iter()
            .map(|kind| model.run(tiny(&model, *kind)).text)
            .collect();
        let together: Vec<Running> = (0..4)
            .flat_map(|_| kinds)
            .map(|kind| model.start(tiny(&model, kind)))
            .collect();
        for (at, running) in together.into_iter().enumerate() {
            assert_eq!(
                running.end().unwrap().text,
                alone[at % 3],
                "{pool_capacity}"
            );
        }
        let warm = model.until(|it| it.running == 0).pool.warm;
        let most = if pool_capacity == 2 { 2 } else { 1 };
        assert!(warm <= most, "{warm} contexts, capacity {pool_capacity}");
        // One that is used cannot be unloaded under it.
        let running = model.start(Generate {
            ignore_eos: true,
            max_tokens: 1_000_000,
            ..tiny(&model, Some((id, 1.0)))
        });
        let running = running.begun();
        wait(|done| model.engine.unload_adapter(id, done)).unwrap();
        assert_eq!(running.end().unwrap().finish, Finish::Cancelled);
        assert_eq!(model.run(tiny(&model, None)).text, alone[0]);
    }
}

fn embed(model: &Loaded, texts: &[&str]) -> Result<Vec<Vec<f32>>, AiError> {
    let embed = Embed {
        model: model.model.id,
        inputs: texts.iter().map(|it| vec![Segment::text(*it)]).collect(),
        add_special: true,
    };
    Ok(wait(|done| model.engine.embed(embed, done))?.vectors)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_become_vectors() {
    let model = Loaded::chat();
    let texts = [
        "What is a cat?",
        "What is a cow?",
        "7 + 8",
        "What is a cat?",
    ];
    let vectors = embed(&model, &texts).unwrap();
    for vector in &vectors {
        assert_eq!(vector.len(), model.model.n_embd as usize);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-4);
    }
    let near = |a: f32, b: f32| (a - b).abs() < 1e-3;
    assert!(near(cosine(&vectors[0], &vectors[3]), 1.0));
    let (like, unlike) = (
        cosine(&vectors[0], &vectors[1]),
        cosine(&vectors[0], &vectors[2]),
    );
    assert!(like > unlike, "{like} {unlike}");
    // A text has its vector whatever it is sent with, and however long the others are.
    let long = "The sky is blue. ".repeat(60);
    let many: Vec<&str> = (0..200)
        .map(|at| [texts[0], texts[1], &long][at % 3])
        .collect();
    let all = embed(&model, &many).unwrap();
    assert_eq!(all.len(), 200);
    for (at, vector) in all.iter().enumerate().filter(|(at, _)| at % 3 < 2) {
        assert!(near(cosine(vector, &vectors[at % 3]), 1.0), "{at}");
    }
    // A text that is longer than a batch was is one vector all the same.
    let alone = embed(&model, &[&long]).unwrap();
    assert!(near(cosine(&alone[0], &all[2]), 1.0));
}

#[test]
fn vectors_of_nothing_or_too_much_are_refused() {
    let model = Loaded::chat();
    let check = |texts: &[&str], want: &str| {
        assert_eq!(embed(&model, texts).unwrap_err().to_string(), want);
    };
    check(&[], "Invalid 'inputs': 0 texts, not between 1 and 2048");
    check(&["a", ""], "Invalid 'inputs': text 1 is empty");
    let long = "word ".repeat(model.model.n_ctx_train as usize);
    let error = embed(&model, &["a", &long]).unwrap_err();
    assert!(
        matches!(error, AiError::ContextOverflow { .. }),
        "{error:?}"
    );
    // Texts are written meanwhile.
    let running = model.start(endless(&model)).begun();
    assert_eq!(embed(&model, &["a"]).unwrap().len(), 1);
    assert_eq!(running.cancelled(), Finish::Cancelled);
}

#[test]
fn contexts_are_kept_warm_or_freed() {
    let sizes = |pool_capacity: u32| {
        let settings = EngineSettings {
            pool_capacity,
            ..settings()
        };
        let model = Loaded::with("tiny.gguf", settings);
        for size in [256, 512, 768, 1024, 1280, 256] {
            let request = Generate {
                size: Some(size),
                ..tiny(&model, None)
            };
            model.run(request);
        }
        model
            .until(|it| (it.pool.warm == 0) == (pool_capacity == 0))
            .pool
    };
    let kept = sizes(1);
    assert!(kept.warm <= 4 && kept.evictions >= 1, "{kept:?}");
    sizes(0);
}
