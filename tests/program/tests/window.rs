//! Numbers that count once.

use tessera_client::types::window::{MAX_JUMP, accept};

#[test]
fn a_number_counts_once_in_any_order_within_the_window() {
    let (mut highest, mut seen) = (0, [0; 4]);
    for number in [0, 5, 3, 200, 64, 199, 8, 130] {
        let known: Vec<u64> = seen.to_vec();
        assert!(
            accept(&mut highest, &mut seen, number),
            "{number} of {known:?}"
        );
        assert!(!accept(&mut highest, &mut seen, number), "{number} again");
    }
    assert_eq!(highest, 200);
}

#[test]
fn what_fell_out_of_the_window_is_refused_used_or_not() {
    let (mut highest, mut seen) = (0, [0; 2]);
    assert!(accept(&mut highest, &mut seen, 1_000));
    assert!(!accept(&mut highest, &mut seen, 935));
    assert!(accept(&mut highest, &mut seen, 936));
}

#[test]
fn a_jump_forgets_nothing_that_still_counts_and_leaves_room() {
    let (mut highest, mut seen) = (0, [0; 2]);
    assert!(accept(&mut highest, &mut seen, 7));
    assert!(!accept(&mut highest, &mut seen, u64::MAX));
    assert!(accept(&mut highest, &mut seen, 7 + MAX_JUMP));
    assert!(!accept(&mut highest, &mut seen, 7 + MAX_JUMP));
    assert!(!accept(&mut highest, &mut seen, 7));
}

/// Against a set of all numbers that were ever accepted.
#[test]
fn no_sequence_is_accepted_twice() {
    let (mut highest, mut seen) = (0, [0; 4]);
    let mut accepted = std::collections::HashSet::new();
    let mut state = 1u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let number = highest + (state >> 40) % 300 - highest.min(250);
        let free = accept(&mut highest, &mut seen, number);
        let in_window = highest - number <= 192;
        assert_eq!(free, in_window && accepted.insert(number), "{number}");
    }
}
