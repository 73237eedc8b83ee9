//! Repeats and loops, collapsed in one pass from the left.
//!
//! First, an event that follows itself is dropped: `a a b` is `a b`. Then, at each place, the
//! shortest block of 2 to [`MAX_LOOP_EVENTS`] events that is immediately repeated becomes a loop,
//! with all of its repeats; where there is none, the event stands alone. The rest of an incomplete
//! last round follows the loop: `a b a b a` is `(a b)+ a`. Loops do not nest.

use super::path::Step;

/// Most events of a loop.
pub const MAX_LOOP_EVENTS: usize = 4;

/// The steps of events in the order of time.
pub(super) fn collapse(names: &[&str]) -> Vec<Step> {
    let mut distinct = names.to_vec();
    distinct.dedup();
    let mut rest = distinct.as_slice();
    let mut steps = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        let repeated = (2..=MAX_LOOP_EVENTS).find_map(|length| {
            let (block, after) = rest.split_at_checked(length)?;
            after.starts_with(block).then_some((block, after))
        });
        if let Some((block, mut after)) = repeated {
            while let Some(further) = after.strip_prefix(block) {
                after = further;
            }
            steps.push(Step::Loop(
                block.iter().map(|&name| name.to_owned()).collect(),
            ));
            rest = after;
        } else {
            steps.push(Step::Event((*first).to_owned()));
            rest = after;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::path::Path;
    use super::*;

    fn collapsed(names: &str) -> String {
        let names: Vec<&str> = names.split_whitespace().collect();
        Path(collapse(&names)).to_string()
    }

    #[test]
    fn nothing_has_no_steps() {
        assert_eq!(collapse(&[]), []);
    }

    #[test]
    fn an_event_that_follows_itself_is_one_step() {
        assert_eq!(collapsed("a a a b a a"), "a > b > a");
    }

    #[test]
    fn a_block_that_comes_again_is_a_loop() {
        assert_eq!(collapsed("a b a b a b"), "(a b)+");
        assert_eq!(collapsed("x a b a b a c"), "x > (a b)+ > a > c");
        assert_eq!(collapsed("a a b a b b c"), "(a b)+ > c");
        assert_eq!(collapsed("a b c d a b c d"), "(a b c d)+");
    }

    #[test]
    fn a_block_of_five_is_no_loop() {
        assert_eq!(
            collapsed("a b c d e a b c d e"),
            "a > b > c > d > e > a > b > c > d > e"
        );
    }

    #[test]
    fn the_leftmost_and_then_the_shortest_loop_goes_first() {
        assert_eq!(collapsed("a b a b c a b a b c"), "(a b)+ > c > (a b)+ > c");
        assert_eq!(collapsed("a b a c b a c"), "a > (b a c)+");
    }
}
