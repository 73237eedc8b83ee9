use super::{rules::MAX_ENTRIES, *};
use crate::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

fn under(rules: &ChannelRules, name: &str, properties: &Value) -> Option<String> {
    rules.channel_of(&Event {
        id: Uuid::nil(),
        name: name.to_owned(),
        at: Timestamp(0),
        properties: properties.as_object().expect("an object").clone(),
    })
}

fn channel(name: &str, properties: &Value) -> Option<String> {
    under(&ChannelRules::default(), name, properties)
}

/// The channel of a page that was reached from `referrer`.
fn from(referrer: &str) -> Option<String> {
    let properties = json!({ "referrer": referrer, "url": "https://shop.example/" });
    channel("page_viewed", &properties)
}

#[test]
fn hostile_names_are_cleaned_and_bounded() {
    let name = |text: &str| channel("any", &json!({ "channel": text }));
    assert_eq!(
        name("<script>\0 =Spring\u{202e} Sale!"),
        Some("script spring sale".into())
    );
    assert_eq!(name("=-+ \u{200b}"), None);
    assert_eq!(name("(not set)"), None);
    let long = name(&"é".repeat(1_000)).expect("a name");
    assert_eq!(long.chars().count(), MAX_CHANNEL_CHARS);
    assert_eq!(channel("any", &json!({ "channel": 7 })), None);
}

#[test]
fn an_event_that_says_nothing_of_its_origin_is_no_touch() {
    assert_eq!(channel("demo_requested", &json!({ "size": 3 })), None);
    // It says where to.
    let shared = json!({ "channel": "x" });
    assert_eq!(channel("content_shared", &shared), None);
    let referred = json!({ "referrer": "https://a.example" });
    assert_eq!(channel("demo_requested", &referred), None);
}

#[test]
fn campaign_media_map_to_channels() {
    for (medium, expected) in [
        ("CPC", "paid"),
        ("paid_social", "paid"),
        ("organic", "organic"),
        ("referral", "referral"),
        ("(none)", "direct"),
        ("email", "email"),
        ("E-Mail", "email"),
        ("Social Media", "social"),
    ] {
        let found = channel("any", &json!({ "utm_medium": medium, "utm_source": "x" }));
        assert_eq!(found.as_deref(), Some(expected), "{medium}");
    }
    let source = channel("any", &json!({ "utm_source": "Newsletter" }));
    assert_eq!(source.as_deref(), Some("newsletter"));
}

#[test]
fn the_channel_named_outright_goes_first() {
    let both = json!({ "channel": "partner", "utm_medium": "cpc", "gclid": "x" });
    assert_eq!(
        channel("referral_clicked", &both).as_deref(),
        Some("partner")
    );
    let clicked = channel("referral_clicked", &json!({ "utm_medium": "cpc" }));
    assert_eq!(clicked.as_deref(), Some("referral"));
}

#[test]
fn hosts_that_only_look_like_a_search_engine_are_none() {
    for referrer in [
        "https://notgoogle.example/",
        "https://google.evil.example/",
        "https://google.com.evil.example/search",
        "https://bing.blogspot.com/",
        "https://evil.example/?u=https://www.google.com/",
        "https://www.google.com@evil.example/",
    ] {
        assert_eq!(from(referrer).as_deref(), Some("referral"), "{referrer}");
    }
}

#[test]
fn mail_documents_and_accounts_of_a_search_company_are_no_search() {
    for (referrer, expected) in [
        ("https://mail.google.com/mail/u/0/", Some("email")),
        ("android-app://com.google.android.gm/", Some("email")),
        ("https://outlook.live.com/", Some("email")),
        ("https://mail.yahoo.com/", Some("email")),
        ("https://mail.yandex.ru/", Some("email")),
        ("https://docs.google.com/document/d/1", Some("referral")),
        ("https://drive.google.com/", Some("referral")),
        ("https://meet.google.com/", Some("referral")),
        ("https://docs.google.co.uk/", Some("referral")),
        ("https://finance.yahoo.com/", Some("referral")),
        ("https://translate.yandex.ru/", Some("referral")),
        ("https://accounts.google.com/signin", None),
        ("https://login.yahoo.com/", None),
        ("https://passport.yandex.ru/", None),
    ] {
        assert_eq!(from(referrer).as_deref(), expected, "{referrer}");
    }
}

#[test]
fn page_views_fall_back_to_their_referrer() {
    for (referrer, expected) in [
        ("", "direct"),
        ("https://www.google.co.uk/search?q=x", "organic"),
        ("https://google.com/", "organic"),
        ("https://images.google.de/", "organic"),
        ("https://www.bing.com/", "organic"),
        ("https://duckduckgo.com/", "organic"),
        ("https://html.duckduckgo.com/", "organic"),
        ("https://fr.search.yahoo.com/search", "organic"),
        ("https://search.brave.com/search", "organic"),
        ("https://yandex.ru/search/", "organic"),
        ("https://www.startpage.com/", "organic"),
        (
            "android-app://com.google.android.googlequicksearchbox/",
            "organic",
        ),
        ("https://t.co/abc", "social"),
        ("https://lm.facebook.com/l.php", "social"),
        ("https://old.reddit.com/r/solana", "social"),
        ("https://googleads.g.doubleclick.net/", "paid"),
        ("https://user@blog.example:8080/post", "referral"),
        ("https://github.com/topics/solana", "referral"),
        ("notgoogle.example", "referral"),
    ] {
        assert_eq!(from(referrer).as_deref(), Some(expected), "{referrer}");
    }
}

#[test]
fn coming_from_the_own_site_is_no_arrival() {
    for referrer in [
        "https://www.shop.example/pricing",
        "https://blog.shop.example/",
        "https://SHOP.example.:443/",
    ] {
        assert_eq!(from(referrer), None, "{referrer}");
    }
    let rules = ChannelRules {
        own_hosts: ["shop.example".to_owned(), "shop.github.io".to_owned()].into(),
        ..ChannelRules::default()
    };
    let seen = |referrer: &str| {
        let properties = json!({ "referrer": referrer, "path": "/pricing" });
        under(&rules, "page_viewed", &properties)
    };
    assert_eq!(seen("https://docs.shop.example/"), None);
    assert_eq!(seen("https://shop.github.io/docs"), None);
    assert_eq!(seen("https://myshop.example/").as_deref(), Some("referral"));
    // Two neighbours under a public suffix are two sites.
    let neighbours = json!({ "referrer": "https://b.github.io/", "url": "https://a.github.io/" });
    assert_eq!(
        channel("page_viewed", &neighbours).as_deref(),
        Some("referral")
    );
}

#[test]
fn coming_back_from_paying_or_signing_in_is_no_arrival() {
    for referrer in [
        "https://checkout.stripe.com/pay/cs_1",
        "https://hooks.stripe.com/",
        "https://www.paypal.com/checkoutnow",
        "https://shop.eu.auth0.com/login",
        "https://login.microsoftonline.com/common",
        "https://appleid.apple.com/auth",
        "https://commerce.coinbase.com/",
    ] {
        assert_eq!(from(referrer), None, "{referrer}");
    }
    // A link in an advertisement counts whatever site leads to it.
    let paid = json!({ "referrer": "https://paypal.com/", "url": "https://shop.example/?gclid=x" });
    assert_eq!(channel("page_viewed", &paid).as_deref(), Some("paid"));
}

#[test]
fn click_ids_mean_paid_wherever_they_stand() {
    for id in [
        "gclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "fbclid",
        "ttclid",
        "twclid",
        "li_fat_id",
        "ScCid",
    ] {
        let url = format!("https://shop.example/?a=1&{id}=Xy#top");
        let path = format!("/pricing?{id}=Xy");
        for properties in [
            json!({ "url": url, "referrer": "https://www.google.com/" }),
            json!({ "path": path }),
        ] {
            let found = channel("page_viewed", &properties);
            assert_eq!(found.as_deref(), Some("paid"), "{properties}");
        }
    }
    let stated = json!({ "gclid": "x", "referrer": "https://www.google.com/" });
    assert_eq!(channel("page_viewed", &stated).as_deref(), Some("paid"));
    for nothing in [
        "https://shop.example/?gclid=",
        "https://shop.example/#gclid=x",
    ] {
        let properties = json!({ "url": nothing });
        let found = channel("page_viewed", &properties);
        assert_eq!(found.as_deref(), Some("direct"), "{nothing}");
    }
}

#[test]
fn campaigns_are_read_from_addresses() {
    for (properties, expected) in [
        (
            json!({ "url": "https://shop.example/?utm_source=mc&utm_medium=email" }),
            "email",
        ),
        (json!({ "path": "/x?utm_medium=CPC" }), "paid"),
        (json!({ "path": "/x?utm_source=Partner%20A" }), "partner a"),
        (
            json!({ "utm_medium": "email", "url": "https://shop.example/?utm_medium=cpc" }),
            "email",
        ),
    ] {
        let found = channel("page_viewed", &properties);
        assert_eq!(found.as_deref(), Some(expected), "{properties}");
    }
}

#[test]
fn an_organisation_says_otherwise() {
    let rules = ChannelRules {
        referrers: [
            ("forum.example".to_owned(), "community".to_owned()),
            ("docs.stripe.com".to_owned(), REFERRAL.to_owned()),
        ]
        .into(),
        click_ids: [("aff_id".to_owned(), "affiliates".to_owned())].into(),
        ..ChannelRules::default()
    };
    let seen = |properties: &Value| under(&rules, "page_viewed", properties);
    let came = |referrer: &str| seen(&json!({ "referrer": referrer }));
    assert_eq!(
        came("https://de.forum.example/").as_deref(),
        Some("community")
    );
    assert_eq!(
        came("https://docs.stripe.com/").as_deref(),
        Some("referral")
    );
    assert_eq!(came("https://checkout.stripe.com/"), None);
    let affiliate = seen(&json!({ "path": "/?aff_id=7" }));
    assert_eq!(affiliate.as_deref(), Some("affiliates"));
    assert_eq!(
        seen(&json!({ "path": "/?gclid=7" })).as_deref(),
        Some("direct")
    );
}

#[test]
fn rules_that_could_never_match_are_refused() {
    let refused = |body: Value| {
        let rules: ChannelRules = serde_json::from_value(body).expect("rules");
        rules.validate().expect_err("a refusal").field
    };
    for host in [
        "https://a.example",
        "A.example",
        "www.a.example",
        "a.example/x",
        "a..b",
        "",
    ] {
        assert_eq!(
            refused(json!({ "own_hosts": [host] })),
            "own_hosts",
            "{host}"
        );
    }
    assert_eq!(
        refused(json!({ "referrers": { "a.example": " X" } })),
        "referrers"
    );
    assert_eq!(
        refused(json!({ "click_ids": { "a b": "paid" } })),
        "click_ids"
    );
    let many: Vec<String> = (0..=MAX_ENTRIES)
        .map(|it| format!("h{it}.example"))
        .collect();
    assert_eq!(refused(json!({ "own_hosts": many })), "own_hosts");
    assert_eq!(ChannelRules::default().validate(), Ok(()));
}
