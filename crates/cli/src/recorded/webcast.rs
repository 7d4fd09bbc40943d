//! Launches whose telemetry was read from their webcasts.

use super::{Take, bad, is_missile, text};
use crate::failure::Failure;
use crate::study::figures::quantile;
use crate::study::judge;
use crate::study::watch::{Heard, Noted};
use downrange_earth::{Geodetic, Time};
use downrange_engine::traffic::SurfacePosition;
use downrange_sim::World;
use downrange_sim::flight::Kind;
use downrange_sim::flight::body::{Leg, Start, fly};
use downrange_sim::flight::path::Path as Flown;
use downrange_sim::physics::air::Air;
use downrange_sim::physics::drag::{Drag, Shape};
use downrange_sim::recorded::{Reading, ascent, watched};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Launch pads: Kennedy 39A, Cape Canaveral 40, Vandenberg 4E; latitude and longitude, degrees.
const KENNEDY: [f64; 2] = [28.608, -80.604];
const CAPE: [f64; 2] = [28.562, -80.577];
const VANDENBERG: [f64; 2] = [34.632, -120.611];
/// Missions, pads and bearings. The telemetry has no bearing: these follow from the inclination of the orbit.
const MISSIONS: [(&str, [f64; 2], f64); 12] = [
    ("ABS-2A", CAPE, 92.0),
    ("BulgariaSat-1", KENNEDY, 92.0),
    ("DM-1", KENNEDY, 45.0),
    ("FormoSat-5", VANDENBERG, 191.0),
    ("Iridium_NEXT_1", VANDENBERG, 180.0),
    ("Iridium_NEXT_4", VANDENBERG, 180.0),
    ("Jason-3", VANDENBERG, 155.0),
    ("NROL-76", KENNEDY, 48.0),
    ("SES-10", KENNEDY, 92.0),
    ("SpaceX_CRS-10", KENNEDY, 45.0),
    ("SpaceX_CRS-12", KENNEDY, 45.0),
    ("TESS", CAPE, 92.0),
];
/// What a stage may be that falls from where it coasts: tumbling, end on, and without air, kg/m².
const STAGE_KGPM2: [f64; 6] = [100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, 1e12];
/// Forecasts are judged from this long after the engine went out on.
const SETTLED_S: f64 = 10.0;

/// The columns that are read: seconds, km, m/s.
#[derive(Deserialize)]
struct Telemetry {
    time: Vec<f64>,
    altitude: Vec<f64>,
    velocity_x: Vec<f64>,
}

/// When engines burn, seconds after lift-off.
#[derive(Deserialize)]
struct Events {
    meco: Option<f64>,
    boostback_start: Option<f64>,
    boostback_end: Option<f64>,
    entry_start: Option<f64>,
    entry_end: Option<f64>,
    landing_start: Option<f64>,
    landing_end: Option<f64>,
    ses1: Option<f64>,
    seco1: Option<f64>,
}

impl Events {
    fn is_burning(&self, time_s: f64) -> bool {
        let later = [
            (self.boostback_start, self.boostback_end),
            (self.entry_start, self.entry_end),
            (self.landing_start, self.landing_end),
            (self.ses1, self.seco1.or(Some(f64::INFINITY))),
        ];
        let within = |(from, to): (Option<f64>, Option<f64>)| {
            from.zip(to).is_some_and(|(from, to)| (from..to).contains(&time_s))
        };
        self.meco.is_none_or(|meco_s| time_s < meco_s) || later.into_iter().any(within)
    }

    /// From when to when a first stage coasts.
    fn coast_s(&self) -> Option<[f64; 2]> {
        Some([self.boostback_end.or(self.meco)?, self.entry_start?])
    }
}

/// What is known of a launch besides its world.
pub(super) struct About {
    name: &'static str,
    /// Where lift-off is in the world, seconds.
    coast_s: Option<[f64; 2]>,
    apogee_m: f64,
}

/// What was said of a recorded launch.
#[derive(Debug, Clone, Serialize)]
pub struct Launch {
    /// The mission.
    pub name: &'static str,
    /// Seed of the noise.
    pub seed: u64,
    /// Forecasts of it.
    pub forecasts: usize,
    /// Most probable kind when its telemetry ends.
    pub kind_at_end: Option<&'static str>,
    /// Whether that is one that a person would call a missile.
    pub is_called_missile: bool,
    /// Part of the forecasts that called it so.
    pub missile_fraction: Option<f64>,
    /// What is found of a first stage while it coasts.
    pub coast: Option<Coast>,
}

/// A first stage that coasts, from 10 s after its engine went out to the entry burn.
#[derive(Debug, Clone, Serialize)]
pub struct Coast {
    /// Greatest recorded height.
    pub apogee_km: f64,
    /// Forecasts.
    pub forecasts: usize,
    /// Apogee said first, and its median.
    pub first_apogee_km: Option<f64>,
    /// Median of the apogees said.
    pub median_apogee_km: Option<f64>,
    /// Greatest error of an apogee said, part of the recorded.
    pub worst_error_fraction: Option<f64>,
    /// Forecasts with an area.
    pub areas: usize,
    /// Of these: how many 95 % areas hold a fall that the recorded flight allows.
    pub areas_holding: usize,
    /// How far the said fall is from the nearest such fall in the median.
    pub median_off_km: Option<f64>,
}

/// The launches in a folder, mission after mission.
pub(super) fn read(folder: &Path, seed: u64) -> Result<Vec<Take<About>>, Failure> {
    let mut takes = Vec::new();
    for (number, (name, pad, azimuth_deg)) in MISSIONS.into_iter().enumerate() {
        let path = folder.join(name).join("analysed.json");
        if !path.exists() {
            continue;
        }
        let telemetry: Telemetry = parse(&path)?;
        let events: Events = parse(&folder.join(name).join("events.json"))?;
        let rows = telemetry.time.iter().zip(&telemetry.altitude).zip(&telemetry.velocity_x);
        let readings: Vec<Reading> = rows
            .map(|((&time_s, &height_km), &along_mps)| {
                let is_burning = events.is_burning(time_s);
                Reading { time_s, height_m: height_km * 1e3, along_mps, is_burning }
            })
            .collect();
        let flown = ascent(Geodetic::from_degrees(pad[0], pad[1], 0.0), f64::to_radians(azimuth_deg), &readings);
        if flown.knots.is_empty() {
            return Err(bad(&path, 1, "no telemetry"));
        }
        let middle = flown.knots[flown.knots.len() / 2].geodetic();
        let epoch = Time::from_unix(1_500_000_000, 0);
        let scenario = watched(name, epoch, seed.wrapping_add(number as u64), Kind::SpaceLaunch, flown, middle);
        let apogee_m = readings.iter().fold(0.0, |most: f64, reading| most.max(reading.height_m));
        takes.push(Take { scenario, about: About { name, coast_s: events.coast_s(), apogee_m } });
    }
    Ok(takes)
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, Failure> {
    serde_json::from_str(&text(path)?).map_err(|error| bad(path, error.line(), &error.to_string()))
}

impl Launch {
    pub(super) fn of(about: &About, world: &World, heard: &Heard, air: &Air) -> Launch {
        let tracks = judge::everything(world, heard).into_iter().next().map(|(_, tracks)| tracks).unwrap_or_default();
        let flown = world.objects.first().map(|object| object.path.clone()).unwrap_or_default();
        let noted: Vec<&Noted> =
            heard.noted.iter().filter(|n| tracks.contains(&n.track) && n.time_s <= flown.end_s()).collect();
        let kind = |noted: &&Noted| noted.kind.most_probable();
        let at_end = noted.last().map(kind);
        let called = noted.iter().filter(|noted| is_missile(kind(noted))).count();
        let coast_s = about.coast_s.map(|coast| coast.map(|time_s| time_s + flown.start_s()));
        Launch {
            name: about.name,
            seed: world.seed,
            forecasts: noted.len(),
            kind_at_end: at_end.map(|kind| kind.word()),
            is_called_missile: at_end.is_some_and(is_missile),
            missile_fraction: (!noted.is_empty()).then(|| called as f64 / noted.len() as f64),
            coast: coast_s.map(|coast_s| Coast::of(about.apogee_m, coast_s, &flown, &noted, air)),
        }
    }

    pub(super) fn line(&self) -> String {
        let part = self.missile_fraction.map_or(0.0, |part| 100.0 * part);
        let coast = self.coast.as_ref().map_or(String::new(), Coast::words);
        let kind = self.kind_at_end.unwrap_or("nothing");
        format!(
            "{:16} {:>4} forecasts, at the end {kind}, a missile in {part:.0} %{coast}\n",
            self.name, self.forecasts
        )
    }
}

impl Coast {
    fn of(apogee_m: f64, [from_s, to_s]: [f64; 2], flown: &Flown, noted: &[&Noted], air: &Air) -> Coast {
        let inside = |noted: &&&Noted| (from_s + SETTLED_S..to_s).contains(&noted.time_s);
        let noted: Vec<&&Noted> = noted.iter().filter(inside).collect();
        let apogees_km: Vec<f64> = noted.iter().filter_map(|n| n.apogee_m).map(|m| m / 1e3).collect();
        let errors = apogees_km.iter().map(|km| (km * 1e3 / apogee_m - 1.0).abs());
        let allowed = allowed(flown, 0.5 * (from_s + to_s), air);
        let falls: Vec<_> = noted.iter().filter_map(|n| n.fall.as_ref()).collect();
        let holding = falls.iter().filter(|(_, areas)| {
            let area95 = areas.iter().find(|area| (area.probability() - 0.95).abs() < 1e-9);
            area95.is_some_and(|area| allowed.iter().any(|fall| area.contains(*fall)))
        });
        let off_km = falls.iter().filter_map(|(place, _)| {
            allowed.iter().map(|fall| judge::distance_km(*place, *fall)).min_by(f64::total_cmp)
        });
        Coast {
            apogee_km: apogee_m / 1e3,
            forecasts: noted.len(),
            first_apogee_km: apogees_km.first().copied(),
            worst_error_fraction: errors.max_by(f64::total_cmp),
            areas: falls.len(),
            areas_holding: holding.count(),
            median_off_km: quantile(off_km.collect(), 0.5),
            median_apogee_km: quantile(apogees_km, 0.5),
        }
    }

    fn words(&self) -> String {
        let km = |value: Option<f64>| value.map_or("–".to_string(), |km| format!("{km:.1}"));
        format!(
            "; coasting: apogee {:.1} km, said {} first, {} in the median, off by {} % at most; {} of {} areas hold an \
             allowed fall, median {} km away",
            self.apogee_km,
            km(self.first_apogee_km),
            km(self.median_apogee_km),
            km(self.worst_error_fraction.map(|part| 100.0 * part)),
            self.areas_holding,
            self.areas,
            km(self.median_off_km)
        )
    }
}

/// Where the stage would fall from its recorded state at this time without burning again, as light and as heavy as it may
/// be: flown by the simulator, from which the engine has nothing.
fn allowed(flown: &Flown, time_s: f64, air: &Air) -> Vec<SurfacePosition> {
    let Some(knot) = flown.at(time_s) else { return Vec::new() };
    let fall = |coefficient_kgpm2: f64| {
        let leg = Leg::fall(Drag::steady(coefficient_kgpm2, Shape::Blunt), time_s + 3_600.0);
        let mut path = Flown::default();
        fly(air, &leg, Start::fixed(time_s, knot.place, knot.velocity_mps), 5.0, &mut path);
        let place = path.knots.last()?.geodetic();
        Some(SurfacePosition { latitude_rad: place.latitude_rad, longitude_rad: place.longitude_rad })
    };
    // Between two of them as well: the falls lie on a line.
    let ends: Vec<SurfacePosition> = STAGE_KGPM2.into_iter().filter_map(fall).collect();
    let between = |pair: &[SurfacePosition], part: f64| SurfacePosition {
        latitude_rad: pair[0].latitude_rad + part * (pair[1].latitude_rad - pair[0].latitude_rad),
        longitude_rad: pair[0].longitude_rad + part * (pair[1].longitude_rad - pair[0].longitude_rad),
    };
    ends.windows(2).flat_map(|pair| (0..=10).map(|tenth| between(pair, f64::from(tenth) / 10.0))).collect()
}
