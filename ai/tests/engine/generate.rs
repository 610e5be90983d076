//! Generations: what comes of them, alone and together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam::channel::unbounded;
use oro_ai::engine::EngineSettings;
use oro_components::llm::{
    AiError, Constraint, Finish, Generate, GenerateEvent, Grammar, Penalties, Sampling, Segment,
    Tokenize,
};

use crate::harness::{
    Loaded, NOBODY, Running, Said, alone_and_apart, chat, endless, settings, start, wait,
};

const QUESTIONS: [&str; 8] = [
    "What is 2 + 3?",
    "What colour is the sky?",
    "What is the capital of Norway?",
    "What does a cow say?",
    "What is a lion?",
    "Hello",
    "My name is Kate.",
    "Tell me a short story.",
];

fn seeded(model: &Loaded, user: &str, seed: u32) -> Generate {
    let sampling = Sampling {
        temperature: 1.5,
        seed: Some(seed),
        ..Sampling::default()
    };
    Generate {
        sampling,
        ..model.asking(user)
    }
}

#[test]
fn the_model_says_what_it_was_taught() {
    let model = Loaded::chat();
    for (user, want) in [
        ("What is 2 + 3?", "2 plus 3 is five."),
        ("What colour is the sky?", "The sky is blue."),
    ] {
        let said = model.run(model.asking(user));
        assert_eq!((said.text.as_str(), said.finish), (want, Finish::Stop));
        // One piece for each token; the one that ends the text brings none of it.
        assert_eq!(said.pieces.len() as u32, said.usage.completion_tokens);
        assert_eq!(said.pieces.last().map(String::as_str), Some(""));
        assert!(
            said.timings.prompt_ms > 0.0 && said.timings.decode_ms > 0.0,
            "{said:?}"
        );
    }
    assert!(model.say("What is the capital of Norway?").contains("Oslo"));
}

/// At temperature 0 and by a seed, the text of a request is the same alone and among others.
#[test]
fn texts_are_the_same_alone_and_in_a_full_batch() {
    for (contexts, settings) in (1..).zip(alone_and_apart(8)) {
        check_that_texts_are_the_same(&Loaded::with("tiny-chat.gguf", settings), contexts);
    }
}

fn check_that_texts_are_the_same(model: &Loaded, contexts: u32) {
    let requests: Vec<Generate> = (0..)
        .zip(QUESTIONS)
        .flat_map(|(seed, user)| [model.asking(user), seeded(model, user, seed)])
        .collect();
    let run_alone = || -> Vec<Said> {
        let each = requests.iter().map(|request| model.run(request.clone()));
        each.collect()
    };
    let texts = |said: &[Said]| -> Vec<String> { said.iter().map(|it| it.text.clone()).collect() };
    let alone = run_alone();
    let tokens: u32 = alone.iter().map(|it| it.usage.completion_tokens).sum();
    let alone = texts(&alone);
    assert_eq!(alone, texts(&run_alone()), "alone");
    for _ in 0..3 {
        // All are there before the first step, so that eight of them make one batch.
        let before = model.telemetry().steps;
        model.engine.pause();
        let all: Vec<Running> = requests
            .iter()
            .map(|request| model.start(request.clone()))
            .collect();
        model.engine.resume();
        let together: Vec<Said> = all.into_iter().map(|it| it.end().unwrap()).collect();
        assert_eq!(alone, texts(&together));
        let steps = model.telemetry().steps - before;
        assert!(
            steps < u64::from(contexts * tokens) / 3,
            "{steps} steps of {contexts} contexts, {tokens} tokens"
        );
    }
    let seeds = (10..14).map(|seed| model.run(seeded(model, "Tell me a story.", seed)).text);
    let mut seeds: Vec<String> = seeds.collect();
    seeds.sort();
    seeds.dedup();
    assert!(seeds.len() > 1, "seeds differ: {seeds:?}");
}

/// Prompts that come together are read one after another, so that nobody waits for those of others
/// who came later; but what is being written waits for no more than 512 tokens of prompts. In lots
/// of callbacks, of which each step makes one.
#[test]
fn prompts_that_come_together_are_read_one_after_another() {
    // All of the six are 240 tokens; of the longer ones, the third is the first that is too much.
    for (prompt, second) in [(40, 6), (200, 2)] {
        let settings = EngineSettings {
            running_max: 6,
            ..settings()
        };
        let model = Loaded::with("tiny-chat.gguf", settings);
        let lots = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lots);
        model.engine.after_callbacks(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        model.engine.pause();
        let (sender, texts) = unbounded();
        for number in 0..6 {
            let tokens = (0..prompt).map(|at| 10 + (at * 7 + number as i32) % 90);
            let generate = Generate {
                sampling: Sampling::greedy(),
                max_tokens: 3,
                ignore_eos: true,
                ..Generate::new(model.model.id, vec![Segment::Tokens(tokens.collect())])
            };
            let (sender, lots) = (sender.clone(), Arc::clone(&lots));
            let events = move |events: Vec<GenerateEvent>| {
                let is_text = |event: &GenerateEvent| matches!(event, GenerateEvent::Text { .. });
                if events.iter().any(is_text) {
                    let _ = sender.send((number, lots.load(Ordering::Relaxed)));
                }
            };
            model.engine.generate(generate, events).detach();
        }
        drop(sender);
        // What comes later is read later: once this is answered, all prompts are with the model.
        let last = Tokenize {
            model: model.model.id,
            text: vec![Segment::text("last")],
            add_bos: false,
            pieces: false,
        };
        wait(|done| model.engine.tokenize(last, done)).unwrap();
        model.engine.resume();
        let texts: Vec<(usize, usize)> = texts.iter().collect();
        let of = |number| texts.iter().filter(move |it| it.0 == number).map(|it| it.1);
        let begin = texts[0].1;
        let firsts = (0..6).filter_map(|number| of(number).next());
        let firsts: Vec<usize> = firsts.map(|lot| lot - begin).collect();
        assert_eq!(firsts, [0, 1, 2, 3, 4, 5], "{prompt}: {texts:?}");
        let got = of(0).nth(1).map(|lot| lot - begin);
        assert_eq!(got, Some(second), "{prompt}: {texts:?}");
    }
}

/// The seed that was taken is told, and gives the same text again.
#[test]
fn a_text_can_be_had_again_by_its_seed() {
    let model = Loaded::chat();
    let mut request = seeded(&model, "Tell me a story.", 0);
    request.sampling.seed = None;
    let first = model.run(request.clone());
    request.sampling.seed = Some(first.seed);
    assert_eq!(model.run(request).text, first.text);
}

#[test]
fn stop_strings_end_the_text_and_are_no_part_of_it() {
    let model = Loaded::chat();
    let whole = "The sky is blue.";
    // Inside of a token, over several, at the beginning, and none.
    for (stops, want) in [
        (&["s bl"][..], "The sky i"),
        (&["ky", "is"], "The s"),
        (&["The"], ""),
        (&["blue.!"], whole),
        (&["", "."], "The sky is blue"),
    ] {
        let request = Generate {
            stop: stops.iter().map(|it| (*it).to_owned()).collect(),
            ..model.asking("What colour is the sky?")
        };
        let said = model.run(request);
        assert_eq!(
            (said.text.as_str(), said.finish),
            (want, Finish::Stop),
            "{stops:?}"
        );
        let shown = said.pieces.concat();
        assert!(whole.starts_with(&shown), "{shown}");
    }
}

/// A character is several tokens of this vocabulary, and a stop string is several characters.
#[test]
fn stop_strings_of_split_characters_never_leak() {
    let model = Loaded::chat();
    let whole = "ab ä🙂ä€ zz";
    let run = |stop: &[&str]| {
        let said = model.run(Generate {
            stop: stop.iter().map(|it| (*it).to_owned()).collect(),
            constraint: Some(Constraint {
                grammar: Grammar::Gbnf(format!("root ::= \"{whole}\"")),
                trigger: None,
            }),
            ..model.asking("Hello")
        });
        assert_eq!(said.finish, Finish::Stop, "{stop:?}");
        said
    };
    let free = run(&[]);
    assert_eq!(free.text, whole);
    let characters = u32::try_from(whole.chars().count()).unwrap();
    assert!(free.usage.completion_tokens > characters, "{free:?}");
    let starts: Vec<usize> = whole.char_indices().map(|(at, _)| at).collect();
    for (at, start) in starts.iter().enumerate() {
        for end in starts[at + 1..].iter().chain([&whole.len()]) {
            let stop = &whole[*start..*end];
            let want = &whole[..whole.find(stop).unwrap()];
            let said = run(&["ä🙂€", stop]);
            assert_eq!(said.text, want, "{stop}");
            let mut shown = String::new();
            for piece in &said.pieces {
                shown += piece;
                assert!(want.starts_with(&shown), "{stop}: {shown}");
            }
        }
    }
    // What only looked like the beginning of one is shown.
    assert_eq!(run(&["ä🙂€", "zzz"]).text, whole);
}

#[test]
fn the_number_of_tokens_is_limited() {
    let model = Loaded::chat();
    for max_tokens in [1, 3] {
        let request = Generate {
            max_tokens,
            ..model.asking("What colour is the sky?")
        };
        let said = model.run(request);
        assert_eq!(said.finish, Finish::Length);
        assert_eq!(said.usage.completion_tokens, max_tokens);
    }
    // The end of the context is one too, and the model may not end it before.
    let request = Generate {
        max_tokens: 10_000,
        ignore_eos: true,
        size: Some(40),
        ..model.asking("Hello")
    };
    let said = model.run(request);
    assert_eq!(said.finish, Finish::Length);
    let usage = said.usage;
    assert_eq!(usage.prompt_tokens + usage.completion_tokens, 40);
}

#[test]
fn a_prompt_that_fills_its_context_is_refused() {
    let model = Loaded::chat();
    let size = model.model.n_ctx_default;
    let check = |tokens: usize, size: Option<u32>, fits: bool| {
        let request = Generate {
            size,
            max_tokens: 1,
            ..Generate::new(model.model.id, vec![Segment::Tokens(vec![40; tokens])])
        };
        let n_ctx = size.unwrap_or(model.model.n_ctx_default);
        let overflow = AiError::ContextOverflow {
            prompt_tokens: tokens as u32,
            n_ctx,
        };
        let got = model.start(request).end();
        assert_eq!(
            got.err(),
            (!fits).then_some(overflow),
            "{tokens} of {n_ctx}"
        );
    };
    check(size as usize - 1, None, true);
    check(size as usize, None, false);
    check(10, Some(10), false);
    check(9, Some(10), true);
    // Longer than any batch.
    check(50_000, None, false);
}

#[test]
fn what_makes_no_sense_is_refused_by_its_name() {
    let model = Loaded::chat();
    let base = model.asking("Hello");
    let check = |change: fn(&mut Generate), want: &str| {
        let mut request = base.clone();
        change(&mut request);
        assert_eq!(model.refused(request).to_string(), want);
    };
    check(
        |it| it.model = NOBODY,
        "model 18446744073709551615 is not loaded",
    );
    check(
        |it| it.max_tokens = 0,
        "Invalid 'max_tokens': 0 is not at least 1",
    );
    check(
        |it| it.sampling.temperature = -5.0,
        "Invalid 'temperature': -5 is not between 0 and 100",
    );
    check(
        |it| {
            it.sampling.penalties = Penalties {
                presence: 3.0,
                ..Penalties::default()
            }
        },
        "Invalid 'presence_penalty': 3 is not between -2 and 2",
    );
    check(
        |it| it.sampling.logit_bias = vec![(768, 1.0)],
        "Invalid 'logit_bias': there is no token 768",
    );
    check(
        |it| it.stop = vec![String::new(); 17],
        "Invalid 'stop': 17 strings, at most 16",
    );
    check(
        |it| it.logprobs = Some(21),
        "Invalid 'logprobs': 21 is more than 20",
    );
    check(|it| it.prompt = vec![], "Invalid 'prompt': it is empty");
    check(
        |it| it.prompt = vec![Segment::Tokens(vec![1, -1])],
        "Invalid 'prompt': there is no token -1",
    );
    check(
        |it| it.prompt = vec![Segment::Context],
        "Invalid 'prompt': what a context holds comes first, and no context is named",
    );
    check(
        |it| it.prompt.push(Segment::Context),
        "Invalid 'prompt': what the context holds can only be the first piece",
    );
    check(
        |it| it.size = Some(1 << 19),
        &format!(
            "Invalid 'size': 524288 is not between 1 and {}, which it was trained on",
            model.model.n_ctx_train
        ),
    );
    check(
        |it| it.size = Some(0),
        &format!(
            "Invalid 'size': 0 is not between 1 and {}, which it was trained on",
            model.model.n_ctx_train
        ),
    );
    // After all that it still works.
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
    assert_eq!(model.telemetry().waiting, 0);
}

#[test]
fn logarithms_of_probabilities_are_told_for_each_token() {
    let model = Loaded::chat();
    let request = Generate {
        logprobs: Some(3),
        ..model.asking("What colour is the sky?")
    };
    let said = model.run(request);
    assert_eq!(said.logprobs.len() as u32, said.usage.completion_tokens);
    for it in &said.logprobs {
        assert_eq!(it.top.len(), 3);
        assert_eq!(it.chosen, it.top[0], "the likeliest was taken");
        assert!(it.top.is_sorted_by(|a, b| a.logprob >= b.logprob));
        assert!(it.top.iter().all(|it| it.logprob <= 0.0));
    }
    let bytes = said.logprobs.iter().flat_map(|it| it.chosen.bytes.clone());
    let text = String::from_utf8(bytes.collect()).unwrap();
    assert_eq!(text, "The sky is blue.<|im_end|>");
}

#[test]
fn biases_forbid_and_prefer_tokens() {
    let model = Loaded::chat();
    let free = Generate {
        logprobs: Some(0),
        ..model.asking("What colour is the sky?")
    };
    let first = model.run(free.clone()).logprobs[0].chosen.token;
    let with = |bias: (i32, f32)| {
        let mut request = free.clone();
        request.sampling.logit_bias = vec![bias];
        model.run(request)
    };
    let forbidden = with((first, f32::NEG_INFINITY));
    assert!(forbidden.logprobs.iter().all(|it| it.chosen.token != first));
    // Token 33 of this vocabulary is the byte `!`.
    let preferred = with((33, 1000.0));
    assert_eq!(preferred.finish, Finish::Length);
    assert_eq!(preferred.text, "!".repeat(128));
}

#[test]
fn only_so_many_run_and_wait() {
    let settings = EngineSettings {
        running_max: 2,
        waiting_max: 3,
        ..settings()
    };
    let model = Loaded::with("tiny-chat.gguf", settings);
    let endless = endless(&model);
    let first: Vec<Running> = (0..2)
        .map(|_| model.start(endless.clone()).begun())
        .collect();
    let rest: Vec<Running> = (0..3).map(|_| model.start(endless.clone())).collect();
    let telemetry = model.until(|it| it.waiting == 3 && it.sequences_busy == 2);
    assert_eq!(telemetry.running, 2);
    assert_eq!(model.refused(endless.clone()), AiError::Busy { max: 3 });
    // A place that is given back goes to the one who waited longest.
    let mut first = first.into_iter();
    drop(first.next());
    assert!(matches!(rest[0].next(), GenerateEvent::Started { .. }));
    let telemetry = model.until(|it| it.waiting == 2);
    assert_eq!(telemetry.running, 2);
}

#[test]
fn a_generation_that_takes_too_long_ends() {
    let model = Loaded::chat();
    let endless = endless(&model);
    let brief = Generate {
        timeout_ms: Some(1),
        ..endless.clone()
    };
    let said = model.run(brief.clone());
    assert_eq!(said.finish, Finish::Timeout);
    // Also while it waits for a place, or while all is paused.
    model.engine.pause();
    let paused = model.run(brief);
    assert_eq!((paused.finish, paused.text.as_str()), (Finish::Timeout, ""));
    model.engine.resume();
}

#[test]
fn a_pause_stops_after_the_step_and_ends() {
    let model = Loaded::chat();
    let want = model.say("Tell me a short story.");
    let running = model.start(model.asking("Tell me a short story.")).begun();
    model.engine.pause();
    // One step may be under way.
    let steps = model.until(|_| true).steps;
    let later = |it: &oro_components::llm::Telemetry| it.steps <= steps + 1;
    for _ in 0..1000 {
        assert!(later(&model.telemetry()), "it goes on");
        std::thread::yield_now();
    }
    model.engine.resume();
    let rest = running.end().unwrap();
    assert_eq!(rest.finish, Finish::Stop);
    assert!(want.ends_with(&rest.text), "{want} {rest:?}");
}

/// The end of the engine ends what runs, and joins its threads.
#[test]
fn the_end_of_the_engine_aborts_what_runs() {
    let model = Loaded::chat();
    let endless = endless(&model);
    let running = model.start(endless.clone()).begun();
    model.engine.close();
    assert_eq!(running.end(), Err(AiError::Aborted));
    assert_eq!(model.refused(endless), AiError::Aborted);
    assert!(model.engine.models().is_empty());
}

#[test]
fn an_unloaded_model_ends_its_generations() {
    let model = Loaded::chat();
    let endless = endless(&model);
    let running = model.start(endless.clone()).begun();
    let unload = |done: Box<dyn FnOnce(Result<(), AiError>) + Send>| {
        model.engine.unload(model.model.id, done);
    };
    assert_eq!(wait(unload), Ok(()));
    assert_eq!(running.end().unwrap().finish, Finish::Cancelled);
    let gone = AiError::ModelNotLoaded(model.model.id.0);
    assert_eq!(model.refused(endless), gone);
    assert_eq!(model.telemetry().pool.warm, 0);
}

/// Requests may come before the model is there.
#[test]
fn requests_wait_for_the_model_that_is_loaded() {
    let engine = oro_ai::engine::Engine::new(settings(), None);
    let id = engine.model_id();
    let path = crate::harness::fixture("tiny-chat.gguf");
    let load = oro_components::llm::LoadModel {
        id,
        path,
        gpu_layers: 0,
    };
    engine.load(load, drop);
    let generate = Generate {
        sampling: Sampling::greedy(),
        ..Generate::new(id, chat("What is 2 + 3?"))
    };
    let said = start(&engine, generate).end().unwrap();
    assert_eq!(said.text, "2 plus 3 is five.");
    assert!(said.timings.queued_ms < Duration::from_secs(60).as_secs_f64() * 1000.0);
}
