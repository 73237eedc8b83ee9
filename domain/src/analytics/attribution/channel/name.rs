//! Names of channels: one key, whatever case or blanks they are typed with.

/// Most characters of a channel's name.
pub const MAX_CHANNEL_CHARS: usize = 64;

/// The key of a channel. Lower case; letters, digits and `_-./:&` stay, runs of anything else become
/// one space; begins and ends with a letter or digit. None when nothing is left, or only a word that
/// trackers write for an unknown channel.
pub fn channel_name(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .take(4 * MAX_CHANNEL_CHARS)
        .flat_map(char::to_lowercase)
        .map(|it| {
            if it.is_alphanumeric() || "_-./:&".contains(it) {
                it
            } else {
                ' '
            }
        })
        .collect();
    let spaced = kept
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let bounded: String = spaced
        .trim_start_matches(|it: char| !it.is_alphanumeric())
        .chars()
        .take(MAX_CHANNEL_CHARS)
        .collect();
    let name = bounded.trim_end_matches(|it: char| !it.is_alphanumeric());
    let nothing = matches!(name, "" | "null" | "undefined" | "not set" | "not provided");
    (!nothing).then(|| name.to_owned())
}
