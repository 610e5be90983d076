//! Generations that nobody wants any more: they end within a step, and nothing of them is left.

use oro_components::llm::{Finish, Generate};

use crate::harness::{Loaded, Running, alone_and_apart, endless, reason};

#[test]
fn a_cancelled_generation_ends_within_a_step() {
    let model = Loaded::chat();
    let endless = endless(&model);
    for _ in 0..50 {
        let Running {
            generation, events, ..
        } = model.start(endless.clone()).begun();
        generation.cancel();
        let before = model.telemetry().steps;
        assert_eq!(reason(&events), Finish::Cancelled);
        let after = model.until(|it| it.running == 0 && it.sequences_busy == 0);
        // The step that was under way.
        let steps = after.steps - before;
        assert!(steps <= 1, "{steps} more steps");
    }
    // One that waits ends too, and one that nobody has begun to read.
    let all: Vec<Running> = (0..10).map(|_| model.start(endless.clone())).collect();
    for running in all {
        assert_eq!(running.cancelled(), Finish::Cancelled);
    }
}

/// Others in the same batch are not held up, and say what they say alone.
#[test]
fn who_is_left_goes_on() {
    for settings in alone_and_apart(4) {
        check_that_who_is_left_goes_on(&Loaded::with("tiny-chat.gguf", settings));
    }
}

fn check_that_who_is_left_goes_on(model: &Loaded) {
    let asking = model.asking("Tell me a short story.");
    let alone = model.run(asking.clone()).text;
    for _ in 0..10 {
        let others: Vec<Running> = (0..3)
            .map(|_| model.start(endless(model)).begun())
            .collect();
        let staying = model.start(asking.clone()).begun();
        drop(others);
        let rest = staying.end().unwrap().text;
        assert!(
            !rest.is_empty() && alone.ends_with(&rest),
            "{alone}: {rest}"
        );
    }
}

/// Whatever clients do, nothing is left: no place, no sequence, no request, no cell.
#[test]
fn a_thousand_aborted_generations_leave_nothing_behind() {
    for settings in alone_and_apart(8) {
        check_that_nothing_is_left(&Loaded::with("tiny-chat.gguf", settings));
    }
}

fn check_that_nothing_is_left(model: &Loaded) {
    const SIZE: u32 = 256;
    let endless = Generate {
        size: Some(SIZE),
        ..endless(model)
    };
    for round in 0..125 {
        let all: Vec<Running> = (0..8).map(|_| model.start(endless.clone())).collect();
        for (at, running) in all.into_iter().enumerate() {
            // Some before they begin, some after the first event, some after the first text.
            match (round + at) % 3 {
                0 => {}
                1 if at < 4 => drop(running.next()),
                _ if at < 4 => drop(running.begun()),
                _ => {}
            }
        }
    }
    let telemetry = model.until(|it| it.running == 0 && it.waiting == 0 && it.sequences_busy == 0);
    assert_eq!(model.engine.open_requests(), 0);
    let clean = (
        telemetry.kv.errors,
        telemetry.kv.reinits,
        telemetry.pool.warm,
    );
    assert_eq!(clean, (0, 0, 1), "{telemetry:?}");
    // No cell is lost: all sequences at once can be filled to the last one.
    let full: Vec<Running> = (0..8).map(|_| model.start(endless.clone())).collect();
    for running in full {
        let said = running.end().unwrap();
        assert_eq!(said.finish, Finish::Length);
        assert_eq!(
            said.usage.prompt_tokens + said.usage.completion_tokens,
            SIZE
        );
    }
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
}
