//! Trying a model in a process of its own: what is wrong with it ends that process only.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use oro_components::llm::{AiError, Segment};
use oro_engine::cancel::CancelToken;
use rustix::fs::{MemfdFlags, memfd_create};

use super::process;
use crate::engine::llama::{Cells, STACK_BYTES, Shape, Step, Weights};
use crate::engine::settings::WorkerProgram;

/// Names the file to try, in the environment of the process that tries it.
const VARIABLE: &str = "ORO_AI_PROBE";
/// How long a small file may take, and a large one for each of its bytes.
const PATIENCE: Duration = Duration::from_secs(60);
const BYTES_A_SECOND: u64 = 20 << 20;
/// How often a probe is looked after, in case that nobody wants it any more.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of what a probe says before it ends.
const WORDS_MAX: u64 = 16 << 10;
/// Text that is read: each byte, several kinds of characters, and numbers.
const TEXT: &str = "Hello, world! \n\t 0123456789 äöü 你好 🙂 <|x|> \u{1}\u{7f}";

/// The file that this process is to try, if it is such a process.
pub(super) fn asked() -> Option<std::path::PathBuf> {
    std::env::var_os(VARIABLE).map(Into::into)
}

/// Tries a file, and says on standard output what is wrong.
pub(super) fn answer(path: &Path) -> ExitCode {
    process::limit(None);
    let path = path.to_owned();
    let tried = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || attempt(&path))
        .map_err(|error| error.to_string())
        .and_then(|thread| thread.join().map_err(|_| "it panics".to_owned()));
    let reason = match tried {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(AiError::InvalidModel { reason, .. })) | Err(reason) => reason,
        Ok(Err(error)) => error.to_string(),
    };
    let _ = writeln!(std::io::stdout(), "{reason}");
    ExitCode::FAILURE
}

/// Loads a model, reads text and computes two steps.
fn attempt(path: &Path) -> Result<(), AiError> {
    let closing = CancelToken::new();
    let weights = Weights::load(path, 0, &closing, |_| {})?;
    let embeddings = weights.makes_vectors_only();
    let shape = Shape {
        tokens: 256,
        sequences: 1,
        batch: 256,
        micro_batch: 256,
        threads: 1,
        embeddings,
    };
    let text = [Segment::text(TEXT)];
    let mut tokens = weights.tokenize(&text, (true, true), 1 << 20)?;
    weights.detokenize(&tokens)?;
    tokens.truncate(16);
    if tokens.is_empty() {
        tokens.push(0);
    }
    let mut cells = Cells::new(&weights, shape, &closing)?;
    cells.begin();
    for (at, token) in tokens.iter().enumerate() {
        cells.add(*token, at, 0, embeddings || at + 1 == tokens.len());
    }
    compute(&mut cells)?;
    if embeddings {
        return check(cells.vector(0));
    }
    check(cells.logits(tokens.len() - 1))?;
    cells.begin();
    cells.add(tokens[0], tokens.len(), 0, true);
    compute(&mut cells)?;
    check(cells.logits(0))
}

fn compute(cells: &mut Cells<'_>) -> Result<(), AiError> {
    match cells.compute(Vec::new(), false)? {
        Step::Done => Ok(()),
        Step::Stopped | Step::Full => Err(AiError::Inference("a step does not end".to_owned())),
    }
}

fn check(numbers: Option<&[f32]>) -> Result<(), AiError> {
    let finite = numbers.is_some_and(|all| all.iter().all(|it| it.is_finite()));
    finite.then_some(()).ok_or(AiError::NotFinite)
}

/// Tries a file in a process of its own.
pub(in crate::engine) fn try_model(
    program: &WorkerProgram,
    path: &Path,
    closing: &CancelToken,
) -> Result<(), AiError> {
    let invalid = |reason: String| AiError::InvalidModel {
        path: path.display().to_string(),
        reason,
    };
    let failed = |error: std::io::Error| {
        AiError::Inference(format!("the model cannot be tried in a process: {error}"))
    };
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let patience = PATIENCE + Duration::from_secs(size / BYTES_A_SECOND);
    let mut words = Words::new().map_err(failed)?;
    let mut child = start(program, path, &words).map_err(failed)?;
    let started = Instant::now();
    let status = loop {
        process::wait(&child, LOOK);
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        let over = started.elapsed() > patience;
        if over || closing.is_cancelled() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(if over {
                invalid(format!(
                    "trying it takes more than {} s",
                    patience.as_secs()
                ))
            } else {
                AiError::Aborted
            });
        }
    };
    if status.success() {
        return Ok(());
    }
    let (said, complained) = words.read();
    Err(invalid(match (status.code(), said.is_empty()) {
        (Some(1), false) => said,
        _ => {
            let how = process::describe(status);
            let detail = complained
                .map(|line| format!(": {line}"))
                .unwrap_or_default();
            format!("it ends the process that tries it: {how}{detail}")
        }
    }))
}

fn start(program: &WorkerProgram, path: &Path, words: &Words) -> std::io::Result<Child> {
    let mut command = Command::new(&program.program);
    command
        .args(&program.args)
        .env(VARIABLE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::from(words.said.try_clone()?))
        .stderr(Stdio::from(words.complained.try_clone()?))
        .process_group(0);
    process::environment(&mut command);
    command.spawn()
}

/// What a process says, in memory: pipes would have to be read meanwhile.
struct Words {
    said: File,
    complained: File,
}

impl Words {
    fn new() -> std::io::Result<Self> {
        let file = || -> std::io::Result<File> {
            let fd: OwnedFd = memfd_create("oro-ai-probe", MemfdFlags::CLOEXEC)?;
            Ok(File::from(fd))
        };
        Ok(Self {
            said: file()?,
            complained: file()?,
        })
    }

    /// The last line of what was said, and of what an assertion complained of.
    fn read(&mut self) -> (String, Option<String>) {
        let read = |file: &mut File| {
            let mut bytes = Vec::new();
            let _ = file.seek(SeekFrom::Start(0));
            let _ = file.take(WORDS_MAX).read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let said = read(&mut self.said);
        let said = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        let complained = read(&mut self.complained);
        let telling = |line: &&str| line.contains("GGML_ASSERT") || line.contains("what():");
        let complained = complained.lines().map(str::trim).rfind(telling);
        (
            said.unwrap_or_default().to_owned(),
            complained.map(str::to_owned),
        )
    }
}
