//! Reads TOML field by field, so that every complaint names its line.

use crate::input::{InputError, Line};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One TOML document.
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
}

impl<'a> Document<'a> {
    pub fn read(text: &'a str, file: &'a str) -> Result<Document<'a>, InputError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Document { file, text, root }),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_at(text, span.start));
                Err(Line { file, line }.syntax(format!("not TOML: {}", error.message().trim())))
            }
        }
    }

    pub fn root(&self) -> Section<'_> {
        Section { file: self.file, text: self.text, table: self.root.get_ref(), name: String::new(), line: 1 }
    }
}

/// One table of the document.
pub(crate) struct Section<'a> {
    file: &'a str,
    text: &'a str,
    table: &'a DeTable<'a>,
    name: String,
    line: u64,
}

/// One field of a table.
pub(crate) struct Field<'a> {
    file: &'a str,
    text: &'a str,
    value: &'a Spanned<DeValue<'a>>,
    name: String,
}

impl<'a> Section<'a> {
    /// Where the table begins.
    pub fn at(&self) -> Line<'a> {
        Line { file: self.file, line: self.line }
    }

    fn path(&self, name: &str) -> String {
        if self.name.is_empty() { name.into() } else { format!("{}.{name}", self.name) }
    }

    /// A field that may be absent.
    pub fn get(&self, name: &str) -> Option<Field<'a>> {
        let value = self.table.get(name)?;
        Some(Field { file: self.file, text: self.text, value, name: self.path(name) })
    }

    /// A field that must be there.
    pub fn need(&self, name: &str, allowed: &str) -> Result<Field<'a>, InputError> {
        self.get(name).ok_or_else(|| self.at().missing(&self.path(name), allowed))
    }

    /// A table that must be there.
    pub fn section(&self, name: &str) -> Result<Section<'a>, InputError> {
        self.need(name, "a table")?.section()
    }

    /// The names of all fields, each with its place.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, Line<'a>)> {
        let (file, text) = (self.file, self.text);
        self.table
            .iter()
            .map(move |(key, _)| (key.get_ref().as_ref(), Line { file, line: line_at(text, key.span().start) }))
    }
}

impl<'a> Field<'a> {
    pub fn at(&self) -> Line<'a> {
        Line { file: self.file, line: line_at(self.text, self.value.span().start) }
    }

    /// An error that shows what was written.
    pub fn refuse(&self, allowed: impl Into<String>) -> InputError {
        let written = self.text.get(self.value.span()).unwrap_or("");
        self.at().value(&self.name, written, allowed)
    }

    pub fn section(&self) -> Result<Section<'a>, InputError> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.refuse("a table"))?;
        let line = self.at().line;
        Ok(Section { file: self.file, text: self.text, table, name: self.name.clone(), line })
    }

    /// A number inside a range, both ends included.
    pub fn number(&self, low: f64, high: f64) -> Result<f64, InputError> {
        let allowed = || match (low.is_finite(), high.is_finite()) {
            (true, true) => format!("a number from {low} to {high}"),
            (true, false) => format!("a number from {low} on"),
            _ => "a number".into(),
        };
        let number = match self.value.get_ref() {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64)
            }
            _ => None,
        };
        match number {
            Some(number) if number.is_finite() && number >= low && number <= high => Ok(number),
            _ => Err(self.refuse(allowed())),
        }
    }

    /// A number above zero.
    pub fn positive(&self) -> Result<f64, InputError> {
        match self.number(0.0, f64::INFINITY) {
            Ok(number) if number > 0.0 => Ok(number),
            _ => Err(self.refuse("a number above 0")),
        }
    }

    /// A text that is not empty.
    pub fn text(&self) -> Result<&'a str, InputError> {
        match self.value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(self.refuse("a text that is not empty")),
        }
    }

    /// The elements of an array.
    pub fn elements(&self) -> Result<Vec<Field<'a>>, InputError> {
        let array = self.value.get_ref().as_array().ok_or_else(|| self.refuse("an array"))?;
        let element =
            |(index, value)| Field { file: self.file, text: self.text, value, name: format!("{}[{index}]", self.name) };
        Ok(array.iter().enumerate().map(element).collect())
    }

    /// Two numbers, each inside a range.
    pub fn pair(&self, low: f64, high: f64) -> Result<[f64; 2], InputError> {
        match self.elements()?.as_slice() {
            [first, second] => Ok([first.number(low, high)?, second.number(low, high)?]),
            _ => Err(self.refuse("an array of two numbers")),
        }
    }
}

/// The line (from 1) in which a byte stands.
fn line_at(text: &str, offset: usize) -> u64 {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() as u64 + 1
}
