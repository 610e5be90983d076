//! What the engine is compared with: a context for each stream, each on a thread of its own, with
//! the weights of one model, by llama.cpp alone.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use crate::{Server, Streamed};

/// Tokens of a context, and of a batch.
const SIZE: u32 = 2048;

/// A continuation that is wanted, and who hears of it.
struct Job {
    prompt: Vec<i32>,
    predict: u32,
    done: Sender<Streamed>,
}

/// Threads with a context each.
pub struct Pool(Vec<Sender<Job>>);

impl Pool {
    pub fn start(model: &Path, count: u32) -> Self {
        // The same kernels as the engine's.
        oro_kernels::select().unwrap();
        let mut backend = LlamaBackend::init().unwrap();
        backend.void_logs();
        let backend: &LlamaBackend = Box::leak(Box::new(backend));
        let params = LlamaModelParams::default().with_use_mmap(false);
        let model = LlamaModel::load_from_file(backend, model, &params).unwrap();
        let model: &LlamaModel = Box::leak(Box::new(model));
        let thread = |_| {
            let (sender, jobs) = channel::<Job>();
            std::thread::spawn(move || {
                let params = LlamaContextParams::default()
                    .with_n_ctx(NonZeroU32::new(SIZE))
                    .with_n_threads(1)
                    .with_n_threads_batch(1);
                let mut context = model.new_context(backend, params).unwrap();
                for job in jobs {
                    let streamed = complete(&mut context, &job);
                    let _ = job.done.send(streamed);
                }
            });
            sender
        };
        Self((0..count).map(thread).collect())
    }
}

/// Writes the likeliest tokens.
fn complete(context: &mut LlamaContext<'_>, job: &Job) -> Streamed {
    let begun = Instant::now();
    let mut first = Duration::ZERO;
    context.clear_kv_cache();
    let mut batch = LlamaBatch::new(SIZE as usize, 1);
    let mut tokens = job.prompt.clone();
    let mut held = 0;
    for _ in 0..job.predict {
        batch.clear();
        for (at, token) in tokens.iter().enumerate().skip(held) {
            let last = at + 1 == tokens.len();
            batch
                .add(LlamaToken::new(*token), at as i32, &[0], last)
                .unwrap();
        }
        held = tokens.len();
        context.decode(&mut batch).unwrap();
        let logits = context.get_logits_ith(batch.n_tokens() - 1);
        let ranked = logits.iter().enumerate();
        let best = ranked.max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        tokens.push(best as i32);
        if first.is_zero() {
            first = begun.elapsed();
        }
    }
    Streamed {
        tokens: job.predict,
        first,
    }
}

impl Server for Pool {
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed> {
        let ask = |(prompt, thread): (&Vec<i32>, &Sender<Job>)| {
            let (done, streamed) = channel();
            let prompt = prompt.clone();
            let job = Job {
                prompt,
                predict,
                done,
            };
            thread.send(job).unwrap();
            streamed
        };
        let asked: Vec<_> = prompts.iter().zip(&self.0).map(ask).collect();
        asked.iter().map(|it| it.recv().unwrap()).collect()
    }
}
