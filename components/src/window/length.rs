//! Lengths in pixels or in parts of the screen.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// A length: logical pixels (`800`, `"800"`, `"800px"`) or a part of the screen (`"50%"`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// Logical pixels.
    Px(f64),
    /// Hundredths of the screen.
    Percent(f64),
}

/// Longer than any screen; keeps arithmetic far from overflow.
const PX_MAX: f64 = 65_535.0;

/// A text that is no length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither a number of pixels up to 65535 nor a percentage up to 100")]
pub struct InvalidLength(String);

impl Length {
    /// In logical pixels, on a screen of the given length.
    #[must_use]
    pub fn resolve(self, screen: u32) -> i32 {
        match self {
            Self::Px(px) => px.round() as i32,
            Self::Percent(percent) => (f64::from(screen) * percent / 100.0).round() as i32,
        }
    }

    /// As [`resolve`](Self::resolve), for sizes: at least 1.
    #[must_use]
    pub fn resolve_size(self, screen: u32) -> u32 {
        self.resolve(screen).max(1).unsigned_abs()
    }

    /// Whether it can be the size of something.
    #[must_use]
    pub fn is_size(self) -> bool {
        matches!(self, Self::Px(value) | Self::Percent(value) if value >= 1.0)
    }
}

impl FromStr for Length {
    type Err = InvalidLength;

    fn from_str(text: &str) -> Result<Self, InvalidLength> {
        let invalid = || InvalidLength(text.to_owned());
        let (number, percent) = match text.trim().strip_suffix('%') {
            Some(number) => (number, true),
            None => (text.trim().trim_end_matches("px"), false),
        };
        let value: f64 = number.trim().parse().map_err(|_| invalid())?;
        match percent {
            true if (0.0..=100.0).contains(&value) => Ok(Self::Percent(value)),
            false if value.abs() <= PX_MAX => Ok(Self::Px(value)),
            _ => Err(invalid()),
        }
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of pixels or a percentage such as '50%'")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Length, E> {
                value.to_string().parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Length, E> {
                self.visit_f64(value as f64)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Length, E> {
                self.visit_f64(value as f64)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "Logical pixels, or a part of the screen such as `50%`.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_pixels_or_percent() {
        for (json, want) in [
            ("800", Some(800)),
            ("-5", Some(-5)),
            ("12.5", Some(13)),
            ("\"800\"", Some(800)),
            ("\"800px\"", Some(800)),
            ("\"50%\"", Some(500)),
            ("\"100%\"", Some(1000)),
            ("\"101%\"", None),
            ("\"-1%\"", None),
            ("65536", None),
            ("\"NaN\"", None),
            ("\"wide\"", None),
            ("\"\"", None),
            ("null", None),
        ] {
            let got = serde_json::from_str::<Length>(json)
                .ok()
                .map(|l| l.resolve(1000));
            assert_eq!(got, want, "{json}");
        }
    }
}
