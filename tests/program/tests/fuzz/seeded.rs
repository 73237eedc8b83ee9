//! The run bites: each of eight faults, built into the program one at a time, is found by the sequences
//! of the run that always comes.

use super::{
    found::voucher_twice,
    genesis::genesis,
    run::{SEQUENCES, search},
    shrink::{as_test, play, shrink},
};
use tessera_client::types::seeded::Bug;

/// Where `scripts/build-program --seeded` leaves the program that has all faults, none switched on.
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/seeded/tessera.so"
);

/// The program with one of the faults.
fn program(fault: Option<Bug>) -> Vec<u8> {
    let mut code = std::fs::read(PROGRAM).expect("`make test` builds it before the tests run");
    let marker = Bug::MARKER;
    let mut places = code.windows(marker.len()).enumerate();
    let (place, _) = places.find(|(_, it)| it == marker).expect("a marker");
    assert!(places.all(|(_, it)| it != marker), "one marker");
    code[place + marker.len()] = fault.map_or(0, |fault| fault as u8);
    code
}

#[track_caller]
fn assert_found(fault: Bug) {
    let beginning = match genesis(&program(Some(fault))) {
        Ok(beginning) => beginning,
        Err(failure) => {
            genesis(&program(None)).expect("a beginning without a fault");
            return println!("{fault:?} is found in the beginning: {failure}");
        }
    };
    let (tally, found) = search(&beginning, 0.., SEQUENCES, None);
    let found = found.unwrap_or_else(|| panic!("{fault:?} was not found:\n{tally}"));
    let (steps, seed) = (tally.steps(), found.seed);
    println!(
        "{fault:?} is found after {steps} steps, by seed {seed}: {}",
        found.failure
    );
}

#[test]
fn no_fault_is_found_where_there_is_none() {
    let beginning = genesis(&program(None)).expect("no fault");
    let (_, found) = search(&beginning, 0.., SEQUENCES, None);
    assert!(found.is_none(), "{:?}", found.map(|found| found.failure));
}

#[test]
fn a_period_too_many_is_found() {
    assert_found(Bug::ExtraPeriod);
}

#[test]
fn a_skipped_hold_is_found() {
    assert_found(Bug::SkippedHold);
}

#[test]
fn rounding_up_is_found() {
    assert_found(Bug::RoundedUp);
}

#[test]
fn a_signature_that_nobody_asks_for_is_found() {
    assert_found(Bug::MissingSigner);
}

#[test]
fn a_ledger_left_out_is_found() {
    assert_found(Bug::OmittedLedger);
}

#[test]
fn a_voucher_paid_twice_is_found() {
    assert_found(Bug::DoubleClaim);
}

#[test]
fn an_approval_of_another_generation_is_found() {
    assert_found(Bug::StaleGeneration);
}

#[test]
fn a_month_too_long_is_found() {
    assert_found(Bug::MonthOverflow);
}

/// So what was found once still does what it failed by.
#[test]
fn what_was_found_before_is_found_where_the_fault_is() {
    let beginning = genesis(&program(Some(Bug::DoubleClaim))).expect("nobody claims in it");
    let steps = voucher_twice();
    let (_, result) = play(&beginning, &steps);
    let (at, failure) = result.expect_err("a voucher is paid twice");
    assert!(at >= steps.len() - 2, "step {at}: {failure}");
}

#[test]
fn what_is_found_is_made_short() {
    let fault = program(Some(Bug::MissingSigner));
    let beginning = genesis(&fault).expect("nobody redeems in the beginning");
    let (_, found) = search(&beginning, 0.., SEQUENCES, None);
    let found = found.expect("it is found");
    let (shortest, failure) = shrink(&beginning, &found.steps, found.failure.clone());
    assert!(shortest.len() <= 3, "{shortest:?}");
    assert_eq!(failure.law, found.failure.law);
    let (_, again) = play(&beginning, &shortest);
    assert_eq!(again, Err((shortest.len() - 1, failure)));
    let sound = genesis(&program(None)).expect("no fault");
    assert_eq!(play(&sound, &shortest).1, Ok(()));
    let text = as_test(&shortest);
    assert!(
        shortest
            .iter()
            .all(|step| text.contains(&format!("{step:?},"))),
        "{text}"
    );
}
