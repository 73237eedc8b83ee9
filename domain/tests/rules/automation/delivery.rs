//! When a message may go, when it is tried again, and what answers mean.

use proptest::prelude::*;
use serde_json::json;
use tessera_domain::{
    automation::delivery::{
        DeliveryPolicy, MessageToken, RETRY_DAYS, STALE_DAYS, is_stale, lead_through,
        names_no_mailbox, retry_at, with_end,
    },
    time::{MICROS_PER_DAY, MICROS_PER_MINUTE, Timestamp},
};

#[test]
fn only_answers_about_the_recipient_end_mail_to_an_address() {
    for answer in [
        "550 5.1.1 no such user",
        "5.1.1",
        "<ada@example.com>: 5.1.2 bad domain",
        "556 5.1.10 null MX",
        "550-5.1.1 The email account does not exist",
    ] {
        assert!(names_no_mailbox(answer), "{answer}");
    }
    for answer in [
        "",
        "550 no such user",
        "550 5.7.1 blocked",
        "553 5.1.8 sender's system address",
        "5.1.7",
        "552 5.2.2 mailbox full",
        "550 5.1.11 nobody has defined",
        "15.1.1",
        "queued as 5.1.1.4",
    ] {
        assert!(!names_no_mailbox(answer), "{answer}");
    }
}

#[test]
fn a_token_is_read_in_either_case_and_not_shown() {
    let token = MessageToken::new([171; 16]);
    let text = token.text().to_owned();
    assert_eq!(text.len(), 32);
    let upper = MessageToken::parse(&text.to_uppercase()).expect("a token");
    assert_eq!(upper.digest(), token.digest());
    assert!(!format!("{token:?}").contains(&text));
    for none in [
        "",
        "ab",
        &text[1..],
        &format!("{text}0"),
        &text.replace('a', "g"),
    ] {
        assert!(MessageToken::parse(none).is_none(), "{none}");
    }
}

#[test]
fn only_links_to_the_web_are_led_through_us() {
    let html = "<a href=\"https://a.example/?x=1&amp;y=2\">a</a> <a href=\"mailto:a\">b</a>\
                <a href=\"https://t.example/u/1\">c</a><img src=\"https://a.example/i.png\"><a href=\"";
    let mut seen = Vec::new();
    let led = lead_through(html, "https://t.example", |target| {
        seen.push(target.to_owned());
        "https://t.example/l/1".to_owned()
    });
    assert_eq!(seen, ["https://a.example/?x=1&y=2"]);
    let expected = html.replace("https://a.example/?x=1&amp;y=2", "https://t.example/l/1");
    assert_eq!(led, expected);
    assert_eq!(
        with_end("<body>a</body></html>", "<i>"),
        "<body>a<i></body></html>"
    );
    assert_eq!(with_end("a", "<i>"), "a<i>");
}

fn policy(policy: serde_json::Value) -> DeliveryPolicy {
    serde_json::from_value(policy).expect("a policy")
}

#[test]
fn quiet_hours_are_those_of_the_persons_clocks() {
    let quiet = json!({ "from": "21:00", "until": "08:00", "zone": "Europe/Zurich" });
    let policy = policy(json!({ "quiet_hours": quiet }));
    // 2026-07-01 12:00 UTC.
    let noon = Timestamp::from_secs(1_782_907_200);
    assert_eq!(policy.quiet_until(None, noon), None);
    // In Tokyo it is 21:00, and 08:00 is eleven hours later.
    let morning = noon.plus_secs(11 * 3_600);
    assert_eq!(policy.quiet_until(Some("Asia/Tokyo"), noon), Some(morning));
    // A zone that is none is that of the policy.
    assert_eq!(policy.quiet_until(Some("Mars/Olympus"), noon), None);
}

#[test]
fn a_new_sender_sends_more_from_day_to_day() {
    let warm = policy(json!({ "warm_up": { "first_day": 50, "growth_percent": 50 } }));
    let days: Vec<Option<u64>> = (0..4).map(|day| warm.most_on(day)).collect();
    assert_eq!(days, [Some(50), Some(76), Some(115), Some(173)]);
    assert_eq!(warm.most_on(60), None);
    assert_eq!(policy(json!({})).most_on(0), None);
    let steep = policy(json!({ "warm_up": { "first_day": 1_000_000, "growth_percent": 1_000 } }));
    assert_eq!(steep.most_on(59), Some(u64::MAX));
}

proptest! {
    #[test]
    fn what_is_tried_again_waits_longer_each_time_and_ends(attempts in 1_u32..60, chance in 0.0_f64..=1.0) {
        let first = Timestamp(1_782_907_200_000_000);
        let pause = |attempts| retry_at(attempts, first, first, chance).map(|at| at.0 - first.0);
        let (now, next) = (pause(attempts), pause(attempts + 1));
        prop_assert!(now.is_some() && now <= next);
        let bounds = MICROS_PER_MINUTE..=432 * MICROS_PER_MINUTE;
        prop_assert!(bounds.contains(&now.unwrap_or_default()));
        let late = Timestamp(first.0 + RETRY_DAYS * MICROS_PER_DAY);
        prop_assert_eq!(retry_at(attempts, first, late, chance), None);
    }

    #[test]
    fn a_message_is_stale_after_two_weeks(micros in 0..2 * STALE_DAYS * MICROS_PER_DAY) {
        let first = Timestamp(1_782_907_200_000_000);
        let now = Timestamp(first.0 + micros);
        prop_assert_eq!(is_stale(first, now), micros > 14 * MICROS_PER_DAY);
    }

    #[test]
    fn html_is_changed_in_its_links_alone(html in "[a-z<>=\" &;/:.]{0,80}|(<a href=\"https?://[a-z.]{1,9}\">){0,3}") {
        let same = lead_through(&html, "https://t.example", |target| target.replace('&', "&amp;"));
        prop_assert_eq!(same.replace("&amp;", "&"), html.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"));
    }
}
