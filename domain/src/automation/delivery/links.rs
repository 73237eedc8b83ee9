//! Links in HTML that are led through us, so that it is known which were followed, and the picture by which
//! it is known that a mail was opened.
//!
//! Law: only addresses of the web in `href="..."` are replaced, each where it stands; everything else stays as
//! it is.

/// What begins a link.
const HREF: &str = "href=\"";
/// Most links of a mail that are replaced.
const MAX_LINKS: usize = 100;

/// Replaces the web addresses that links lead to by what `through` makes of each; those that begin with `ours`
/// stay. Addresses are handed over without the marks of HTML.
pub fn lead_through(html: &str, ours: &str, mut through: impl FnMut(&str) -> String) -> String {
    let mut led = String::with_capacity(html.len());
    let mut rest = html;
    let mut links = 0;
    while let Some(place) = rest.find(HREF) {
        let (before, from) = rest.split_at(place + HREF.len());
        led.push_str(before);
        let end = from.find('"').unwrap_or(from.len());
        let (written, after) = from.split_at(end);
        let target = unescaped(written);
        let is_web = ["https://", "http://"]
            .iter()
            .any(|it| target.starts_with(it));
        if is_web && !target.starts_with(ours) && links < MAX_LINKS {
            led.push_str(&through(&target));
            links += 1;
        } else {
            led.push_str(written);
        }
        rest = after;
    }
    led.push_str(rest);
    led
}

/// HTML with something added at its end, inside its body where it has one.
pub fn with_end(html: &str, end: &str) -> String {
    match html.rfind("</body>") {
        Some(place) => format!("{}{end}{}", &html[..place], &html[place..]),
        None => format!("{html}{end}"),
    }
}

/// An address without the marks that HTML, and our own filling in, put into it.
fn unescaped(written: &str) -> String {
    written
        .replace("&#x2f;", "/")
        .replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
