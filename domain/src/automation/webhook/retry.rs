//! What an answer means, and when a message is sent again.

use crate::time::Timestamp;
use chrono::DateTime;
use std::time::Duration;

/// Seconds between an attempt and the next one.
const PAUSES_SECS: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Most attempts at a message, until it is sent again by hand.
pub const MAX_ATTEMPTS: i32 = 10;

/// Longest pause that a receiver can ask for.
const LONGEST_SECS: u64 = 86_400;

/// Bytes of an answer that are kept.
const KEPT_BYTES: usize = 1_024;

/// What an answer means for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Delivered,
    /// It was not, and can be sent again.
    Failed,
    /// Its receiver wants no more.
    Gone,
}

impl Verdict {
    /// By the status of the answer, if there was one. Redirects are not followed, so they fail.
    pub fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Delivered,
            Some(410) => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// How long to wait after the attempt of this number, from 1, before the next; none when it was the
/// last. Up to a tenth is added, by `draw`, which the caller drew at random, so that messages that
/// failed together do not come again together. A receiver can ask for more, up to a day.
pub fn pause(attempts: i32, draw: u16, asked: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(attempts.checked_sub(1)?).ok()?;
    let millis = PAUSES_SECS.get(index)? * 1_000;
    let jitter = millis / 10 * u64::from(draw) / u64::from(u16::MAX);
    let asked = asked.map_or(0, |asked| asked.as_secs().min(LONGEST_SECS) * 1_000);
    Some(Duration::from_millis(millis.max(asked) + jitter))
}

/// How long an endpoint is left alone after so many failures, one behind the other: as a single message
/// is at first. Meanwhile one message after the other shows whether it is back.
pub fn endpoint_pause(failures: i32) -> Duration {
    let [first, later, ..] = PAUSES_SECS;
    Duration::from_secs(if failures <= 1 { first } else { later })
}

/// From the first attempt to the last, at least. An endpoint that fails for longer is disabled.
pub fn whole_schedule() -> Duration {
    Duration::from_secs(PAUSES_SECS.iter().sum())
}

/// How long an answer's `Retry-After` asks to wait: seconds, or until a moment as HTTP writes it.
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        // More than fits is as long as can be.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp();
    let secs = until.saturating_sub(now.secs());
    Some(Duration::from_secs(u64::try_from(secs).unwrap_or_default()))
}

/// What is kept of an answer: text of at most a kibibyte, without NUL, which no text in the database
/// can hold.
pub fn excerpt(answer: &[u8]) -> String {
    let kept = answer.get(..KEPT_BYTES).unwrap_or(answer);
    let mut text = String::from_utf8_lossy(kept).replace('\0', " ");
    // What is no text became longer.
    text.truncate(text.floor_char_boundary(KEPT_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000);

    #[test]
    fn what_is_no_wait_asks_for_none() {
        for text in [
            "",
            " ",
            "-1",
            "1.5",
            "soon",
            "Thu, 99 Jan 2026 00:00:00 GMT",
        ] {
            assert_eq!(retry_after(text, NOW), None, "{text}");
        }
        let past = "Thu, 01 Jan 2015 00:00:00 GMT";
        assert_eq!(retry_after(past, NOW), Some(Duration::ZERO));
        let coming = "Thu, 01 Jan 2026 00:02:00 GMT";
        assert_eq!(retry_after(coming, NOW), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(" 7 ", NOW), Some(Duration::from_secs(7)));
    }

    #[test]
    fn nobody_can_ask_for_more_than_a_day() {
        let asked = retry_after("99999999999999999999999", NOW);
        assert_eq!(pause(1, 0, asked), Some(Duration::from_secs(86_400)));
        assert_eq!(pause(10, 0, asked), None, "nor for one more attempt");
        assert_eq!(pause(0, 0, None), None);
        assert_eq!(pause(i32::MIN, 0, None), None);
    }

    #[test]
    fn ten_attempts_take_three_days() {
        let pauses: Vec<u64> = (1..=MAX_ATTEMPTS)
            .filter_map(|attempts| pause(attempts, 0, None))
            .map(|pause| pause.as_secs())
            .collect();
        let hour = 3_600;
        let expected = [
            5,
            300,
            1_800,
            2 * hour,
            5 * hour,
            10 * hour,
            14 * hour,
            20 * hour,
            24 * hour,
        ];
        assert_eq!(pauses, expected);
        assert_eq!(whole_schedule().as_secs(), pauses.iter().sum::<u64>());
    }

    #[test]
    fn redirects_and_silence_fail_and_gone_is_gone() {
        for status in [None, Some(100), Some(301), Some(308), Some(404), Some(503)] {
            assert_eq!(Verdict::of(status), Verdict::Failed, "{status:?}");
        }
        assert_eq!(Verdict::of(Some(410)), Verdict::Gone);
        assert_eq!(Verdict::of(Some(204)), Verdict::Delivered);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_and_at_most_a_tenth_longer(attempts in 1..=9_i32, draw: u16) {
            let least = pause(attempts, 0, None).expect("a pause");
            let drawn = pause(attempts, draw, None).expect("a pause");
            prop_assert!(least <= drawn && drawn <= least + least / 10);
        }

        #[test]
        fn an_excerpt_is_short_text_without_nul(answer: Vec<u8>, times in 1..40_usize) {
            let kept = excerpt(&answer.repeat(times));
            prop_assert!(kept.len() <= KEPT_BYTES && !kept.contains('\0'));
        }
    }
}
