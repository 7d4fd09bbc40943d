//! The journal: an append-only, hash-chained record of inputs and of what was decided from them, in one SQLite file.
//!
//! Entry `n` carries `hash(n) = BLAKE3(hash(n-1) ‖ n ‖ received ‖ kind ‖ 0 ‖ payload)`, numbers little-endian in eight
//! bytes, and `hash(0)` is 32 zero bytes; so a changed, removed, added or moved entry breaks the chain at its place.
//! Every commit also leaves a row (number of entries, hash) in the table `head`, which shows a tail that was cut off.

use crate::failure::Failure;
use downrange_earth::Time;
use downrange_engine::plot::Seq;
use rusqlite::{Connection, OpenFlags, params};
use std::path::{Path, PathBuf};

/// Entries that are committed together when nothing has to be told before.
const ENTRIES_PER_COMMIT: u64 = 2_000;

const SCHEMA: &str = "
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY, received_tai_ns INTEGER NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE head (entry_count INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER head_stays BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER head_is_kept BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'append only'); END;
";

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Name and version of the program, and what it did, as JSON.
    Program,
    /// Text of `sensors.toml`.
    Sensors,
    /// Text of `zones.geojson`.
    Zones,
    /// Text of `watch.toml`.
    Watch,
    /// Size and hash of the satellite catalogue, as JSON.
    Satellites,
    /// Hash of the table of provinces.
    Regions,
    /// A line of `plots.jsonl`, as it came.
    Plot,
    /// A line of `vessels.nmea`, as it came.
    Ais,
    /// A line of `aircraft.sbs`, as it came.
    Sbs,
    /// What the satellite catalogue said, as JSON.
    Catalogue,
    /// Time had passed.
    Tick,
    /// What a person ordered, as JSON.
    Order,
    /// A feed broke off: which, and why.
    Broken,
    /// Why the line before could not be read.
    BadLine,
    /// A forecast and its evidence, as JSON.
    Forecast,
    /// A revision of a warning, why it was made and how it was rendered, as JSON.
    Warning,
    /// Number of a plot that was not used, and why, as JSON.
    Refused,
    /// Hash of the exact bits of every confirmed track.
    Picture,
    /// What was found out of a sensor and how its plots are corrected from then on, as JSON.
    Sensor,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 19] = [
        Kind::Program,
        Kind::Sensors,
        Kind::Zones,
        Kind::Watch,
        Kind::Satellites,
        Kind::Regions,
        Kind::Plot,
        Kind::Ais,
        Kind::Sbs,
        Kind::Catalogue,
        Kind::Tick,
        Kind::Order,
        Kind::Broken,
        Kind::BadLine,
        Kind::Forecast,
        Kind::Warning,
        Kind::Refused,
        Kind::Picture,
        Kind::Sensor,
    ];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Program => "config-program",
            Kind::Sensors => "config-sensors",
            Kind::Zones => "config-zones",
            Kind::Watch => "config-watch",
            Kind::Satellites => "config-satellites",
            Kind::Regions => "config-regions",
            Kind::Plot => "input-plot",
            Kind::Ais => "input-ais",
            Kind::Sbs => "input-sbs",
            Kind::Catalogue => "input-catalogue",
            Kind::Tick => "input-tick",
            Kind::Order => "input-order",
            Kind::Broken => "input-broken",
            Kind::BadLine => "bad-line",
            Kind::Forecast => "record-forecast",
            Kind::Warning => "record-warning",
            Kind::Refused => "record-refused",
            Kind::Picture => "record-picture",
            Kind::Sensor => "record-sensor",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it belongs to what the engine was started with.
    pub fn is_config(self) -> bool {
        self.word().starts_with("config-")
    }

    /// Whether it came from outside while the engine ran.
    pub fn is_input(self) -> bool {
        self.word().starts_with("input-")
    }
}

/// Hash of an entry and of everything before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first entry.
    pub const START: Hash = Hash([0; 32]);

    /// The hash after one more entry.
    fn after(self, seq: Seq, received: Time, kind: &str, payload: &[u8]) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(&seq.0.to_le_bytes());
        hasher.update(&received.tai_ns().to_le_bytes());
        hasher.update(kind.as_bytes());
        hasher.update(&[0]);
        hasher.update(payload);
        Hash(*hasher.finalize().as_bytes())
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position, from 1 on.
    pub seq: Seq,
    /// Event time.
    pub received: Time,
    /// What it holds.
    pub kind: Kind,
    /// What it holds, as it came or was decided.
    pub payload: Vec<u8>,
}

impl Entry {
    /// The payload as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.payload)
    }
}

/// A journal that is being written. It has one writer.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    connection: Connection,
    count: u64,
    hash: Hash,
    uncommitted: u64,
}

impl Journal {
    /// Starts an empty journal in place of whatever journal was at this path.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> Result<Journal, Failure> {
        for suffix in ["", "-wal", "-shm"] {
            let mut old = path.as_os_str().to_owned();
            old.push(suffix);
            match std::fs::remove_file(&old) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::unwritable(Path::new(&old), error));
                }
                _ => {}
            }
        }
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // A commit returns when the disk has it.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch(SCHEMA)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| Failure::journal(path, error))?;
        Ok(Journal { path: path.to_path_buf(), connection, count: 0, hash: Hash::START, uncommitted: 0 })
    }

    /// Adds an entry; it is durable after the next [`Journal::commit`], which comes by itself after some entries.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, received: Time, kind: Kind, payload: &[u8]) -> Result<Seq, Failure> {
        if self.uncommitted >= ENTRIES_PER_COMMIT {
            self.commit()?;
        }
        let seq = self.next_seq();
        let hash = self.hash.after(seq, received, kind.word(), payload);
        let insert = || -> rusqlite::Result<()> {
            if self.uncommitted == 0 {
                self.connection.execute_batch("BEGIN IMMEDIATE")?;
            }
            self.connection
                .prepare_cached("INSERT INTO entry (seq, received_tai_ns, kind, payload, hash) VALUES (?, ?, ?, ?, ?)")?
                .execute(params![seq.0 as i64, received.tai_ns(), kind.word(), payload, hash.0.as_slice()])?;
            Ok(())
        };
        insert().map_err(|error| Failure::journal(&self.path, error))?;
        self.uncommitted += 1;
        self.count = seq.0;
        self.hash = hash;
        Ok(seq)
    }

    /// Returns when everything appended so far survives a power cut.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn commit(&mut self) -> Result<(), Failure> {
        if self.uncommitted == 0 {
            return Ok(());
        }
        let write = || -> rusqlite::Result<()> {
            self.connection
                .prepare_cached("INSERT INTO head (entry_count, hash) VALUES (?, ?)")?
                .execute(params![self.count as i64, self.hash.0.as_slice()])?;
            self.connection.execute_batch("COMMIT")
        };
        write().map_err(|error| Failure::journal(&self.path, error))?;
        self.uncommitted = 0;
        Ok(())
    }

    /// Commits, folds the write-ahead log into the one file, and returns the hash of the last entry.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<(u64, Hash), Failure> {
        self.commit()?;
        let (count, hash) = (self.count, self.hash);
        // One file without companions can be copied, and read where nothing may be written.
        let folded = self.connection.pragma_update(None, "journal_mode", "DELETE");
        folded.map_err(|error| Failure::journal(&self.path, error))?;
        self.connection.close().map_err(|(_, error)| Failure::journal(&self.path, error))?;
        Ok((count, hash))
    }

    /// When an entry was received.
    pub fn received_of(&self, seq: u64) -> Option<Time> {
        let mut statement = self.connection.prepare_cached("SELECT received_tai_ns FROM entry WHERE seq = ?").ok()?;
        statement.query_row([seq as i64], |row| row.get(0)).ok().map(Time::from_tai_ns)
    }

    /// Position that the next entry will get.
    pub fn next_seq(&self) -> Seq {
        Seq(self.count + 1)
    }

    /// Number of entries.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Hash of the last entry.
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

/// A journal that is only read.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Connection,
}

impl Reader {
    /// Opens a journal.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Reader, Failure> {
        const ALLOWED: &str = "a journal.db written by `downrange replay`";
        if let Err(error) = std::fs::File::open(path) {
            return Err(Failure::unreadable(path, error, ALLOWED));
        }
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connection.prepare("SELECT seq, received_tai_ns, kind, payload, hash FROM entry")?;
            connection.prepare("SELECT entry_count, hash FROM head")?;
            Ok(connection)
        };
        let connection = open().map_err(|error| Failure::unreadable(path, error, ALLOWED))?;
        Ok(Reader { path: path.to_path_buf(), connection })
    }

    /// Calls `visit` with every entry in order, while the chain of hashes holds. Returns the number of entries and the
    /// last hash.
    ///
    /// # Errors
    /// The first entry that is not what was written, a tail that is gone, or what `visit` returned.
    pub fn walk(&self, mut visit: impl FnMut(Entry) -> Result<(), Failure>) -> Result<(u64, Hash), Failure> {
        let heads = self.heads()?;
        let mut heads = heads.iter().peekable();
        let (mut count, mut hash) = (0, Hash::START);
        let failed = |error: rusqlite::Error| self.broken(format!("cannot be read: {error}"));
        let mut statement = self
            .connection
            .prepare("SELECT seq, received_tai_ns, kind, payload, hash FROM entry ORDER BY seq")
            .map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => return Err(self.broken(format!("entry {} cannot be read: {error}", count + 1))),
            };
            let Ok(entry) = read_entry(row, count + 1, &mut hash) else {
                return Err(self.broken(format!("entry {} is not what was written", count + 1)));
            };
            count += 1;
            if let Some((_, at_commit)) = heads.next_if(|(at, _)| *at == count)
                && at_commit.as_slice() != hash.0
            {
                return Err(self.broken(format!("the head record of entry {count} is not what was written")));
            }
            visit(entry)?;
        }
        match heads.next() {
            Some((at, _)) => {
                let last = heads.next_back().map_or(*at, |(last, _)| *last);
                Err(self.broken(format!("entry {} is missing: {last} were written, {count} are here", count + 1)))
            }
            None => Ok((count, hash)),
        }
    }

    /// Every entry in order; see [`Reader::walk`].
    ///
    /// # Errors
    /// As of [`Reader::walk`].
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::new();
        self.walk(|entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Something is wrong with this journal.
    pub fn broken(&self, what: impl ToString) -> Failure {
        Failure::journal(&self.path, what)
    }

    fn heads(&self) -> Result<Vec<(u64, Vec<u8>)>, Failure> {
        let read = || -> rusqlite::Result<Vec<(u64, Vec<u8>)>> {
            let mut statement = self.connection.prepare("SELECT entry_count, hash FROM head ORDER BY entry_count")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?.max(0) as u64, row.get(1)?)))?;
            rows.collect()
        };
        read().map_err(|error| self.broken(format!("the head records cannot be read: {error}")))
    }
}

/// Reads an entry, or the reason why it is not the one that was written as number `seq` after `hash`; moves `hash` on.
fn read_entry(row: &rusqlite::Row, seq: u64, hash: &mut Hash) -> Result<Entry, Box<dyn std::error::Error>> {
    let entry = Entry {
        seq: Seq(u64::try_from(row.get::<_, i64>(0)?)?),
        received: Time::from_tai_ns(row.get(1)?),
        kind: Kind::of_word(&row.get::<_, String>(2)?).ok_or("no such kind")?,
        payload: row.get(3)?,
    };
    let written: Vec<u8> = row.get(4)?;
    *hash = hash.after(entry.seq, entry.received, entry.kind.word(), &entry.payload);
    if entry.seq != Seq(seq) || written != hash.0 {
        return Err("the chain is broken".into());
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_again_and_may_not_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let mut journal = Journal::create(&path).unwrap();
        for number in 0..2 * ENTRIES_PER_COMMIT + 7 {
            let time = Time::from_tai_ns(number as i64);
            assert_eq!(journal.append(time, Kind::Plot, &number.to_le_bytes()).unwrap(), Seq(number + 1));
        }
        assert_eq!(journal.received_of(5), Some(Time::from_tai_ns(4)));
        journal.commit().unwrap();
        for change in
            ["UPDATE entry SET kind = 'x'", "DELETE FROM entry", "UPDATE head SET hash = x''", "DELETE FROM head"]
        {
            let refused = journal.connection.execute_batch(change).unwrap_err().to_string();
            assert!(refused.contains("append only"), "{change}: {refused}");
        }
        let (count, hash) = journal.finish().unwrap();
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.walk(|_| Ok(())).unwrap(), (count, hash));
        let entries = reader.entries().unwrap();
        assert_eq!(entries[6].payload, 6_u64.to_le_bytes());
        assert!(!folder.path().join("journal.db-wal").exists());
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_word(kind.word()), Some(kind));
        }
        assert_eq!(Kind::of_word("input-"), None);
    }

    /// The formula of the module page, byte by byte.
    #[test]
    fn the_hash_is_the_one_that_is_documented() {
        let mut bytes = vec![0; 32];
        bytes.extend(1_u64.to_le_bytes());
        bytes.extend((-2_i64).to_le_bytes());
        bytes.extend(b"input-tick\0payload");
        let expected = blake3::hash(&bytes).to_hex().to_string();
        assert_eq!(Hash::START.after(Seq(1), Time::from_tai_ns(-2), "input-tick", b"payload").to_string(), expected);
    }
}
