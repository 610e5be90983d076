//! Files of models, taken apart so that a test can change one thing.

use std::path::Path;

/// Types of values.
pub const U32: u32 = 4;
pub const F32: u32 = 6;
pub const TEXT: u32 = 8;
const LIST: u32 = 9;
/// Types of tensors.
pub const F16_TENSOR: u32 = 1;
pub const I32_TENSOR: u32 = 26;

const ALIGNMENT: usize = 32;

/// A file, taken apart.
#[derive(Clone)]
pub struct Gguf {
    /// Keys with the bytes of their values, which begin with the type.
    pub values: Vec<(String, Vec<u8>)>,
    pub tensors: Vec<Tensor>,
}

#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dimensions: Vec<u64>,
    pub kind: u32,
    pub data: Vec<u8>,
}

struct Cursor<'b>(&'b [u8], usize);

impl<'b> Cursor<'b> {
    fn take(&mut self, len: usize) -> &'b [u8] {
        let part = &self.0[self.1..self.1 + len];
        self.1 += len;
        part
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let len = self.u64() as usize;
        String::from_utf8(self.take(len).to_vec()).unwrap()
    }

    fn skip_value(&mut self, kind: u32) {
        match kind {
            TEXT => drop(self.text()),
            LIST => {
                let kind = self.u32();
                for _ in 0..self.u64() {
                    self.skip_value(kind);
                }
            }
            0 | 1 | 7 => drop(self.take(1)),
            2 | 3 => drop(self.take(2)),
            4..=6 => drop(self.take(4)),
            _ => drop(self.take(8)),
        }
    }
}

pub fn text(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

/// A value: its type and its bytes.
pub fn value(kind: u32, bytes: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), bytes].concat()
}

/// A list of texts as a value.
pub fn texts(all: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = value(LIST, &TEXT.to_le_bytes());
    bytes.extend_from_slice(&(all.len() as u64).to_le_bytes());
    bytes.extend(all.iter().flat_map(|it| text(it)));
    bytes
}

impl Gguf {
    pub fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let mut at = Cursor(&bytes, 8);
        let (tensors, values) = (at.u64(), at.u64());
        let values = (0..values).map(|_| {
            let key = at.text();
            let start = at.1;
            let kind = at.u32();
            at.skip_value(kind);
            (key, bytes[start..at.1].to_vec())
        });
        let values = values.collect();
        let heads: Vec<_> = (0..tensors)
            .map(|_| {
                let name = at.text();
                let dimensions: Vec<u64> = (0..at.u32()).map(|_| at.u64()).collect();
                (name, dimensions, at.u32(), at.u64() as usize)
            })
            .collect();
        let start = at.1.next_multiple_of(ALIGNMENT);
        let ends: Vec<usize> = heads.iter().skip(1).map(|head| head.3).collect();
        let ends = ends.into_iter().chain([bytes.len() - start]);
        let tensors = heads.into_iter().zip(ends);
        let tensors = tensors.map(|((name, dimensions, kind, from), to)| Tensor {
            name,
            dimensions,
            kind,
            data: bytes[start + from..start + to].to_vec(),
        });
        Self {
            values,
            tensors: tensors.collect(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend_from_slice(&(self.tensors.len() as u64).to_le_bytes());
        out.extend_from_slice(&(self.values.len() as u64).to_le_bytes());
        for (key, value) in &self.values {
            out.extend(text(key.as_bytes()));
            out.extend(value);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            out.extend(text(tensor.name.as_bytes()));
            out.extend_from_slice(&(tensor.dimensions.len() as u32).to_le_bytes());
            out.extend(tensor.dimensions.iter().flat_map(|it| it.to_le_bytes()));
            out.extend_from_slice(&tensor.kind.to_le_bytes());
            out.extend_from_slice(&(offset as u64).to_le_bytes());
            offset += tensor.data.len().next_multiple_of(ALIGNMENT);
        }
        for tensor in &self.tensors {
            out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
            out.extend(&tensor.data);
        }
        out
    }

    /// Sets a value, or adds it.
    pub fn set(&mut self, key: &str, value: Vec<u8>) {
        self.remove(key);
        self.values.push((key.to_owned(), value));
    }

    pub fn remove(&mut self, key: &str) {
        self.values.retain(|(name, _)| name != key);
    }

    pub fn tensor(&mut self, name: &str) -> &mut Tensor {
        let mut tensors = self.tensors.iter_mut();
        tensors.find(|it| it.name == name).unwrap()
    }

    /// The texts of the vocabulary.
    pub fn tokens(&self) -> Vec<Vec<u8>> {
        let (_, bytes) = self.values.iter().find(|(key, _)| key == TOKENS).unwrap();
        let mut at = Cursor(bytes, 8);
        (0..at.u64()).map(|_| at.text().into_bytes()).collect()
    }
}

pub const TOKENS: &str = "tokenizer.ggml.tokens";
