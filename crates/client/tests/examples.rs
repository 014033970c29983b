//! Each example stands beside its difference from the program without DPoP, and the difference still fits.

use std::{collections::BTreeSet, fs, path::Path};

/// The plain program: `program` with every hunk of `diff` taken back.
fn plain(program: &str, diff: &str) -> Result<String, String> {
    let lines: Vec<&str> = program.lines().collect();
    let (mut plain, mut at) = (Vec::new(), 0);
    for line in diff.lines().skip(2) {
        if let Some(hunk) = line.strip_prefix("@@ ") {
            let place = hunk.split_once('+').ok_or(line)?.1;
            let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
            let start = digits.parse::<usize>().map_err(|_| line)? - 1;
            plain.extend(lines.get(at..start).ok_or(line)?);
            at = start;
        } else if let Some(gone) = line.strip_prefix('-') {
            plain.push(gone);
        } else {
            let rest = line.get(1..).ok_or("an empty line")?;
            if lines.get(at) != Some(&rest) {
                return Err(format!("line {} is {:?}, the difference has {rest:?}", at + 1, lines.get(at)));
            }
            if line.starts_with(' ') {
                plain.push(rest);
            }
            at += 1;
        }
    }
    plain.extend(lines.get(at..).unwrap_or_default());
    Ok(plain.join("\n"))
}

#[test]
fn every_example_has_a_difference_from_the_plain_program_that_fits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let names = |end: &str| -> BTreeSet<String> {
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        files.filter_map(|name| Some(name.to_str()?.strip_suffix(end)?.to_owned())).collect()
    };
    assert_eq!(names(".rs"), names(".diff"));
    for name in names(".rs") {
        let read = |end: &str| fs::read_to_string(folder.join(format!("{name}{end}"))).unwrap();
        let (program, diff) = (read(".rs"), read(".diff"));
        let plain = plain(&program, &diff).unwrap_or_else(|error| panic!("{name}.diff: {error}"));
        assert!(plain.contains("Dpop::OffAndTokensCanBeStolen"), "{name}");
        assert!(!program.contains("OffAndTokensCanBeStolen"), "{name}");
    }
}

#[test]
fn a_difference_that_does_not_fit_is_noticed() {
    let diff = "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-one\n+two\n three\n";
    assert_eq!(plain("two\nthree\nfour", diff).unwrap(), "one\nthree\nfour");
    assert!(plain("2\nthree", diff).is_err());
    assert!(plain("two\n3", diff).is_err());
}
