//! The command as its user meets it where a node, a database or a reader is not there.

use crate::support::database::Mirror;
use anyhow::{Context, Result, ensure};
use std::{
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

/// Nobody listens there.
const NOWHERE: &str = "postgres://user:SECRET@127.0.0.1:1/tessera";
const PATIENCE: Duration = Duration::from_secs(60);

/// The program that is built beside these tests, without what the environment would have it do.
fn tessera(line: &str) -> Result<Command> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/debug/tessera");
    let path = PathBuf::from(path);
    ensure!(path.exists(), "{} is not built", path.display());
    let mut command = Command::new(path);
    command.args(line.split(' ')).env_clear().kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

async fn ended(line: &str) -> Result<(Option<i32>, String)> {
    let Output { status, stderr, .. } = timeout(PATIENCE, tessera(line)?.output()).await??;
    Ok((status.code(), String::from_utf8(stderr)?))
}

/// The first line of the log that says `what`; the command goes on until then.
async fn logged(line: &str, what: &str) -> Result<String> {
    let mut running = tessera(line)?.spawn()?;
    let stderr = running.stderr.take().context("no standard error")?;
    let mut lines = BufReader::new(stderr).lines();
    let found = async {
        let mut before = String::new();
        while let Some(line) = lines.next_line().await? {
            ensure!(!line.contains("SECRET"), "{line}");
            if line.contains(what) {
                return Ok(line);
            }
            before.push_str(&line);
        }
        anyhow::bail!("never said: {before}")
    };
    timeout(PATIENCE, found).await?
}

/// Another database of the mirror's server, with nothing in it.
async fn empty_beside(mirror: &Mirror) -> Result<String> {
    let (cluster, name) = mirror.url.rsplit_once('/').context("no database")?;
    let create = format!("create database {name}_empty");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mirror.pool)
        .await?;
    Ok(format!("{cluster}/{name}_empty"))
}

#[tokio::test]
async fn a_reader_who_has_read_enough_stops_no_command() -> Result<()> {
    let mut running = tessera("openapi")?.spawn()?;
    drop(running.stdout.take());
    let Output { status, stderr, .. } = timeout(PATIENCE, running.wait_with_output()).await??;
    assert_eq!((status.code(), &*String::from_utf8(stderr)?), (Some(0), ""));
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_by_its_option_while_it_is_waited_for() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key");
    let indexer = format!("indexer --database-url {NOWHERE}");
    let indexer = logged(&indexer, "waited for").await?;
    let common = format!(
        "--database-url {NOWHERE} --master-key-file {}",
        key.display()
    );
    let worker = logged(&format!("worker {common}"), "waited for").await?;
    let api = format!("api --listen 127.0.0.1:0 {common}");
    let api = logged(&api, "need the database").await?;
    for said in [indexer, worker, api] {
        assert!(
            said.contains("--database-url") && said.contains("refused"),
            "{said}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_command_that_needs_the_database_says_why_it_cannot_be_reached() -> Result<()> {
    for (line, option, code) in [
        (
            format!("migrate --database-url {NOWHERE}"),
            "--database-url",
            1,
        ),
        (format!("audit --database {NOWHERE}"), "--database", 2),
    ] {
        let (ended, said) = ended(&line).await?;
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains(option) && said.contains("refused"), "{said}");
        assert!(!said.contains("SECRET"), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_option_is_named_with_its_environment_variable() -> Result<()> {
    for (line, variables) in [
        ("indexer", &["DATABASE_URL"][..]),
        ("keeper", &["DATABASE_URL", "TESSERA_KEEPER"]),
        ("migrate", &["DATABASE_URL"]),
    ] {
        let (code, said) = ended(line).await?;
        assert_eq!(code, Some(2), "{said}");
        for variable in variables {
            let tip = format!("the environment variable {variable} does as well as --");
            assert!(said.contains(&tip), "{line}: {said}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_database_without_its_schema_is_to_be_migrated() -> Result<()> {
    let mirror = Mirror::create().await?;
    let url = empty_beside(&mirror).await?;
    let (code, said) = ended(&format!("audit --database {url}")).await?;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("run `tessera migrate`"), "{said}");
    assert_eq!(said.matches("does not exist").count(), 1, "{said}");
    assert!(!said.contains(" at line "), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_web_socket_that_cannot_be_connected_to_is_said_once_without_its_address() -> Result<()> {
    let mirror = Mirror::create().await?;
    let line = format!(
        "indexer --rpc-url http://127.0.0.1:1 --ws-url ws://127.0.0.1:1/SECRET --database-url {}",
        mirror.url,
    );
    let said = logged(&line, "no hints come").await?;
    assert!(
        said.contains("--ws-url") && said.contains("cannot be connected"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_check_of_mail_ends_with_0_where_all_passes_and_else_with_1() -> Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let records = tempfile::NamedTempFile::new()?;
    let mut names = Command::new(format!("{root}/target/sdks/bin/python"))
        .arg(format!("{root}/mail/tests/mail/python/names.py"))
        .arg(records.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("run scripts/setup-sdks")?;
    let said = names.stdout.take().context("no output")?;
    let said = BufReader::new(said).lines().next_line().await?;
    let said = said.context("it has ended")?;
    let port = said.strip_prefix("port ").context("no port")?;
    let check = format!(
        "mail check --domain mail.example --selector s --relay-ip 192.0.2.1 --nameserver 127.0.0.1:{port}"
    );
    let ended = async || -> Result<_> {
        let output = timeout(PATIENCE, tessera(&check)?.output()).await??;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    };

    let (code, said) = ended().await?;
    assert_eq!(code, Some(1), "{said}");
    let proposed = "publish at mail.example as TXT:\nv=spf1 ip4:192.0.2.1 ~all\n";
    assert!(said.contains(proposed), "{said}");

    // The key of RFC 8463.
    let lines = "s._domainkey.mail.example\tv=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                 mail.example\tv=spf1 ip4:192.0.2.1 ~all\n\
                 _dmarc.mail.example\tv=DMARC1; p=none\n";
    std::fs::write(records.path(), lines)?;
    let (code, said) = ended().await?;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("publish"), "{said}");
    Ok(())
}
