//! Generations: what comes of them, alone and together.

use oro_components::llm::Finish;

use crate::harness::Loaded;

#[test]
fn the_model_says_what_it_was_taught() {
    let model = Loaded::chat();
    for (user, want) in [
        ("What is 2 + 3?", "2 plus 3 is five."),
        ("What colour is the sky?", "The sky is blue."),
    ] {
        let said = model.run(model.asking(user));
        assert_eq!((said.text.as_str(), said.finish), (want, Finish::Stop));
        assert_eq!(said.pieces.len() as u32, said.usage.completion_tokens);
    }
    assert!(model.say("What is the capital of Norway?").contains("Oslo"));
}
