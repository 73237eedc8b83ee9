//! A cluster's files.
//!
//! The law here: a new cluster is created beside its place, with its database, and moved there in
//! one step; an old one is moved aside in one step before it is removed. So a folder of that name
//! is complete, even if an earlier start was interrupted.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::chown,
    path::{Path, PathBuf},
};

use super::{
    NAME, file_error,
    server::{self, Server},
    user::Owner,
};
use crate::Error;

/// Creates the data folder, gives it to `owner`, and returns its full path.
pub(super) fn folder(dir: &Path, owner: Option<&Owner>) -> Result<PathBuf, Error> {
    fs::create_dir_all(dir).map_err(file_error(dir))?;
    let full = dir.canonicalize().map_err(file_error(dir))?;
    if let Some(owner) = owner {
        owner.check_way_to(&full)?;
        chown(&full, Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))
            .map_err(file_error(&full))?;
    }
    Ok(full)
}

/// The major version that created the cluster; none if there is no cluster.
pub(super) fn version(cluster: &Path) -> Result<Option<u32>, Error> {
    let path = cluster.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(file_error(&path)(e)),
    }
}

/// The process that serves the cluster. A lock file left by a crash names a process that is gone or
/// unrelated: the server itself then detects that it is stale.
pub(super) fn running(cluster: &Path) -> Option<i32> {
    let lock = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid: i32 = lock.lines().next()?.trim().parse().ok()?;
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (folder == cluster).then_some(pid)
}

/// Removes the cluster in the data folder, if there is one and no server uses it.
pub(super) fn remove(data_dir: &Path) -> Result<(), Error> {
    let dir = match data_dir.canonicalize() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        found => found.map_err(file_error(data_dir))?,
    };
    let cluster = dir.join("cluster");
    if let Some(pid) = running(&cluster) {
        return Err(Error::AlreadyRunning { cluster, pid });
    }
    let aside = dir.join("cluster.old");
    // The remains of an interrupted removal would be in the way.
    remove_folder(&aside)?;
    match fs::rename(&cluster, &aside) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(file_error(&cluster)(e)),
        _ => remove_folder(&aside),
    }
}

/// Removes a folder, if it exists.
fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(file_error(folder)(e)),
        _ => Ok(()),
    }
}

/// Creates a cluster with its role and database. Text sorts by bytes, so equally on every machine.
pub(super) async fn create(
    server: &Server,
    dir: &Path,
    cluster: &Path,
    fsync: bool,
) -> Result<(), Error> {
    let unfinished = dir.join("cluster.new");
    remove_folder(&unfinished)?;

    let mut initdb = server.program("initdb");
    initdb
        .args(["--username", NAME, "--encoding=UTF8", "--locale=C"])
        .args(["--auth-host=trust", "--auth-local=reject", "--pgdata"])
        .arg(&unfinished);
    if !fsync {
        initdb.arg("--no-sync");
    }
    server::run("initdb", initdb, "").await?;

    let mut postgres = server.program("postgres");
    postgres
        .args(["--single", "-j", "-c", server::fsync(fsync), "-D"])
        .arg(&unfinished)
        .arg("postgres");
    server::run(
        "postgres",
        postgres,
        &format!("create database {NAME};\n\n"),
    )
    .await?;

    fs::rename(&unfinished, cluster).map_err(file_error(cluster))
}
