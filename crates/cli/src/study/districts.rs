//! The districts of the drawn worlds: the provinces that the program carries, as a watch folder would bring them.

use downrange_engine::assess::exposure::ZoneIndex;
use downrange_engine::policy::Zone;
use downrange_engine::traffic::SurfacePosition;
use downrange_wire::{InputError, regions, zones};

/// Districts, for the engine as the text of its file, and for the judge.
#[derive(Debug)]
pub struct Districts {
    text: String,
    zones: Vec<Zone>,
    index: ZoneIndex,
}

impl Districts {
    /// First-level regions of East Asia.
    ///
    /// # Errors
    /// When what is built in cannot be read, which would be a mistake in this program.
    pub fn built_in() -> Result<Districts, InputError> {
        let text = regions::as_zones_text();
        let zones = zones::read(&text, crate::folder::ZONES)?;
        Ok(Districts { index: ZoneIndex::new(&zones), text, zones })
    }

    /// The text of `zones.geojson`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Identifiers of those that hold this place.
    pub fn holding(&self, place: SurfacePosition) -> Vec<&str> {
        self.index.holding(place).map(|number| self.zones[number].id.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_land_is_in_its_district_and_one_at_sea_in_none() {
        let districts = Districts::built_in().unwrap();
        let holding = |latitude_deg: f64, longitude_deg: f64| {
            districts.holding(SurfacePosition {
                latitude_rad: latitude_deg.to_radians(),
                longitude_rad: longitude_deg.to_radians(),
            })
        };
        assert_eq!(holding(40.82, 140.74), ["JP-Aomori"]);
        assert_eq!(holding(39.15, 127.44), ["KP-Kangwon"]);
        assert!(holding(40.4, 131.5).is_empty());
    }
}
