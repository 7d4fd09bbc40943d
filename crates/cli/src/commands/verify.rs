//! `downrange verify`: is the record whole, and does it lead to the same decisions again?

use super::{Done, terminal};
use crate::failure::Failure;
use crate::feed::Decoder;
use crate::folder::{self, Setup};
use crate::journal::{Entry, Kind, Reader};
use crate::pipeline::{Pipeline, Record};
use downrange_engine::engine::Input;
use downrange_wire::satellites;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Verify a journal: its chain of hashes, then every decision again from its inputs, byte for byte
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A changed, missing, added or moved entry breaks the chain of hashes, and the first one is named. Then the engine is
started from the configuration in the journal, is given every input again, and must decide the same, to the byte.
Exit code 1: it does not.

Examples:
  downrange verify out/journal.db
  downrange verify out/journal.db --hash 5b30…   # the hash that `downrange replay` printed")]
pub struct Arguments {
    /// The journal
    journal: PathBuf,
    /// The hash that the last entry must have
    #[arg(long)]
    hash: Option<String>,
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Number of entries.
    pub entries: u64,
    /// Number of decisions among them.
    pub records: u64,
    /// Hash of the last entry, in hexadecimal digits.
    pub hash: String,
}

/// Runs the command.
///
/// # Errors
/// When the journal does not verify.
pub fn run(arguments: &Arguments) -> Done {
    let verified = verify(&arguments.journal)?;
    if let Some(expected) = &arguments.hash
        && *expected != verified.hash
    {
        let what = format!("whole in itself, but its hash is {}, not {expected}", verified.hash);
        return Err(Failure::journal(&arguments.journal, what));
    }
    println!("{} entries in an unbroken chain", verified.entries);
    println!("{} decisions came out again byte for byte", verified.records);
    println!("journal {}", verified.hash);
    Ok(())
}

/// Walks the chain, then decides everything again.
///
/// # Errors
/// The first entry that is not what was written, or that is not what is decided now.
pub fn verify(path: &Path) -> Result<Verified, Failure> {
    let reader = Reader::open(path)?;
    // First the whole chain: a journal that was tampered with is not given to the engine.
    let (entries, hash) = reader.walk(|_| Ok(()))?;
    let mut again =
        Again { reader: &reader, setup: Setup::default(), running: None, expected: VecDeque::new(), records: 0 };
    reader.walk(|entry| again.take(entry))?;
    again.finish()?;
    Ok(Verified { entries, records: again.records, hash: hash.to_string() })
}

/// The engine, started and fed again from a journal.
struct Again<'a> {
    reader: &'a Reader,
    setup: Setup,
    running: Option<(Pipeline, Decoder)>,
    /// What was decided from the last input and has not yet been met in the journal.
    expected: VecDeque<Record>,
    records: u64,
}

impl Again<'_> {
    fn take(&mut self, entry: Entry) -> Result<(), Failure> {
        match entry.kind {
            Kind::Program => self.check_program(&entry),
            Kind::Sensors => self.setup.sensors = entry.text().into_owned(),
            Kind::Zones => self.setup.zones = Some(entry.text().into_owned()),
            Kind::Watch => self.setup.watch = Some(entry.text().into_owned()),
            Kind::Satellites => self.setup.satellites = Some(entry.text().into_owned()),
            Kind::Regions => return self.start(&entry),
            kind if kind.is_input() => return self.input(&entry),
            _ => return self.record(&entry),
        }
        Ok(())
    }

    fn check_program(&self, entry: &Entry) {
        let text = entry.text();
        if !text.contains(&format!("\"{}\"", crate::PROGRAM)) {
            terminal::notice(&format!("written by {text}; this is {}, which may decide differently", crate::PROGRAM));
        }
    }

    /// The table of provinces is the last thing before the first input.
    fn start(&mut self, entry: &Entry) -> Result<(), Failure> {
        let started = self.setup.start()?;
        if folder::regions_hash(&started.config.regions).as_bytes() != entry.payload {
            return Err(self.differs(entry, "this program has another table of provinces"));
        }
        let decoder = Decoder::new(&started.config.sensors);
        self.running = Some((Pipeline::new(started)?, decoder));
        Ok(())
    }

    fn input(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.nothing_expected(entry)?;
        let Some((pipeline, decoder)) = &mut self.running else {
            return Err(self.differs(entry, "an input comes before the configuration"));
        };
        let input = match entry.kind {
            Kind::Plot | Kind::Ais | Kind::Sbs => decoder.decode(entry.kind, &entry.payload, 0, "journal").input,
            Kind::Catalogue => {
                satellites::parse_answer(&entry.text(), 1, "journal").map(|answer| Some(Input::Catalogue(answer)))
            }
            Kind::Tick => Ok(Some(Input::Tick)),
            Kind::Broken => Err(crate::feed::broken(&entry.text(), 0)),
            _ => return Err(self.differs(entry, "this program does not know such an input")),
        };
        self.expected = pipeline.step(entry.received, entry.seq, input).into();
        Ok(())
    }

    fn record(&mut self, entry: &Entry) -> Result<(), Failure> {
        match self.expected.pop_front() {
            Some(record) if record.kind == entry.kind && record.payload == entry.payload => {
                self.records += 1;
                Ok(())
            }
            Some(record) if record.kind == entry.kind => Err(self.differs(entry, "it is decided differently now")),
            _ => Err(self.differs(entry, "nothing of this kind is decided here now")),
        }
    }

    fn nothing_expected(&self, entry: &Entry) -> Result<(), Failure> {
        match self.expected.front() {
            None => Ok(()),
            Some(record) => Err(self.differs(entry, &format!("a {} should stand before it", record.kind.word()))),
        }
    }

    fn finish(&self) -> Result<(), Failure> {
        match self.expected.front() {
            None => Ok(()),
            Some(record) => Err(self.reader.broken(format!("a {} should stand at its end", record.kind.word()))),
        }
    }

    fn differs(&self, entry: &Entry, how: &str) -> Failure {
        self.reader.broken(format!("entry {} ({}): {how}", entry.seq.0, entry.kind.word()))
    }
}
