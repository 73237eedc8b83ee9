//! A reader's shell: it keeps variables and functions from block to block, and ends at the first
//! command that fails.

use super::{ROOT, demo::Demo};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// Behind a block's output.
const END: &str = "-- end of the block --";
/// How long a block may take.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) struct Shell<'a> {
    demo: &'a Demo,
    bash: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    folder: TempDir,
}

impl<'a> Shell<'a> {
    pub(super) fn start(demo: &'a Demo) -> Self {
        let folder = TempDir::new().expect("folder");
        let errors = File::create(folder.path().join("errors")).expect("file");
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc", "-eu"])
            .current_dir(ROOT)
            .env("TMPDIR", folder.path())
            .env_remove("DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("bash");
        let stdin = bash.stdin.take().expect("piped");
        let out = BufReader::new(bash.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // Nobody listens any more once the walk is over.
                let _ = sender.send(line);
            }
        });
        Self {
            demo,
            bash,
            stdin,
            lines,
            folder,
        }
    }

    /// What the commands of a block print.
    pub(super) fn run(&mut self, commands: &str) -> Result<String, String> {
        let block = self.folder.path().join("block");
        fs::write(&block, self.demo.at_hand(commands)).expect("a file");
        // Not on the shell's own input, which a command might read.
        writeln!(
            self.stdin,
            "source {} </dev/null\nprintf '\\n%s\\n' '{END}'",
            block.display()
        )
        .expect("bash reads");
        let mut printed = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == END => return Ok(printed.trim_end().to_owned()),
                Ok(line) => printed.extend([&line, "\n"]),
                Err(error) => {
                    let what = match error {
                        RecvTimeoutError::Timeout => "takes too long",
                        RecvTimeoutError::Disconnected => "fails",
                    };
                    let errors = fs::read_to_string(self.folder.path().join("errors"));
                    let errors = errors.expect("text");
                    return Err(format!("a command {what}:\n{commands}{printed}{errors}"));
                }
            }
        }
    }

    /// A text with the shell's variables in it.
    pub(super) fn expand(&mut self, text: &str) -> Result<String, String> {
        let mut parts = text.split('$');
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|it: char| !it.is_ascii_uppercase() && it != '_');
            let (name, rest) = part.split_at(end.unwrap_or(part.len()));
            let value = self.run(&format!("echo \"${name}\"\n"))?;
            expanded.extend([value.as_str(), rest]);
        }
        Ok(expanded)
    }
}

impl Drop for Shell<'_> {
    fn drop(&mut self) {
        // With what a walk left running beside it.
        let group = format!("-{}", self.bash.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        let _ = self.bash.wait();
    }
}
