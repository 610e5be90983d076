//! A grammar that follows a text token by token.

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use oro_components::llm::AiError;

use super::Weights;

/// The rule where a grammar begins.
const ROOT: &str = "root";

/// A grammar with the text that it has followed so far.
pub(crate) struct Automaton(LlamaSampler);

impl Automaton {
    /// A grammar in GBNF that was checked before.
    pub fn new(weights: &Weights, gbnf: &str) -> Result<Self, AiError> {
        LlamaSampler::grammar(weights.model(), gbnf, ROOT)
            .map(Self)
            .map_err(|error| AiError::InvalidGrammar(error.to_string()))
    }

    /// A grammar that begins right behind `trigger`, which is the end of what `tokens` are, or lies
    /// inside of the last one. `None` if what follows it there is against the grammar.
    pub fn after(weights: &Weights, gbnf: &str, trigger: &str, tokens: &[i32]) -> Option<Self> {
        let pattern = format!("[\\s\\S]*?{}([\\s\\S]*)", escaped(trigger));
        let mut grammar =
            LlamaSampler::grammar_lazy_patterns(weights.model(), gbnf, ROOT, &[pattern], &[])
                .ok()?;
        for token in tokens.iter().filter(|token| weights.has(**token)) {
            grammar.try_accept(LlamaToken::new(*token)).ok()?;
        }
        Some(Self(grammar))
    }

    /// Whether the token may come next.
    pub fn allows(&mut self, token: i32) -> bool {
        let data = LlamaTokenData::new(LlamaToken::new(token), 0.0, 0.0);
        let mut one = LlamaTokenDataArray::new(vec![data], false);
        one.apply_sampler(&mut self.0);
        one.data.first().is_some_and(|it| it.logit().is_finite())
    }

    /// Sets the logits of all tokens that may not come next to minus infinity.
    pub fn mask(&mut self, logits: &mut [f32]) {
        let all = (0..).zip(logits.iter());
        let all =
            all.map(|(token, logit)| LlamaTokenData::new(LlamaToken::new(token), *logit, 0.0));
        let mut all = LlamaTokenDataArray::from_iter(all, false);
        all.apply_sampler(&mut self.0);
        for data in &all.data {
            let at = usize::try_from(data.id().0).ok();
            if let Some(logit) = at.and_then(|at| logits.get_mut(at)) {
                *logit = data.logit();
            }
        }
    }

    /// Goes on by a token that is allowed and ends no text: llama.cpp aborts on others.
    pub fn accept(&mut self, token: i32) -> Result<(), AiError> {
        self.0
            .try_accept(LlamaToken::new(token))
            .map_err(|error| AiError::Inference(format!("the grammar refuses: {error}")))
    }
}

/// A text as a regular expression that matches just it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(2 * text.len());
    for c in text.chars() {
        if "\\^$.|?*+()[]{}/-".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
