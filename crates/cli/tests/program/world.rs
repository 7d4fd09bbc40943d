//! Small watch folders, and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Two radars and an infrared sensor.
pub const SENSORS: &str = r#"[[sensor]]
id = "radar-east"
kind = "radar"
position = { latitude_deg = 38.2, longitude_deg = 128.55, height_m = 350.0 }
period_s = 1.0
detection_probability = 0.9
clutter_per_scan = 3.0
noise = { range_m = 40.0, azimuth_deg = 0.08, elevation_deg = 0.1, range_rate_mps = 2.0 }
coverage = { range_m = [2000.0, 900000.0], azimuth_deg = [0, 360], elevation_deg = [0.1, 85] }

[[sensor]]
id = "infrared-110e"
kind = "infrared"
position = { latitude_deg = 0.0, longitude_deg = 110.0, height_m = 35786000.0 }
period_s = 2.0
detection_probability = 0.95
clutter_per_scan = 0.5
noise = { angle_urad = 25.0 }
coverage = { centre = { latitude_deg = 39.5, longitude_deg = 128.0 }, radius_m = 1500000.0 }
"#;

/// A good plot, so many seconds after 05:40.
pub fn plot(second: u32) -> String {
    let (minute, second) = (40 + second / 60, second % 60);
    format!(
        r#"{{"sensor":"radar-east","time":"2022-01-14T05:{minute}:{second:02}.100Z","received":"2022-01-14T05:{minute}:{second:02}.300Z","range_m":300000.0,"azimuth_deg":315.0,"elevation_deg":5.0,"range_rate_mps":-100.0}}"#
    )
}

/// So many good plots, a second apart.
pub fn plots(count: u32) -> Vec<String> {
    (0..count).map(plot).collect()
}

/// A watch folder in a directory of its own.
pub struct World {
    root: TempDir,
}

impl World {
    /// With nothing in it.
    pub fn empty() -> World {
        let world = World { root: tempfile::tempdir().unwrap() };
        fs::create_dir(world.folder()).unwrap();
        world
    }

    /// With these lines of plots.
    pub fn of_plots(lines: &[String]) -> World {
        let world = World::empty();
        world.write("sensors.toml", SENSORS);
        world.write("plots.jsonl", lines.join("\n") + "\n");
        world
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("watch")
    }

    pub fn out(&self) -> PathBuf {
        self.root.path().join("out")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder().join(name), content).unwrap();
    }

    pub fn replay(&self) -> Ran {
        run(&["replay", text(&self.folder()), "--out", text(&self.out())])
    }

    pub fn journal(&self) -> PathBuf {
        self.out().join("journal.db")
    }
}

/// The first four minutes of the launch of 14 January 2022.
pub fn rail() -> World {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/rail");
    let world = World::empty();
    for name in ["sensors.toml", "vessels.nmea", "aircraft.sbs", "zones.geojson", "plots.jsonl"] {
        let packed = fs::read(fixtures.join(format!("{name}.zst"))).unwrap();
        let content = zstd::decode_all(packed.as_slice()).unwrap();
        world.write(name, early(name, &String::from_utf8(content).unwrap()));
    }
    world
}

/// The lines before 05:44.
fn early(name: &str, content: &str) -> String {
    let is_early = |line: &&str| match name {
        "plots.jsonl" => {
            line.contains("\"received\": \"2022-01-14T05:40")
                || (41..44).any(|minute| line.contains(&format!("\"received\": \"2022-01-14T05:{minute}")))
        }
        "aircraft.sbs" => (40..44).any(|minute| line.contains(&format!("2022/01/14,05:{minute}:"))),
        "vessels.nmea" => line.split_once("c:16421").is_none_or(|(_, rest)| rest[..5].parse::<u32>().unwrap() < 39_040),
        _ => true,
    };
    content.lines().filter(is_early).map(|line| format!("{line}\n")).collect()
}

/// [`rail`], replayed once for all tests.
pub fn replayed_rail() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let world = rail();
        assert_eq!(world.replay().code, 0);
        world
    })
}

/// What a run of the program left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The hash that a replay printed.
    pub fn hash(&self) -> &str {
        let line = self.out.lines().find_map(|line| line.strip_prefix("journal "));
        line.unwrap_or_else(|| panic!("no hash in {} {}", self.out, self.err))
    }
}

pub fn run(arguments: &[&str]) -> Ran {
    ran(program().args(arguments).output().unwrap())
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_downrange"))
}

pub fn ran(output: Output) -> Ran {
    let words = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    // A signal (a panic is code 101) is no exit code of ours either.
    Ran { code: output.status.code().unwrap_or(-1), out: words(output.stdout), err: words(output.stderr) }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
