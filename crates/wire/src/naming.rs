//! Which places a message names: decided here, for every language, and for whoever asks whether they were the right ones.

use crate::seas::{self, Sea};
use downrange_engine::assess::ZoneExposure;
use downrange_engine::traffic::SurfacePosition;
use downrange_engine::warn::Revision;

/// Districts are named in the place of a headline from this probability of a fall inside on.
const ZONE_IN_HEADLINE: f64 = 0.5;
/// Districts that are named at most; the line would be too long to read.
const ZONES_NAMED: usize = 10;

/// The places that the text of an alert or update names.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<'a> {
    /// The sea that is named first.
    pub(crate) sea: Option<Sea>,
    /// Other seas that the fall may be in.
    pub(crate) other_seas: Vec<Sea>,
    /// Districts that are listed, the most endangered first.
    pub(crate) zones: Vec<&'a ZoneExposure>,
    /// Districts in which the fall is probably.
    probable: Vec<&'a ZoneExposure>,
    revision: &'a Revision,
}

/// What stands in the place of a headline.
pub(crate) enum Headline<'a, 'b> {
    Districts(&'b [&'a ZoneExposure]),
    Sea(Sea),
    Coordinates,
}

impl<'a> Named<'a> {
    /// Of a revision.
    pub fn of(revision: &'a Revision) -> Named<'a> {
        let from = |probability: f64| -> Vec<&ZoneExposure> {
            let zones = revision.exposure.zones.iter().filter(|zone| zone.probability >= probability);
            zones.take(ZONES_NAMED).collect()
        };
        let sea = seas::sea_of(revision);
        let other_seas = sea.map_or_else(Vec::new, |sea| seas::other_seas(revision, sea));
        Named { sea, other_seas, zones: from(0.0), probable: from(ZONE_IN_HEADLINE), revision }
    }

    /// Districts where the fall is probably inside them, else the sea, else coordinates.
    pub(crate) fn headline(&self) -> Headline<'a, '_> {
        match (self.probable.is_empty(), self.sea) {
            (false, _) => Headline::Districts(&self.probable),
            (true, Some(sea)) => Headline::Sea(sea),
            (true, None) => Headline::Coordinates,
        }
    }

    /// Whether the text (headline and description) names a sea or a district that this place lies in. `districts` are the
    /// identifiers of those that do hold it. For a place in none, and in no sea that messages know, coordinates are right if an
    /// area of the revision holds the place.
    pub fn names(&self, place: SurfacePosition, districts: &[&str]) -> bool {
        let sea = sea_around(place);
        let is_sea_named = sea.is_some_and(|sea| self.sea == Some(sea) || self.other_seas.contains(&sea));
        is_sea_named || holds_any(&self.zones, districts) || self.gives_coordinates_of(place, sea, districts)
    }

    /// The same of the headline alone.
    pub fn headline_names(&self, place: SurfacePosition, districts: &[&str]) -> bool {
        let sea = sea_around(place);
        match self.headline() {
            Headline::Districts(zones) => holds_any(zones, districts),
            Headline::Sea(named) => sea == Some(named),
            Headline::Coordinates => self.gives_coordinates_of(place, sea, districts),
        }
    }

    fn gives_coordinates_of(&self, place: SurfacePosition, sea: Option<Sea>, districts: &[&str]) -> bool {
        matches!(self.headline(), Headline::Coordinates)
            && sea.is_none()
            && districts.is_empty()
            && self.revision.areas.iter().any(|area| area.contains(place))
    }
}

fn sea_around(place: SurfacePosition) -> Option<Sea> {
    seas::sea_at(place.longitude_rad.to_degrees(), place.latitude_rad.to_degrees())
}

fn holds_any(zones: &[&ZoneExposure], districts: &[&str]) -> bool {
    zones.iter().any(|zone| districts.contains(&zone.id.as_str()))
}
