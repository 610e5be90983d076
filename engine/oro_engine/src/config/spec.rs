//! What the table of keys is made of, and how a name is found in it.

use std::marker::PhantomData;

use super::keys::{FAMILIES, TABLE};
use super::value::Setting;

/// A key of the configuration, with the Rust type of its value.
///
/// The only keys are the constants of [`keys`](super::keys), so a misspelled key does not compile.
#[derive(Debug)]
pub struct Key<T: Setting> {
    pub(super) index: usize,
    value: PhantomData<fn() -> T>,
}

impl<T: Setting> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Setting> Copy for Key<T> {}

impl<T: Setting> Key<T> {
    pub(super) const fn new(index: usize) -> Self {
        Key {
            index,
            value: PhantomData,
        }
    }

    /// The flattened name, as in `oro.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE[self.index].name
    }
}

/// Who may see a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Part of `__args.config` in every page.
    Public,
    /// Native code and `oroc config` only.
    Private,
    /// Native code only: masked in listings and messages.
    Secret,
}

/// Which values a key takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `true`/`false`, or the strings `true 1 on yes` and `false 0 off no` in any case.
    Bool,
    /// A whole number, limits included.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number, limits included.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// Whole milliseconds, or a string with a unit: `250ms`, `5s`, `2m`, `1h`.
    Duration,
    /// Any string.
    Text,
    /// Labels of letters, digits and `-`, joined by dots; stored in lower case.
    BundleIdentifier,
    /// The path part of a URL; stored with one leading slash and without a trailing one.
    UrlPath,
    /// A file system path; a relative one starts at the app folder, `~/` at the home folder.
    Path,
    /// One of these words, in any case.
    Choice(&'static [&'static str]),
    /// An array of strings, or one string with spaces between the items.
    TextList,
    /// As [`Kind::TextList`], with the items as in [`Kind::Path`].
    PathList,
}

impl Kind {
    /// What the key takes, for a message: `an integer from 1 to 65535`.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Kind::Bool => "true or false".into(),
            Kind::Integer { min, max: i64::MAX } => format!("an integer of at least {min}"),
            Kind::Integer { min, max } => format!("an integer from {min} to {max}"),
            Kind::Number { min, max } if max.is_finite() => format!("a number from {min} to {max}"),
            Kind::Number { min, .. } => format!("a number of at least {min}"),
            Kind::Duration => "milliseconds, or a string such as '250ms' or '5s'".into(),
            Kind::Text => "a string".into(),
            Kind::BundleIdentifier => {
                "letters, digits and '-' in labels joined by dots, as in 'com.example.app'".into()
            }
            Kind::UrlPath => "the path of a URL, as in '/ipc'".into(),
            Kind::Path => "a path as a string".into(),
            Kind::Choice(words) => format!("one of '{}'", words.join("', '")),
            Kind::TextList => "an array of strings, or a string with spaces between items".into(),
            Kind::PathList => "an array of paths, or a string with spaces between them".into(),
        }
    }

    /// The type in one word, for listings.
    #[must_use]
    pub fn type_name(self) -> String {
        match self {
            Kind::Bool => "bool".into(),
            Kind::Integer { .. } => "integer".into(),
            Kind::Number { .. } => "number".into(),
            Kind::Duration => "duration".into(),
            Kind::Text | Kind::BundleIdentifier | Kind::UrlPath => "string".into(),
            Kind::Path => "path".into(),
            Kind::Choice(words) => words.join("|"),
            Kind::TextList => "list of strings".into(),
            Kind::PathList => "list of paths".into(),
        }
    }
}

/// The value of a key that nobody set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preset {
    /// No value; the key reads as `None`.
    Unset,
    /// A boolean.
    Bool(bool),
    /// An integer, or a duration in milliseconds.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A string, path or choice.
    Text(&'static str),
    /// An empty list.
    Empty,
}

/// One row of the table of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// The flattened name.
    pub name: &'static str,
    /// What it sets, its unit and its limits.
    pub doc: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// Its value when nobody sets it.
    pub preset: Preset,
    /// Who may see it.
    pub visibility: Visibility,
    /// The strict value, for keys that may only be tightened from outside of a package.
    pub strict: Option<bool>,
}

/// Keys of one shape: `prefix` + name + `suffix`.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// How the keys begin.
    pub prefix: &'static str,
    /// How the keys end; may be empty.
    pub suffix: &'static str,
    /// What a key of the family sets; `*` stands for the name.
    pub doc: &'static str,
    /// Which values its keys take.
    pub kind: Kind,
    /// Their value when nobody sets them.
    pub preset: Preset,
    /// Who may see them.
    pub visibility: Visibility,
    /// As [`KeySpec::strict`].
    pub strict: Option<bool>,
    /// Names that the runtime itself asks for; others are accepted.
    pub names: &'static [&'static str],
    /// Whether names are words of `a-z 0-9 _`; otherwise any text (a path).
    pub words: bool,
}

impl Family {
    /// The name between prefix and suffix, if `key` belongs to the family.
    #[must_use]
    pub fn name_in<'k>(&self, key: &'k str) -> Option<&'k str> {
        let name = key.strip_prefix(self.prefix)?.strip_suffix(self.suffix)?;
        let is_word = |name: &str| {
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        (!name.is_empty() && (!self.words || is_word(name))).then_some(name)
    }

    /// The key of a name.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}{}", self.prefix, self.suffix)
    }
}

/// A known key: a row of the table or a member of a family.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Fixed(usize),
    Member(&'static Family),
}

impl Known {
    /// Finds a flattened name.
    pub(super) fn find(name: &str) -> Option<Known> {
        let fixed = TABLE
            .iter()
            .position(|spec| spec.name == name)
            .map(Known::Fixed);
        fixed.or_else(|| {
            FAMILIES
                .iter()
                .find(|family| family.name_in(name).is_some())
                .map(Known::Member)
        })
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Known::Fixed(index) => TABLE[index].kind,
            Known::Member(family) => family.kind,
        }
    }

    pub(super) fn visibility(self) -> Visibility {
        match self {
            Known::Fixed(index) => TABLE[index].visibility,
            Known::Member(family) => family.visibility,
        }
    }

    pub(super) fn strict(self) -> Option<bool> {
        match self {
            Known::Fixed(index) => TABLE[index].strict,
            Known::Member(family) => family.strict,
        }
    }
}

/// All keys that can be named in full: the table, and the well-known names of the families.
pub(super) fn names() -> impl Iterator<Item = String> {
    let fixed = TABLE.iter().map(|spec| spec.name.to_owned());
    let members = FAMILIES
        .iter()
        .flat_map(|family| family.names.iter().map(|name| family.key(name)));
    fixed.chain(members)
}

/// Whether known keys begin with `name` and a `_`, so that it can be a table.
pub(super) fn is_table(name: &str) -> bool {
    TABLE
        .iter()
        .map(|spec| spec.name)
        .chain(FAMILIES.iter().map(|family| family.prefix))
        .any(|known| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('_'))
        })
}

/// The known key that is spelled most like `name`, within `distance_max` edits.
pub(super) fn nearest(name: &str, distance_max: usize) -> Option<String> {
    names()
        .map(|known| (strsim::damerau_levenshtein(name, &known), known))
        .filter(|(distance, _)| *distance <= distance_max)
        .min()
        .map(|(_, known)| known)
}
