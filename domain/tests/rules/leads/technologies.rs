//! What a site is made with.

use tessera_domain::leads::enrichment::{
    Evidence, MAX_HEADER_CHARS, MAX_HEADERS, Page, Technology, technologies,
};

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn found(headers: &[(String, String)], html: &str) -> Vec<(String, Option<String>)> {
    let found = technologies(headers, &Page::read(html.as_bytes()));
    found.into_iter().map(|it| (it.name, it.version)).collect()
}

fn named(name: &str, version: Option<&str>) -> (String, Option<String>) {
    (name.to_owned(), version.map(str::to_owned))
}

#[test]
fn what_names_no_technology_shows_none() {
    for headers in [
        vec![],
        vec![header("server", "")],
        vec![
            header("server", "my-nginx-clone"),
            header("x-server", "nginx"),
        ],
        vec![header("set-cookie", "id=csrftoken=1")],
    ] {
        assert_eq!(
            found(&headers, "<script src=/nginx.js></script><p>WordPress 6.5"),
            []
        );
    }
}

#[test]
fn headers_are_read_within_bounds() {
    let late = format!("{}(CloudFront)", "x".repeat(MAX_HEADER_CHARS));
    assert_eq!(found(&[header("via", &late)], ""), []);
    let mut many: Vec<_> = (0..MAX_HEADERS)
        .map(|it| header(&format!("x-{it}"), ""))
        .collect();
    many.push(header("server", "nginx"));
    assert_eq!(found(&many, ""), []);
    let version = format!("nginx/{}", "1".repeat(1_000));
    assert_eq!(
        found(&[header("server", &version)], ""),
        [named("nginx", None)]
    );
}

#[test]
fn names_and_versions_are_what_a_site_says_of_itself() {
    let headers = [
        header("Server", "Apache/2.4.62 (Debian)"),
        header("X-Powered-By", "PHP/8.2.1"),
        header("Set-Cookie", "PHPSESSID=abc; path=/"),
        header("CF-Ray", "8c0-ZRH"),
    ];
    let html = "<meta name=generator content='WordPress 6.5.2'>\
        <script src='https://cdn.example.com/jquery-3.7.1.min.js'></script>\
        <script src='/wp-includes/js/x.js'></script>\
        <script src='https://www.googletagmanager.com/gtag/js?id=G-1'></script>\
        <script src='https://unpkg.com/@solana/web3.js@1.95.3/lib/index.iife.min.js'></script>";
    assert_eq!(
        found(&headers, html),
        [
            named("Apache HTTP Server", Some("2.4.62")),
            named("Cloudflare", None),
            named("Google Analytics", None),
            named("PHP", Some("8.2.1")),
            named("Solana web3.js", Some("1.95.3")),
            named("WordPress", Some("6.5.2")),
            named("jQuery", Some("3.7.1")),
        ]
    );
}

#[test]
fn evidence_is_where_the_version_shows() {
    let page = Page::read(
        b"<meta name=generator content='Drupal 10 (https://www.drupal.org)'><script src=/_next/static/a.js></script>",
    );
    let found = technologies(&[header("x-drupal-cache", "HIT")], &page);
    let technology = |name: &str, category: &str, version: Option<&str>, evidence| Technology {
        name: name.to_owned(),
        category: category.to_owned(),
        version: version.map(str::to_owned),
        evidence,
    };
    assert_eq!(
        found,
        [
            technology("Drupal", "cms", Some("10"), Evidence::Meta),
            technology("Next.js", "framework", None, Evidence::Script),
        ]
    );
}
