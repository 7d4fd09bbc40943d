//! Ships and the sentences they send, aeroplanes and theirs.

use crate::flight::{Kind, Object};
use crate::random::Random;
use aivdm::message::{PositionReportClassA, StaticVoyageData};
use aivdm::{
    AisMessage, Channel, Cog, EpfdType, Heading, Latitude, Longitude, ManeuverIndicator, Mmsi, NavigationStatus,
    RateOfTurn, Sentence, Sog, Timestamp, string::FixedStr,
};
use serde::Serialize;

/// Knots to m/s and feet to metres (both exact by definition).
const KNOT_MPS: f64 = 1_852.0 / 3_600.0;
const FOOT_M: f64 = 0.3048;
/// Metres in a degree of latitude on the sphere of 6,371,008.8 m.
const DEGREE_M: f64 = 111_195.08;

/// A ship that holds its course.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Vessel {
    /// Its number.
    pub mmsi: u32,
    /// Its name.
    pub name: String,
    /// Latitude at the epoch.
    #[serde(rename = "lat")]
    pub latitude_deg: f64,
    /// Longitude at the epoch.
    #[serde(rename = "lon")]
    pub longitude_deg: f64,
    /// Speed over ground, knots.
    #[serde(rename = "sog_kn")]
    pub speed_kn: f64,
    /// Course over ground.
    #[serde(rename = "cog")]
    pub course_deg: f64,
    /// Type of ship (ITU-R M.1371-5, table 53).
    #[serde(rename = "type")]
    pub ship_type: u8,
}

impl Vessel {
    /// A ship drawn from the stream, somewhere in the box (south, north, west, east; degrees).
    pub fn drawn(number: usize, [south, north, west, east]: [f64; 4], random: &mut Random) -> Vessel {
        const TYPES: [u8; 4] = [30, 60, 70, 80];
        const SPEEDS_KN: [f64; 6] = [0.0, 8.0, 11.0, 14.0, 18.0, 22.0];
        Vessel {
            mmsi: 431_000_000 + 131 * number as u32 + 7,
            name: format!("VESSEL {:03}", number + 1),
            latitude_deg: random.between(south, north),
            longitude_deg: random.between(west, east),
            speed_kn: SPEEDS_KN[random.choose(SPEEDS_KN.len())],
            course_deg: libm::floor(random.between(0.0, 3_600.0)) / 10.0,
            ship_type: TYPES[random.choose(TYPES.len())],
        }
    }

    /// Latitude and longitude (degrees) some time after the epoch.
    pub fn at(&self, time_s: f64) -> (f64, f64) {
        let (east, north) = libm::sincos(self.course_deg.to_radians());
        let degrees = self.speed_kn * KNOT_MPS * time_s / DEGREE_M;
        let longitude_deg = self.longitude_deg + degrees * east / libm::cos(self.latitude_deg.to_radians());
        (self.latitude_deg + degrees * north, longitude_deg - 360.0 * libm::floor((longitude_deg + 180.0) / 360.0))
    }

    /// Seconds between its reports (ITU-R M.1371-5, table 1, without changes of course).
    fn interval_s(&self) -> f64 {
        match self.speed_kn {
            v if v < 0.5 => 180.0,
            v if v < 14.0 => 10.0,
            v if v < 23.0 => 6.0,
            _ => 2.0,
        }
    }

    fn static_report(&self) -> AisMessage {
        AisMessage::StaticVoyageData(StaticVoyageData {
            repeat_indicator: 0,
            mmsi: Mmsi::from_raw(self.mmsi),
            ais_version: 0,
            imo_number: 0,
            call_sign: text(""),
            name: text(&self.name),
            ship_type: self.ship_type,
            dimension_to_bow: 90,
            dimension_to_stern: 20,
            dimension_to_port: 9,
            dimension_to_starboard: 9,
            epfd_type: EpfdType::Gps,
            eta_month: 0,
            eta_day: 0,
            eta_hour: 24,
            eta_minute: 60,
            draught_decimeters: 60,
            destination: text(""),
            dte_not_ready: false,
        })
    }

    fn position_report(&self, time_s: f64, second: u8) -> AisMessage {
        let (latitude_deg, longitude_deg) = self.at(time_s);
        let moored = self.speed_kn < 0.5;
        // Positions are in 1/10,000 minute.
        let fine = |degrees: f64| libm::round(degrees * 600_000.0) as i32;
        AisMessage::PositionReportClassA(PositionReportClassA {
            message_type: 1,
            repeat_indicator: 0,
            mmsi: Mmsi::from_raw(self.mmsi),
            navigation_status: if moored { NavigationStatus::AtAnchor } else { NavigationStatus::UnderWayUsingEngine },
            rate_of_turn: RateOfTurn::from_raw(0),
            sog: Sog::from_raw(libm::round(self.speed_kn * 10.0) as u16),
            position_accuracy: true,
            longitude: Longitude::from_raw(fine(longitude_deg)),
            latitude: Latitude::from_raw(fine(latitude_deg)),
            cog: Cog::from_raw(libm::round(self.course_deg * 10.0) as u16 % 3_600),
            heading: Heading::from_raw(libm::round(self.course_deg) as u16 % 360),
            timestamp: Timestamp::Second(second),
            maneuver_indicator: ManeuverIndicator::NotAvailable,
            raim: false,
            radio_status: 0,
        })
    }
}

/// Six-bit text, padded with `@`.
fn text<const N: usize>(words: &str) -> FixedStr<N> {
    let mut buffer = [b'@'; N];
    for (place, byte) in buffer.iter_mut().zip(words.bytes()) {
        *place = byte.to_ascii_uppercase();
    }
    FixedStr::from_raw(buffer, N)
}

/// Everything the ships send until `duration_s`, in the order of time: the static report at first and every six minutes,
/// positions in between; each sentence behind a TAG block (NMEA 0183 version 4.0) with its UTC second.
pub fn nmea(vessels: &[Vessel], epoch_unix_s: i64, duration_s: f64, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed, "ais");
    let mut sent: Vec<(i64, usize, AisMessage)> = Vec::new();
    for (number, vessel) in vessels.iter().enumerate() {
        let mut time_s = 0.0;
        while time_s < duration_s {
            sent.push((time_s as i64, number, vessel.static_report()));
            time_s += 360.0;
        }
        let mut time_s = random.between(0.0, vessel.interval_s().min(30.0));
        while time_s < duration_s {
            let second = libm::floor(time_s);
            let report = vessel.position_report(second, (epoch_unix_s + second as i64).rem_euclid(60) as u8);
            sent.push((second as i64, number, report));
            time_s += vessel.interval_s();
        }
    }
    sent.sort_by_key(|(second, number, _)| (*second, *number));
    let mut lines = Vec::new();
    for (group, (second, _, message)) in sent.iter().enumerate() {
        sentences(message, epoch_unix_s + second, group, &mut lines);
    }
    lines
}

/// Characters of payload that fit in one sentence of 82 characters.
const PAYLOAD_MOST: usize = 60;

fn sentences(message: &AisMessage, unix_s: i64, group: usize, lines: &mut Vec<u8>) {
    let mut buffer = [0u8; 256];
    let (payload, fill_bits) =
        aivdm::encode_payload(message, &mut buffer).expect("messages 1 and 5 fit in the buffer by their length");
    let count = payload.len().div_ceil(PAYLOAD_MOST) as u8;
    for (part, chunk) in payload.chunks(PAYLOAD_MOST).enumerate() {
        let number = part as u8 + 1;
        let sentence = Sentence {
            is_own_ship: false,
            fragment_count: count,
            fragment_number: number,
            seq_id: (count > 1).then_some((group % 10) as u8),
            channel: if group.is_multiple_of(2) { Channel::A } else { Channel::B },
            payload: chunk,
            fill_bits: if number == count { fill_bits } else { 0 },
        };
        let mut tag = format!("s:station,c:{unix_s}");
        if count > 1 {
            tag = format!("g:{number}-{count}-{},{tag}", 1_000 + group % 9_000);
        }
        let mut line = [0u8; 128];
        let line = sentence.format(&mut line).expect("a payload of 60 characters fits in a sentence");
        lines.extend(format!("\\{tag}*{:02X}\\", tag.bytes().fold(0, |sum, byte| sum ^ byte)).bytes());
        lines.extend(line);
        lines.push(b'\n');
    }
}

/// Everything the aeroplanes send until `duration_s`: one `MSG,3` line each every two seconds.
/// `stamp` writes a time after the epoch as `2022/01/14,05:40:00.000`.
pub fn sbs(objects: &[Object], duration_s: f64, stamp: impl Fn(f64) -> String) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut time_s = 0.0;
    while time_s < duration_s {
        let at = stamp(time_s);
        for (number, object) in objects.iter().filter(|o| o.kind == Kind::Aircraft).enumerate() {
            let Some(knot) = object.path.at(time_s) else { continue };
            let place = knot.geodetic();
            let [east, north, _] = crate::physics::frame::local_axes(place);
            let (east, north) = (knot.velocity_mps.dot(&east), knot.velocity_mps.dot(&north));
            let track_deg = libm::atan2(east, north).to_degrees();
            lines.extend(
                format!(
                    "MSG,3,1,1,{:06X},1,{at},{at},{},{:.0},{:.0},{:.1},{:.5},{:.5},,,0,0,0,0\n",
                    icao(number),
                    object.name.replace(',', " "),
                    place.height_m / FOOT_M,
                    libm::hypot(east, north) / KNOT_MPS,
                    if track_deg < -0.05 { track_deg + 360.0 } else { track_deg.max(0.0) },
                    place.latitude_rad.to_degrees(),
                    place.longitude_rad.to_degrees(),
                )
                .bytes(),
            );
        }
        time_s += 2.0;
    }
    lines
}

/// The 24-bit address of an aeroplane by its number.
pub fn icao(number: usize) -> u32 {
    0x71_C000 + (number as u32 * 17) % 0x3000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_what_the_ship_does() {
        let vessel = Vessel {
            mmsi: 431_000_007,
            name: "VESSEL 001".into(),
            latitude_deg: 38.5,
            longitude_deg: 132.25,
            speed_kn: 14.0,
            course_deg: 90.0,
            ship_type: 70,
        };
        let bytes = nmea(std::slice::from_ref(&vessel), 1_700_000_000, 100.0, 1);
        let mut decoder = aivdm::LineDecoder::<256>::default();
        let (mut positions, mut names) = (0, 0);
        for line in String::from_utf8(bytes).unwrap().lines() {
            let (tag, sentence) = line[1..].split_once('\\').unwrap();
            let (body, sum) = tag.split_once('*').unwrap();
            assert_eq!(format!("{:02X}", body.bytes().fold(0, |a, b| a ^ b)), sum);
            let unix_s: f64 = body.split("c:").nth(1).unwrap().parse().unwrap();
            assert!(sentence.len() <= 82);
            match decoder.feed(sentence).unwrap() {
                Some(AisMessage::StaticVoyageData(said)) => {
                    assert_eq!(said.name.as_str(), "VESSEL 001");
                    assert_eq!(said.ship_type, 70);
                    names += 1;
                }
                Some(AisMessage::PositionReportClassA(said)) => {
                    let (latitude_deg, longitude_deg) = vessel.at(unix_s - 1.7e9);
                    assert!((said.latitude.as_degrees().unwrap() - latitude_deg).abs() < 1e-6);
                    assert!((said.longitude.as_degrees().unwrap() - longitude_deg).abs() < 1e-6);
                    positions += 1;
                }
                other => assert!(other.is_none(), "{other:?}"),
            }
        }
        assert!(names == 1 && (16..=17).contains(&positions), "{names} {positions}");
    }
}
