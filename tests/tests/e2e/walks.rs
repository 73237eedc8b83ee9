//! The walks in `docs/for`, taken as a reader takes them: by a shell, against `tessera dev`.
//!
//! In a walk, a block of `sh` is what the reader types. A block of `json` or `text` right behind it is
//! the answer, where `…` stands for anything: in a text for what may vary of it, as the last element
//! of an array for more of them, as the last field of an object (`"…": "…"`) for more of those, as a
//! line of a text for any lines. `$NAME` in an answer is the shell's variable. Blocks of `rust` are
//! part of a program in `tests/src/bin`, which compiles. Nothing else is looked at.
//!
//! The shell is Bash with curl and jq, which `scripts/setup test` installs. Of what it is typed, only
//! this is replaced: ports and keys of a freshly started `make run`, which stand in the walks as it has
//! them by default or as `…`, and `cargo run` of a program in `tests/src/bin`, which is built already.

mod answer;
mod demo;
mod document;
mod shell;

use demo::Demo;
use document::{Document, Step};
use shell::Shell;
use std::{fs, path::Path, thread};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const WALKS: [&str; 7] = [
    "customer",
    "integrator",
    "sales",
    "follow-up",
    "website",
    "operator",
    "auditor",
];

#[test]
fn every_walk_answers_as_it_is_written() {
    let demo = Demo::start();
    let failures: Vec<String> = thread::scope(|scope| {
        let walks = WALKS.map(|name| scope.spawn(|| walk(&demo, name)));
        let ended = walks.into_iter().map(|walk| walk.join().expect("it ends"));
        ended.filter_map(Result::err).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Takes one walk; where it is not as written, the document, the line and what came instead.
fn walk(demo: &Demo, name: &str) -> Result<(), String> {
    let path = format!("docs/for/{name}.md");
    let text = fs::read_to_string(Path::new(ROOT).join(&path)).expect("a walk");
    let document = Document::parse(&text);
    compiled(&document).map_err(|(line, what)| format!("{path}:{line}: {what}"))?;
    let mut shell = Shell::start(demo);
    for step in &document.steps {
        take(&mut shell, step).map_err(|(line, what)| format!("{path}:{line}: {what}"))?;
    }
    Ok(())
}

fn take(shell: &mut Shell, step: &Step) -> Result<(), (usize, String)> {
    let given = shell
        .run(&step.commands)
        .map_err(|error| (step.line, error))?;
    let Some(answer) = &step.answer else {
        return Ok(());
    };
    let shown = shell
        .expand(&answer.text)
        .map_err(|error| (answer.line, error))?;
    answer::compare(answer.language, &shown, &given)
        .map_err(|(line, what)| (answer.line + line, format!("{what}\nall of it:\n{given}")))
}

/// Programs that a walk shows are parts of those that are compiled.
fn compiled(document: &Document) -> Result<(), (usize, String)> {
    let programs: Vec<String> = fs::read_dir(Path::new(ROOT).join("tests/src/bin"))
        .expect("programs")
        .map(|file| fs::read_to_string(file.expect("a file").path()).expect("text"))
        .collect();
    match document
        .programs
        .iter()
        .find(|(_, shown)| !programs.iter().any(|program| program.contains(shown)))
    {
        Some((line, _)) => Err((*line, "no program in tests/src/bin has this".to_owned())),
        None => Ok(()),
    }
}
