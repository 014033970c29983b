//! Moments: one contract, three rooms.

use std::process::{Command, Stdio};
use std::sync::Arc;

use keybound_crypto::entropy;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::testing::{config, each, redis, shared};
use keybound_store::{
    Claimed, Database, Drawn, Fleeting, FleetingKey, FleetingMemory, FleetingRedis, Notice, Rate, Shares,
    Store, StoreError,
};

use crate::seed::at;

/// A room to remember moments in, and what keeps its database alive.
struct Room {
    name: String,
    fleeting: Fleeting,
    _scratch: Option<keybound_store::testing::Scratch>,
}

async fn rooms() -> Vec<Room> {
    let memory = Fleeting::Memory(Arc::new(FleetingMemory::new(10_000, at(0))));
    let mut rooms = vec![Room { name: "memory".into(), fleeting: memory, _scratch: None }];
    for scratch in each().await {
        let fleeting = Fleeting::Sql(scratch.store().clone());
        rooms.push(Room { name: scratch.name.into(), fleeting, _scratch: Some(scratch) });
    }
    if let Some(address) = redis() {
        let fleeting = Fleeting::Redis(FleetingRedis::connect(&address).await.unwrap());
        rooms.push(Room { name: "Redis".into(), fleeting, _scratch: None });
    }
    rooms
}

/// A key nobody used before: Redis is shared with whoever else tests.
fn key() -> FleetingKey {
    FleetingKey::new("test", &[&entropy::bytes::<16>()])
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_claim_at_once_one_is_first() {
    for Room { name, fleeting, _scratch } in rooms().await {
        for _ in 0..4 {
            let key = key();
            let mut racers = tokio::task::JoinSet::new();
            for _ in 0..50 {
                let fleeting = fleeting.clone();
                racers.spawn(async move { fleeting.claim(&key, at(60), at(0)).await.unwrap() });
            }
            let outcomes = racers.join_all().await;
            let first = outcomes.iter().filter(|claimed| **claimed == Claimed::First).count();
            let again = outcomes.iter().filter(|claimed| **claimed == Claimed::Again).count();
            assert_eq!((first, again), (1, 49), "{name}");
        }
    }
}

#[tokio::test]
async fn different_claims_do_not_meet() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let unique = entropy::bytes::<16>();
        for parts in [vec![&unique[..], b"ab", b"c"], vec![&unique, b"a", b"bc"], vec![&unique, b"abc"]] {
            for purpose in ["one", "two"] {
                let key = FleetingKey::new(purpose, &parts);
                assert_eq!(fleeting.claim(&key, at(60), at(0)).await.unwrap(), Claimed::First, "{name}");
            }
        }
    }
}

/// Redis keeps its own time: it is asked by waiting, below.
async fn rooms_that_believe_us() -> Vec<Room> {
    rooms().await.into_iter().filter(|room| room.name != "Redis").collect()
}

#[tokio::test]
async fn a_claim_ends_at_its_moment_and_not_before() {
    for Room { name, fleeting, _scratch } in rooms_that_believe_us().await {
        let key = key();
        let claim =
            async |now| fleeting.claim(&key, Timestamp::plus(now, Lifetime::seconds(60)), now).await.unwrap();
        assert_eq!(claim(at(0)).await, Claimed::First, "{name}");
        assert_eq!(claim(at(59)).await, Claimed::Again, "{name}");
        assert_eq!(claim(at(60)).await, Claimed::First, "{name}");
        assert_eq!(claim(at(119)).await, Claimed::Again, "{name}");
        assert_eq!(claim(at(500)).await, Claimed::First, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_at_once_are_all_counted_and_each_sees_another_number() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let key = key();
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let fleeting = fleeting.clone();
            callers.spawn(async move { fleeting.count(&key, Lifetime::seconds(600), at(0)).await.unwrap() });
        }
        let mut seen = callers.join_all().await;
        seen.sort_unstable();
        assert_eq!(seen, (1..=30).collect::<Vec<_>>(), "{name}");
        let window = Lifetime::seconds(600);
        assert_eq!(fleeting.counted(&key, window, at(1)).await.unwrap(), 30, "{name}");
        fleeting.uncount(&key, window, at(1)).await.unwrap();
        assert_eq!(fleeting.counted(&key, window, at(1)).await.unwrap(), 0, "{name}");
        assert_eq!(fleeting.count(&key, window, at(1)).await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_window_is_counted_alone() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let key = key();
        let window = Lifetime::seconds(60);
        for (now, expected) in [(at(0), 1), (at(59), 2), (at(60), 1), (at(119), 2)] {
            assert_eq!(fleeting.count(&key, window, now).await.unwrap(), expected, "{name}");
        }
        let other_length = Lifetime::seconds(61);
        assert!(fleeting.count(&key, other_length, at(0)).await.unwrap() <= 3, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_value_is_taken_by_one() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let key = key();
        assert_eq!(fleeting.peek(&key, at(0)).await.unwrap(), None, "{name}");
        fleeting.keep(&key, b"first", at(60), at(0)).await.unwrap();
        fleeting.keep(&key, b"\0second\xff", at(60), at(0)).await.unwrap();
        assert_eq!(
            fleeting.peek(&key, at(1)).await.unwrap().as_deref(),
            Some(&b"\0second\xff"[..]),
            "{name}"
        );
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let fleeting = fleeting.clone();
            racers.spawn(async move { fleeting.take(&key, at(1)).await.unwrap() });
        }
        let taken: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
        assert_eq!(taken, [b"\0second\xff"], "{name}");
        assert_eq!(fleeting.peek(&key, at(1)).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn a_kept_value_ends_at_its_moment() {
    for Room { name, fleeting, _scratch } in rooms_that_believe_us().await {
        let key = key();
        fleeting.keep(&key, b"value", at(60), at(0)).await.unwrap();
        assert!(fleeting.peek(&key, at(59)).await.unwrap().is_some(), "{name}");
        assert_eq!(fleeting.peek(&key, at(60)).await.unwrap(), None, "{name}");
        assert_eq!(fleeting.take(&key, at(60)).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn redis_forgets_by_its_own_clock() {
    let Some(address) = redis() else { return };
    let fleeting = Fleeting::Redis(FleetingRedis::connect(&address).await.unwrap());
    let (claimed, kept, counted) = (key(), key(), key());
    assert_eq!(fleeting.claim(&claimed, at(1), at(0)).await.unwrap(), Claimed::First);
    fleeting.keep(&kept, b"value", at(1), at(0)).await.unwrap();
    let window = Lifetime::seconds(1);
    assert_eq!(fleeting.count(&counted, window, at(0)).await.unwrap(), 1);
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    assert_eq!(fleeting.claim(&claimed, at(1), at(0)).await.unwrap(), Claimed::First);
    assert_eq!(fleeting.peek(&kept, at(0)).await.unwrap(), None);
    assert_eq!(fleeting.counted(&counted, window, at(0)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_memory_says_so_and_forgets_nothing_before_its_time() {
    let memory = Arc::new(FleetingMemory::new(3, at(0)));
    let fleeting = Fleeting::Memory(Arc::clone(&memory));
    let (claimed, counted, kept) = (key(), key(), key());
    let window = Lifetime::seconds(60);
    assert_eq!(fleeting.claim(&claimed, at(60), at(0)).await.unwrap(), Claimed::First);
    assert_eq!(fleeting.count(&counted, window, at(0)).await.unwrap(), 1);
    fleeting.keep(&kept, b"v", at(60), at(0)).await.unwrap();

    assert_eq!(fleeting.claim(&key(), at(60), at(1)).await.unwrap(), Claimed::Full);
    assert!(matches!(fleeting.count(&key(), window, at(1)).await, Err(StoreError::Full)));
    assert!(matches!(fleeting.keep(&key(), b"v", at(60), at(1)).await, Err(StoreError::Full)));
    // What is remembered already still works.
    assert_eq!(fleeting.claim(&claimed, at(60), at(1)).await.unwrap(), Claimed::Again);
    assert_eq!(fleeting.count(&counted, window, at(1)).await.unwrap(), 2);
    fleeting.keep(&kept, b"w", at(60), at(1)).await.unwrap();
    assert_eq!(memory.held(), 3);

    memory.sweep(at(200));
    assert_eq!(memory.held(), 0);
    assert_eq!(fleeting.claim(&key(), at(260), at(200)).await.unwrap(), Claimed::First);
}

#[tokio::test]
async fn memory_remembers_since_it_was_made_and_the_others_since_ever() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let since = if name == "memory" { at(0) } else { Timestamp::from_unix(i64::MIN) };
        assert_eq!(fleeting.remembered_since(), since, "{name}");
    }
}

/// How a process that claims is told where: the address, and the name of this run.
const WHERE: &str = "KEYBOUND_TEST_CLAIMANT_WHERE";
const RUN: &str = "KEYBOUND_TEST_CLAIMANT_RUN";

/// How many claims each process tries.
const CLAIMS: u32 = 200;

#[tokio::test]
async fn two_processes_that_share_a_room_never_both_come_first() {
    let mut rooms = Vec::new();
    let scratches = shared().await;
    for scratch in &scratches {
        rooms.push(match &scratch.database {
            Database::Sqlite { path, .. } => format!("sqlite:{}", path.display()),
            Database::Postgres { address, .. } => address.reveal().clone(),
            _ => unreachable!("memory is not shared"),
        });
    }
    rooms.extend(redis());
    for room in rooms {
        let run = entropy::hex::<8>();
        let claimants: Vec<_> = (0..2)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["fleeting::a_process_that_is_told_to_claim_does", "--exact", "--nocapture"])
                    .envs([(WHERE, room.as_str()), (RUN, run.as_str())])
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut won = vec![0; CLAIMS as usize];
        let mut tried = 0;
        for claimant in claimants {
            let output = claimant.wait_with_output().unwrap();
            assert!(output.status.success(), "{room}");
            let text = String::from_utf8(output.stdout).unwrap();
            let numbers: Vec<usize> = text
                .lines()
                .filter_map(|line| line.strip_prefix("won "))
                .map(|n| n.parse().unwrap())
                .collect();
            tried += text.lines().filter(|line| *line == "tried all").count();
            for number in numbers {
                won[number] += 1;
            }
        }
        assert!(won.iter().all(|times| *times == 1), "{room}: {won:?}");
        assert_eq!(tried, 2, "{room}: both tried all");
    }
}

/// One of the two processes above; by itself it has nothing to do.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the process is told by its environment what to do")]
async fn a_process_that_is_told_to_claim_does() {
    let (Ok(room), Ok(run)) = (std::env::var(WHERE), std::env::var(RUN)) else { return };
    let fleeting = if room.starts_with("redis") {
        Fleeting::Redis(FleetingRedis::connect(&room).await.unwrap())
    } else {
        Fleeting::Sql(Store::open(config(Database::parse(&room).unwrap())).await.unwrap())
    };
    // Both wait for each other, so that they race.
    let gate = FleetingKey::new("gate", &[run.as_bytes()]);
    fleeting.count(&gate, Lifetime::seconds(u32::MAX), at(0)).await.unwrap();
    while fleeting.counted(&gate, Lifetime::seconds(u32::MAX), at(0)).await.unwrap() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    for number in 0..CLAIMS {
        let key = FleetingKey::new("race", &[run.as_bytes(), &number.to_be_bytes()]);
        if fleeting.claim(&key, at(60), at(0)).await.unwrap() == Claimed::First {
            println!("won {number}");
        }
        tokio::task::yield_now().await;
    }
    println!("tried all");
}

/// A bucket as a name nobody used before, of `burst` that come back at one a second.
fn slowly(burst: u32) -> (FleetingKey, Rate) {
    (key(), Rate::new(burst, 1, Lifetime::seconds(1)))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_draw_at_once_as_many_get_a_token_as_there_are() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let (key, rate) = slowly(20);
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let fleeting = fleeting.clone();
            racers.spawn(async move { fleeting.draw(&key, rate, 1, at(0)).await.unwrap() });
        }
        let outcomes = racers.join_all().await;
        let given = outcomes.iter().filter(|drawn| matches!(drawn, Drawn::Tokens { .. })).count();
        assert_eq!(given, 20, "{name}");
    }
}

#[tokio::test]
async fn a_bucket_fills_with_time_and_gives_all_that_is_asked_or_nothing() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let (key, rate) = slowly(10);
        let draw = async |tokens, now| fleeting.draw(&key, rate, tokens, at(now)).await.unwrap();
        assert_eq!(draw(7, 0).await, Drawn::Tokens { left: 3, next: at(1) }, "{name}");
        assert_eq!(draw(4, 0).await, Drawn::Short { left: 3, next: at(1) }, "{name}");
        assert_eq!(draw(3, 0).await, Drawn::Tokens { left: 0, next: at(1) }, "{name}");
        assert_eq!(draw(1, 0).await, Drawn::Short { left: 0, next: at(1) }, "{name}");
        assert_eq!(draw(4, 4).await, Drawn::Tokens { left: 0, next: at(5) }, "{name}");
        assert_eq!(draw(10, 5_000).await, Drawn::Tokens { left: 0, next: at(5_001) }, "{name}");
    }
}

/// Two processes over one memory: what one draws ahead, the other does not have.
#[tokio::test]
async fn processes_that_draw_ahead_never_spend_more_than_there_is() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let (key, rate) = slowly(500);
        let processes = [Shares::default(), Shares::default()];
        let mut admitted = 0;
        for _ in 0..500 {
            for shares in &processes {
                let standing = shares.spend(&fleeting, &key, rate, at(0)).await.unwrap();
                admitted += u32::from(standing.admitted);
            }
        }
        assert_eq!(admitted, 500, "{name}");
        for shares in &processes {
            let told = shares.spend(&fleeting, &key, rate, at(0)).await.unwrap();
            assert_eq!((told.left, told.next), (0, at(1)), "{name}");
        }
        // What comes back meanwhile is shared, too.
        let mut admitted = 0;
        for _ in 0..30 {
            for shares in &processes {
                admitted += u32::from(shares.spend(&fleeting, &key, rate, at(5)).await.unwrap().admitted);
            }
        }
        assert_eq!(admitted, 5, "{name}");
    }
}

#[tokio::test]
async fn what_is_given_back_is_spent_next_and_a_limit_speaks_once_a_minute() {
    for Room { name, fleeting, _scratch } in rooms().await {
        let (key, rate) = slowly(5);
        let shares = Shares::default();
        let spend = async |now| shares.spend(&fleeting, &key, rate, at(now)).await.unwrap();
        let notices = [None, None, None, Some(Notice::Nearly), None, Some(Notice::Refused), None];
        for (number, notice) in notices.into_iter().enumerate() {
            let standing = spend(0).await;
            assert_eq!((standing.admitted, standing.notice), (number < 5, notice), "{name} {number}");
        }
        shares.give_back(&key, rate, at(0));
        assert!(spend(0).await.admitted, "{name}");
        assert!(!spend(0).await.admitted, "{name}");
        shares.give_back(&key, rate, at(0));
        let later = spend(70).await;
        assert_eq!(
            (later.admitted, later.left),
            (true, 4),
            "{name}: what was given back is not kept for ever"
        );
        for _ in 0..4 {
            assert!(spend(70).await.admitted, "{name}");
        }
        assert_eq!(spend(70).await.notice, Some(Notice::Refused), "{name}");
    }
}
