//! Typed reading of TOML tables that knows the line of everything, and that nothing is left unread.

use super::error::ScenarioError;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text of a scenario and its name, for error messages.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

impl Source<'_> {
    /// An error at a byte of the text.
    pub fn error(&self, at: usize, field: String, value: String, allowed: String) -> ScenarioError {
        let at = at.min(self.text.len());
        let line = 1 + self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
        ScenarioError { file: self.file.to_string(), line: Some(line), field, value, allowed }
    }
}

/// One table being read.
pub struct Fields<'a> {
    source: Source<'a>,
    name: String,
    at: usize,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

/// A value with its place, taken out of a table.
pub struct Field<'a> {
    source: Source<'a>,
    /// Its full name.
    pub name: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Field<'a> {
    /// An error about this value.
    pub fn bad(&self, allowed: impl Into<String>) -> ScenarioError {
        let span = self.value.span();
        let text = self.source.text.get(span.clone()).unwrap_or("").lines().next().unwrap_or("");
        let value = text.chars().take(60).collect();
        self.source.error(span.start, self.name.clone(), value, allowed.into())
    }

    /// A finite number in a range.
    pub fn number(&self, allowed: RangeInclusive<f64>) -> Result<f64, ScenarioError> {
        let digits = match self.value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => "",
        };
        let number: Option<f64> = digits.replace('_', "").parse().ok();
        number
            .filter(|number| allowed.contains(number))
            .ok_or_else(|| self.bad(format!("a number from {} to {}", allowed.start(), allowed.end())))
    }

    /// A whole number in a range.
    pub fn count(&self, allowed: RangeInclusive<u32>) -> Result<u32, ScenarioError> {
        let DeValue::Integer(integer) = self.value.get_ref() else {
            return Err(self.bad(format!("a whole number from {} to {}", allowed.start(), allowed.end())));
        };
        let number: Option<u32> = integer.as_str().replace('_', "").parse().ok();
        number
            .filter(|number| integer.radix() == 10 && allowed.contains(number))
            .ok_or_else(|| self.bad(format!("a whole number from {} to {}", allowed.start(), allowed.end())))
    }

    /// True or false.
    pub fn truth(&self) -> Result<bool, ScenarioError> {
        self.value.get_ref().as_bool().ok_or_else(|| self.bad("true or false"))
    }

    /// A string.
    pub fn text(&self) -> Result<&'a str, ScenarioError> {
        self.value.get_ref().as_str().ok_or_else(|| self.bad("a string in quotes"))
    }

    /// The items of an array.
    pub fn items(&self) -> Result<Vec<Field<'a>>, ScenarioError> {
        let array = self.value.get_ref().as_array().ok_or_else(|| self.bad("an array"))?;
        Ok(array
            .iter()
            .enumerate()
            .map(|(i, value)| Field { source: self.source, name: format!("{}[{i}]", self.name), value })
            .collect())
    }

    /// Exactly `N` numbers in a range.
    pub fn numbers<const N: usize>(&self, allowed: RangeInclusive<f64>) -> Result<[f64; N], ScenarioError> {
        let items = self.items()?;
        let mut numbers = [0.0; N];
        if items.len() != N {
            return Err(self.bad(format!("an array of {N} numbers")));
        }
        for (number, item) in numbers.iter_mut().zip(items) {
            *number = item.number(allowed.clone())?;
        }
        Ok(numbers)
    }

    /// Two numbers in a range, the first below the second.
    pub fn interval(&self, allowed: RangeInclusive<f64>) -> Result<[f64; 2], ScenarioError> {
        let [low, high] = self.numbers(allowed)?;
        if low < high { Ok([low, high]) } else { Err(self.bad("two numbers, the first below the second")) }
    }

    /// A table.
    pub fn table(&self) -> Result<Fields<'a>, ScenarioError> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.bad("a table"))?;
        Ok(Fields { source: self.source, name: self.name.clone(), at: self.value.span().start, table, known: vec![] })
    }
}

impl<'a> Fields<'a> {
    /// The whole file.
    pub fn root(source: Source<'a>, table: &'a DeTable<'a>) -> Fields<'a> {
        Fields { source, name: String::new(), at: 0, table, known: Vec::new() }
    }

    fn full_name(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_string() } else { format!("{}.{key}", self.name) }
    }

    /// A field that may be absent.
    pub fn optional(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.known.push(key);
        let value = self.table.get(key)?;
        Some(Field { source: self.source, name: self.full_name(key), value })
    }

    /// A field that must be there.
    pub fn required(&mut self, key: &'static str) -> Result<Field<'a>, ScenarioError> {
        self.optional(key).ok_or_else(|| {
            self.source.error(
                self.at,
                self.full_name(key),
                "missing".to_string(),
                "this field must be there".to_string(),
            )
        })
    }

    /// A number in a range, or a default.
    pub fn number_or(
        &mut self,
        key: &'static str,
        allowed: RangeInclusive<f64>,
        default: f64,
    ) -> Result<f64, ScenarioError> {
        self.optional(key).map_or(Ok(default), |field| field.number(allowed))
    }

    /// A number in a range.
    pub fn number(&mut self, key: &'static str, allowed: RangeInclusive<f64>) -> Result<f64, ScenarioError> {
        self.required(key)?.number(allowed)
    }

    /// An array of tables, perhaps empty.
    pub fn tables(&mut self, key: &'static str) -> Result<Vec<Fields<'a>>, ScenarioError> {
        match self.optional(key) {
            None => Ok(Vec::new()),
            Some(field) => field.items()?.iter().map(Field::table).collect(),
        }
    }

    /// Ends the reading: a key that nobody asked for is an error.
    pub fn finish(self) -> Result<(), ScenarioError> {
        for key in self.table.keys() {
            if !self.known.contains(&key.get_ref().as_ref()) {
                let name = self.full_name(key.get_ref());
                let known = self.known.join(", ");
                return Err(self.source.error(key.span().start, name, "unknown field".into(), known));
            }
        }
        Ok(())
    }
}
