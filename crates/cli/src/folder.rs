//! A watch folder: who is watching, what they saw, and the rules of warning. Nothing here knows of truth.

use crate::failure::Failure;
use crate::journal::Kind;
use downrange_engine::policy::{Config, Policy, Region, Status};
use downrange_wire::satellites::{self, Satellites};
use downrange_wire::{InputError, Place, regions, sensors, watch, zones};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Name of the sensor file.
pub const SENSORS: &str = "sensors.toml";
/// Name of the file of districts.
pub const ZONES: &str = "zones.geojson";
/// Name of the policy file.
pub const WATCH: &str = "watch.toml";
/// Names of the satellite catalogue, in the order in which they are looked for.
pub const SATELLITES: [&str; 2] = ["satellites.tle", "satellites.json"];
/// Names of the file of plots, in the order in which they are looked for.
pub const PLOTS: [&str; 2] = ["plots.jsonl", "plots.jsonl.zst"];
/// Names of the file of vessels.
pub const VESSELS: [&str; 2] = ["vessels.nmea", "vessels.nmea.zst"];
/// Names of the file of aircraft.
pub const AIRCRAFT: [&str; 2] = ["aircraft.sbs", "aircraft.sbs.zst"];

/// The texts that an engine is started with, as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// `sensors.toml`.
    pub sensors: String,
    /// `zones.geojson`, where there is one.
    pub zones: Option<String>,
    /// `watch.toml`, where there is one.
    pub watch: Option<String>,
    /// How many objects the satellite catalogue holds and the hash of its text, where there is one. What it says comes in
    /// as answers, so its text is not needed to start again.
    pub satellites: Option<String>,
}

/// What a setup says.
#[derive(Debug, Clone)]
pub struct Started {
    /// What the engine is started with. Its status is never [`Status::Actual`].
    pub config: Config,
    /// Whether `watch.toml` asked for [`Status::Actual`], which recorded data may not have.
    pub actual_was_refused: bool,
}

impl Setup {
    /// Reads the texts.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line, field, value and what is allowed.
    pub fn start(&self) -> Result<Started, InputError> {
        let mut policy: Policy = watch::read(self.watch.as_deref().unwrap_or(""), WATCH)?;
        let actual_was_refused = policy.status == Status::Actual;
        if actual_was_refused {
            policy.status = Status::Test;
        }
        let config = Config {
            sensors: sensors::read(&self.sensors, SENSORS)?,
            zones: self.zones.as_deref().map_or(Ok(Vec::new()), |text| zones::read(text, ZONES))?,
            regions: regions::east_asia(),
            has_catalogue: self.satellites.is_some(),
            policy,
        };
        Ok(Started { config, actual_was_refused })
    }

    /// The texts as entries of a journal.
    pub fn entries(&self) -> Vec<(Kind, &str)> {
        let mut entries = vec![(Kind::Sensors, self.sensors.as_str())];
        entries.extend(self.zones.as_deref().map(|text| (Kind::Zones, text)));
        entries.extend(self.watch.as_deref().map(|text| (Kind::Watch, text)));
        entries.extend(self.satellites.as_deref().map(|text| (Kind::Satellites, text)));
        entries
    }
}

/// A watch folder that may be replayed.
#[derive(Debug)]
pub struct Folder {
    /// What it is called.
    pub title: String,
    /// Its configuration.
    pub setup: Setup,
    /// Its feeds.
    pub feeds: Vec<(Kind, PathBuf)>,
    /// Its satellite catalogue, where there is one.
    pub satellites: Option<Satellites>,
}

impl Folder {
    /// Reads the configuration and looks for the feeds. `plots` takes the place of the folder's own file of plots; `-` is
    /// standard input.
    ///
    /// # Errors
    /// When there is no such folder, or a file that must be there is not.
    pub fn open(path: &Path, plots: Option<&Path>) -> Result<Folder, Failure> {
        const ALLOWED: &str = "a watch folder with sensors.toml and plots.jsonl or plots.jsonl.zst";
        if let Err(error) = std::fs::read_dir(path) {
            return Err(Failure::unreadable(path, error, ALLOWED));
        }
        let sensors = read_optional(path, SENSORS)?;
        let sensors =
            sensors.ok_or_else(|| Failure::unreadable(&path.join(SENSORS), "there is no such file", ALLOWED))?;
        let satellites = read_satellites(path)?;
        let setup = Setup {
            sensors,
            zones: read_optional(path, ZONES)?,
            watch: read_optional(path, WATCH)?,
            satellites: satellites.as_ref().map(|(_, summary)| summary.clone()),
        };
        let find = |names: [&str; 2]| names.map(|name| path.join(name)).into_iter().find(|path| path.exists());
        let plots = plots.map(Path::to_path_buf).or_else(|| find(PLOTS));
        let plots = plots.ok_or_else(|| Failure::unreadable(&path.join(PLOTS[0]), "there is no such file", ALLOWED))?;
        let mut feeds = vec![(Kind::Plot, plots)];
        feeds.extend(find(VESSELS).map(|path| (Kind::Ais, path)));
        feeds.extend(find(AIRCRAFT).map(|path| (Kind::Sbs, path)));
        let name = path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let title = name.unwrap_or_else(|| path.display().to_string());
        Ok(Folder { title, setup, feeds, satellites: satellites.map(|(catalogue, _)| catalogue) })
    }
}

/// The satellite catalogue of the folder and what the journal says of it, where it has one.
fn read_satellites(folder: &Path) -> Result<Option<(Satellites, String)>, Failure> {
    for name in SATELLITES {
        if let Some(text) = read_optional(folder, name)? {
            let catalogue = satellites::read(&text, name)?;
            let (usable, unusable) = (catalogue.len(), catalogue.unusable_count());
            let hash = blake3::hash(text.as_bytes()).to_hex();
            let summary = json!({"file": name, "usable": usable, "unusable": unusable, "blake3": hash.as_str()});
            return Ok(Some((catalogue, summary.to_string())));
        }
    }
    Ok(None)
}

/// A text file of the folder, where it is there.
fn read_optional(folder: &Path, name: &str) -> Result<Option<String>, Failure> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count() as u64;
                let what = "not UTF-8; allowed: UTF-8 text".into();
                Err(Failure::Input(InputError::Syntax { place: Place::new(name, line), what }))
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::unreadable(&path, error, "a readable file")),
    }
}

/// Hash of the table of provinces that is built into this program.
pub fn regions_hash(regions: &[Region]) -> String {
    let mut hasher = blake3::Hasher::new();
    for region in regions {
        hasher.update(format!("{}\0{:?}\0{}\0", region.name, region.name_local, region.country).as_bytes());
        for ring in region.polygons.iter().flatten() {
            hasher.update(&(ring.len() as u64).to_le_bytes());
            for point in ring {
                hasher.update(&point.latitude_rad.to_le_bytes());
                hasher.update(&point.longitude_rad.to_le_bytes());
            }
        }
    }
    hasher.finalize().to_hex().to_string()
}
