//! Models in a worker process: they mean the same there, and its death harms nobody else.

use std::process::{Command, ExitCode};

use oro_ai::engine::{Engine, EngineSettings, WorkerProgram, worker_main};
use oro_components::llm::{
    AiError, ContextId, Detokenize, Embed, Finish, Generate, Segment, Tokenize,
};

use crate::harness::{Loaded, Running, endless, fixture, load, settings, wait};

const ITSELF: &str = "worker::serves_as_the_worker";

/// This test program is its own worker: it runs this test alone. Otherwise it does nothing.
#[test]
fn serves_as_the_worker() {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    if has("--exact") && has("--nocapture") && worker_main() != ExitCode::SUCCESS {
        std::process::exit(1);
    }
}

pub fn program() -> WorkerProgram {
    WorkerProgram::running(&["--exact", ITSELF, "--nocapture"]).unwrap()
}

fn isolated() -> Loaded {
    let engine = Engine::new(settings(), Some(program()));
    Loaded::on(engine, "tiny-chat.gguf")
}

fn pid(model: &Loaded) -> u32 {
    model.telemetry().worker_pid.unwrap()
}

fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

/// Whether a process exists that is no zombie.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

#[test]
fn a_worker_answers_as_models_in_this_process_do() {
    let here = Loaded::chat();
    let there = isolated();
    assert_ne!(pid(&there), std::process::id());
    assert_eq!(here.telemetry().worker_pid, None);
    for user in ["What is 2 + 3?", "My name is Kate.", "Tell me a story."] {
        let request = |model: &Loaded| Generate {
            logprobs: Some(2),
            ..model.asking(user)
        };
        let (a, b) = (here.run(request(&here)), there.run(request(&there)));
        assert_eq!(
            (a.text, a.logprobs, a.finish),
            (b.text, b.logprobs, b.finish)
        );
    }
    let both = |call: &dyn Fn(&Loaded) -> Vec<u8>| assert_eq!(call(&here), call(&there));
    both(&|model| {
        let tokenize = Tokenize {
            model: model.model.id,
            text: vec![Segment::text("Hello ä🙂")],
            add_bos: true,
            pieces: true,
        };
        let tokenized = wait(|done| model.engine.tokenize(tokenize, done)).unwrap();
        assert_eq!(tokenized.pieces.concat(), "Hello ä🙂".as_bytes());
        let detokenize = Detokenize {
            model: model.model.id,
            tokens: tokenized.tokens,
        };
        wait(|done| model.engine.detokenize(detokenize, done)).unwrap()
    });
    both(&|model| {
        let embed = Embed {
            model: model.model.id,
            inputs: vec![vec![Segment::text("Hello")]],
            add_special: true,
        };
        let vectors = wait(|done| model.engine.embed(embed, done))
            .unwrap()
            .vectors;
        vectors[0].iter().flat_map(|it| it.to_le_bytes()).collect()
    });
    let refused = |model: &Loaded| {
        let mut request = model.asking("Hello");
        request.max_tokens = 0;
        model.refused(request)
    };
    assert_eq!(refused(&here), refused(&there));
}

/// The worker steps back behind the application, and is the first to go when memory is short.
#[test]
fn a_worker_is_bound_and_limited() {
    let settings = EngineSettings {
        memory_max_bytes: Some(3 << 30),
        ..settings()
    };
    let model = Loaded::on(Engine::new(settings, Some(program())), "tiny-chat.gguf");
    let read = |name: &str| {
        let path = format!("/proc/{}/{name}", pid(&model));
        String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
    };
    let environment = read("environ");
    for variable in ["GOMP_SPINCOUNT=", "GGML_NO_BACKTRACE=1"] {
        let mut all = environment.split('\0');
        assert!(all.any(|it| it.starts_with(variable)), "{variable}");
    }
    // Each thread has its own; those that compute have that of the one that started them.
    let nice = |stat: String| -> i32 {
        let mut fields = stat.rsplit(") ").next().unwrap().split(' ');
        fields.nth(16).unwrap().parse().unwrap()
    };
    let threads = std::fs::read_dir(format!("/proc/{}/task", pid(&model))).unwrap();
    let names = threads.map(|it| it.unwrap().file_name().into_string().unwrap());
    let computing: Vec<i32> = names
        .filter(|id| read(&format!("task/{id}/comm")).starts_with("oro-llm"))
        .map(|id| nice(read(&format!("task/{id}/stat"))))
        .collect();
    let own = nice(std::fs::read_to_string("/proc/thread-self/stat").unwrap());
    assert!(
        !computing.is_empty() && computing.iter().all(|it| *it > own),
        "{computing:?}"
    );
    assert_eq!(read("oom_score_adj").trim(), "500");
    let limits = read("limits");
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(limit("Max data size"), (3_u64 << 30).to_string());
    assert_eq!(limit("Max core file size"), "0");
}

#[test]
fn a_killed_worker_fails_what_it_had_and_comes_back() {
    let model = isolated();
    let all: Vec<Running> = (0..4)
        .map(|_| model.start(endless(&model)).begun())
        .collect();
    let waiting = model.start(endless(&model));
    let first = pid(&model);
    kill(first);
    for running in all.into_iter().chain([waiting]) {
        let error = running.end().unwrap_err();
        let died = AiError::WorkerDied("signal 9 ended it".to_owned());
        assert_eq!(error, died);
    }
    // The next request starts another one, which loads the model by itself.
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
    let telemetry = model.telemetry();
    assert_eq!(telemetry.restarts, 1);
    assert_ne!(telemetry.worker_pid, Some(first));
    assert_eq!((telemetry.running, telemetry.waiting), (0, 0));
    assert!(!runs(first), "it was collected");
}

#[test]
fn a_worker_that_dies_again_and_again_comes_back_each_time() {
    let model = isolated();
    for round in 1..=4 {
        kill(pid(&model));
        // It may be noticed only with this request.
        let said = model.start(model.asking("What is 2 + 3?")).end();
        if !matches!(said, Err(AiError::WorkerDied(_))) {
            assert_eq!(said.unwrap().text, "2 plus 3 is five.", "{round}");
        }
        assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.", "{round}");
    }
    assert_eq!(model.telemetry().restarts, 4);
}

#[test]
fn what_a_conversation_held_is_not_forgotten_silently() {
    let model = isolated();
    let context: ContextId = model.engine.context_id();
    let in_context = |prompt: Vec<Segment>| Generate {
        context: Some(context),
        prompt,
        ..model.asking("")
    };
    let first = model.asking("My name is Kate.").prompt;
    model.run(in_context(first.clone()));
    kill(pid(&model));
    let goes_on = in_context(vec![Segment::Context, Segment::text("And?")]);
    let error = loop {
        match model.refused(goes_on.clone()) {
            AiError::WorkerDied(_) => {}
            error => break error,
        }
    };
    assert_eq!(error, AiError::ContextEmpty(context.0));
    assert_eq!(model.run(in_context(first)).finish, Finish::Stop);
}

#[test]
fn a_program_that_is_no_worker_is_told_and_not_started_forever() {
    let check = |program: &str, want: &str| {
        let worker = WorkerProgram {
            program: program.into(),
            args: vec![],
        };
        let engine = Engine::new(settings(), Some(worker));
        let path = fixture("tiny-chat.gguf");
        let mut failures = Vec::new();
        while failures.len() < 50 {
            match load(&engine, &path) {
                Err(AiError::WorkerDied(_)) => {}
                Err(error @ AiError::WorkerFailed(_)) => {
                    return assert!(error.to_string().contains(want), "{error}");
                }
                other => failures.push(other),
            }
        }
        panic!("{failures:?}");
    };
    check(
        "/nowhere/at/all",
        "'/nowhere/at/all' does not start: No such file",
    );
    check("/bin/false", "it exited with code 1");
}

#[test]
fn an_idle_worker_goes_with_its_engine() {
    let model = isolated();
    let worker = pid(&model);
    assert!(runs(worker));
    let running = model.start(endless(&model)).begun();
    model.engine.close();
    assert!(!runs(worker), "it was killed and collected");
    assert_eq!(running.end(), Err(AiError::Aborted));
}

/// A worker ends with its application, also when that is killed and cannot tell.
#[test]
fn a_worker_dies_with_its_application() {
    const APPLICATION: &str = "ORO_TEST_APPLICATION";
    if std::env::var_os(APPLICATION).is_some() {
        let model = isolated();
        let running = model.start(endless(&model)).begun();
        std::fs::write(
            std::env::var_os(APPLICATION).unwrap(),
            pid(&model).to_string(),
        )
        .unwrap();
        loop {
            running.next();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pid");
    let mut application = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker::a_worker_dies_with_its_application"])
        .env(APPLICATION, &file)
        .spawn()
        .unwrap();
    let until = |is: &dyn Fn() -> bool| {
        let started = std::time::Instant::now();
        while !is() {
            assert!(
                started.elapsed() < crate::harness::PATIENCE,
                "it does not happen"
            );
            std::thread::yield_now();
        }
    };
    let written = || std::fs::read_to_string(&file).unwrap_or_default();
    until(&|| written().parse::<u32>().is_ok());
    let worker: u32 = written().parse().unwrap();
    assert!(runs(worker));
    application.kill().unwrap();
    application.wait().unwrap();
    until(&|| !runs(worker));
}

/// Cancelling reaches the worker also for what has not begun.
#[test]
fn cancelling_reaches_the_worker() {
    let model = isolated();
    for _ in 0..20 {
        let running: Vec<Running> = (0..12).map(|_| model.start(endless(&model))).collect();
        for running in running {
            assert_eq!(running.cancelled(), Finish::Cancelled);
        }
    }
    let telemetry = model.until(|it| it.running + it.waiting + it.sequences_busy == 0);
    assert_eq!(telemetry.restarts, 0);
    assert_eq!(model.engine.open_requests(), 0);
}
