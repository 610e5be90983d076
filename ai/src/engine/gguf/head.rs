//! The head of a file: its keys and values, and where its tensors are.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufReader, Read};

use super::Fault;
use super::value::{Source, Value};

/// Keys of a file.
const KEYS_MAX: u64 = 65_536;
/// Tensors of a file.
const TENSORS_MAX: u64 = 1 << 20;
/// Bytes of the name of a tensor, with the zero that llama.cpp puts behind it.
const NAME_MAX: usize = 64;
/// Dimensions of a tensor.
const DIMENSIONS_MAX: u32 = 4;
const ALIGNMENT: u32 = 32;

/// A type of numbers in tensors: its name, and how many of them take how many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    pub(super) id: u32,
    pub(super) block: u64,
    pub(super) bytes: u64,
}

const fn t(id: u32, block: u64, bytes: u64) -> Type {
    Type { id, block, bytes }
}

/// 32-bit floats, as norms must be.
pub(super) const F32: u32 = 0;
/// Whole numbers, which weights cannot be.
pub(super) const INTEGERS: std::ops::RangeInclusive<u32> = 24..=27;

/// The types that llama.cpp knows.
#[rustfmt::skip]
pub(in crate::engine) const TYPES: &[Type] = &[
    t(F32, 1, 4), t(1, 1, 2), t(30, 1, 2), t(28, 1, 8),
    t(24, 1, 1), t(25, 1, 2), t(26, 1, 4), t(27, 1, 8),
    t(2, 32, 18), t(3, 32, 20), t(6, 32, 22), t(7, 32, 24), t(8, 32, 34), t(9, 32, 36),
    t(10, 256, 84), t(11, 256, 110), t(12, 256, 144), t(13, 256, 176), t(14, 256, 210),
    t(15, 256, 292), t(16, 256, 66), t(17, 256, 74), t(18, 256, 98), t(19, 256, 50),
    t(20, 32, 18), t(21, 256, 110), t(22, 256, 82), t(23, 256, 136), t(29, 256, 56),
    t(34, 256, 54), t(35, 256, 66), t(39, 32, 17), t(40, 64, 36), t(41, 128, 18), t(42, 64, 18),
];

/// Where a tensor is, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    pub name: String,
    pub dimensions: Vec<u64>,
    pub type_id: u32,
}

/// The head of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    values: BTreeMap<String, Value>,
    pub(super) tensors: Vec<Tensor>,
}

impl Head {
    /// Reads the head of a file of `size` bytes.
    ///
    /// # Errors
    /// If the file is no GGUF, is damaged, or ends before its tensors do.
    pub fn read(file: impl Read, size: u64) -> Result<Self, Fault> {
        let mut source = Source::new(BufReader::new(file), size);
        if &source.bytes::<4>("its first four bytes")? != b"GGUF" {
            return Err(Fault("it does not begin with 'GGUF'".to_owned()));
        }
        let version = source.u32("the version")?;
        if !(2..=3).contains(&version) {
            return Err(Fault(format!("version {version} of GGUF, not 2 or 3")));
        }
        let tensors = source.u64("the number of tensors")?;
        let keys = source.u64("the number of keys")?;
        for (what, count, max) in [("tensors", tensors, TENSORS_MAX), ("keys", keys, KEYS_MAX)] {
            if count > max {
                return Err(Fault(format!("{count} {what}, at most {max}")));
            }
        }
        let values = read_values(&mut source, keys)?;
        let mut head = Self {
            values,
            tensors: Vec::new(),
        };
        head.read_tensors(&mut source, tensors, size)?;
        Ok(head)
    }

    fn read_tensors<R: Read>(
        &mut self,
        source: &mut Source<R>,
        count: u64,
        size: u64,
    ) -> Result<(), Fault> {
        let alignment = match self.values.get("general.alignment") {
            None => ALIGNMENT,
            Some(Value::Number(it)) => u32::try_from(*it)
                .ok()
                .filter(|it| it.is_power_of_two())
                .ok_or_else(|| Fault(format!("'general.alignment' is {it}")))?,
            Some(_) => return Err(Fault("'general.alignment' is no number".to_owned())),
        };
        let mut names = HashSet::new();
        let mut ends = Vec::new();
        for _ in 0..count {
            let (tensor, offset, bytes) = read_tensor(source)?;
            if !names.insert(tensor.name.clone()) {
                return Err(Fault(format!("two tensors are called '{}'", tensor.name)));
            }
            if offset % u64::from(alignment) != 0 {
                let name = &tensor.name;
                return Err(Fault(format!("tensor '{name}' begins between two places")));
            }
            ends.push(offset.checked_add(bytes));
            self.tensors.push(tensor);
        }
        let start = source.at().next_multiple_of(alignment.into());
        for (tensor, end) in self.tensors.iter().zip(ends) {
            let end = end.and_then(|end| end.checked_add(start));
            if end.is_none_or(|end| end > size) {
                let name = &tensor.name;
                return Err(Fault(format!("the file ends before tensor '{name}' does")));
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (&**key, value))
    }

    pub(super) fn number(&self, key: &str) -> Option<i128> {
        match self.values.get(key) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(Value::Text(text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// How many files the model has, and which of them this is.
    #[must_use]
    pub fn parts(&self) -> (u64, u64) {
        let number = |key| {
            let number = self.number(key).unwrap_or_default();
            u64::try_from(number).unwrap_or_default()
        };
        (number("split.count").max(1), number("split.no"))
    }
}

fn read_values<R: Read>(
    source: &mut Source<R>,
    count: u64,
) -> Result<BTreeMap<String, Value>, Fault> {
    let mut values = BTreeMap::new();
    for at in 0..count {
        let key = source.text(&format!("key {at}"))?;
        let key = String::from_utf8(key)
            .ok()
            .filter(|key| !key.is_empty() && key.len() <= usize::from(u16::MAX))
            .ok_or_else(|| Fault(format!("key {at} is no name")))?;
        let value = Value::read(source, &key, key == super::rules::TOKENS)?;
        if values.insert(key.clone(), value).is_some() {
            return Err(Fault(format!("two keys are called '{key}'")));
        }
    }
    Ok(values)
}

/// A tensor, where it begins and how many bytes it has.
fn read_tensor<R: Read>(source: &mut Source<R>) -> Result<(Tensor, u64, u64), Fault> {
    let name = source.text("the name of a tensor")?;
    let name = String::from_utf8(name)
        .ok()
        .filter(|name| !name.is_empty() && name.len() < NAME_MAX && !name.contains('\0'))
        .ok_or_else(|| Fault("a tensor has no name".to_owned()))?;
    let wrong = |reason: String| Fault(format!("tensor '{name}' {reason}"));
    let count = source.u32(&name)?;
    if count == 0 || count > DIMENSIONS_MAX {
        return Err(wrong(format!("has {count} dimensions")));
    }
    let mut dimensions = Vec::new();
    for _ in 0..count {
        dimensions.push(source.u64(&name)?);
    }
    let type_id = source.u32(&name)?;
    let offset = source.u64(&name)?;
    let known = TYPES.iter().find(|it| it.id == type_id);
    let known = known.ok_or_else(|| wrong(format!("is of type {type_id}, which is unknown")))?;
    let elements = dimensions.iter().try_fold(1_u64, |product, it| {
        let product = product.checked_mul(*it)?;
        (*it > 0 && i64::try_from(product).is_ok()).then_some(product)
    });
    let elements = elements.ok_or_else(|| wrong(format!("has dimensions {dimensions:?}")))?;
    if dimensions[0] % known.block != 0 {
        let (width, block) = (dimensions[0], known.block);
        return Err(wrong(format!(
            "has rows of {width}, not a multiple of {block}"
        )));
    }
    let bytes = (elements / known.block)
        .checked_mul(known.bytes)
        .ok_or_else(|| wrong("is too large".to_owned()))?;
    let tensor = Tensor {
        name,
        dimensions,
        type_id,
    };
    Ok((tensor, offset, bytes))
}
