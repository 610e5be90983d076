//! Reading bytes of a file that may lie about what follows.

use std::io::{self, Read};

use super::Fault;

/// Bytes of a text that is kept. Templates are the largest that are known, with a few hundred
/// kilobytes.
const TEXT_MAX: u64 = 16 << 20;
/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// A file, and how much of it is left.
pub(super) struct Source<R> {
    reader: R,
    left: u64,
    at: u64,
}

impl<R: Read> Source<R> {
    pub fn new(reader: R, size: u64) -> Self {
        Self {
            reader,
            left: size,
            at: 0,
        }
    }

    /// How many bytes were read.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// How many bytes may follow.
    pub fn left(&self) -> u64 {
        self.left
    }

    fn take(&mut self, bytes: &mut [u8], what: &str) -> Result<(), Fault> {
        let ends = || Fault(format!("the file ends within {what}"));
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(ends)?;
        self.reader.read_exact(bytes).map_err(|error| {
            if error.kind() == io::ErrorKind::UnexpectedEof {
                ends()
            } else {
                Fault(format!("{what} cannot be read: {error}"))
            }
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    pub fn bytes<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.take(&mut bytes, what)?;
        Ok(bytes)
    }

    pub fn u32(&mut self, what: &str) -> Result<u32, Fault> {
        self.bytes(what).map(u32::from_le_bytes)
    }

    pub fn u64(&mut self, what: &str) -> Result<u64, Fault> {
        self.bytes(what).map(u64::from_le_bytes)
    }

    /// A text with its length in front.
    pub fn text(&mut self, what: &str) -> Result<Vec<u8>, Fault> {
        let len = self.u64(what)?;
        if len > self.left {
            return Err(Fault(format!("{what} has {len} bytes, more than the file")));
        }
        if len > TEXT_MAX {
            return Err(Fault(format!("{what} has {len} bytes, at most {TEXT_MAX}")));
        }
        let mut text = vec![0; usize::try_from(len).unwrap_or_default()];
        self.take(&mut text, what)?;
        Ok(text)
    }

    pub fn skip(&mut self, len: u64, what: &str) -> Result<(), Fault> {
        if len > self.left {
            return Err(Fault(format!("the file ends within {what}")));
        }
        let mut scratch = [0; CHUNK];
        let mut rest = len;
        while rest > 0 {
            let part = usize::try_from(rest).unwrap_or(CHUNK).min(CHUNK);
            self.take(&mut scratch[..part], what)?;
            rest -= part as u64;
        }
        Ok(())
    }
}

/// A value of the head.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A whole number, or `true` as 1.
    Number(i128),
    Float(f64),
    Text(Vec<u8>),
    /// Whole numbers, as many as fit into a small list; those of large lists are not kept.
    Numbers {
        count: u64,
        first: Vec<i128>,
    },
    /// Texts. They are kept for the vocabulary only.
    Texts {
        count: u64,
        kept: Vec<Vec<u8>>,
    },
    /// A list of something else.
    Others {
        count: u64,
    },
}

/// Numbers of a list that are kept: one for each layer, and more than there can be layers.
const NUMBERS_KEPT: usize = 1024;

impl Value {
    /// Reads a value. `keep` says whether texts of a list are wanted.
    pub fn read<R: Read>(source: &mut Source<R>, key: &str, keep: bool) -> Result<Self, Fault> {
        let kind = source.u32(key)?;
        if kind != ARRAY {
            return scalar(source, kind, key);
        }
        let kind = source.u32(key)?;
        let count = source.u64(key)?;
        let least = match kind {
            TEXT => 8,
            _ => size(kind).ok_or_else(|| unknown(kind, key))?,
        };
        if count > source.left() / least {
            return Err(Fault(format!(
                "'{key}' has {count} values, more than the file"
            )));
        }
        match kind {
            TEXT => {
                let mut kept = Vec::new();
                for _ in 0..count {
                    let text = source.text(key)?;
                    if keep {
                        kept.push(text);
                    }
                }
                Ok(Self::Texts { count, kept })
            }
            FLOAT32 | FLOAT64 => {
                source.skip(count * least, key)?;
                Ok(Self::Others { count })
            }
            _ => {
                let mut first = Vec::new();
                for _ in 0..count.min(NUMBERS_KEPT as u64) {
                    if let Self::Number(number) = scalar(source, kind, key)? {
                        first.push(number);
                    }
                }
                source.skip((count - first.len() as u64) * least, key)?;
                Ok(Self::Numbers { count, first })
            }
        }
    }
}

const TEXT: u32 = 8;
const ARRAY: u32 = 9;
const FLOAT32: u32 = 6;
const FLOAT64: u32 = 12;

fn unknown(kind: u32, key: &str) -> Fault {
    Fault(format!("'{key}' is of type {kind}, which does not exist"))
}

/// Bytes of a number.
fn size(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

fn scalar<R: Read>(source: &mut Source<R>, kind: u32, key: &str) -> Result<Value, Fault> {
    Ok(match kind {
        0 | 7 => Value::Number(source.bytes::<1>(key)?[0].into()),
        1 => Value::Number(i8::from_le_bytes(source.bytes(key)?).into()),
        2 => Value::Number(u16::from_le_bytes(source.bytes(key)?).into()),
        3 => Value::Number(i16::from_le_bytes(source.bytes(key)?).into()),
        4 => Value::Number(source.u32(key)?.into()),
        5 => Value::Number(i32::from_le_bytes(source.bytes(key)?).into()),
        FLOAT32 => Value::Float(f32::from_le_bytes(source.bytes(key)?).into()),
        TEXT => Value::Text(source.text(key)?),
        10 => Value::Number(source.u64(key)?.into()),
        11 => Value::Number(i64::from_le_bytes(source.bytes(key)?).into()),
        FLOAT64 => Value::Float(f64::from_le_bytes(source.bytes(key)?)),
        _ => return Err(unknown(kind, key)),
    })
}
