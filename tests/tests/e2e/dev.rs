//! `tessera dev` as its user meets it: interrupted while it starts, and where its places are taken.

use crate::stack::built;
use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;
use tessera_localnet::{Database, DatabaseConfig};

/// A folder that the database's user can enter.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().expect("folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("permissions");
    folder
}

/// The command on free ports, but for one that is `taken`.
pub(crate) fn dev(data: &Path, taken: Option<(&str, u16)>) -> Command {
    let mut command = Command::new(built("debug/tessera"));
    command
        .arg("dev")
        .args(["--program".as_ref(), built("deploy/tessera.so").as_path()])
        .args(["--data".as_ref(), data])
        .args(["--master-key-file".as_ref(), data.join("key").as_path()])
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let free = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    // All held until the last is found, so that no two are alike.
    let held = [free(), free(), free()];
    for (option, held) in ["--rpc-port", "--ws-port", "--listen"].iter().zip(&held) {
        let port = match taken {
            Some((which, port)) if which == *option => port,
            _ => held.local_addr().expect("bound").port(),
        };
        let address = match *option {
            "--listen" => format!("127.0.0.1:{port}"),
            _ => port.to_string(),
        };
        command.args([*option, &address]);
    }
    command
}

/// Presses Ctrl-C when `ready`, and expects an end in good order.
fn interrupt(mut dev: Child, ready: impl FnOnce(&mut dyn BufRead)) {
    let mut out = BufReader::new(dev.stdout.take().expect("piped"));
    ready(&mut out);
    let pid = dev.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill").success());
    let mut said = String::new();
    out.read_to_string(&mut said).expect("text");
    assert_eq!(dev.wait().expect("its end").code(), Some(0), "{said}");
    assert!(said.ends_with("stopped\n"), "{said}");
}

#[test]
fn an_interrupted_start_leaves_a_folder_that_starts() {
    let data = folder();
    // The database follows on the network. At first there is no cluster yet, then an old one to
    // remove, and in the end all of it serves.
    for reached in ["network ", "network ", "api "] {
        interrupt(dev(data.path(), None).spawn().expect("it runs"), |out| {
            let there = |line: Result<String, _>| line.expect("text").starts_with(reached);
            assert!(out.lines().any(there));
        });
    }
}

#[tokio::test]
async fn a_place_that_is_taken_is_named_with_the_option_that_changes_it() {
    let data = folder();
    let refused = |taken| {
        let output = dev(data.path(), taken).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("text")
    };
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("bound").port();
    for option in ["--rpc-port", "--ws-port", "--listen"] {
        let said = refused(Some((option, port)));
        assert!(
            said.contains(&port.to_string()) && said.contains(option),
            "{said}"
        );
    }
    let config = DatabaseConfig::new(data.path().join("postgres"));
    let database = Database::start(config).await.expect("database");
    let said = refused(None);
    assert!(
        said.contains("already serves") && said.contains("--data"),
        "{said}"
    );
    database.stop().await.expect("it stops");
}
