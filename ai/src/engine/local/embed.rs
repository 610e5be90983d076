//! Texts as vectors: batches of them between the steps of generations.

use std::collections::VecDeque;

use oro_components::llm::{AiError, Embeddings, ModelId};

use super::{Shared, memory};
use crate::engine::llama::{Cells, Shape, Step, Weights};
use crate::engine::protocol::{Answer, RequestId};

/// Texts of a batch.
const SEQUENCES: u32 = 64;
/// Tokens that a batch has room for at least.
const TOKENS_MIN: u32 = 512;

/// Texts that are to be vectors, and the context that makes them.
#[derive(Default)]
pub(super) struct Embedder<'m> {
    cells: Option<Cells<'m>>,
    tasks: VecDeque<Task>,
}

struct Task {
    request: RequestId,
    inputs: Vec<Vec<i32>>,
    vectors: Vec<Vec<f32>>,
}

impl<'m> Embedder<'m> {
    pub fn push(&mut self, request: RequestId, inputs: Vec<Vec<i32>>) {
        self.tasks.push_back(Task {
            request,
            inputs,
            vectors: Vec::new(),
        });
    }

    pub fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Answers all that waits, because the model goes away.
    pub fn refuse(&mut self, model: ModelId) -> Vec<(RequestId, Answer)> {
        let gone = AiError::ModelNotLoaded(model.0);
        let tasks = self.tasks.drain(..);
        tasks
            .map(|task| (task.request, Answer::Failed(gone.clone())))
            .collect()
    }

    /// Makes as many vectors as fit into a batch; answers when a request has all of its own.
    pub fn step(&mut self, weights: &'m Weights, shared: &Shared) -> Vec<(RequestId, Answer)> {
        let Some(mut task) = self.tasks.pop_front() else {
            return Vec::new();
        };
        if let Err(error) = self.batch(&mut task, weights, shared) {
            return vec![(task.request, Answer::Failed(error))];
        }
        if task.vectors.len() < task.inputs.len() {
            // Others have their turn.
            self.tasks.push_back(task);
            return Vec::new();
        }
        let tokens = task.inputs.iter().map(Vec::len).sum::<usize>();
        let embeddings = Embeddings {
            vectors: task.vectors,
            prompt_tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
        };
        vec![(task.request, Answer::Embeddings(embeddings))]
    }

    fn batch(
        &mut self,
        task: &mut Task,
        weights: &'m Weights,
        shared: &Shared,
    ) -> Result<(), AiError> {
        let longest = task.inputs.iter().map(Vec::len).max().unwrap_or_default();
        let cells = self.cells_for(longest, weights, shared)?;
        cells.begin();
        let mut count = 0;
        for input in &task.inputs[task.vectors.len()..] {
            if input.len() > cells.room() || count == SEQUENCES {
                break;
            }
            for (at, token) in input.iter().enumerate() {
                // Each token is an output: the vector is made of all of them.
                cells.add(*token, at, count, true);
            }
            count += 1;
        }
        let step = {
            let _turn = shared.turn.write();
            cells.compute(Vec::new(), false)?
        };
        let mut vectors = Vec::new();
        for sequence in 0..count {
            let vector = cells.vector(sequence).map(normalised);
            vectors.push(vector);
            cells.trim(sequence, 0);
        }
        if step != Step::Done {
            return Err(AiError::Aborted);
        }
        for vector in vectors {
            let vector = vector.ok_or_else(|| {
                let reason = "the model gives no vector for a text".to_owned();
                AiError::NotSupported(reason)
            })?;
            task.vectors.push(vector.ok_or(AiError::NotFinite)?);
        }
        Ok(())
    }

    /// A context for texts of a length. Its batches are computed at once, as a vector is only
    /// right if its text is.
    fn cells_for(
        &mut self,
        longest: usize,
        weights: &'m Weights,
        shared: &Shared,
    ) -> Result<&mut Cells<'m>, AiError> {
        let trained = weights.n_ctx_train();
        let longest = u32::try_from(longest).unwrap_or(u32::MAX);
        if longest > trained {
            return Err(AiError::ContextOverflow {
                prompt_tokens: longest,
                n_ctx: trained,
            });
        }
        let fits = |cells: &Cells<'_>| cells.shape().batch >= longest;
        if !self.cells.as_ref().is_some_and(fits) {
            self.cells = None;
            let tokens = longest.max(TOKENS_MIN).next_power_of_two();
            let shape = Shape {
                tokens: tokens.div_ceil(SEQUENCES),
                sequences: SEQUENCES,
                batch: tokens,
                micro_batch: tokens,
                threads: shared.settings.threads_or_cores(),
                embeddings: true,
            };
            let needed = memory::context_bytes(weights, &shape);
            let limit = shared.settings.memory_max_bytes;
            memory::reserve("the context for vectors", needed, limit)?;
            self.cells = Some(Cells::new(weights, shape, &shared.closing)?);
        }
        self.cells
            .as_mut()
            .ok_or_else(|| AiError::Inference("no context for vectors".to_owned()))
    }
}

/// The vector with length 1; `None` if it has none.
fn normalised(vector: &[f32]) -> Option<Vec<f32>> {
    let square: f64 = vector.iter().map(|it| f64::from(*it).powi(2)).sum();
    let length = square.sqrt();
    let is_vector = length.is_finite() && length > 0.0;
    is_vector.then(|| {
        vector
            .iter()
            .map(|it| (f64::from(*it) / length) as f32)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn vectors_have_length_one_or_are_none() {
        assert_eq!(normalised(&[3.0, 4.0]), Some(vec![0.6, 0.8]));
        for none in [&[][..], &[0.0, 0.0], &[1.0, f32::NAN], &[f32::INFINITY]] {
            assert_eq!(normalised(none), None, "{none:?}");
        }
    }
}
