//! The journal shows what was done to it, and explains what was said.

use crate::world::{Ran, World, plots, replayed_rail, run, text};
use downrange_cli::journal::{Journal, Kind, Reader};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Does something to a copy of a journal that its triggers would not allow, and verifies it.
fn tampered(journal: &Path, change: &str) -> Ran {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("journal.db");
    fs::copy(journal, &copy).unwrap();
    let connection = Connection::open(&copy).unwrap();
    let triggers = ["entry_stays", "entry_is_kept", "head_stays", "head_is_kept"];
    triggers.iter().for_each(|trigger| connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap());
    connection.execute_batch(change).unwrap();
    assert!(connection.changes() > 0, "nothing was changed by {change}");
    connection.close().unwrap();
    run(&["verify", text(&copy)])
}

fn small() -> (World, PathBuf) {
    let world = World::of_plots(&plots(30));
    assert_eq!(world.replay().code, 0);
    let journal = world.journal();
    (world, journal)
}

/// The verdict must be exit code 1 and one line that ends with this.
fn assert_broken(ran: &Ran, verdict: &str) {
    assert_eq!((ran.code, ran.err.lines().count()), (1, 1), "{} {}", ran.out, ran.err);
    assert!(ran.err.trim_end().ends_with(verdict), "{} instead of {verdict}", ran.err);
}

#[test]
fn bad_a_changed_byte_is_found_wherever_it_is() {
    let (_world, journal) = small();
    let entries = Reader::open(&journal).unwrap().entries().unwrap();
    let full: Vec<u64> = entries.iter().filter(|entry| !entry.payload.is_empty()).map(|entry| entry.seq.0).collect();
    for seq in [full[0], full[1], full[3], full[full.len() / 2], full[full.len() - 1]] {
        let changes = [
            "payload = CAST(substr(payload, 1, length(payload) - 1) || '?' AS BLOB)",
            "payload = CAST('?' || substr(payload, 2) AS BLOB)",
            "payload = CAST(payload || ' ' AS BLOB)",
            "payload = x''",
            "received_tai_ns = received_tai_ns + 1",
            "kind = 'input-sbs'",
            "kind = 'nonsense'",
            "hash = CAST(x'00' || substr(hash, 2) AS BLOB)",
        ];
        for change in changes {
            let ran = tampered(&journal, &format!("UPDATE entry SET {change} WHERE seq = {seq}"));
            assert_broken(&ran, &format!("entry {seq} is not what was written"));
        }
    }
}

#[test]
fn bad_missing_moved_and_added_entries_are_found() {
    let (_world, journal) = small();
    let count = Reader::open(&journal).unwrap().entries().unwrap().len();
    let ran = tampered(&journal, &format!("DELETE FROM entry WHERE seq > {}", count - 3));
    assert_broken(&ran, &format!("entry {} is missing: {count} were written, {} are here", count - 2, count - 3));
    let ran = tampered(&journal, "DELETE FROM entry WHERE seq = 10");
    assert_broken(&ran, "entry 10 is not what was written");
    let swap = "UPDATE entry SET seq = -1 WHERE seq = 8; UPDATE entry SET seq = 8 WHERE seq = 9;
                UPDATE entry SET seq = 9 WHERE seq = -1";
    assert_broken(&tampered(&journal, swap), "entry 8 is not what was written");
    let add = format!(
        "INSERT INTO entry SELECT {}, received_tai_ns, kind, payload, hash FROM entry WHERE seq = 9",
        count + 1
    );
    assert_broken(&tampered(&journal, &add), &format!("entry {} is not what was written", count + 1));
    let ran = tampered(&journal, "UPDATE head SET hash = CAST(x'00' || substr(hash, 2) AS BLOB)");
    assert_broken(&ran, &format!("the head record of entry {count} is not what was written"));
}

#[test]
fn bad_a_journal_that_was_cut_cleanly_is_found_by_its_hash() {
    let (world, journal) = small();
    let hash = run(&["verify", text(&journal)]).hash().to_string();
    assert_eq!(run(&["verify", text(&journal), "--hash", &hash]).code, 0);
    let other = World::of_plots(&plots(29));
    assert_eq!(other.replay().code, 0);
    let ran = run(&["verify", text(&other.journal()), "--hash", &hash]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("whole in itself, but its hash is"), "{}", ran.err);
    drop(world);
}

#[test]
fn bad_files_that_are_no_journal() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    assert_eq!(run(&["verify", text(&path)]).code, 2);
    fs::write(&path, "not a database, but long enough to be looked at as one").unwrap();
    let ran = run(&["verify", text(&path)]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
}

/// Writes a journal again with something changed, with a chain of hashes that holds.
fn forged(journal: &Path, change: impl Fn(Kind, Vec<u8>) -> Option<Vec<u8>>) -> Ran {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    let mut copy = Journal::create(&path).unwrap();
    for entry in Reader::open(journal).unwrap().entries().unwrap() {
        if let Some(payload) = change(entry.kind, entry.payload) {
            copy.append(entry.received, entry.kind, &payload).unwrap();
        }
    }
    copy.finish().unwrap();
    run(&["verify", text(&path)])
}

#[test]
fn bad_a_forger_who_hashes_again_is_found_by_deciding_again() {
    let journal = replayed_rail().journal();
    let whole = forged(&journal, |_, payload| Some(payload));
    assert_eq!(whole.code, 0, "{}", whole.err);

    let softened = forged(&journal, |kind, payload| {
        let text = String::from_utf8(payload).unwrap();
        Some(if kind == Kind::Warning { text.replace("alert", "aler7") } else { text }.into_bytes())
    });
    assert_broken(&softened, "(record-warning): it is decided differently now");
    let silenced = forged(&journal, |kind, payload| (kind != Kind::Warning).then_some(payload));
    assert!(silenced.code == 1 && silenced.err.contains("a record-warning should stand before it"), "{}", silenced.err);
}

#[test]
fn verify_decides_the_recorded_launch_again() {
    let ran = run(&["verify", text(&replayed_rail().journal())]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("in an unbroken chain\n") && ran.out.contains("came out again byte for byte\n"),
        "{}",
        ran.out
    );
}

#[test]
fn an_explanation_goes_from_the_message_to_the_plots() {
    let world = replayed_rail();
    let journal = world.journal();
    let ran = run(&["explain", "2022-01-14-1-W", "--journal", text(&journal)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let steps = [
        "Message 2022-01-14-1-W, revision 1: alert (Test), said 2022-01-14T05:4",
        "\n  en  ",
        "\n  written: messages/2022-01-14-1-W-r1.cap.xml (BLAKE3 ",
        "\nDecision: a launch was seen",
        "alert from 0.9 on and with 2 independent paths",
        "\nObject 2022-01-14-1",
        "\n  track ",
        "plots used: ",
        "latest plots, as they came:\n      entry ",
        "\"sensor\"",
    ];
    let mut rest = ran.out.as_str();
    for step in steps {
        let at = rest.find(step).unwrap_or_else(|| panic!("{step:?} is not in, or not in order: {}", ran.out));
        rest = &rest[at..];
    }
    // The hash in the journal is that of the message that was written.
    let message = fs::read(world.out().join("messages/2022-01-14-1-W-r1.cap.xml")).unwrap();
    assert!(ran.out.contains(blake3::hash(&message).to_hex().as_str()));
}

#[test]
fn bad_unknown_warnings_are_answered_with_the_known_ones() {
    let journal = replayed_rail().journal();
    let ran = run(&["explain", "2031-01-01-9-W", "--journal", text(&journal)]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: warning: `2031-01-01-9-W` is refused; allowed: 2022-01-14-1-W\n");
    let ran = run(&["explain", "2022-01-14-1-W", "--revision", "999", "--journal", text(&journal)]);
    assert_eq!((ran.code, ran.err.starts_with("error: --revision: `999` is refused; allowed: 1 to ")), (2, true));
}
