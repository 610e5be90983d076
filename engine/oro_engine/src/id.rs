//! Ids on the wire: 64 bits, as decimal strings.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The id of a live resource, such as an open file.
///
/// JavaScript numbers are exact only up to 2^53, so an id travels as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub u64);

impl Id {
    /// A random id, which no page can guess or collide with by counting.
    ///
    /// # Errors
    /// If the operating system has no random bytes to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string of at most 64 bits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Id, E> {
                Ok(Id(value))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
            "description": "The id of a live resource: a decimal string of at most 64 bits.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_decimal_strings_on_the_wire() {
        for (wire, want) in [
            (r#""0""#, Some(0)),
            (r#""18446744073709551615""#, Some(u64::MAX)),
            ("7", Some(7)),
            (r#""18446744073709551616""#, None),
            (r#""-1""#, None),
            (r#""1.5""#, None),
            (r#""""#, None),
            ("null", None),
        ] {
            let got = serde_json::from_str::<Id>(wire).ok().map(|id| id.0);
            assert_eq!(got, want, "{wire}");
        }
        assert_eq!(
            serde_json::to_string(&Id(u64::MAX)).ok().as_deref(),
            Some(r#""18446744073709551615""#)
        );
        assert_eq!(
            serde_html_form::from_str::<Vec<(String, Id)>>("id=9"),
            Ok(vec![("id".into(), Id(9))])
        );
    }
}
