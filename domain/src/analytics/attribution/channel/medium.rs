//! What a campaign's medium means. Words are compared whatever stands between them: `social_media`,
//! `social-media` and `socialmedia` are one.

use super::{DIRECT, EMAIL, ORGANIC, PAID, REFERRAL, SOCIAL};

/// Words that say how an advertisement is paid, or that it is one; they count wherever they stand.
const PAID_WORDS: [&str; 14] = [
    "cpa", "cpc", "cpcv", "cpe", "cpi", "cpl", "cpm", "cpp", "cpv", "paid", "ppc", "ppi", "ppv",
    "sem",
];
/// Words that mean advertisements when the medium begins with them.
const PAID_KINDS: [&str; 5] = ["banner", "banners", "display", "programmatic", "sponsored"];
const PAID_BEGINNINGS: [&str; 3] = ["paid", "remarket", "retarget"];

/// The channel of a medium, which is a channel's name already; another word is a channel of its own.
pub(super) fn channel_of_medium(medium: String) -> String {
    let words: Vec<&str> = medium
        .split(|it: char| !it.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    known(&words).map_or(medium.clone(), str::to_owned)
}

fn known(words: &[&str]) -> Option<&'static str> {
    if is_paid(words) {
        return Some(PAID);
    }
    match words.concat().as_str() {
        "ads" => Some(PAID),
        "organic" | "organicsearch" | "naturalsearch" | "searchorganic" | "seo" => Some(ORGANIC),
        "organicsocial" | "sm" | "social" | "socialmedia" | "socialnetwork"
        | "socialnetworking" | "socialnetworks" | "socialorganic" | "socialpost"
        | "socialposts" => Some(SOCIAL),
        "link" | "referral" | "referrals" | "referrer" => Some(REFERRAL),
        "direct" | "none" => Some(DIRECT),
        _ => matches!(
            words,
            ["email" | "emails", ..] | ["e", "mail" | "mails", ..]
        )
        .then_some(EMAIL),
    }
}

fn is_paid(words: &[&str]) -> bool {
    let Some(first) = words
        .first()
        .filter(|it| !["no", "non", "not"].contains(it))
    else {
        return false;
    };
    let plain = words.concat();
    let begins = |it: &&str| plain.starts_with(*it);
    let is_one = |word: &&str| {
        PAID_WORDS.contains(word)
            || PAID_BEGINNINGS
                .iter()
                .skip(1)
                .any(|it| word.starts_with(it))
    };
    PAID_KINDS.contains(first) || PAID_BEGINNINGS.iter().any(begins) || words.iter().any(is_one)
}
