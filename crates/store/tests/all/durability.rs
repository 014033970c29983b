//! What was acknowledged survives the end of the process, however it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use keybound_authority::grant::code::Found;
use keybound_store::ledger::{codes, logins};
use keybound_store::testing::{config, file};
use keybound_store::{Batch, Database, Durability, Store};

use crate::seed::{at, code, subject, tenant};

/// How the process that is killed is told which file to write.
const FILE: &str = "KEYBOUND_TEST_VICTIM_FILE";

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    for durability in [Durability::Full, Durability::Process] {
        let db = file(durability).await;
        let Database::Sqlite { path, .. } = &db.database else { unreachable!("it is a file") };
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["durability::a_process_that_is_told_to_write_does", "--exact", "--nocapture"])
            .env(FILE, path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut acknowledged = Vec::new();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        while acknowledged.len() < 300 {
            let line = lines.next().unwrap().unwrap();
            acknowledged.extend(line.strip_prefix("acknowledged ").map(ToOwned::to_owned));
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        // What it wrote to the pipe before it died counts too.
        acknowledged.extend(
            lines
                .map_while(Result::ok)
                .filter_map(|line| Some(line.strip_prefix("acknowledged ")?.to_owned())),
        );

        let after = db.reopen().await;
        for name in &acknowledged {
            let found = logins::find(&after, &tenant(), &subject(name)).await.unwrap();
            assert_eq!(found.unwrap().count, 1, "{durability:?}: {name}");
        }
        let connection = rusqlite::Connection::open(path).unwrap();
        let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{durability:?}");
        let kept: i64 = connection.query_row("SELECT count(*) FROM logins", [], |row| row.get(0)).unwrap();
        assert!(
            kept as usize <= acknowledged.len() + CALLERS,
            "{durability:?}: only what was under way is unaccounted for"
        );
    }
}

/// How many write at once.
const CALLERS: usize = 8;

/// The process that is killed; by itself it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the process is told by its environment what to do")]
async fn a_process_that_is_told_to_write_does() {
    let Ok(path) = std::env::var(FILE) else { return };
    let store = Store::open(config(Database::parse(&format!("sqlite:{path}")).unwrap())).await.unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let store = store.clone();
        callers.spawn(async move {
            for number in 0.. {
                let name = format!("{caller}-{number}");
                let mut batch = Batch::new();
                logins::record(&mut batch, &tenant(), &subject(&name), None, at(0));
                store.apply(batch).await.unwrap();
                println!("acknowledged {name}");
            }
        });
    }
    callers.join_all().await;
}

#[tokio::test]
async fn a_file_that_is_opened_again_holds_what_it_held() {
    let db = file(Durability::Full).await;
    let mut batch = Batch::new();
    codes::issue(&mut batch, &tenant(), &code(1));
    db.apply(batch).await.unwrap();
    let again = db.reopen().await;
    let found = codes::find(&again, &tenant(), &code(1).digest).await.unwrap();
    assert_eq!(found, Found::Fresh(code(1)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = std::env::temp_dir().join(format!("keybound-private-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("keybound.db");
    let store = Store::open(config(Database::parse(&format!("sqlite:{}", path.display())).unwrap())).await;
    let modes: Vec<u32> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(modes.len() > 1, "the write-ahead log is there too");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}
