//! The installed server and the programs beside it.
//!
//! The law here: they do not inherit this process's environment, and a terminal's Ctrl-C, which
//! goes to a whole process group, does not reach them: this process decides when its database ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use nix::unistd::{Gid, Uid};
use tokio::{io::AsyncWriteExt, process::Command};

use super::user::Owner;
use crate::Error;

/// Lines of a program's output that an error repeats.
const LAST_LINES: usize = 8;

/// An installed server, and the user that it runs as.
pub(super) struct Server {
    bin: PathBuf,
    /// The data folder, the working directory of its programs.
    pub(super) dir: PathBuf,
    ids: Option<(Uid, Gid)>,
}

impl Server {
    /// The newest server, or the one of the `version` that an existing cluster needs.
    pub(super) fn find(
        install_dir: &Path,
        version: Option<u32>,
        owner: Option<Owner>,
        dir: &Path,
    ) -> Result<Self, Error> {
        let newest = fs::read_dir(install_dir)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
            .filter(|found| version.is_none_or(|wanted| *found == wanted))
            .map(|found| (found, install_dir.join(found.to_string()).join("bin")))
            .filter(|(_, bin)| bin.join("postgres").exists())
            .max();
        let install_dir = install_dir.to_owned();
        match (newest, version) {
            (Some((_, bin)), _) => Ok(Self {
                bin,
                dir: dir.to_owned(),
                ids: owner.map(|o| (o.uid, o.gid)),
            }),
            (None, Some(version)) => Err(Error::NoServerOfVersion {
                install_dir,
                version,
            }),
            (None, None) => Err(Error::NoServer { install_dir }),
        }
    }

    /// One of the programs beside the server, or any by its full path, to be run by the server's
    /// user in the data folder.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command
            .env_clear()
            .env("LC_ALL", "C")
            .current_dir(&self.dir)
            .process_group(0);
        if let Some((uid, gid)) = self.ids {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Whether a server takes connections at `port`.
    pub(super) async fn answers(&self, port: u16) -> Result<bool, Error> {
        let status = self
            .program("pg_isready")
            .args(["--quiet", "--host", "127.0.0.1"])
            .args(["--port", &port.to_string()])
            .status()
            .await
            .map_err(spawn_error("pg_isready"))?;
        Ok(status.success())
    }
}

/// The server's setting for waiting, or not, until commits are on disk.
pub(super) fn fsync(on: bool) -> &'static str {
    if on { "fsync=on" } else { "fsync=off" }
}

/// Runs a program to its end with `input` on its standard input.
pub(super) async fn run(
    name: &'static str,
    mut command: Command,
    input: &str,
) -> Result<(), Error> {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(spawn_error(name))?;
    if let Some(mut stdin) = process.stdin.take() {
        // A program that ends without reading its input states the reason in its output.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let output = process
        .wait_with_output()
        .await
        .map_err(spawn_error(name))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(name, &[output.stdout, output.stderr].concat()))
}

/// The error of a program that printed `output` and failed.
pub(super) fn failed(program: &'static str, output: &[u8]) -> Error {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    Error::Program {
        program,
        output: lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"),
    }
}

/// The error of a program that could not be run.
pub(super) fn spawn_error(program: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Spawn { program, source }
}
