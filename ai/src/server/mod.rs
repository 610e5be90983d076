//! The server of models under the app's origin, which speaks as OpenAI's does.

pub mod chat;
pub mod completion;
pub mod embedding;
pub mod error;
mod input;
pub mod limit;
pub mod metrics;
pub mod parameter;
pub mod sse;
pub mod token;
