//! What bytes look like in base58, as a regular expression.

const ALPHABET: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// How many leading digits of a bound are compared: numbers that share all of them with it are left out.
const DIGITS: usize = 6;
/// Most zero bytes in front, unless all are: of random addresses, one in 16 million has more.
const ZEROS: usize = 2;

/// A pattern of the texts that are so many bytes. It holds nothing else, and lacks hardly any: one with more
/// zero bytes in front, unless all are.
pub(super) fn pattern(bytes: usize) -> String {
    let mut forms = vec![format!("1{{{bytes}}}")];
    for zeros in 0..=ZEROS {
        let mut least = vec![0; bytes - zeros];
        least[0] = 1;
        let most = vec![u8::MAX; bytes - zeros];
        let [least, most] = [least, most].map(|it| bs58::encode(it).into_string());
        let ones = "1".repeat(zeros);
        let numbers = from(&least).into_iter().chain(through(&most));
        // Lengths that neither bound has.
        let whole = (least.len() + 1..most.len()).filter_map(|length| form("", 1..58, length));
        forms.extend(numbers.chain(whole).map(|form| format!("{ones}{form}")));
    }
    format!("^({})$", forms.join("|"))
}

fn digit(text: &str, place: usize) -> usize {
    let digit = text.get(place..=place).unwrap_or_default();
    ALPHABET.find(digit).unwrap_or_default()
}

/// Numbers of the length of `least` that are greater.
fn from(least: &str) -> Vec<String> {
    (0..DIGITS)
        .filter_map(|place| form(&least[..place], digit(least, place) + 1..58, least.len()))
        .collect()
}

/// Numbers of the length of `most` that are smaller.
fn through(most: &str) -> Vec<String> {
    (0..DIGITS)
        .filter_map(|place| {
            // The first digit is no zero.
            let first = usize::from(place == 0);
            form(&most[..place], first..digit(most, place), most.len())
        })
        .collect()
}

/// Texts of a length that begin so, with one of these digits behind; none where there is none.
fn form(begin: &str, digits: std::ops::Range<usize>, length: usize) -> Option<String> {
    let class = ALPHABET.get(digits).filter(|class| !class.is_empty())?;
    let rest = length - begin.len() - 1;
    Some(format!("{begin}[{class}][1-9A-HJ-NP-Za-km-z]{{{rest}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn the_pattern_is_of_32_bytes_and_of_nothing_else() {
        let pattern = Regex::new(&pattern(32)).expect("a pattern");
        let shown = |bytes: &[u8]| bs58::encode(bytes).into_string();
        for _ in 0..1_000 {
            let bytes: [u8; 32] = rand::random();
            assert!(pattern.is_match(&shown(&bytes)), "{bytes:?}");
            assert!(!pattern.is_match(&shown(&bytes[..31])));
            assert!(!pattern.is_match(&shown(&[&[1], &bytes[..]].concat())));
        }
        let [mut low, high] = [[0; 32], [u8::MAX; 32]];
        assert!(pattern.is_match(&shown(&low)));
        low[0] = 1;
        for text in [shown(&low), shown(&high)] {
            // Right beside a bound, nothing is said.
            let next = format!("{}z", &text[..text.len() - 1]);
            let bytes = bs58::decode(&next).into_vec();
            assert!(!pattern.is_match(&next) || bytes.is_ok_and(|it| it.len() == 32));
        }
        for text in [
            "1".repeat(31),
            "1".repeat(33),
            "z".repeat(44),
            String::new(),
        ] {
            assert!(!pattern.is_match(&text), "{text}");
        }
    }
}
