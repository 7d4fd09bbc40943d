//! The same input gives the same bits: twice, on another processor, and whatever stands in the truth.

use crate::world::{World, program, rail, ran, replayed_rail, run, text};
use std::fs;
use std::path::Path;

/// Name and hash of every file under a folder but the journal: SQLite keeps no promise about its own bytes.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if !text(&path).ends_with("journal.db") {
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            files.push((name, blake3::hash(&fs::read(&path).unwrap()).to_hex().to_string()));
        }
    }
    files.sort();
    files
}

fn hash_of(world: &World) -> String {
    run(&["verify", text(&world.journal())]).hash().to_string()
}

#[test]
fn a_second_run_and_one_with_cpu_features_hidden_give_the_same_hash() {
    let first = replayed_rail();
    let second = rail();
    let output = program()
        .args(["replay", text(&second.folder()), "--out", text(&second.out())])
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX")
        .output()
        .unwrap();
    assert_eq!(ran(output).hash(), hash_of(first));
    assert_eq!(files(&second.out()), files(&first.out()));
}

#[test]
fn truth_is_never_opened() {
    let honest = World::of_plots(&crate::world::plots(20));
    let poisoned = World::of_plots(&crate::world::plots(20));
    // Neither is a file that could be opened and read as what its name says.
    fs::create_dir(poisoned.folder().join("truth.json")).unwrap();
    poisoned.write("truth", [0xff; 100]);
    let (a, b) = (honest.replay(), poisoned.replay());
    assert_eq!((a.code, b.code), (0, 0));
    assert_eq!(a.hash(), b.hash());
    assert_eq!(files(&honest.out()), files(&poisoned.out()));
}

#[test]
fn only_the_score_room_names_the_truth() {
    fn check(folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("score") {
                    check(&path);
                }
                continue;
            }
            // What the help of a command says is no file that it opens; `simulate` writes truth.
            let name = path.file_name().unwrap().to_str().unwrap();
            let source = fs::read_to_string(&path).unwrap();
            if name.ends_with(".rs") && !["score.rs", "simulate.rs"].contains(&name) {
                assert!(!source.contains("\"truth"), "{name} names the truth");
            }
        }
    }
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
}

#[test]
fn an_earlier_replay_leaves_nothing_behind() {
    let world = World::of_plots(&crate::world::plots(5));
    let first = world.replay();
    fs::write(world.out().join("messages/old-r1.cap.xml"), "old").unwrap();
    let second = world.replay();
    assert_eq!(first.hash(), second.hash());
    assert!(!world.out().join("messages/old-r1.cap.xml").exists());
}
