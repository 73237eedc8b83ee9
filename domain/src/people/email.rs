//! E-mail addresses: their normal form, and detecting them where they do not belong.

/// Longest address that mail servers accept (RFC 5321, section 4.5.3.1.3, less the brackets).
const MAX_BYTES: usize = 254;
const MAX_LOCAL_BYTES: usize = 64;
const MAX_LABEL_BYTES: usize = 63;

/// Characters beside letters and digits that a local part may have without quotes (RFC 5322).
const LOCAL_SYMBOLS: &str = ".!#$%&'*+-/=?^_`{|}~";

/// The address in lower case without outer white space, or the rule that it breaks. ASCII only: two
/// Unicode spellings of one address would be two persons, or look like one.
pub(super) fn normalize(text: &str) -> Result<String, &'static str> {
    let address = text.trim().to_ascii_lowercase();
    if !address.is_ascii() {
        return Err("must be ASCII, its domain in Punycode");
    }
    if address.len() > MAX_BYTES {
        return Err("must have at most 254 characters");
    }
    let (local, domain) = address.split_once('@').ok_or("must have an @")?;
    if domain.contains('@') {
        return Err("must have only one @");
    }
    if !is_local_part(local) {
        return Err("must have a plain part of 1 to 64 characters before the @");
    }
    if !is_domain(domain) {
        return Err("must have a domain name with a dot after the @");
    }
    Ok(address)
}

/// Whether `text` is a domain as the normal form of an address has it.
pub fn is_mail_domain(text: &str) -> bool {
    normalize(&format!("a@{text}")).is_ok_and(|address| address.strip_prefix("a@") == Some(text))
}

fn is_local_part(local: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || LOCAL_SYMBOLS.contains(it);
    let dots_inside = local.split('.').all(|part| !part.is_empty());
    dots_inside && local.len() <= MAX_LOCAL_BYTES && local.chars().all(plain)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = |it: char| it.is_ascii_alphanumeric() || it == '-';
        (1..=MAX_LABEL_BYTES).contains(&label.len())
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top_level = domain.rsplit_once('.').map(|(_, it)| it);
    domain.split('.').all(label) && top_level.is_some_and(|it| !it.chars().all(char::is_numeric))
}

/// Whether a part of `text` has the form of an e-mail address, also percent-encoded in a query. It
/// errs on the side of yes: `git@github.com` and `logo@2x.png` have that form; `pkg@1.2.3` and
/// `/@name/page.html` do not.
pub fn contains_email(text: &str) -> bool {
    let around = |mark: &'static str| {
        text.match_indices(mark)
            .any(|(at, _)| is_address_around(&text[..at], &text[at + mark.len()..]))
    };
    around("@") || around("%40")
}

fn is_address_around(before: &str, after: &str) -> bool {
    let local = before.chars().next_back();
    let local = local.is_some_and(|it| it.is_alphanumeric() || "._+-%".contains(it));
    let inner = |it: &char| it.is_alphanumeric() || "-.".contains(*it);
    let domain: String = after.chars().take_while(inner).collect();
    let Some((host, top_level)) = domain.trim_end_matches('.').rsplit_once('.') else {
        return false;
    };
    let named = top_level.chars().count() >= 2 && top_level.chars().all(char::is_alphabetic);
    local && !host.is_empty() && (named || top_level.starts_with("xn--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_none_are_refused() {
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@@example.com",
            "ada@b@example.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@example.com-",
            "ada@10.0.0.1",
            ".ada@example.com",
            "ada.@example.com",
            "a..da@example.com",
            "ada lovelace@example.com",
            "ada@example.com\r\nbcc: x@example.com",
            "ada\0@example.com",
            "\"ada\"@example.com",
            "<ada@example.com>",
            "ada@example.com,bob@example.com",
            "\u{430}da@example.com",
            "ada@exam\u{440}le.com",
        ] {
            assert!(normalize(text).is_err(), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert!(normalize(&long).is_err());
        let long = format!("ada@{}com", "example.".repeat(40));
        assert!(normalize(&long).is_err());
    }

    #[test]
    fn case_and_outer_white_space_make_no_difference() {
        let address = "ada+news@mail.example.com";
        assert_eq!(
            normalize(" Ada+News@Mail.EXAMPLE.com\n").as_deref(),
            Ok(address)
        );
    }

    #[test]
    fn addresses_are_found_inside_text_and_queries() {
        for text in [
            "ada@example.com",
            "write to Ada <ada@example.com>.",
            "mailto:ada@example.com?subject=x",
            "https://example.com/?email=ada%40example.com&x=1",
            "jos\u{e9}@m\u{fc}ller.de",
            "a@b@example.com",
            "ada@xn--mller-kva.xn--p1ai",
        ] {
            assert!(contains_email(text), "{text:?}");
        }
        for text in [
            "",
            "@",
            "%40",
            "ada@localhost",
            "pkg@1.2.3",
            "https://example.com/@ada/page.html",
            "@ada.example",
            "10 @ 5.00",
        ] {
            assert!(!contains_email(text), "{text:?}");
        }
    }
}
