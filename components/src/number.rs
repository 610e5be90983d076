//! Whole numbers on the wire: JSON numbers, or decimal strings where 53 bits may not do.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A whole number that callers give as a number or as a decimal string. Numbers that do not fit
/// into `T` are refused, not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int<T>(pub T);

impl<T> Deref for Int<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: FromStr + TryFrom<i128>> Deserialize<'de> for Int<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}

struct Visitor<T>(PhantomData<T>);

impl<T: FromStr + TryFrom<i128>> Visitor<T> {
    fn convert<E: de::Error>(&self, value: i128) -> Result<Int<T>, E> {
        let refused = |_| E::custom(format_args!("{value} is out of range"));
        T::try_from(value).map(Int).map_err(refused)
    }
}

impl<T: FromStr + TryFrom<i128>> de::Visitor<'_> for Visitor<T> {
    type Value = Int<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a decimal string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Int<T>, E> {
        text.parse()
            .map(Int)
            .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int<T>, E> {
        self.convert(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int<T>, E> {
        self.convert(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Int<T>, E> {
        // 2^53: beyond it a float no longer says which whole number is meant.
        if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
            #[expect(clippy::cast_possible_truncation, reason = "checked above")]
            return self.convert(value as i128);
        }
        Err(E::invalid_value(de::Unexpected::Float(value), &self))
    }
}

impl<T> JsonSchema for Int<T> {
    fn schema_name() -> Cow<'static, str> {
        "Int".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "pattern": "^-?[0-9]{1,20}$" })
    }
}

/// A whole number that is told as a decimal string, because JavaScript's numbers are exact only up
/// to 2^53.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digits<T>(pub T);

impl<T: fmt::Display> Serialize for Digits<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T> JsonSchema for Digits<T> {
    fn schema_name() -> Cow<'static, str> {
        "Digits".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^-?[0-9]{1,20}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_decimal_strings_are_the_same() {
        for (wire, want) in [
            ("7", Some(7)),
            (r#""7""#, Some(7)),
            ("7.0", Some(7)),
            ("-1", Some(-1)),
            (r#""9223372036854775807""#, Some(i64::MAX)),
            ("9223372036854775808", None),
            ("1.5", None),
            ("1e300", None),
            (r#""""#, None),
            (r#""0x7""#, None),
            ("null", None),
            ("true", None),
        ] {
            let got = serde_json::from_str::<Int<i64>>(wire).ok().map(|int| int.0);
            assert_eq!(got, want, "{wire}");
        }
        assert!(serde_json::from_str::<Int<u32>>("-1").is_err());
        assert!(serde_json::from_str::<Int<u32>>("4294967296").is_err());
    }
}
