//! Start, write, crash, start again.

use std::{
    fs::Permissions,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tessera_localnet::{Database, DatabaseConfig, Error};

fn config(dir: &TempDir) -> DatabaseConfig {
    DatabaseConfig {
        fsync: false,
        ..DatabaseConfig::new(dir.path())
    }
}

/// Runs one statement through the system's client, and returns what it prints.
fn sql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            url,
            "-c",
            statement,
        ])
        .output()?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

#[tokio::test]
async fn keeps_its_data_over_a_stop_and_over_a_crash() -> Result<()> {
    let dir = TempDir::new()?;
    let database = Database::start(config(&dir)).await?;
    sql(
        &database.url(),
        "create table kept (id int); insert into kept values (1)",
    )?;
    database.stop().await?;

    let database = Database::start(config(&dir)).await?;
    sql(&database.url(), "insert into kept values (2)")?;
    let pid = server_process(&dir)?;
    let killed = Command::new("kill").args(["-9", &pid]).status()?;
    assert!(killed.success());
    drop(database);

    let database = started_after_crash(&dir).await?;
    assert_eq!(sql(&database.url(), "select sum(id) from kept")?, "3");
    database.stop().await?;
    Ok(())
}

/// A killed server's other processes need a moment to see that it is gone.
async fn started_after_crash(dir: &TempDir) -> Result<Database> {
    for _ in 0..50 {
        match Database::start(config(dir)).await {
            Err(Error::AlreadyRunning { .. } | Error::Program { .. }) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            other => return Ok(other?),
        }
    }
    Ok(Database::start(config(dir)).await?)
}

fn server_process(dir: &TempDir) -> Result<String> {
    let lock = std::fs::read_to_string(dir.path().join("cluster/postmaster.pid"))?;
    Ok(lock.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn one_server_serves_a_cluster() -> Result<()> {
    let dir = TempDir::new()?;
    let database = Database::start(config(&dir)).await?;
    let second = Database::start(config(&dir)).await;
    let pid: i32 = server_process(&dir)?.parse()?;
    assert!(matches!(second, Err(Error::AlreadyRunning { pid: served, .. }) if served == pid));
    database.stop().await?;
    Ok(())
}

#[tokio::test]
async fn makes_databases_in_one_temporary_cluster() -> Result<()> {
    let database = Database::temporary().await?;
    let other = database.create_database("other").await?;
    sql(&other, "create table here (id int)")?;
    assert!(sql(&database.url(), "select * from here").is_err());
    assert_eq!(sql(&database.url(), "show data_checksums")?, "off");
    assert!(matches!(
        database.create_database("other").await,
        Err(Error::Program {
            program: "createdb",
            ..
        })
    ));
    database.stop().await?;
    Ok(())
}

/// Run by the test below, in a process of its own.
#[tokio::test]
#[ignore = "waits to be killed"]
async fn holds_a_database_until_it_is_killed() -> Result<()> {
    let database = Database::temporary().await?;
    println!("\n{}", database.url());
    std::future::pending().await
}

#[tokio::test]
async fn a_database_ends_with_a_killed_process() -> Result<()> {
    let mut holder = Command::new(std::env::current_exe()?)
        .args(["--ignored", "--exact", "--nocapture"])
        .arg("database::holds_a_database_until_it_is_killed")
        .stdout(Stdio::piped())
        .spawn()?;
    let output = holder.stdout.take().context("its output is piped")?;
    let url = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("postgres:"))
        .context("it prints its database's URL")?;
    let dir = PathBuf::from(sql(&url, "show data_directory")?);
    holder.kill()?;
    holder.wait()?;

    let start = Instant::now();
    while dir.exists() {
        ensure!(
            start.elapsed() < Duration::from_secs(30),
            "it is still there"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Its port is free: another test's server may answer there.
    let answers = sql(&url, "show data_directory").map(PathBuf::from);
    assert!(answers.is_err() || answers.is_ok_and(|other| other != dir));
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_named() -> Result<()> {
    let dir = TempDir::new()?;
    let other = TcpListener::bind("127.0.0.1:0")?;
    let port = other.local_addr()?.port();
    let taken = Database::start(DatabaseConfig {
        port,
        ..config(&dir)
    })
    .await;
    assert!(matches!(taken, Err(Error::PortTaken { port: named }) if named == port));
    Ok(())
}

#[tokio::test]
async fn what_an_interrupted_start_left_is_made_anew() -> Result<()> {
    let dir = TempDir::new()?;
    std::fs::create_dir(dir.path().join("cluster.new"))?;
    std::fs::write(dir.path().join("cluster.new/PG_VERSION"), "9")?;
    Database::start(config(&dir)).await?.stop().await?;
    Ok(())
}

#[tokio::test]
async fn an_empty_cluster_takes_the_place_of_any_that_no_server_has() -> Result<()> {
    let dir = TempDir::new()?;
    let database = Database::start_empty(config(&dir)).await?;
    sql(&database.url(), "create table old (id int)")?;
    let refused = Database::start_empty(config(&dir)).await;
    assert!(matches!(refused, Err(Error::AlreadyRunning { .. })));
    database.stop().await?;

    // As an interrupted removal leaves them.
    let aside = dir.path().join("cluster.old");
    std::fs::create_dir(&aside)?;
    std::fs::write(aside.join("PG_VERSION"), "9")?;
    std::fs::remove_file(dir.path().join("cluster/postgresql.conf"))?;
    let database = Database::start_empty(config(&dir)).await?;
    assert!(!aside.exists());
    assert!(sql(&database.url(), "select * from old").is_err());
    database.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_missing_server_is_said_to_be_missing() -> Result<()> {
    let dir = TempDir::new()?;
    let missing = Database::start(DatabaseConfig {
        install_dir: dir.path().join("nowhere"),
        ..config(&dir)
    })
    .await;
    assert!(matches!(missing, Err(Error::NoServer { .. })));

    std::fs::create_dir(dir.path().join("cluster"))?;
    std::fs::write(dir.path().join("cluster/PG_VERSION"), "9\n")?;
    let old = Database::start(config(&dir)).await;
    assert!(matches!(
        old,
        Err(Error::NoServerOfVersion { version: 9, .. })
    ));
    Ok(())
}

#[tokio::test]
async fn root_learns_which_folder_shuts_the_server_out() -> Result<()> {
    if !nix::unistd::Uid::effective().is_root() {
        return Ok(());
    }
    let closed = TempDir::new()?;
    std::fs::set_permissions(closed.path(), Permissions::from_mode(0o700))?;
    let shut_out = Database::start(DatabaseConfig::new(closed.path().join("data"))).await;
    let expected = closed.path().canonicalize()?;
    assert!(matches!(shut_out, Err(Error::Unreachable { dir, .. }) if dir == expected));
    Ok(())
}
