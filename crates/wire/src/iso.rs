//! Times in JSON: ISO 8601 UTC with milliseconds.

use downrange_earth::Time;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(time: &Time, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&crate::utc::ms(*time))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Time, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(input)?;
    Time::from_utc_str(&text).map_err(D::Error::custom)
}

/// The same for a time that may be absent.
pub(crate) mod optional {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(time: &Option<Time>, out: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, out),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Time>, D::Error> {
        super::deserialize(input).map(Some)
    }
}
