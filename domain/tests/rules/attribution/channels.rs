//! Channels: what arrivals say of their origin, in every spelling that browsers and people use.

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

#[test]
fn media_of_a_kind_are_one_channel() {
    for (expected, media) in [
        (
            "social",
            &[
                "social",
                "social_media",
                "social_network",
                "Social-Networks",
                "socialmedia",
                "sm",
                "organic_social",
                "social-organic",
                "social.media",
                "social post",
            ][..],
        ),
        (
            "paid",
            &[
                "cpc",
                "retarget",
                "remarketing",
                "remarket",
                "Re-targeting",
                "cpc-search",
                "ppc_social",
                "search_cpc",
                "display_ads",
                "display-retargeting",
                "paid_search",
                "social-paid",
                "PaidSocial",
                "cpp",
                "cpl",
                "cpi",
                "cpcv",
                "ppv",
                "sem",
                "banners",
                "programmatic",
                "sponsored",
                "ads",
            ],
        ),
        (
            "email",
            &[
                "email",
                "e-mail",
                "E_Mail",
                "e mail",
                "email-marketing",
                "emails",
                "email_campaign",
            ],
        ),
        (
            "organic",
            &["organic", "seo", "organic_search", "organic-search"],
        ),
        ("referral", &["referral", "link", "referrer", "referrals"]),
        ("direct", &["none", "(none)", "direct", "(direct)"]),
        ("unpaid", &["unpaid"]),
        ("non-paid", &["non-paid"]),
        ("displayport", &["displayport"]),
        ("emailed by ada", &["emailed by Ada"]),
        ("socialite", &["socialite"]),
        ("newsletter", &["Newsletter"]),
    ] {
        for medium in media {
            let found = channel(&json!({ "utm_medium": medium, "utm_source": "x" }));
            assert_eq!(found.as_deref(), Some(expected), "{medium}");
        }
    }
}

#[test]
fn a_referrer_that_names_no_site_is_none() {
    for referrer in [
        "null",
        "undefined",
        "-",
        "(not set)",
        "about:blank",
        "about:srcdoc",
        "javascript:void(0)",
        " ",
        "(none)",
        "(direct)",
        "direct",
        "NaN",
        "[object Object]",
        "data:text/html,x",
        "file:///C:/x.html",
        "chrome://newtab/",
        "chrome-extension://abcdefgh/popup.html",
        "moz-extension://0a-1b/x",
        "mailto:x",
        "https://",
        "https:///x",
        "//",
        "blob:https://shop.example/0a",
        "edge://newtab",
        "n/a",
        "none",
    ] {
        assert_eq!(from(referrer).as_deref(), Some("direct"), "{referrer}");
    }
    for (referrer, expected) in [
        ("//www.google.com/search", "organic"),
        ("www.google.com/search", "organic"),
        ("google.com", "organic"),
        ("HTTPS://WWW.GOOGLE.COM/", "organic"),
        ("blog.example:8080/post", "referral"),
        ("http://intranet/", "referral"),
        ("android-app://com.google.android.gm", "email"),
    ] {
        assert_eq!(from(referrer).as_deref(), Some(expected), "{referrer}");
    }
}

#[test]
fn networks_searches_and_mail_are_known_by_their_hosts_and_apps() {
    for (expected, hosts) in [
        (
            "social",
            &[
                "https://www.tiktok.com/",
                "https://www.threads.com/",
                "https://wa.me/",
                "https://www.whatsapp.com/",
                "https://api.whatsapp.com/",
                "https://web.telegram.org/",
                "https://telegram.me/",
                "https://discord.gg/x",
                "https://ptb.discord.com/",
                "https://www.snapchat.com/",
                "https://line.me/",
                "https://m.me/",
                "https://www.messenger.com/",
                "https://bsky.social/",
                "https://www.twitch.tv/",
                "https://www.xiaohongshu.com/",
                "https://www.douyin.com/",
                "https://mobile.twitter.com/",
                "https://l.instagram.com/",
                "https://pin.it/x",
                "https://redd.it/x",
                "android-app://com.facebook.katana/",
                "android-app://com.facebook.lite/",
                "android-app://com.facebook.orca/",
                "android-app://com.instagram.android/",
                "android-app://org.telegram.messenger/",
                "android-app://com.whatsapp/",
                "android-app://com.zhiliaoapp.musically",
                "android-app://com.discord",
                "android-app://com.pinterest",
                "android-app://com.google.android.youtube",
                "android-app://com.instagram.barcelona",
                "android-app://xyz.blueskyweb.app",
            ][..],
        ),
        (
            "organic",
            &[
                "https://www.sogou.com/",
                "https://m.sogou.com/",
                "https://wap.sogou.com/",
                "android-app://com.google.android.apps.searchlite/",
                "https://www.baidu.com/s",
                "https://m.baidu.com/",
                "android-app://com.microsoft.bing",
                "android-app://com.duckduckgo.mobile.android",
                "https://www.ecosia.org/",
                "https://search.naver.com/",
                "https://m.search.naver.com/",
                "https://espanol.search.yahoo.com/",
                "https://www.google.co.uk/",
                "https://yep.com/",
                "https://www.fr.yahoo.com/",
            ],
        ),
        (
            "email",
            &[
                "https://mail.protonmail.com/",
                "https://webmail.gmx.net/",
                "https://mail.zoho.eu/",
                "https://www.icloud.com/mail",
                "https://mail.fr.yahoo.com/",
                "https://webmail.example.org/",
                "https://mail.tutanota.com/",
                "https://app.tuta.com/",
                "https://navigator.web.de/",
                "https://fr.mail.yahoo.com/",
                "https://poczta.onet.pl/",
                "https://outlook.cloud.microsoft/",
                "https://mail.gmx.com/",
                "https://deref-gmx.net/",
                "android-app://com.microsoft.office.outlook",
                "android-app://com.yahoo.mobile.client.android.mail",
                "android-app://ch.protonmail.android",
            ],
        ),
        (
            "referral",
            &[
                "https://finance.fr.yahoo.com/",
                "https://docs.yandex.ru/",
                "https://mail.google.com.evil.example/",
                "https://search.evil.example/",
                "https://login.google.com.evil.example/",
                "https://id.wikipedia.org/",
                "https://tiktok.com.evil.example/",
                "https://news.de.yahoo.com/",
                "https://mail.ru/",
                "https://gmail.example/",
                "https://mailing.example.org/",
            ],
        ),
    ] {
        for host in hosts {
            assert_eq!(from(host).as_deref(), Some(expected), "{host}");
        }
    }
}

#[test]
fn where_people_sign_in_or_pay_is_no_origin() {
    for host in [
        // To sign in.
        "account.apple.com",
        "login.yahoo.co.jp",
        "id.yandex.ru",
        "nid.naver.com",
        "accounts.kakao.com",
        "account.live.com",
        "login.aol.com",
        "login.microsoft.com",
        "accounts.google.co.uk",
        "x.supabase.co",
        "accounts.google.de",
        "login.live.com",
        "signin.ebay.com",
        "x.okta.com",
        "sso.example.org",
        "auth.example.org",
        "accounts.spotify.com",
        "id.atlassian.com",
        "login.xero.com",
        "passport.baidu.com",
        "oauth.example.org",
        "x.clerk.accounts.dev",
        "auth.openai.com",
        "account.microsoft.com",
        "access.line.me",
        "id.kakao.com",
        "x.us.auth0.com",
        "x.kinde.com",
        "x.fusionauth.io",
        "x.workos.com",
        "x.cloudflareaccess.com",
        "passport.yandex.com.tr",
        "id.line.me",
        // To pay.
        "checkout.paystack.com",
        "checkout.lemonsqueezy.com",
        "pay.gocardless.com",
        "x.chargebee.com",
        "venmo.com",
        "www.skrill.com",
        "app.transak.com",
        "www.moonpay.com",
        "x.lemonsqueezy.com",
        "x.recurly.com",
        "www.sofort.com",
        "checkout.flutterwave.com",
        "secure.ogone.com",
        "www.neteller.com",
        "buy.stripe.com",
        "x.fastspring.com",
        "sandbox.paypal.com",
        "www.ideal.nl",
        "3ds.example.org",
        "payments.example.org",
        "cash.app",
        "buy.paddle.com",
        "widget.mercuryo.io",
        "www.alipay.com",
        "pay.example.org",
    ] {
        assert_eq!(from(&format!("https://{host}/x")), None, "{host}");
    }
    // An organisation says otherwise.
    let mut stated = ChannelRules::default();
    stated
        .referrers
        .insert("example.org".to_owned(), "partner".to_owned());
    let came = json!({ "referrer": "https://login.example.org/" });
    assert_eq!(under(&stated, &came).as_deref(), Some("partner"));
}

#[test]
fn every_advertiser_has_its_click_id() {
    for id in [
        "tblci",
        "obclid",
        "irclickid",
        "s_kwcid",
        "gad_source",
        "gad_campaignid",
        "dicbo",
        "ef_id",
        "awc",
        "cjevent",
        "sscid",
        "qclid",
        "vmcid",
        "ScCid",
        "ymclid",
    ] {
        let url = format!("https://shop.example/?a=1&{id}=Xy1");
        assert_eq!(
            channel(&json!({ "url": url })).as_deref(),
            Some("paid"),
            "{url}"
        );
    }
}
