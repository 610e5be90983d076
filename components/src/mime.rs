//! Types of content.

use oro_engine::error::Infallible;
use oro_engine::route::Route;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The type of content that a file name or address suggests.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MimeLookup {
    /// The name or address.
    pub value: String,
}

impl Route for MimeLookup {
    const NAME: &'static str = "mime.lookup";
    const CONTROL: bool = true;
    type Output = MimeType;
    type Error = Infallible;
}

/// A type of content.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MimeType {
    /// The name or address that was asked about.
    pub url: String,
    /// Its type, such as `text/html`; empty if unknown.
    #[serde(rename = "type")]
    pub kind: String,
}
