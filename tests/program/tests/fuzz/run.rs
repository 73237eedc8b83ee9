//! Many sequences, by rising seeds, on two threads.

use super::{
    failure::Failure,
    genesis::genesis,
    shrink::{as_test, play, shrink},
    stage::Stage,
    step::{Step, instruction_name, sequence},
    tally::Tally,
};
use std::{
    ops::RangeFrom,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Sequences of the run that always comes, and steps of each.
pub(crate) const SEQUENCES: u64 = 130;
const LEN: usize = 200;
const THREADS: usize = 2;

/// Kinds of accounts that can close: all but members and the config.
const CLOSABLE: usize = 13;

/// How long `make fuzz` runs, seconds, and its first seed.
const SECS: &str = "TESSERA_FUZZ_SECS";
const SEED: &str = "TESSERA_FUZZ_SEED";

/// Where `make` leaves the program.
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/tessera.so"
);

pub(crate) fn program() -> Vec<u8> {
    std::fs::read(PROGRAM).expect("`make` builds the program before the tests run")
}

/// A sequence that fails.
pub(crate) struct Found {
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Step>,
    pub(crate) failure: Failure,
}

/// Plays the sequences of the seeds up to `last` until one fails or time is up. Of several that fail
/// that of the lowest seed counts.
pub(crate) fn search(
    beginning: &Stage,
    seeds: RangeFrom<u64>,
    last: u64,
    until: Option<Instant>,
) -> (Tally, Option<Found>) {
    let next = AtomicU64::new(seeds.start);
    let end = AtomicU64::new(last);
    let total = Mutex::new((Tally::default(), None::<Found>));
    let worker = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let late = until.is_some_and(|until| Instant::now() >= until);
            if late || seed >= end.load(Ordering::Relaxed) {
                return;
            }
            let steps = sequence(seed, LEN);
            let (stage, result) = play(beginning, &steps);
            if until.is_some() && seed.is_multiple_of(100) {
                println!("seed {seed}");
            }
            let mut total = total.lock().expect("nobody panics with it");
            total.0.merge(&stage.tally);
            if let Err((at, failure)) = result {
                end.fetch_min(seed, Ordering::Relaxed);
                if total.1.as_ref().is_none_or(|found| seed < found.seed) {
                    let steps = steps[..=at].to_vec();
                    total.1 = Some(Found {
                        seed,
                        steps,
                        failure,
                    });
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(worker);
        }
    });
    total.into_inner().expect("nobody panics with it")
}

/// Plays steps that were found to fail: on a failure, the place of the step and what it broke.
pub(crate) fn replay(steps: &[Step]) -> Result<(), (usize, Failure)> {
    let beginning = genesis(&program()).expect("a beginning that breaks no law");
    play(&beginning, steps).1
}

/// Shrinks what was found and fails with it.
fn report(beginning: &Stage, found: Found) -> ! {
    let Found {
        seed,
        steps,
        failure,
    } = found;
    println!("seed {seed}, step {}: {failure}", steps.len() - 1);
    let (shortest, failure) = shrink(beginning, &steps, failure);
    panic!("{failure}\n\n{}", as_test(&shortest));
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn no_sequence_breaks_a_law() {
    let beginning = genesis(&program()).expect("a beginning that breaks no law");
    let started = Instant::now();
    let first = number(SEED).unwrap_or(0);
    let secs = number(SECS);
    let (last, until) = match secs {
        Some(secs) => (u64::MAX, started.checked_add(Duration::from_secs(secs))),
        None => (first + SEQUENCES, None),
    };
    let (tally, found) = search(&beginning, first.., last, until);
    let elapsed = started.elapsed();
    println!(
        "{tally}{:.0} steps a second",
        tally.steps() as f64 / elapsed.as_secs_f64()
    );
    for (count, number, why) in tally.refusals().iter().take(30) {
        println!("{count:>6} times {}: {why}", instruction_name(*number));
    }
    if let Some(found) = found {
        report(&beginning, found);
    }
    assert!(
        secs.is_some() || tally.steps() >= 20_000,
        "{} steps",
        tally.steps()
    );
    let missing = tally.missing();
    let kinds = tally.closed_kinds();
    assert!(
        secs.is_some() || kinds == CLOSABLE,
        "{kinds} kinds of accounts were closed"
    );
    assert!(
        secs.is_some() || missing.is_empty(),
        "these never succeeded: {missing:?}"
    );
}
