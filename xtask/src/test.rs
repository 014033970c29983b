//! `cargo xtask test`: everything, against real parts.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    count::Count,
    need, run,
    service::Databases,
    suite::{Needs, SUITES, Suite},
    wasm, words,
};

/// Runs all suites or the named one. The last line printed counts; a failure makes the exit status one.
pub(crate) fn test(only: Option<&str>) -> Result<()> {
    let suites: Vec<&Suite> =
        SUITES.iter().filter(|suite| only.is_none_or(|name| suite.name == name)).collect();
    if suites.is_empty() {
        bail!("no such suite: {}; `cargo xtask test --list` names them", only.unwrap_or_default());
    }
    let in_ci = run::is_set("CI");
    let logs = run::root().join("target/xtask");
    fs::create_dir_all(&logs)?;
    let mut total = Count::default();
    for suite in suites {
        let start = Instant::now();
        println!("── {}: {}", suite.name, suite.what);
        let count = match run_suite(suite, &logs) {
            Ok(count) => count,
            Err(error) => {
                println!("{}: {error:#}", suite.name);
                Count { failed: 1, ..Count::default() }
            }
        };
        for reason in &count.skipped {
            println!("skipped: {}: {reason}", suite.name);
        }
        println!(
            "── {}: {} passed, {} failed, {} skipped in {} s",
            suite.name,
            count.passed,
            count.failed,
            count.skipped.len(),
            start.elapsed().as_secs()
        );
        total += count;
    }
    let unexcused = if in_ci { total.unexcused().count() } else { 0 };
    if unexcused > 0 {
        println!("CI: {unexcused} skipped for want of something that CI must have: counted as failed");
    }
    let failed = total.failed + unexcused;
    let skipped = total.skipped.len() - unexcused;
    println!("{} passed, {failed} failed, {skipped} skipped", total.passed);
    if failed > 0 || total.passed == 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn run_suite(suite: &Suite, logs: &Path) -> Result<Count> {
    let log = logs.join(format!("{}.log", suite.name));
    match suite.needs {
        Needs::Rust => rust(&log),
        Needs::World(world) => server(world, &log),
        Needs::Token => keys(&log),
        Needs::Node
        | Needs::SlowNode
        | Needs::NodeAndDatabases
        | Needs::NodeAndStorm
        | Needs::NodeAndExamples
        | Needs::NewerNodeAndExamples
        | Needs::NewerNodeAndBrowser
        | Needs::Python
        | Needs::Browser
        | Needs::BrowserPage
        | Needs::BrowserAndNext
        | Needs::TrustingBrowser => node(suite, &log),
    }
}

/// `cargo test` over the workspace, beside databases of our own.
fn rust(log: &Path) -> Result<Count> {
    run::run(run::cargo().args(["test", "--locked", "--workspace", "--no-run"]))?;
    let mut command = run::cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    let databases = Databases::start()?;
    databases.tell(&mut command)?;
    tell_python(&mut command);
    libtest(&mut command, log)
}

/// Tells a command where the Python is that has a mail server. Without one its tests skip themselves aloud.
fn tell_python(command: &mut Command) {
    match words::tools() {
        Ok(programs) => {
            command.env("KEYBOUND_TEST_PYTHON", programs.join("python"));
        }
        Err(error) => println!("{error:#}"),
    }
}

fn libtest(command: &mut Command, log: &Path) -> Result<Count> {
    let output = logged(command, log, is_libtest_news)?;
    let mut count = Count::from_libtest(&output.text);
    if !output.success && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// The server's tests once more, with their worlds on another database: the same binaries, told by the environment.
fn server(world: &str, log: &Path) -> Result<Count> {
    let databases = Databases::start()?;
    if let Some(missing) = databases.missing() {
        return Ok(Count::skip(missing));
    }
    let mut command = run::cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    command.args(["--test", "routes", "--test", "people", "--test", "management", "--test", "sdk"]);
    command.args(["--", "--show-output"]);
    command.env("KEYBOUND_TEST_WORLD", world);
    databases.tell(&mut command)?;
    tell_python(&mut command);
    libtest(&mut command, log)
}

/// The client's tests with the features that are off by default, beside an empty token and an empty keyring, the
/// command's test of that keyring, and the server's of a master key in that token.
fn keys(log: &Path) -> Result<Count> {
    let folder = log.with_extension("tokens");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let (keyring, token) = (need::keyring(), need::softhsm());
    let mut count = Count::default();
    for missing in [keyring.as_ref().err(), token.as_ref().err()].into_iter().flatten() {
        count += Count::skip(format!("{missing:#}"));
    }
    let config = folder.join("softhsm2.conf");
    fs::write(&config, format!("directories.tokendir = {}\n", folder.display()))?;
    let client =
        ["--package=keybound-client", "--features=keyring,pkcs11,webcrypto", "--lib", "--test=client"];
    let terminal = ["--package=keybound-cli", "--test=terminal"];
    let server = ["--package=keybound-server", "--test=process"];
    let suites: [(&[&str], &[&str]); 3] =
        [(&client, &[]), (&terminal, &["keyring"]), (&server, &["master_key"])];
    for (at, (which, named)) in suites.into_iter().enumerate() {
        let mut command = match &keyring {
            Ok(dbus) => in_a_session_with_a_keyring(dbus, &folder),
            Err(_) => run::cargo(),
        };
        command
            .args(["test", "--locked", "--no-fail-fast"])
            .args(which)
            .args(["--", "--show-output"])
            .args(named);
        if let Ok(library) = &token {
            command.env("KEYBOUND_PKCS11", library).env("SOFTHSM2_CONF", &config);
        }
        count += libtest(&mut command, &log.with_extension(format!("{at}.log")))?;
    }
    Ok(count)
}

/// Cargo in a D-Bus session of its own, whose Secret Service keeps everything in this folder and is unlocked.
fn in_a_session_with_a_keyring(dbus: &Path, folder: &Path) -> Command {
    const UNLOCKED: &str = "printf 'a password of a test' | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
    let mut command = Command::new(dbus);
    command.args(["--", "sh", "-c", UNLOCKED, "sh"]).arg(run::cargo().get_program());
    command.env("XDG_DATA_HOME", folder.join("data")).env("XDG_RUNTIME_DIR", folder.join("run"));
    command.env("KEYBOUND_KEYRING", "1");
    command
}

/// One file of `conformance/`, by Node's own test runner, against the binary just built.
fn node(suite: &Suite, log: &Path) -> Result<Count> {
    let newer = [Needs::NewerNodeAndExamples, Needs::NewerNodeAndBrowser].contains(&suite.needs);
    let found = if newer { need::newer_node() } else { need::node() };
    let node = match found {
        Ok(node) => node,
        Err(error) => return Ok(Count::skip(format!("{error:#}"))),
    };
    let mut command = Command::new(node);
    for (name, needed) in programs(suite.needs) {
        match needed {
            Ok(program) => _ = command.env(name, program),
            Err(error) => return Ok(Count::skip(format!("{error:#}"))),
        }
    }
    let with_databases = [Needs::NodeAndDatabases, Needs::NodeAndStorm].contains(&suite.needs);
    let databases = with_databases.then(Databases::start).transpose()?;
    if let Some(databases) = &databases {
        databases.tell_empty(&mut command)?;
    }
    if newer || suite.needs == Needs::NodeAndExamples {
        command.env("KEYBOUND_EXAMPLES", examples()?);
    }
    let binary = keybound()?;
    command
        .args(["--test", "--test-reporter=tap", "--test-concurrency=1"])
        .arg(format!("--test-timeout={}", suite.needs.patience()))
        .arg(format!("{}.test.mjs", suite.name))
        .current_dir(run::root().join("conformance"))
        .env("KEYBOUND_BIN", binary);
    let output = logged(&mut command, log, |line| line.starts_with("not ok") || line.starts_with("ok "))?;
    let mut count = Count::from_tap(&output.text);
    if !output.success && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Programs of this machine that a suite starts itself, each with the variable that tells it where.
fn programs(needs: Needs) -> Vec<(&'static str, Result<PathBuf>)> {
    let mut programs = Vec::new();
    let browsers = [
        Needs::Browser,
        Needs::BrowserPage,
        Needs::BrowserAndNext,
        Needs::NewerNodeAndBrowser,
        Needs::TrustingBrowser,
    ];
    if browsers.contains(&needs) {
        programs.push(("KEYBOUND_CHROMIUM", need::chromium()));
    }
    if needs == Needs::NodeAndStorm {
        programs.push(("KEYBOUND_STORM", built(&["--package", "keybound-bench", "--bin", "keybound-bench"])));
    }
    if needs == Needs::BrowserAndNext {
        programs.push(("KEYBOUND_NEXT", need::next_app()));
    }
    if needs == Needs::BrowserPage {
        programs.push(("KEYBOUND_BROWSER_KEYS", wasm::page("browser_keys")));
    }
    if needs == Needs::Python {
        programs.push(("KEYBOUND_PYTHON", words::judges()));
    }
    if needs == Needs::TrustingBrowser {
        programs.push(("KEYBOUND_CERTUTIL", need::certutil()));
    }
    programs
}

/// Builds the binary the suites talk to.
fn keybound() -> Result<PathBuf> {
    built(&["--bin", "keybound"])
}

/// Builds our example programs, and says in which folder they are.
fn examples() -> Result<PathBuf> {
    let one = built(&["--package", "keybound-client", "--package", "keybound-resource", "--examples"])?;
    one.parent().map(Path::to_path_buf).context("an example stands in no folder")
}

/// Builds programs; where the last of them is.
fn built(which: &[&str]) -> Result<PathBuf> {
    let mut command = run::cargo();
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]).args(which);
    let messages = run::output(&mut command)?;
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executable.context("cargo built no executable")
}

struct Output {
    text: String,
    success: bool,
}

/// Runs a command, keeps all it prints in a log, and shows the lines worth a look.
fn logged(command: &mut Command, log: &Path, is_news: impl Fn(&str) -> bool) -> Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut file = File::create(log).with_context(|| format!("failed to write {}", log.display()))?;
    let mut text = String::new();
    let stdout = child.stdout.take().context("the command has no output")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(file, "{line}")?;
        if is_news(&line) {
            println!("{line}");
        }
        text.push_str(&line);
        text.push('\n');
    }
    let success = child.wait()?.success();
    if !success {
        println!("{}", tail(&text, 200));
    }
    Ok(Output { text, success })
}

fn is_libtest_news(line: &str) -> bool {
    line.ends_with("FAILED") || line.starts_with("test result:") || line.contains("panicked at")
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all.iter().skip(all.len().saturating_sub(lines)).copied().collect::<Vec<_>>().join("\n")
}
