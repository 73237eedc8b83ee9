//! Companies' profiles on networks.

use tessera_domain::leads::enrichment::{Network, Page, Profile, profile_of};

fn profiles(html: &str) -> Vec<String> {
    let page = Page::read(html.as_bytes());
    page.profiles.iter().map(Profile::url).collect()
}

#[test]
fn people_buttons_and_other_sites_are_no_profiles() {
    for address in [
        "",
        "/company/example",
        "linkedin.com/company/example",
        "javascript:alert(1)//x.com/example",
        "mailto:info@example.com",
        "ftp://x.com/example",
        "https://www.linkedin.com/in/ada-lovelace",
        "https://www.linkedin.com/company/",
        "https://www.linkedin.com/shareArticle?url=x",
        "https://twitter.com/intent/tweet?text=x",
        "https://x.com/",
        "https://x.com/share?url=x",
        "https://notx.com/example",
        "https://x.com.example.org/example",
        "https://example.org/x.com/example",
        "https://www.facebook.com/sharer/sharer.php?u=x",
        "https://www.facebook.com/tr?id=1",
        "https://t.me/+AbCdEf",
        "https://t.me/joinchat/AbC",
        "https://github.com/features",
        "https://discord.com/developers",
        "https://www.youtube.com/watch?v=x",
        "https://www.instagram.com/p/abc/",
        "https://www.reddit.com/user/ada",
        "https://github.com/ex%61mple",
        "https://github.com/---",
    ] {
        assert_eq!(profile_of(address), None, "{address}");
    }
}

#[test]
fn a_profile_has_one_address() {
    for (address, url) in [
        (
            "https://www.linkedin.com/company/example/about/",
            "https://linkedin.com/company/example",
        ),
        (
            "http://CH.linkedin.com/Company/Example-AG?trk=x",
            "https://linkedin.com/company/Example-AG",
        ),
        ("//twitter.com/example", "https://x.com/example"),
        (
            "https://mobile.twitter.com/example",
            "https://x.com/example",
        ),
        (
            "https://github.com/example/program",
            "https://github.com/example",
        ),
        ("https://discord.gg/abc", "https://discord.gg/abc"),
        (
            "https://www.youtube.com/@example",
            "https://youtube.com/@example",
        ),
        (
            "https://youtube.com/channel/UC123",
            "https://youtube.com/channel/UC123",
        ),
        ("https://t.me/example", "https://t.me/example"),
        ("https://medium.com/@example", "https://medium.com/@example"),
        (
            "https://www.reddit.com/r/example/",
            "https://reddit.com/r/example",
        ),
    ] {
        assert_eq!(
            profile_of(address).map(|it| it.url()).as_deref(),
            Some(url),
            "{address}"
        );
    }
    assert_eq!(
        profile_of("https://fb.com/example").map(|it| it.network),
        Some(Network::Facebook)
    );
}

#[test]
fn a_page_that_links_to_two_of_a_network_shows_neither() {
    let html = "<a href=https://x.com/example></a><a href='https://twitter.com/Example/'></a>\
                <a href=https://github.com/one></a><a href=https://github.com/two></a>\
                <link rel=me href=https://t.me/example>";
    assert_eq!(
        profiles(html),
        ["https://t.me/example", "https://x.com/example"]
    );
    // Unless it says which one is its own.
    let stated = r#"<script type="application/ld+json">{ "@type": "Organization", "name": "Example",
        "sameAs": "https://github.com/two" }</script>"#;
    assert!(profiles(&format!("{html}{stated}")).contains(&"https://github.com/two".to_owned()));
}
