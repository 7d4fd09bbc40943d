//! The fences of the house: which crate may use which, what the pure crates may not touch, units in names, and what
//! every file owes its reader. Each rule is a small scanner; each scanner is tested on a line that breaks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// In the order of the rooms: a crate may use only those before it.
const CRATES: [&str; 6] = ["earth", "track", "engine", "wire", "sim", "cli"];
/// Crates that must give the same bits everywhere.
const PURE: [&str; 4] = ["earth", "track", "engine", "wire"];
/// Crates that one may not use although they come before: a simulator that shares the tracker's models would only show
/// that the models agree with themselves, and what is on the wire says nothing of tracks.
const KEPT_APART: [(&str, &str); 2] = [("sim", "track"), ("wire", "track")];
const FILE_LINES_MAX: usize = 800;
/// The door for newcomers stays short.
const ENGINE_LINES_MAX: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files below a folder with one of these endings, in order of name.
fn files(below: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(below) else { return out };
    let mut entries: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            out.extend(files(&path, endings));
        } else if endings.iter().any(|e| path.extension().is_some_and(|x| x == *e)) {
            out.push(path);
        }
    }
    out
}

/// Every Rust file of the crates, with its path below `crates/`. This file is left out: it holds the forbidden words.
fn sources() -> Vec<(String, String)> {
    let crates = root().join("crates");
    let named = files(&crates, &["rs"]).into_iter().map(|p| (p.strip_prefix(&crates).unwrap().to_path_buf(), p));
    named
        .map(|(name, path)| (name.to_string_lossy().into_owned(), read(&path)))
        .filter(|(name, _)| name != "cli/tests/house.rs")
        .collect()
}

/// What ships: no comments, no strings, no test module (those stand at the end of a file).
fn shipped(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    without_comments_and_strings(text)
}

/// The code with comments, strings and character literals blanked; line breaks stay, so that lines keep their numbers.
fn without_comments_and_strings(text: &str) -> String {
    let c: Vec<char> = text.chars().collect();
    let (mut out, mut i) = (String::with_capacity(text.len()), 0);
    while i < c.len() {
        let end = match (c[i], c.get(i + 1)) {
            ('/', Some('/')) => position(&c, i, &['\n']),
            ('/', Some('*')) => position(&c, i + 2, &['*', '/']) + 2,
            ('"', _) => end_of_string(&c, i + 1),
            ('r', Some('"' | '#')) if i == 0 || !word(c[i - 1]) => end_of_raw_string(&c, i),
            ('\'', Some('\\')) => position(&c, i + 3, &['\'']) + 1,
            ('\'', _) if c.get(i + 2) == Some(&'\'') => i + 3,
            _ => i,
        };
        if end == i {
            out.push(c[i]);
            i += 1;
        } else {
            out.extend(c[i..end.min(c.len())].iter().filter(|x| **x == '\n'));
            out.push(' ');
            i = end;
        }
    }
    out
}

fn position(c: &[char], from: usize, what: &[char]) -> usize {
    (from..c.len()).find(|&i| c[i..].starts_with(what)).unwrap_or(c.len())
}

fn end_of_string(c: &[char], mut i: usize) -> usize {
    while i < c.len() && c[i] != '"' {
        i += if c[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// Where a raw string that starts here ends; here, if none starts here.
fn end_of_raw_string(c: &[char], start: usize) -> usize {
    let hashes = c[start + 1..].iter().take_while(|x| **x == '#').count();
    if c.get(start + 1 + hashes) != Some(&'"') {
        return start;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    position(c, start + 2 + hashes, &close) + close.len()
}

fn word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a path such as `std::env` stands in the code as whole words.
fn mentions(code: &str, what: &str) -> bool {
    code.match_indices(what).any(|(i, _)| {
        !code[..i].chars().next_back().is_some_and(word) && !code[i + what.len()..].chars().next().is_some_and(word)
    })
}

/// Names of the dependencies in one `Cargo.toml`, by section (`dependencies`, `dev-dependencies`, …).
fn dependencies(manifest: &str) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_string();
        } else if section.ends_with("dependencies")
            && !line.starts_with('#')
            && let Some((name, _)) = line.split_once('=')
        {
            let name = name.trim().split('.').next().unwrap_or_default().to_string();
            out.entry(section.clone()).or_default().push(name);
        }
    }
    out
}

fn manifest(krate: &str) -> String {
    read(&root().join("crates").join(krate).join("Cargo.toml"))
}

fn complain(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Every mention of a forbidden word in some texts.
fn mentions_of(not: &[&str], texts: &[(String, String)]) -> Vec<String> {
    let found = texts
        .iter()
        .flat_map(|(name, text)| not.iter().filter(|w| text.contains(**w)).map(move |w| format!("{name}: {w}")));
    found.collect()
}

#[test]
fn a_crate_uses_only_those_above_it() {
    let mut found = Vec::new();
    for (i, krate) in CRATES.iter().enumerate() {
        // What a test uses is its own affair: it may call the judge from a room below.
        let used = dependencies(&manifest(krate)).remove("dependencies").unwrap_or_default();
        for used in used.iter().filter_map(|n| n.strip_prefix("downrange-")) {
            if !CRATES[..i].contains(&used) || KEPT_APART.contains(&(krate, used)) {
                found.push(format!("{krate} uses {used}"));
            }
        }
    }
    complain("crates in the order of the rooms", &found);
}

#[test]
fn no_crate_is_left_out_of_the_order() {
    let entries = fs::read_dir(root().join("crates")).unwrap();
    let mut there: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    let mut known = CRATES.map(String::from).to_vec();
    there.sort();
    known.sort();
    assert_eq!(there, known);
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    assert!(read(&root().join("Cargo.toml")).contains("unsafe_code = \"forbid\""));
    for krate in CRATES {
        assert!(manifest(krate).contains("[lints]\nworkspace = true"), "{krate} does not take the lints of the house");
    }
}

#[test]
fn files_stay_short_enough_to_hold_in_mind() {
    let lines = sources().into_iter().map(|(name, text)| (name, text.lines().count()));
    let max = |name: &str| if name == "engine/src/engine.rs" { ENGINE_LINES_MAX } else { FILE_LINES_MAX };
    let long = lines.filter(|(name, lines)| *lines > max(name));
    complain("long files", &long.map(|(name, lines)| format!("{name}: {lines} lines")).collect::<Vec<_>>());
}

#[test]
fn pure_crates_know_no_clock_no_chance_no_world() {
    const NOT: [&str; 13] = [
        "HashMap",
        "HashSet",
        "Instant",
        "SystemTime",
        "std::thread",
        "std::env",
        "std::fs",
        "std::net",
        "std::process",
        "DMatrix",
        "DVector",
        "println",
        "eprintln",
    ];
    let mut found = Vec::new();
    for (name, text) in sources() {
        if PURE.iter().any(|krate| name.starts_with(&format!("{krate}/src/"))) {
            let code = shipped(&text);
            // One file may use threads: pieces that share nothing, joined in their order.
            let may = |word: &str| name == "track/src/parallel.rs" && word == "std::thread";
            let words = NOT.iter().filter(|word| mentions(&code, word) && !may(word));
            found.extend(words.map(|word| format!("{name}: {word}")));
        }
    }
    complain("same input, same bits", &found);
}

#[test]
fn nothing_is_left_to_be_done_later() {
    const NOT: [&str; 6] = ["todo!", "unimplemented!", "dbg!", "FIXME", "TODO", "XXX"];
    complain("no stubs", &mentions_of(&NOT, &sources()));
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    const NOT: [&str; 5] = ["/home/", "/work/", "/root/", "/Users/", "C:\\"];
    let mut texts = sources();
    for folder in ["docs", "fixtures", ".ci"] {
        let files = files(&root().join(folder), &["md", "toml", "sh", "json"]);
        texts.extend(files.iter().map(|p| (p.display().to_string(), read(p))));
    }
    for name in ["README.md", "CHANGELOG.md", "Makefile", "Cargo.toml", "clippy.toml", ".ci/run"] {
        texts.push((name.into(), read(&root().join(name))));
    }
    complain("the project runs anywhere", &mentions_of(&NOT, &texts));
}

#[test]
fn it_warns_and_never_aims() {
    const NOT: [&str; 7] =
        ["interceptor", "engagement", "fire_control", "fire control", "aim_point", "aimpoint", "weapon"];
    let texts: Vec<(String, String)> = sources().into_iter().map(|(name, text)| (name, text.to_lowercase())).collect();
    complain("words of another trade", &mentions_of(&NOT, &texts));
}

#[test]
fn every_dependency_has_its_reason() {
    let design = read(&root().join("docs/design.md"));
    let manifests = CRATES.iter().map(|krate| manifest(krate)).chain([read(&root().join("Cargo.toml"))]);
    let names = manifests.flat_map(|text| dependencies(&text).into_values().flatten().collect::<Vec<_>>());
    let mut found: Vec<String> =
        names.filter(|n| !n.starts_with("downrange-") && !design.contains(&format!("`{n}`"))).collect();
    found.sort();
    found.dedup();
    complain("dependencies that docs/design.md does not name", &found);
}

#[test]
fn the_changelog_says_what_is_new() {
    assert!(read(&root().join("CHANGELOG.md")).contains("\n## [Unreleased]\n"));
}

/// Whether the name of a test says what it judges by (a prefix) or is a sentence of at least three words.
fn test_name_is_good(name: &str) -> bool {
    const PREFIXES: [&str; 6] = ["val_", "regress_", "std_", "bad_", "prop_", "sim_"];
    let sentence = name.matches('_').count() >= 2 && !name.starts_with("test_");
    PREFIXES.iter().any(|p| name.starts_with(p)) || sentence
}

#[test]
fn tests_have_names_that_say_something() {
    assert!(test_name_is_good("val_us76_table") && test_name_is_good("a_plot_from_the_future_is_refused"));
    assert!(
        !test_name_is_good("works") && !test_name_is_good("test_that_it_works") && !test_name_is_good("round_trip")
    );
    let mut found = Vec::new();
    for (name, text) in sources() {
        let code = without_comments_and_strings(&text);
        for after in code.split("#[test]").skip(1) {
            let test = after.split("fn ").nth(1).and_then(|f| f.split('(').next()).unwrap_or_default();
            if !test_name_is_good(test) {
                found.push(format!("{name}: {test}"));
            }
        }
    }
    complain("val_, regress_, std_, bad_, prop_, sim_, or a sentence", &found);
}

#[test]
fn docs_name_only_tests_that_exist() {
    let mut code: String = sources().into_iter().map(|(_, text)| text).collect();
    code.push_str(&read(&root().join("crates/cli/tests/house.rs")));
    let mut found = Vec::new();
    for page in ["docs/safety.md", "docs/compare.md", "docs/design.md"] {
        let text = read(&root().join(page));
        let named = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|span| span.chars().all(word) && test_name_is_good(span) && !span.ends_with('_'));
        let gone = named.filter(|name| !code.contains(&format!("fn {name}(")));
        found.extend(gone.map(|name| format!("{page}: {name}")));
    }
    complain("tests that are promised but not there", &found);
}

/// Whether this is a unit as names end in it: symbols with an optional power, divided by `p`: `m`, `mps2`, `m3ps2`,
/// `kgpm3`, `jpkgpk`.
fn is_unit(suffix: &str) -> bool {
    const SYMBOLS: [&str; 20] = [
        "m", "km", "s", "ms", "us", "ns", "rad", "urad", "deg", "kg", "k", "pa", "hz", "n", "j", "kn", "ft", "nmi",
        "mol", "g",
    ];
    SYMBOLS.contains(&suffix.trim_end_matches(|c: char| c.is_ascii_digit()))
        // `p` divides, but it also begins `pa`: try every way to cut.
        || suffix.match_indices('p').any(|(i, _)| is_unit(&suffix[..i]) && is_unit(&suffix[i + 1..]))
}

/// Words for numbers without a unit: parts of a whole, odds, counts, ratios.
const DIMENSIONLESS: &str = "probability probabilities share fraction ratio weight weights log likelihood score misfit \
    confidence quantile sigmas count steps freedom nis nees gate threshold factor coefficient sine cosine mach alpha \
    beta tolerance j2 flattening clutter";
/// Words for numbers of any unit: the caller's.
const GENERIC: &str = "value default low high mean x point radius size price density";
/// A unit written out.
const WRITTEN_OUT: &str = "seconds degrees radians metres";
/// Single names that are good as they are, with the reason.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("WGS84_F", "the flattening, by the letter of its standard"),
    (
        "falling stage piece burning pulling_up gliding breaking_up",
        "probabilities of the ways of coming down, in a type that says so",
    ),
    ("south north west east", "a box of the globe in degrees, in the words and order of scenario files"),
];

fn name_carries_unit(name: &str) -> bool {
    if EXCEPTIONS.iter().any(|(names, _)| names.split(' ').any(|n| n == name)) {
        return true;
    }
    let name = name.to_lowercase();
    let is_last_of_several = |w: &str| w.len() < name.len();
    let mut known = [DIMENSIONLESS, GENERIC, WRITTEN_OUT].into_iter().flat_map(str::split_whitespace);
    known.any(|k| name.split('_').any(|w| w == k))
        || name.rsplit('_').next().is_some_and(|w| is_unit(w) && is_last_of_several(w))
}

/// Names of public `f64` fields, parameters and constants in code without comments, with their lines.
fn public_numbers(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    // At which depth of braces the public enum stands that we are in, if any: its fields are public too.
    let (mut depth, mut in_enum, mut in_signature) = (0_i32, None, false);
    for (i, line) in code.lines().enumerate() {
        let text = line.trim();
        if text.starts_with("pub enum ") {
            in_enum = Some(depth);
        }
        in_signature |= text.starts_with("pub fn ") || text.starts_with("pub const fn ");
        if in_signature || in_enum.is_some() || text.starts_with("pub ") {
            out.extend(numbers_in(text).into_iter().map(|name| (i + 1, name)));
        }
        if text.contains('{') || text.ends_with(';') {
            in_signature = false;
        }
        depth += text.matches('{').count() as i32 - text.matches('}').count() as i32;
        if in_enum.is_some_and(|d| depth <= d && text.contains('}')) {
            in_enum = None;
        }
    }
    out
}

/// `name` of every `name: f64` (also `Option<f64>`, `Vec<f64>`, `&[f64]`, `[f64; 3]`) in one line.
fn numbers_in(text: &str) -> Vec<String> {
    const TYPES: [&str; 6] = ["f64", "Option<f64>", "Vec<f64>", "&[f64]", "[f64;", "&mut f64"];
    text.match_indices(": ")
        .filter(|(i, _)| TYPES.iter().any(|t| text[i + 2..].starts_with(t)))
        .map(|(i, _)| {
            text[..i].trim_end_matches([']', ')']).rsplit(|c: char| !word(c)).next().unwrap_or_default().to_string()
        })
        .collect()
}

#[test]
fn public_numbers_carry_their_unit() {
    let mut found = Vec::new();
    for (name, text) in sources().iter().filter(|(name, _)| name.contains("/src/")) {
        let numbers = public_numbers(&shipped(text));
        let bare = numbers.into_iter().filter(|(_, number)| !name_carries_unit(number));
        found.extend(bare.map(|(line, number)| format!("{name}:{line}: {number}")));
    }
    complain("public f64 without a unit in its name", &found);
}

#[test]
fn the_scanner_of_units_sees_what_it_is_for() {
    for unit in ["m", "mps", "mps2", "m3ps2", "kgpm3", "pa", "papm", "radps", "m2ps3", "jpkgpk"] {
        assert!(is_unit(unit), "{unit}");
    }
    for other in ["", "speed", "2m", "p", "mp", "x", "2"] {
        assert!(!is_unit(other), "{other}");
    }
    assert!(name_carries_unit("range_m") && name_carries_unit("hit_probability") && name_carries_unit("MU_M3PS2"));
    assert!(!name_carries_unit("range") && !name_carries_unit("m") && !name_carries_unit("speed_fast"));

    let code = "pub struct A {\n    pub speed: f64,\n    hidden: f64,\n}\npub enum B {\n    C {\n        far: Option<f64>,\n    \
                },\n}\npub fn f(\n    x: f64,\n) -> f64 {\n    let y: f64 = x;\n}\nfn g(z: f64) {}";
    let names: Vec<String> = public_numbers(code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["speed", "far", "x"]);
}

#[test]
fn the_scanners_of_code_and_manifests_see_what_they_are_for() {
    let code = without_comments_and_strings("a /* HashMap */ \"HashMap \\\" x\" r#\"Hash\"Map\"# '\"' 'b' // c\nd");
    assert!(!code.contains("Hash") && code.contains('a') && code.ends_with("\nd") && !code.contains('c'), "{code}");
    assert!(mentions("use std::env;", "std::env") && !mentions("std::environment", "std::env"));
    assert!(!shipped("fn f() {}\n#[cfg(test)]\nmod tests {\n HashMap").contains("HashMap"));
    assert_eq!(mentions_of(&["TODO"], &[("a".into(), "// TODO".into()), ("b".into(), String::new())]), ["a: TODO"]);

    let text = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nc = \"1\"\n[dev-dependencies]\nd = \"1\"";
    let found = dependencies(text);
    assert_eq!(found["dependencies"], ["b", "c"]);
    assert_eq!(found["dev-dependencies"], ["d"]);
    assert!(!found.contains_key("package"));
}
