//! Every statement, everywhere.

use std::path::Path;

use keybound_store::testing::each;
use keybound_store::{EXCEPTIONS, census};

#[tokio::test]
async fn every_statement_prepares_on_every_database() {
    let statements = census::statements();
    assert!(statements.len() > 60, "only {} statements", statements.len());
    for db in each().await {
        db.prepares(&statements).await.unwrap_or_else(|error| panic!("{}: {error}", db.name));
    }
}

#[test]
fn few_statements_differ_between_the_databases() {
    let differ = census::statements().into_iter().filter(|sql| sql.differs()).count();
    assert!(differ <= EXCEPTIONS, "{differ} statements differ");
}

#[test]
fn no_statement_escapes_the_census() {
    let mut named = 0;
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        // What opens and closes transactions belongs to one database, and is no statement of ours.
        if ["sqlite/writer.rs", "sql/text.rs", "tests.rs"].iter().any(|own| path.ends_with(own)) {
            return;
        }
        let census = text.split("STATEMENTS: &[&Sql]").nth(1).and_then(|rest| rest.split(';').next());
        for line in text.lines().filter(|line| line.contains(": Sql =")) {
            let name = line.split("const ").nth(1).unwrap().split(':').next().unwrap();
            named += 1;
            assert!(
                census.is_some_and(|census| census.contains(&format!("&{name}"))),
                "{name} in {} is in no census",
                path.display()
            );
        }
    });
    assert!(named > 40, "only {named} statements were found in the source");
}

fn walk(folder: &Path, on: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, on);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            on(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
