//! Moving the write-ahead log into the database: beside the commits, not within them.
//!
//! SQLite would do it inside every thousandth page's commit, and whoever waits for that commit would wait for both.

use std::cell::Cell;
use std::ffi::c_int;
use std::path::Path;
use std::sync::mpsc;

use rusqlite::{Connection, hooks::Wal};

use super::convert;
use crate::error::StoreError;

/// How many pages may be in the log before what is new in it is moved.
const DUE: i64 = 1_000;

/// With so many, 32 MiB, the log is to begin anew, for which the writer must hold still: a log nobody pauses to write
/// would grow for ever.
const MOST: i64 = 8_192;

/// What the writer moves while it holds still; while there is more, the other thread goes on. When it does not keep up,
/// the writer waits for it at last.
const FEW: i64 = 256;
const FAR_TOO_MANY: i64 = 4 * MOST;

const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

thread_local! {
    /// Pages in the log after this thread's last commit.
    static PAGES: Cell<i64> = const { Cell::new(0) };
}

fn committed(_log: &Wal, pages: c_int) -> rusqlite::Result<()> {
    PAGES.set(pages.into());
    Ok(())
}

/// The thread that moves, as its writer knows it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    orders: mpsc::SyncSender<()>,
    done: mpsc::Receiver<i64>,
    under_way: bool,
    /// Pages of the log that are in the database already.
    moved: i64,
}

impl Checkpoints {
    /// Starts the thread for the database in that file, whose writer no longer does it by itself. It ends with its writer.
    pub(super) fn start(writer: &Connection, path: &Path) -> Result<Self, StoreError> {
        writer.wal_hook(Some(committed));
        let connection = Connection::open(path).map_err(convert::unreachable_file)?;
        connection.busy_timeout(super::BUSY).map_err(convert::refused)?;
        let (orders, ordered) = mpsc::sync_channel(1);
        let (told, done) = mpsc::channel();
        std::thread::Builder::new()
            .name("keybound-checkpoint".into())
            .spawn(move || while ordered.recv().is_ok() && told.send(moved(&connection)).is_ok() {})
            .map_err(StoreError::unavailable)?;
        Ok(Self { orders, done, under_way: false, moved: 0 })
    }

    /// Sees after a commit of this thread whether something is to be moved.
    pub(super) fn tend(&mut self, writer: &Connection) {
        let pages = PAGES.get();
        let told = if self.under_way && pages >= FAR_TOO_MANY {
            self.done.recv().ok()
        } else {
            self.done.try_recv().ok()
        };
        if let Some(moved) = told {
            self.under_way = false;
            self.moved = moved;
        }
        // A log that began anew is shorter than what was moved of the last one.
        if pages < self.moved {
            self.moved = 0;
        }
        if self.under_way {
            return;
        }
        let left = pages - self.moved;
        if pages >= FAR_TOO_MANY || (pages >= MOST && left <= FEW) {
            self.moved = moved(writer);
        } else if pages >= MOST || left >= DUE {
            self.under_way = self.orders.try_send(()).is_ok();
        }
    }
}

/// Moves what nobody reads any longer from the log into the database, and says how many pages of it are there now.
///
/// What goes wrong here, as on a full disk, is tried again after a later commit; the log keeps all of it until then.
fn moved(connection: &Connection) -> i64 {
    connection.query_row(MOVE, [], |row| row.get(2)).unwrap_or(0).max(0)
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Durability,
        testing::{Scratch, file},
    };

    const PAGE: usize = 4_096;

    /// A writer and the thread beside it, over an empty table.
    fn begun(scratch: &Scratch) -> (Connection, Checkpoints) {
        let crate::Database::Sqlite { path, .. } = &scratch.database else { unreachable!("it is a file") };
        let path = path.with_file_name("log.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer.execute_batch("CREATE TABLE kept (page BLOB)").unwrap();
        let checkpoints = Checkpoints::start(&writer, &path).unwrap();
        (writer, checkpoints)
    }

    fn write(writer: &Connection, pages: i64) {
        let page = vec![7_u8; PAGE];
        let mut insert = writer.prepare_cached("INSERT INTO kept VALUES (?1)").unwrap();
        writer.execute_batch("BEGIN").unwrap();
        for _ in 0..pages {
            insert.execute([&page]).unwrap();
        }
        writer.execute_batch("COMMIT").unwrap();
    }

    #[tokio::test]
    async fn a_commit_of_a_thousand_pages_is_moved_by_the_other_thread() {
        let scratch = file(Durability::Full).await;
        let (writer, mut checkpoints) = begun(&scratch);
        write(&writer, DUE);
        let before = PAGES.get();
        assert!(before >= DUE);
        checkpoints.tend(&writer);
        assert!(checkpoints.under_way);
        assert!(checkpoints.done.recv().unwrap() >= before);
        checkpoints.under_way = false;
        // Nobody is in the way: the next change begins the log anew.
        write(&writer, 1);
        assert!(PAGES.get() < DUE);
        checkpoints.tend(&writer);
        assert_eq!((checkpoints.moved, checkpoints.under_way), (0, false));
    }

    #[tokio::test]
    async fn the_writer_holds_still_for_little_once_the_other_thread_caught_up() {
        let scratch = file(Durability::Full).await;
        let (writer, mut checkpoints) = begun(&scratch);
        write(&writer, MOST);
        // What somebody reads meanwhile is what can be moved, and no more.
        let reader = Connection::open(writer.path().unwrap()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM kept").unwrap();
        write(&writer, 1);
        checkpoints.tend(&writer);
        assert!(checkpoints.under_way, "there is much to move: not by the writer");
        checkpoints.moved = checkpoints.done.recv().unwrap();
        checkpoints.under_way = false;
        reader.execute_batch("COMMIT").unwrap();
        write(&writer, 1);
        let pages = PAGES.get();
        assert!((1..=FEW).contains(&(pages - checkpoints.moved)), "{pages} pages, {}", checkpoints.moved);
        checkpoints.tend(&writer);
        assert_eq!(
            (checkpoints.under_way, checkpoints.moved),
            (false, pages),
            "the little that is left, at once"
        );
        write(&writer, 1);
        assert!(PAGES.get() < FEW, "the log began anew");
    }

    #[tokio::test]
    async fn a_log_that_is_written_without_a_pause_never_grows_beyond_its_bound() {
        let scratch = file(Durability::Full).await;
        let (writer, mut checkpoints) = begun(&scratch);
        let mut longest = 0;
        for _ in 0..60 {
            write(&writer, DUE);
            longest = longest.max(PAGES.get());
            checkpoints.tend(&writer);
        }
        assert!(longest < FAR_TOO_MANY + 2 * DUE, "{longest} pages");
        let rows: i64 = writer.query_row("SELECT count(*) FROM kept", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 60 * DUE);
    }
}
