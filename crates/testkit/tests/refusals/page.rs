//! The page itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use keybound_proto::dpop::ProofError;
use keybound_resource::Refused;
use keybound_server::failure::{Failure, Reason};

use crate::{
    advice::{ADVICE, advice},
    samples,
};

const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

const TOP: &str = "\
# Sub-reasons

Every refusal has a sub-reason: a code that never changes, the same in descriptions, in the log, in the tenant log, in
the metric `keybound_refusals_total` and in `keybound proof explain`. This page is written from the code by `cargo xtask
generate`; a test fails when it is stale. Numbers and names in the second column are examples.
";

/// One line of a table.
struct Row {
    code: &'static str,
    because: String,
    answered: String,
    advice: &'static str,
}

impl Row {
    fn print(&self, page: &mut String) {
        let Self { code, because, answered, advice } = self;
        let because = because.replace('|', "\\|");
        writeln!(page, "| `{code}` | {because} | {answered} | {advice} |").unwrap();
    }
}

fn table(page: &mut String, title: &str, intro: &str, rows: Vec<Row>) {
    write!(page, "\n## {title}\n\n{intro}\n\n").unwrap();
    page.push_str("| sub-reason | refused because | answered | what to do |\n| --- | --- | --- | --- |\n");
    let rows: BTreeMap<&str, Row> = rows.into_iter().map(|row| (row.code, row)).collect();
    rows.values().for_each(|row| row.print(page));
}

/// At the token endpoint, then at an API.
fn of_proof(error: ProofError) -> String {
    let own = answered(Reason::Proof(error.clone()));
    match Refused::Proof(error).error() {
        Some(at_api) => format!("{own}; at APIs `{at_api}`, 401"),
        None => format!("{own}; at APIs 503"),
    }
}

/// At the authorization server, in Auth0's status.
fn answered(reason: Reason) -> String {
    let answer = Failure::from(reason).answer();
    format!("`{}`, {}", answer.code, answer.auth0.as_u16())
}

fn page() -> String {
    let mut page = TOP.to_owned();
    let proofs = samples::proofs().into_iter().map(|error| Row {
        code: error.code(),
        because: error.to_string(),
        advice: error.advice(),
        answered: of_proof(error),
    });
    let intro = "The `DPoP` header, at the token endpoint and at APIs (RFC 9449 §4.3).";
    table(&mut page, "Proofs", intro, proofs.collect());
    let refused = samples::refused().into_iter().map(|refused| Row {
        code: refused.code(),
        because: refused.to_string(),
        answered: refused.error().map_or("no error".to_owned(), |error| format!("`{error}`")),
        advice: advice(refused.code()),
    });
    let intro = "What the guard of `keybound-resource` says, beside what it says of proofs.";
    table(&mut page, "At an API", intro, refused.collect());
    let reasons = samples::reasons().into_iter().map(|reason| {
        let told = Failure::from(reason.clone()).answer();
        let because = match &reason {
            Reason::Refusal(refusal) => refusal.to_string(),
            _ => told.description.into_owned(),
        };
        Row { code: told.reason, because, answered: answered(reason), advice: advice(told.reason) }
    });
    let intro = "Everything else that `keybound serve` refuses, with Auth0's status. Not every one of these is told to \
                 the peer in these words: an unknown user is a wrong password to everybody but the operator.";
    table(&mut page, "At the authorization server", intro, reasons.collect());
    page
}

#[test]
fn the_page_of_sub_reasons_is_what_the_code_says() {
    let path = Path::new(CRATES).join("../docs/reference/refusals.md");
    let page = page();
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to read from")]
    if std::env::var_os("KEYBOUND_GENERATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/reference/refusals.md is stale: run `cargo xtask generate`");
}

/// Where sub-reasons are spelled, and nowhere else.
const SPELLED: [&str; 6] = [
    "authority/src/refusal.rs",
    "proto/src/dpop/error.rs",
    "resource/src/refused.rs",
    "server/src/failure/access.rs",
    "server/src/failure/management.rs",
    "server/src/failure/request.rs",
];

/// Every text of the form `"family.reason"` in the sources.
fn spelled() -> BTreeSet<String> {
    let mut codes =
        BTreeSet::from(["limit.rate", "server.internal", "server.unavailable"].map(str::to_owned));
    for file in SPELLED {
        let text = fs::read_to_string(Path::new(CRATES).join(file)).unwrap();
        codes.extend(text.split('"').filter(|text| is_code(text)).map(str::to_owned));
    }
    codes
}

fn is_code(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.').is_some_and(|(family, reason)| word(family) && word(reason))
}

#[test]
fn every_sub_reason_has_a_row_and_every_row_a_sub_reason() {
    let page = page();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: BTreeSet<String> = rows.map(|(code, _)| code.to_owned()).collect();
    assert_eq!(rows, spelled());
    let idle: Vec<_> = ADVICE.iter().filter(|(code, _)| !rows.contains(*code)).collect();
    assert_eq!(idle, Vec::<&(&str, &str)>::new());
}

#[test]
fn a_proof_is_refused_in_the_same_words_by_the_server_and_by_a_guard() {
    for error in samples::proofs() {
        let code = error.code();
        assert_eq!(Refused::Proof(error.clone()).code(), code);
        assert_eq!(Failure::from(Reason::Proof(error)).answer().reason, code);
    }
}
