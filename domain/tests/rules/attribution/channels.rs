//! Channels: what arrivals say of their origin, in every spelling that browsers and people use.

mod lists;

use proptest::prelude::*;
use serde_json::{Value, json};
use tessera_domain::{
    analytics::attribution::{ChannelRules, MAX_CHANNEL_CHARS, channel_name},
    event::Event,
    time::Timestamp,
};
use uuid::Uuid;

fn under(rules: &ChannelRules, properties: &Value) -> Option<String> {
    rules.channel_of(&Event {
        id: Uuid::nil(),
        name: "page_viewed".to_owned(),
        at: Timestamp(0),
        properties: properties.as_object().expect("an object").clone(),
    })
}

fn channel(properties: &Value) -> Option<String> {
    under(&ChannelRules::default(), properties)
}

/// The channel of a page that was reached from `referrer`.
fn from(referrer: &str) -> Option<String> {
    channel(&json!({ "referrer": referrer, "url": "https://shop.example/" }))
}

fn rules(own: &[&str]) -> ChannelRules {
    ChannelRules {
        own_hosts: own.iter().map(|host| (*host).to_owned()).collect(),
        ..ChannelRules::default()
    }
}

#[test]
fn rules_of_public_suffixes_and_unusual_spellings_are_refused() {
    let refused = |body: Value| {
        let rules: ChannelRules = serde_json::from_value(body.clone()).expect("rules");
        rules.validate().expect_err(&body.to_string()).field
    };
    for host in [
        "com",
        "co.uk",
        "github.io",
        "xn--55qx5d.cn",
        "公司.cn",
        "MÜNCHEN.example",
        "mu\u{308}nchen.example",
        "ｓｈｏｐ.example",
        "xn--a.example",
        "010.1.1.1",
        "1.2.3",
        "[::0:1]",
        "::1",
        "[::1",
        "a b.example",
        "a%20b.example",
    ] {
        assert_eq!(
            refused(json!({ "own_hosts": [host] })),
            "own_hosts",
            "{host}"
        );
    }
    assert_eq!(
        refused(json!({ "excluded_referrers": ["co.uk"] })),
        "excluded_referrers"
    );
    assert_eq!(
        refused(json!({ "referrers": { "de": "germany" } })),
        "referrers"
    );
    for host in [
        "münchen.example",
        "xn--mnchen-3ya.example",
        "हिन्दी.example",
        "straße.example",
        "10.0.0.1",
        "[2001:db8::1]",
        "localhost",
        "shop.github.io",
        "a_b.example",
    ] {
        assert_eq!(rules(&[host]).validate(), Ok(()), "{host}");
    }
}

#[test]
fn what_says_nothing_hides_no_other_word() {
    for nothing in [
        json!(""),
        json!(" "),
        json!("(not set)"),
        json!("null"),
        json!("undefined"),
        json!("(not provided)"),
        json!("-"),
        json!(null),
        json!(7),
        json!("[object Object]"),
        json!("\u{a0}"),
        json!("NaN"),
    ] {
        for (properties, expected) in [
            (
                json!({ "utm_medium": nothing, "url": "https://a.example/?utm_medium=cpc" }),
                "paid",
            ),
            (
                json!({ "utm_medium": nothing, "utm_source": "x", "path": "/?utm_medium=email" }),
                "email",
            ),
            (
                json!({ "utm_source": nothing, "path": "/?utm_source=partner" }),
                "partner",
            ),
            (
                json!({ "gclid": nothing, "url": "https://a.example/?gclid=Xy" }),
                "paid",
            ),
            (
                json!({ "channel": nothing, "path": "/?utm_source=partner" }),
                "partner",
            ),
        ] {
            assert_eq!(
                channel(&properties).as_deref(),
                Some(expected),
                "{properties}"
            );
        }
    }
    let repeated =
        json!({ "url": "https://a.example/?utm_medium=&utm_medium=(not%20set)&utm_medium=cpc" });
    assert_eq!(channel(&repeated).as_deref(), Some("paid"));
    let in_the_path =
        json!({ "url": "https://a.example/?utm_medium=", "path": "/?utm_medium=cpc" });
    assert_eq!(channel(&in_the_path).as_deref(), Some("paid"));
}

#[test]
fn a_click_id_without_a_value_is_none() {
    for nothing in [
        "undefined",
        "null",
        "none",
        "None",
        "(none)",
        "(not%20set)",
        "-",
        "%20",
        "NaN",
        "nil",
        "n%2Fa",
        "false",
        "{gclid}",
    ] {
        let url = format!("https://shop.example/?gclid={nothing}");
        assert_eq!(
            channel(&json!({ "url": url })).as_deref(),
            Some("direct"),
            "{url}"
        );
    }
}

#[test]
fn two_addresses_are_two_sites() {
    for (referrer, url, expected) in [
        (
            "http://10.1.0.10/",
            "http://192.168.0.10/",
            Some("referral"),
        ),
        (
            "http://[2001:db8::1]/",
            "http://[2001:db8::2]/",
            Some("referral"),
        ),
        (
            "http://[2001:db8::1]:8080/",
            "http://[2001:DB8:0::1]/",
            None,
        ),
        ("http://192.168.0.10:3000/", "http://192.168.0.10/x", None),
        ("http://0xc0.168.0.10/", "http://192.168.0.10/x", None),
    ] {
        let properties = json!({ "referrer": referrer, "url": url });
        assert_eq!(channel(&properties).as_deref(), expected, "{properties}");
    }
    let own = rules(&["192.168.0.10", "[2001:db8::1]"]);
    for (referrer, expected) in [
        ("http://192.168.0.10/", None),
        ("http://[2001:db8::1]/", None),
        ("http://[2001:db8::2]/", Some("referral")),
        ("http://1.192.168.0.10.example/", Some("referral")),
        ("http://1.192.168.0.10/", Some("referral")),
        ("http://10.168.0.10/", Some("referral")),
    ] {
        assert_eq!(
            under(&own, &json!({ "referrer": referrer })).as_deref(),
            expected,
            "{referrer}"
        );
    }
    let stated = rules(&["168.0.10"]);
    assert_ne!(
        under(&stated, &json!({ "referrer": "http://192.168.0.10/" })),
        None
    );
}

#[test]
fn a_host_is_the_same_in_unicode_and_in_punycode() {
    let spellings = [
        "https://münchen.example/",
        "https://xn--mnchen-3ya.example/",
        "https://MÜNCHEN.example./",
        "https://mu\u{308}nchen.example/",
        "https://m%C3%BCnchen.example/",
    ];
    for stated in ["münchen.example", "xn--mnchen-3ya.example"] {
        let own = rules(&[stated]);
        let mut referrers = ChannelRules::default();
        referrers
            .referrers
            .insert(stated.to_owned(), "bavaria".to_owned());
        let mut excluded = ChannelRules::default();
        excluded.excluded_referrers.insert(stated.to_owned());
        for spelling in spellings {
            let came = json!({ "referrer": spelling });
            assert_eq!(under(&own, &came), None, "{stated} {spelling}");
            assert_eq!(
                under(&referrers, &came).as_deref(),
                Some("bavaria"),
                "{spelling}"
            );
            assert_eq!(under(&excluded, &came), None, "{spelling}");
            let within = json!({ "referrer": spelling.replace("://", "://blog.") });
            assert_eq!(under(&own, &within), None, "{within}");
            for url in spellings {
                assert_eq!(channel(&json!({ "referrer": spelling, "url": url })), None);
            }
        }
    }
    // Two under a public suffix, which is another word in punycode.
    let neighbours = json!({ "referrer": "https://a.公司.cn/", "url": "https://b.xn--55qx5d.cn/" });
    assert_eq!(channel(&neighbours).as_deref(), Some("referral"));
}

#[test]
fn a_channels_name_is_one_key_in_every_spelling() {
    for (one, other, key) in [
        ("ΟΔΟΣ", "οδος", "οδοσ"),
        ("οδός", "ΟΔΌΣ", "οδόσ"),
        ("ＧＯＯＧＬＥ ads", "google ads", "google ads"),
        ("Cafe\u{301}", "café", "café"),
        ("CAFÉ", "cafe\u{301}", "café"),
        ("Straße", "STRASSE", "strasse"),
        ("İstanbul", "i\u{307}stanbul", "i\u{307}stanbul"),
        ("ﬁrst", "FIRST", "first"),
        ("हिन्दी", "हिन्दी", "हिन्दी"),
        ("ไทย น้ำ", "ไทย น้ำ", "ไทย น\u{e49}\u{e4d}า"),
        ("e\u{ad}mail", "EMAIL", "email"),
        ("news\u{200b}letter", "Newsletter", "newsletter"),
        ("①②", "12", "12"),
        ("Ⅷ", "viii", "viii"),
        ("ǅungla", "Ǆungla", "džungla"),
        ("a\u{3000}b", "A  b", "a b"),
        ("❤\u{fe0f}x", "x", "x"),
        ("K", "k", "k"),
    ] {
        assert_eq!(channel_name(one), channel_name(other), "{one} {other}");
        assert_eq!(channel_name(one).as_deref(), Some(key), "{one}");
    }
    for nothing in [
        "\u{301}",
        "\u{200d}",
        " \u{fe0f} ",
        "ＮＵＬＬ",
        "[object Object]",
        "NaN",
    ] {
        assert_eq!(channel_name(nothing), None, "{nothing}");
    }
}

proptest! {
    #[test]
    fn the_key_of_a_key_is_itself(text in ".{0,60}", base in "\\PC{0,8}", marks in "[\u{300}-\u{345}]{0,80}") {
        for text in [text, format!("{base}{marks}")] {
            if let Some(key) = channel_name(&text) {
                prop_assert!(key.chars().count() <= MAX_CHANNEL_CHARS);
                let again = channel_name(&key);
                prop_assert_eq!(again.as_deref(), Some(key.as_str()));
                prop_assert_eq!(channel_name(&text.to_lowercase().to_uppercase()), channel_name(&text.to_uppercase()));
            }
        }
    }
}

#[test]
fn every_letter_has_a_key_that_stands() {
    for letter in ('\0'..=char::MAX).filter(|it| it.is_alphanumeric() && *it != 'ı') {
        let Some(key) = channel_name(&letter.to_string()) else {
            continue;
        };
        assert_eq!(channel_name(&key).as_ref(), Some(&key), "{letter:?}");
        let upper: String = letter.to_uppercase().collect();
        assert_eq!(channel_name(&upper), Some(key), "{letter:?}");
    }
}
