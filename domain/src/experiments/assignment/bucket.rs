//! Where an identifier falls, and which ranges of places arms have.
//!
//! Law: positions are integers. A range's ends are written as decimals of eight digits and a hash is one
//! of three or four, and a quotient is rounded the same way wherever it is computed, so comparing the
//! binary fractions, as SDKs do, and comparing the integers is the same.

use super::allocation::BPS;
use serde::{Deserialize, Serialize, Serializer};

/// A place in [0, 1], in hundred-millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u32);

const WHOLE: u32 = 100_000_000;
/// Hundred-millionths in a ten-thousandth.
const PARTS: u32 = WHOLE / BPS as u32;

/// Which hash of the format: 2, without bias, for every new experiment; 1 for those that another server
/// began with it, and whose visitors would change arms otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum HashVersion {
    /// 1,000 buckets.
    One,
    /// 10,000 buckets.
    #[default]
    Two,
}

/// The places from one, with it, to another, without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BucketRange(Position, Position);

impl Position {
    /// The place as a fraction, which SDKs call `bucket`.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / f64::from(WHOLE)
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.fraction())
    }
}

impl TryFrom<u8> for HashVersion {
    type Error = &'static str;

    fn try_from(version: u8) -> Result<Self, Self::Error> {
        match version {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("must be 1 or 2"),
        }
    }
}

impl From<HashVersion> for u8 {
    fn from(version: HashVersion) -> Self {
        match version {
            HashVersion::One => 1,
            HashVersion::Two => 2,
        }
    }
}

impl HashVersion {
    /// How many buckets there are.
    pub(super) fn places(self) -> u32 {
        match self {
            Self::One => 1_000,
            Self::Two => BPS.into(),
        }
    }

    /// Hundred-millionths from a bucket to the next.
    fn width(self) -> u32 {
        WHOLE / self.places()
    }
}

impl BucketRange {
    /// The range between two ten-thousandths.
    pub(super) fn between_bps(from: u16, to: u16) -> Self {
        let position = |bps: u16| Position(u32::from(bps.min(BPS)) * PARTS);
        Self(position(from), position(to))
    }

    /// Whether the range holds a place.
    pub fn holds(self, position: Position) -> bool {
        self.0 <= position && position < self.1
    }

    /// How many of a hash's buckets the range holds.
    pub fn buckets(self, version: HashVersion) -> u32 {
        let width = version.width();
        self.1.0.div_ceil(width) - self.0.0.div_ceil(width)
    }
}

/// The place of an identifier, which another seed changes: FNV-1a of 32 bits over UTF-16 code units, as in
/// the specification of `GrowthBook`'s SDKs.
pub fn hash(seed: &str, identifier: &str, version: HashVersion) -> Position {
    let (seed, identifier) = (seed.encode_utf16(), identifier.encode_utf16());
    let hash = match version {
        HashVersion::One => fnv1a(identifier.chain(seed)),
        HashVersion::Two => {
            let once = fnv1a(seed.chain(identifier)).to_string();
            fnv1a(once.encode_utf16())
        }
    };
    let width = version.width();
    Position(hash % (WHOLE / width) * width)
}

fn fnv1a(units: impl Iterator<Item = u16>) -> u32 {
    units.fold(0x811c_9dc5, |hash, unit| {
        (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193)
    })
}

/// The ranges of arms with these weights, of which a coverage, in ten-thousandths, is in use: arms stand
/// side by side, and each is in use from its lower end on, so that a larger coverage only adds places.
pub fn arm_ranges(
    weights_bps: impl IntoIterator<Item = u16>,
    coverage_bps: u16,
) -> Vec<BucketRange> {
    let coverage = u32::from(coverage_bps.min(BPS));
    let mut from = 0;
    weights_bps
        .into_iter()
        .map(|weight| {
            let start = from;
            from = WHOLE.min(from + u32::from(weight.min(BPS)) * PARTS);
            let in_use = (from - start) / u32::from(BPS) * coverage;
            BucketRange(Position(start), Position(start + in_use))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimals(weights: &[u16], coverage: u16) -> String {
        let ranges = arm_ranges(weights.iter().copied(), coverage);
        serde_json::to_string(&ranges).expect("numbers")
    }

    #[test]
    fn another_version_is_refused() {
        assert!(serde_json::from_str::<HashVersion>("3").is_err());
        assert!(serde_json::from_str::<HashVersion>("\"2\"").is_err());
    }

    #[test]
    fn ranges_are_decimals_as_short_as_they_can_be() {
        assert_eq!(
            decimals(&[3_333, 3_333, 3_334], BPS),
            "[[0.0,0.3333],[0.3333,0.6666],[0.6666,1.0]]"
        );
        assert_eq!(
            decimals(&[1_000, 2_000, 7_000], 5_000),
            "[[0.0,0.05],[0.1,0.2],[0.3,0.65]]"
        );
        assert_eq!(
            decimals(&[3_333, 0, 6_667], 1),
            "[[0.0,0.00003333],[0.3333,0.3333],[0.3333,0.33336667]]"
        );
    }

    #[test]
    fn a_range_holds_its_lower_end_and_not_its_upper() {
        let range = BucketRange::between_bps(1_000, 3_000);
        let held = |bps: u32| range.holds(Position(bps * PARTS));
        assert!(!held(999) && held(1_000) && held(2_999) && !held(3_000));
        assert!(!BucketRange::between_bps(1_000, 1_000).holds(Position(1_000 * PARTS)));
    }

    /// Every bucket against every end that a weight can have.
    #[test]
    fn integers_compare_as_the_fractions_that_sdks_compare() {
        for bucket in 0..=BPS {
            let fraction = f64::from(bucket) / f64::from(BPS);
            let position = Position(u32::from(bucket) * PARTS);
            assert_eq!(position.fraction(), fraction);
            for around in -2_i64..=2 {
                let end = i64::from(position.0) + around;
                let Ok(end) = u32::try_from(end).map(Position) else {
                    continue;
                };
                assert_eq!(position >= end, fraction >= end.fraction());
                assert_eq!(position < end, fraction < end.fraction());
            }
        }
    }
}
