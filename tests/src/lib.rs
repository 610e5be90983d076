//! What the programs of the tests share.

pub mod growth;
