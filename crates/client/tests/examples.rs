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

/// It makes proofs and has no tokens: nothing would be left of it.
const PROOFS_ALONE: &str = "browser_keys";

/// It can be told to be the plain program, for servers that bind nothing.
const EITHER_WAY: &str = "mcp_authorization";

#[test]
fn every_example_has_a_difference_from_the_plain_program_that_fits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let names = |end: &str| -> BTreeSet<String> {
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        files.filter_map(|name| Some(name.to_str()?.strip_suffix(end)?.to_owned())).collect()
    };
    let in_folders = names("").into_iter().filter(|name| folder.join(name).join("main.rs").is_file());
    let mut all = names(".rs");
    all.extend(in_folders.filter(|name| name != PROOFS_ALONE));
    assert_eq!(all, names(".diff"));
    for name in all {
        let read = |end: &str| fs::read_to_string(folder.join(format!("{name}{end}")));
        let program = read(".rs").or_else(|_| read("/main.rs")).unwrap();
        let plain =
            plain(&program, &read(".diff").unwrap()).unwrap_or_else(|error| panic!("{name}.diff: {error}"));
        assert!(plain.contains("Dpop::OffAndTokensCanBeStolen"), "{name}");
        assert!(!plain.contains("DpopKey"), "{name}");
        assert!(!program.contains("OffAndTokensCanBeStolen") || name == EITHER_WAY, "{name}");
    }
}

#[test]
fn a_difference_that_does_not_fit_is_noticed() {
    let diff = "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-one\n+two\n three\n";
    assert_eq!(plain("two\nthree\nfour", diff).unwrap(), "one\nthree\nfour");
    assert!(plain("2\nthree", diff).is_err());
    assert!(plain("two\n3", diff).is_err());
}
