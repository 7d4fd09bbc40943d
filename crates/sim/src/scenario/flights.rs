//! Flights, read from a scenario.

use super::error::ScenarioError;
use super::fields::{Field, Fields};
use super::sensors::place;
use super::{BoxDeg, Scenario};
use crate::flight::aircraft::Route;
use crate::flight::descent::{BreakUp, Meteor, Reentry};
use crate::flight::drift::{Balloon, WindFarm};
use crate::flight::missile::{Manoeuvre, Missile};
use crate::flight::orbit::{Satellite, SpaceLaunch};
use crate::flight::{Flight, Plan};
use crate::physics::frame::{distance_m, great_circle};

const KINDS: &str =
    "ballistic, quasi-ballistic, glide, space-launch, satellite, reentry, meteor, aircraft, balloon or wind-farm";

/// A box: `{ latitude_deg = [south, north], longitude_deg = [west, east] }`.
pub(super) fn area(field: Field) -> Result<BoxDeg, ScenarioError> {
    let mut fields = field.table()?;
    let [south, north] = fields.required("latitude_deg")?.interval(-89.0..=89.0)?;
    let [west, east] = fields.required("longitude_deg")?.interval(-180.0..=360.0)?;
    fields.finish()?;
    Ok([south, north, west, east])
}

/// One `[[flight]]`.
pub(super) fn flight(mut fields: Fields, scenario: &Scenario) -> Result<Flight, ScenarioError> {
    let name = fields.required("name")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let text = name.text()?;
    if text.is_empty() || text.len() > 40 || !text.chars().all(plain) || scenario.flights.iter().any(|f| f.name == text)
    {
        return Err(name.bad("1 to 40 letters, digits, - and _, that no other flight has (it names a file)"));
    }
    let start_s = fields.number_or("start_s", 0.0..=scenario.duration_s, 0.0)?;
    let kind = fields.required("kind")?;
    let plan = match kind.text()? {
        "ballistic" => Plan::Missile(missile(&mut fields, |_| Ok(Manoeuvre::None))?),
        "quasi-ballistic" => Plan::Missile(missile(&mut fields, slope)?),
        "glide" => Plan::Missile(missile(&mut fields, glide)?),
        "space-launch" => Plan::SpaceLaunch(space_launch(&mut fields)?),
        "satellite" => Plan::Satellite(satellite(&mut fields, scenario)?),
        "reentry" => Plan::Reentry(reentry(&mut fields)?),
        "meteor" => Plan::Meteor(meteor(&mut fields)?),
        "aircraft" => Plan::Aircraft(route(&mut fields)?),
        "balloon" => Plan::Balloon(balloon(&mut fields)?),
        "wind-farm" => Plan::WindFarm(wind_farm(&mut fields)?),
        _ => return Err(kind.bad(KINDS)),
    };
    let phantom_of = fields.optional("phantom_of").map_or(Ok(Vec::new()), |field| phantom_of(&field, scenario))?;
    fields.finish()?;
    Ok(Flight { name: text.to_string(), start_s, plan, phantom_of })
}

/// Sensors that report a flight which is not there.
fn phantom_of(field: &Field, scenario: &Scenario) -> Result<Vec<String>, ScenarioError> {
    let mut ids = Vec::new();
    for item in field.items()? {
        let id = item.text()?;
        if !scenario.sensors.iter().any(|sensor| sensor.id == id) {
            return Err(item.bad("the id of a sensor"));
        }
        ids.push(id.to_string());
    }
    Ok(ids)
}

fn radians(fields: &mut Fields, key: &'static str, low: f64, high: f64) -> Result<f64, ScenarioError> {
    Ok(fields.number(key, low..=high)?.to_radians())
}

fn missile(
    fields: &mut Fields,
    manoeuvre: impl FnOnce(&mut Fields) -> Result<Manoeuvre, ScenarioError>,
) -> Result<Missile, ScenarioError> {
    let launch = place(fields.required("launch")?, false)?;
    // Either where it came down, or how far and which way.
    let (range_m, azimuth_rad) = match fields.optional("fall") {
        Some(field) => {
            let name = field.name.clone();
            let fall = place(field, false)?;
            let metres = distance_m(launch, fall);
            if !(50e3..=15_000e3).contains(&metres) {
                let again = fields.required("fall")?;
                return Err(again.bad(format!("{name} between 50 and 15000 km from the launch")));
            }
            (metres, great_circle(launch, fall).1)
        }
        None => (fields.number("range_km", 50.0..=15_000.0)? * 1e3, radians(fields, "azimuth_deg", 0.0, 360.0)?),
    };
    Ok(Missile {
        launch,
        azimuth_rad,
        range_m,
        apogee_m: fields.number("apogee_km", 15.0..=9_000.0)? * 1e3,
        burn_s: fields.number("burn_s", 5.0..=600.0)?,
        stages: fields.optional("stages").map_or(Ok(1), |f| f.count(1..=4))?,
        ballistic_coefficient_kgpm2: fields.number_or("ballistic_coefficient_kgpm2", 500.0..=50_000.0, 10_000.0)?,
        lift: manoeuvre(fields)?,
    })
}

fn slope(fields: &mut Fields) -> Result<Manoeuvre, ScenarioError> {
    Ok(Manoeuvre::Slope {
        from_m: fields.number_or("glide_below_km", 5.0..=60.0, 31.0)? * 1e3,
        path_rad: fields.number_or("glide_angle_deg", -45.0..=5.0, -6.7)?.to_radians(),
        pull_up_m: fields.number_or("pull_up_km", 1.0..=50.0, 14.0)? * 1e3,
        pull_up_s: fields.number_or("pull_up_s", 0.0..=120.0, 0.0)?,
    })
}

fn glide(fields: &mut Fields) -> Result<Manoeuvre, ScenarioError> {
    Ok(Manoeuvre::Glide {
        from_m: fields.number_or("glide_below_km", 20.0..=80.0, 45.0)? * 1e3,
        lift_to_drag_ratio: fields.number_or("lift_to_drag", 0.5..=5.0, 2.6)?,
        damping_ratio: fields.number_or("damping", 0.0..=1.0, 0.0)?,
        bank_rad: fields.number_or("bank_deg", -70.0..=70.0, 0.0)?.to_radians(),
        bank_s: fields.number_or("bank_s", 0.0..=600.0, 60.0)?,
        until_m: fields.number_or("dive_below_km", 5.0..=40.0, 28.0)? * 1e3,
    })
}

fn space_launch(fields: &mut Fields) -> Result<SpaceLaunch, ScenarioError> {
    let burns = fields.required("burns_s")?;
    let burns_s: Vec<f64> = burns.items()?.iter().map(|f| f.number(20.0..=900.0)).collect::<Result<_, _>>()?;
    if !(2..=4).contains(&burns_s.len()) {
        return Err(burns.bad("burn times of 2 to 4 stages"));
    }
    Ok(SpaceLaunch {
        launch: place(fields.required("launch")?, false)?,
        azimuth_rad: radians(fields, "azimuth_deg", 0.0, 360.0)?,
        orbit_m: fields.number("orbit_km", 180.0..=1_500.0)? * 1e3,
        burns_s,
    })
}

fn satellite(fields: &mut Fields, scenario: &Scenario) -> Result<Satellite, ScenarioError> {
    Ok(Satellite {
        over: place(fields.required("over")?, true)?,
        pass_s: fields.number_or("pass_s", 0.0..=scenario.duration_s, scenario.duration_s / 2.0)?,
        azimuth_rad: radians(fields, "azimuth_deg", 0.0, 360.0)?,
    })
}

fn reentry(fields: &mut Fields) -> Result<Reentry, ScenarioError> {
    Ok(Reentry {
        from: place(fields.required("from")?, true)?,
        speed_mps: fields.number("speed_mps", 500.0..=12_000.0)?,
        azimuth_rad: radians(fields, "azimuth_deg", 0.0, 360.0)?,
        path_rad: radians(fields, "path_deg", -89.0, 30.0)?,
        ballistic_coefficient_kgpm2: fields.number_or("ballistic_coefficient_kgpm2", 5.0..=20_000.0, 400.0)?,
        break_up: fields.optional("break_up").map(|field| break_up(field.table()?)).transpose()?,
    })
}

fn break_up(mut fields: Fields) -> Result<BreakUp, ScenarioError> {
    let mut coefficients_kgpm2 = Vec::new();
    if let Some(field) = fields.optional("coefficients_kgpm2") {
        for item in field.items()? {
            coefficients_kgpm2.push(item.number(1.0..=20_000.0)?);
        }
    }
    let [low, high] = match fields.optional("between_kgpm2") {
        Some(field) => field.interval(1.0..=20_000.0)?,
        None => [15.0, 500.0],
    };
    let break_up = BreakUp {
        height_m: fields.number("height_km", 5.0..=150.0)? * 1e3,
        pieces: if coefficients_kgpm2.is_empty() { fields.required("pieces")?.count(1..=500)? } else { 0 },
        coefficients_kgpm2,
        between_kgpm2: (low, high),
        spread_mps: fields.number_or("spread_mps", 0.0..=500.0, 25.0)?,
    };
    fields.finish()?;
    Ok(break_up)
}

fn meteor(fields: &mut Fields) -> Result<Meteor, ScenarioError> {
    Ok(Meteor {
        from: place(fields.required("from")?, true)?,
        speed_mps: fields.number("speed_mps", 5_000.0..=75_000.0)?,
        azimuth_rad: radians(fields, "azimuth_deg", 0.0, 360.0)?,
        path_rad: radians(fields, "path_deg", -90.0, -1.0)?,
        ballistic_coefficient_kgpm2: fields.number_or("ballistic_coefficient_kgpm2", 1.0..=50_000.0, 500.0)?,
        gone_at_m: fields.number_or("gone_at_km", 0.0..=100.0, 25.0)? * 1e3,
    })
}

fn route(fields: &mut Fields) -> Result<Route, ScenarioError> {
    let field = fields.required("waypoints")?;
    let mut waypoints = Vec::new();
    for item in field.items()? {
        waypoints.push(place(item, true)?);
    }
    if waypoints.is_empty() {
        return Err(field.bad("at least one place with height_m"));
    }
    Ok(Route {
        waypoints,
        speed_mps: fields.number("speed_mps", 20.0..=1_000.0)?,
        course_rad: fields.number_or("course_deg", 0.0..=360.0, 0.0)?.to_radians(),
        count: fields.optional("count").map_or(Ok(1), |f| f.count(1..=50))?,
        spacing_m: fields.number_or("spacing_m", 0.0..=50_000.0, 500.0)?,
        climb_most_mps: fields.number_or("climb_most_mps", 1.0..=400.0, 12.0)?,
    })
}

fn balloon(fields: &mut Fields) -> Result<Balloon, ScenarioError> {
    Ok(Balloon {
        from: place(fields.required("from")?, true)?,
        climb_mps: fields.number_or("climb_mps", 0.0..=20.0, 5.0)?,
        ceiling_m: fields.number_or("ceiling_km", 0.1..=50.0, 30.0)? * 1e3,
    })
}

fn wind_farm(fields: &mut Fields) -> Result<WindFarm, ScenarioError> {
    Ok(WindFarm {
        area_deg: area(fields.required("box")?)?,
        turbines_count: fields.required("turbines")?.count(1..=500)?,
        hub_m: fields.number_or("hub_m", 20.0..=300.0, 120.0)?,
        tip_mps: fields.number_or("tip_mps", 1.0..=150.0, 80.0)?,
    })
}
