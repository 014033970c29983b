//! The seeds of the fuzz targets, run through the same functions on a stable compiler.
//!
//! A fuzzer's finding becomes a seed here, and so a test that stays.

#[cfg(test)]
#[expect(unreachable_pub, reason = "the same file is a library where the fuzzers are")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::{fs, path::Path};

#[test]
fn every_target_has_seeds_and_takes_them_in_its_stride() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, target) in targets::ALL {
        let files = fs::read_dir(seeds.join(name)).unwrap_or_else(|error| panic!("seeds of {name}: {error}"));
        let mut count = 0;
        for file in files {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for end in [bytes.len(), bytes.len() / 2, bytes.len().saturating_sub(1)] {
                target(&bytes[..end]);
            }
            count += 1;
        }
        assert!(count >= 4, "{name} has {count} seeds");
    }
}

#[test]
fn every_folder_of_seeds_and_every_program_has_a_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let names = |folder: &str| {
        let mut names = fs::read_dir(fuzz.join(folder))
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        names.sort();
        names
    };
    let targets = targets::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(names("seeds"), targets);
    assert_eq!(names("fuzz_targets"), targets);
}

/// Any one byte wrong, anywhere, is refused or read; it never ends in a panic.
#[test]
fn one_wrong_byte_in_a_seed_does_no_harm() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for (name, target) in targets::ALL {
        for file in fs::read_dir(seeds.join(name)).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            for at in 0..bytes.len().min(600) {
                for wrong in [0, b'"', b'%', 0xFF] {
                    let mut changed = bytes.clone();
                    changed[at] = wrong;
                    target(&changed);
                }
            }
        }
    }
}
