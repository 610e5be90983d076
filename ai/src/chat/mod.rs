//! Conversations with models: from turns to a prompt, and from text to calls of tools.
//!
//! Nothing here knows of servers or engines; all of it is functions of text.

pub mod grammar;
pub mod guard;
pub mod message;
pub mod template;
pub mod tool;
