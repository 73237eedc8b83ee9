//! What the lists of hosts, media and click ids know, and what they leave alone.

use super::{channel, from, under};
use serde_json::json;
use tessera_domain::analytics::attribution::ChannelRules;

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
