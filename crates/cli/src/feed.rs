//! What came in, line by line: plots, vessels and aircraft as one stream in the order in which they were received.

use crate::failure::Failure;
use crate::journal::Kind;
use downrange_earth::Time;
use downrange_engine::engine::Input;
use downrange_engine::plot::Sensor;
use downrange_engine::traffic::Traffic;
use downrange_wire::ais::AisReader;
use downrange_wire::plots::PlotReader;
use downrange_wire::sbs;
use downrange_wire::{InputError, Place};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Bytes of a line that are read at most; the rest of a longer one is skipped.
const LINE_LONGEST: usize = 64 * 1024;

/// What every frame of zstd begins with (RFC 8878, section 3.1.1).
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Turns lines into inputs; remembers unfinished AIS messages, so it must see every line of a feed in order.
#[derive(Debug)]
pub struct Decoder {
    plots: PlotReader,
    ais: AisReader,
}

/// What a line said.
#[derive(Debug)]
pub struct Decoded {
    /// When it was received, where the line says so.
    pub received: Option<Time>,
    /// What the engine is to be told (nothing, for a part of a longer message), or why the line is bad.
    pub input: Result<Option<Input>, InputError>,
}

impl Decoder {
    /// For plots of these sensors.
    pub fn new(sensors: &[Sensor]) -> Decoder {
        Decoder { plots: PlotReader::new(sensors), ais: AisReader::new() }
    }

    /// Reads one line of a kind; `file` and `line` are only for the error.
    pub fn decode(&mut self, kind: Kind, raw: &[u8], line: u64, file: &str) -> Decoded {
        let Ok(text) = std::str::from_utf8(raw) else {
            let what = "a line that is not UTF-8".into();
            return Decoded { received: None, input: Err(InputError::Syntax { place: Place::new(file, line), what }) };
        };
        let result = match kind {
            Kind::Ais => self
                .ais
                .parse_line(text, line, file)
                .map(|report| report.map(|r| (r.received, Input::Traffic(Traffic::Vessel(r.value))))),
            Kind::Sbs => sbs::parse_line(text, line, file)
                .map(|report| report.map(|r| (r.received, Input::Traffic(Traffic::Aircraft(r.value))))),
            _ => self.plots.parse_line(text, line, file).map(|plot| Some((plot.received, Input::Plot(plot.value)))),
        };
        match result {
            Ok(Some((received, input))) => Decoded { received: Some(received), input: Ok(Some(input)) },
            Ok(None) => Decoded { received: None, input: Ok(None) },
            Err(error) => Decoded { received: None, input: Err(error) },
        }
    }
}

/// One line of the stream.
#[derive(Debug)]
pub struct Item {
    /// When it was received; a line that does not say so came with the one before it.
    pub received: Time,
    /// Which feed it came from, or that a feed broke off.
    pub kind: Kind,
    /// Which line of its feed, from 1 on.
    pub line: u64,
    /// The line as it came.
    pub raw: Vec<u8>,
    /// What the engine is to be told, or why the line is bad.
    pub input: Result<Option<Input>, InputError>,
}

/// Several feeds as one stream, in the order in which their lines were received. Each feed keeps its own order, also
/// where its times run backwards. Only one line of each is held in memory.
pub struct Stream {
    decoder: Decoder,
    lanes: Vec<Lane>,
    latest: Option<Time>,
    bytes_read: u64,
}

/// One feed with its next line.
struct Lane {
    lines: Lines,
    kind: Kind,
    next: Option<(Option<Time>, Item)>,
}

impl Stream {
    /// Of the feeds that a watch folder has.
    ///
    /// # Errors
    /// When a feed cannot be opened.
    pub fn open(sensors: &[Sensor], feeds: &[(Kind, PathBuf)]) -> Result<Stream, Failure> {
        let mut stream = Stream { decoder: Decoder::new(sensors), lanes: Vec::new(), latest: None, bytes_read: 0 };
        for (kind, path) in feeds {
            let lines = Lines::open(path).map_err(|error| {
                Failure::unreadable(
                    path,
                    error,
                    "a readable file, plain or compressed with zstd, or - for standard input",
                )
            })?;
            stream.lanes.push(Lane { lines, kind: *kind, next: None });
        }
        for lane in 0..stream.lanes.len() {
            stream.refill(lane);
        }
        Ok(stream)
    }

    /// Bytes of the lines handed out so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Reads the next line of a feed.
    fn refill(&mut self, lane: usize) {
        let lane = &mut self.lanes[lane];
        lane.next = lane.lines.next().map(|line| {
            let number = lane.lines.number;
            let decoded = match &line {
                Line::Text(raw) => self.decoder.decode(lane.kind, raw, number, &lane.lines.file),
                Line::Broken(why) => Decoded { received: None, input: Err(broken(why, number)) },
            };
            let (kind, raw) = match line {
                Line::Text(raw) => (lane.kind, raw),
                Line::Broken(why) => (Kind::Broken, why.into_bytes()),
            };
            let received = decoded.received.unwrap_or(Time::from_tai_ns(0));
            (decoded.received, Item { received, kind, line: number, raw, input: decoded.input })
        });
    }

    /// The feed whose line comes next: one that states no time belongs to the line before it and goes first.
    fn earliest(&self) -> Option<usize> {
        let waiting = self.lanes.iter().enumerate().filter_map(|(at, lane)| Some((lane.next.as_ref()?.0, at)));
        waiting.min().map(|(_, at)| at)
    }
}

impl Iterator for Stream {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let at = self.earliest()?;
        let (stated, mut item) = self.lanes[at].next.take()?;
        // Before the first line that states a time, the earliest one that waits in another feed is the best there is.
        let known = stated.or(self.latest).or_else(|| self.lanes.iter().filter_map(|lane| lane.next.as_ref()?.0).min());
        if let Some(received) = known {
            item.received = received;
            self.latest = Some(received);
        }
        self.bytes_read += item.raw.len() as u64 + 1;
        self.refill(at);
        Some(item)
    }
}

/// A feed that broke off, as an error of the line where it did.
pub fn broken(why: &str, line: u64) -> InputError {
    InputError::Syntax { place: Place::new("feed", line), what: why.into() }
}

/// What a feed gave.
enum Line {
    Text(Vec<u8>),
    Broken(String),
}

/// Lines of a file, a compressed file or standard input, without their ends; blank ones are left out.
struct Lines {
    file: String,
    number: u64,
    reader: Option<Box<dyn BufRead + Send>>,
}

impl Lines {
    fn open(path: &Path) -> std::io::Result<Lines> {
        if path == Path::new("-") {
            return Lines::of("standard input".into(), Box::new(std::io::stdin()));
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Lines::of(name, Box::new(std::fs::File::open(path)?))
    }

    /// Looks at the first bytes rather than at the name: standard input has none, and names lie.
    fn of(file: String, source: Box<dyn Read + Send>) -> std::io::Result<Lines> {
        let mut reader = BufReader::with_capacity(1 << 16, source);
        let is_compressed = reader.fill_buf()?.starts_with(&ZSTD_MAGIC);
        let reader: Box<dyn BufRead + Send> = if is_compressed {
            Box::new(BufReader::new(zstd::Decoder::with_buffer(reader)?))
        } else {
            Box::new(reader)
        };
        Ok(Lines { file, number: 0, reader: Some(reader) })
    }

    /// Why no more can be read from a feed that is not at its end.
    fn broken(&mut self, error: std::io::Error) -> Line {
        self.reader = None;
        self.number += 1;
        let why = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "the compressed file ends too early".into(),
            _ => error.to_string(),
        };
        Line::Broken(format!("{}: {why}", self.file))
    }

    fn next(&mut self) -> Option<Line> {
        loop {
            let reader = self.reader.as_mut()?;
            let mut raw = Vec::new();
            let read = reader.by_ref().take(LINE_LONGEST as u64).read_until(b'\n', &mut raw);
            let is_cut = raw.len() == LINE_LONGEST && !raw.ends_with(b"\n");
            let read = read.and_then(|_| if is_cut { skip_line(reader.as_mut()) } else { Ok(()) });
            if let Err(error) = read {
                // What was read of the last line comes first; the next call meets the error again and says so.
                if raw.is_empty() {
                    return Some(self.broken(error));
                }
                self.number += 1;
                return Some(Line::Text(raw));
            }
            if raw.is_empty() {
                self.reader = None;
                return None;
            }
            self.number += 1;
            raw.truncate(raw.trim_ascii_end().len());
            if !raw.is_empty() {
                return Some(Line::Text(raw));
            }
        }
    }
}

/// Skips to the end of a line that is too long.
fn skip_line(reader: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let skipped = end.map_or(buffer.len(), |at| at + 1);
        let is_done = end.is_some() || buffer.is_empty();
        reader.consume(skipped);
        if is_done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of these files; radar plots are bad lines here, for there is no sensor.
    fn stream(files: &[(Kind, &str, &[u8])]) -> (tempfile::TempDir, Stream) {
        let folder = tempfile::tempdir().unwrap();
        let feeds = files.iter().map(|(kind, name, content)| {
            std::fs::write(folder.path().join(name), content).unwrap();
            (*kind, folder.path().join(name))
        });
        let feeds: Vec<(Kind, PathBuf)> = feeds.collect();
        let stream = Stream::open(&[], &feeds).unwrap();
        (folder, stream)
    }

    fn aircraft(second: u32) -> String {
        format!(
            "MSG,3,1,1,71C000,1,2022/01/14,05:40:{second:02}.000,2022/01/14,05:40:{second:02}.000,AIR100,32482,411,279.2,39.6,139.5,,,0,0,0,0\n"
        )
    }

    #[test]
    fn feeds_are_merged_by_reception_and_each_keeps_its_order() {
        let ships = br"\g:1-2-1220,s:station,c:1642138800*36\!AIVDM,2,1,7,A,56SWN1h000000000001HE=<Dj33340000000000N00000000000000000000,0*68
\s:station,c:1642138801*44\!AIVDM,1,1,,A,16SWaBOP009>2b<Gl;f0B@>3P000,0*5B
";
        let planes = zstd::encode_all((aircraft(0) + &aircraft(1) + "\n" + &aircraft(2)).as_bytes(), 1).unwrap();
        let (_folder, stream) = stream(&[(Kind::Ais, "ships", ships), (Kind::Sbs, "planes", &planes)]);
        let items: Vec<Item> = stream.collect();
        let seen: Vec<(Kind, u64)> = items.iter().map(|item| (item.kind, item.line)).collect();
        let (ais, sbs) = (Kind::Ais, Kind::Sbs);
        assert_eq!(seen, [(ais, 1), (sbs, 1), (ais, 2), (sbs, 2), (sbs, 4)]);
        assert!(items.is_sorted_by_key(|item| item.received));
        // 2022-01-14T05:40:00Z, also of the part of a message that completes nothing.
        assert_eq!(items[0].received, Time::from_unix(1_642_138_800, 0));
    }

    #[test]
    fn bad_lines_come_with_the_line_before_them() {
        let planes = aircraft(5) + "nonsense\n" + &aircraft(7);
        let (_folder, stream) = stream(&[(Kind::Sbs, "planes", planes.as_bytes())]);
        let items: Vec<Item> = stream.collect();
        assert_eq!(items[1].received, items[0].received);
        assert!(items[1].input.is_err() && items[2].input.is_ok());
        assert_eq!(items[1].raw, b"nonsense");
    }

    #[test]
    fn bad_a_line_as_long_as_the_limit_does_not_swallow_the_next() {
        let mut content = vec![b'x'; LINE_LONGEST - 1];
        content.extend(b"\nnext\n");
        let (_folder, stream) = stream(&[(Kind::Sbs, "planes", &content)]);
        let lengths: Vec<usize> = stream.map(|item| item.raw.len()).collect();
        assert_eq!(lengths, [LINE_LONGEST - 1, 4]);
    }
}
