//! Tables of published statements of launches, read with the slack that their words and rounding leave.

use crate::failure::Failure;
use downrange_earth::Geodetic;
use downrange_sim::statement::Statement;

/// Where a launch is taken to be that the table does not place: latitude and longitude, degrees.
const ELSEWHERE_DEG: [f64; 2] = [39.0, 126.0];
/// No figure is taken to be off by more than this part of it.
const ROUNDING_MOST_FRACTION: f64 = 0.05;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Line, event and speaker.
    pub name: String,
    /// Distance as it stands there.
    pub distance: String,
    /// Apogee as it stands there.
    pub apogee: String,
    /// Flight time as it stands there.
    pub flight: String,
    /// What can be checked; nothing where a figure is absent or has no lower bound.
    pub statement: Option<Statement>,
}

/// Reads a table; `file` is its name for error messages.
///
/// # Errors
/// When it is no CSV table, lacks a column, or holds a figure that is no number.
pub fn read(text: &str, file: &str) -> Result<Vec<Row>, Failure> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| Failure::Scenario(format!("{file}: {error}")))?.clone();
    let column = |name: &str| head.iter().position(|known| known == name);
    let required = |name: &'static str| {
        column(name)
            .ok_or_else(|| Failure::Scenario(format!("{file}:1: {name}: missing (allowed: a column of this name)")))
    };
    let (distance, apogee, flight) = (required("distance_km")?, required("apogee_km")?, required("flight_time_s")?);
    let [event, speaker, latitude, longitude, distance_words, apogee_words] =
        ["event_id", "said_by", "launch_lat", "launch_lon", "distance_qualifier", "apogee_qualifier"].map(column);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Failure::Scenario(format!("{file}: {error}")))?;
        let line = record.position().map_or(0, |position| position.line());
        let cell = |at: usize| record.get(at).unwrap_or("").trim();
        let maybe = |at: Option<usize>| at.map_or("", cell);
        let figure = |at: usize, name: &str| match cell(at) {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(value) if value.is_finite() && value > 0.0 => Ok(Some(value)),
                _ => Err(Failure::Scenario(format!("{file}:{line}: {name}: {text} (allowed: a number above 0)"))),
            },
        };
        let place = |at: Option<usize>, otherwise: f64| maybe(at).parse::<f64>().unwrap_or(otherwise);
        let km = (figure(distance, "distance_km")?, figure(apogee, "apogee_km")?, figure(flight, "flight_time_s")?);
        let statement = match km {
            (Some(far_km), Some(high_km), Some(flight_s)) => Some(Statement {
                launch: Geodetic::from_degrees(
                    place(latitude, ELSEWHERE_DEG[0]),
                    place(longitude, ELSEWHERE_DEG[1]),
                    0.0,
                ),
                range_m: between(far_km, cell(distance), ""),
                apogee_m: between(high_km, cell(apogee), maybe(apogee_words)),
                flight_s: flight_between_s(flight_s),
            }),
            _ => None,
        };
        // "Less than" some height says nothing of how short the flight may have been.
        let is_open = maybe(apogee_words).starts_with('<') || maybe(distance_words).starts_with('<');
        rows.push(Row {
            name: [format!("{file}:{line}"), maybe(event).into(), maybe(speaker).into()]
                .join(" ")
                .trim_end()
                .to_string(),
            distance: cell(distance).to_string(),
            apogee: cell(apogee).to_string(),
            flight: cell(flight).to_string(),
            statement: statement.filter(|_| !is_open),
        });
    }
    Ok(rows)
}

/// Lowest and highest value in metres that a figure in kilometres may stand for. `>`, `>=` and words like "far above" set no
/// upper end.
fn between(km: f64, digits: &str, words: &str) -> [f64; 2] {
    let slack_km = half_unit(digits).min(ROUNDING_MOST_FRACTION * km);
    let is_least = words.starts_with('>') || words.contains("above") || words.contains("exceeds");
    let high_km = if is_least { f64::INFINITY } else { km + slack_km };
    [(km - slack_km) * 1e3, high_km * 1e3]
}

/// Half of a unit of the last digit that is not zero: 0.05 of 6248.5, 50 of 2700.
fn half_unit(digits: &str) -> f64 {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if !part.is_empty() {
        return 0.5 / (0..part.len()).fold(1.0, |unit, _| unit * 10.0);
    }
    let zeros = whole.len() - whole.trim_end_matches('0').len();
    0.5 * (0..zeros).fold(1.0, |unit, _| unit * 10.0)
}

/// Whole minutes come from two times of a clock and may be off by one; other times are good to half a second.
fn flight_between_s(flight_s: f64) -> [f64; 2] {
    let slack_s = if flight_s % 60.0 == 0.0 { 60.0 } else { 0.5 };
    [(flight_s - slack_s).max(0.0), flight_s + slack_s]
}

#[cfg(test)]
mod tests {
    use super::*;
    use downrange_sim::statement::Finding;

    const HEAD: &str = "event_id,said_by,distance_km,distance_qualifier,apogee_km,apogee_qualifier,flight_time_s\n";

    fn finding(row: &str) -> Option<Finding> {
        read(&format!("{HEAD}{row}\n"), "t.csv").unwrap()[0].statement.as_ref()?.finding()
    }

    #[test]
    fn val_the_statement_of_24_march_2022_is_excluded_and_its_rivals_are_not() {
        // Two-body flights over a turning sphere say at least 4,067 s for the first and 3,776 s for the last.
        assert!(
            matches!(finding("a,KCNA,1090,,6248.5,,4052"), Some(Finding::Excluded { shortest_s }) if (shortest_s - 4_066.0).abs() < 3.0)
        );
        assert!(matches!(finding("a,Japan MoD,1100,~,6000,>,4260"), Some(Finding::Allowed { .. })));
        assert!(
            matches!(finding("a,KCNA,989,,5768.5,,4015"), Some(Finding::Allowed { shortest_s }) if (shortest_s - 3_776.0).abs() < 3.0)
        );
        assert!(matches!(finding("a,Japan MoD,850,,50,~,660"), Some(Finding::NotFree { .. })));
    }

    #[test]
    fn rounding_and_words_leave_slack() {
        assert_eq!((half_unit("6248.5"), half_unit("2700"), half_unit("987")), (0.05, 50.0, 0.5));
        assert_eq!(between(4000.0, "4000", "far above")[1], f64::INFINITY);
        assert_eq!(between(4000.0, "4000", "~"), [3.8e6, 4.2e6]);
        assert_eq!((flight_between_s(4_052.0), flight_between_s(4_260.0)), ([4_051.5, 4_052.5], [4_200.0, 4_320.0]));
        assert!(finding("a,b,1090,,6248.5,<,4052").is_none() && finding("a,b,1090,,,,4052").is_none());
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let line = |text: &str| read(text, "t.csv").unwrap_err().to_string();
        assert!(line("a,b\n1,2\n").contains("t.csv:1: distance_km: missing"));
        assert!(line(&format!("{HEAD}a,b,far,,1,,2\n")).contains("t.csv:2: distance_km: far"));
        assert!(line(&format!("{HEAD}a,b\n")).contains("t.csv"));
    }
}
